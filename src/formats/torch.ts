// Files of torch.save: a pickle that describes tensors, and the bytes of their storages. Today's form is a zip archive
// (since PyTorch 1.6); the one before is a row of pickles with the storages behind. The pickle is read by pickle.ts, which
// runs nothing; tensors become row-major copies, and tied ones one object.

import type { Json } from "../core/json.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import { showShape, sizeOf } from "../core/shape.ts";
import { checkBytes, type Refuse, refuser, shown, unsupported } from "./bad-file.ts";
import { budgetOf, type LimitOptions } from "./limits.ts";
import { anotherKind } from "./look-alike.ts";
import { unpickle } from "./pickle.ts";
import type { PickleValue } from "./pickle-machine.ts";
import { elementsOf, present, storedTypes, type TensorOf, type TensorOptions } from "./stored.ts";
import { gathered } from "./strided.ts";
import { flattened } from "./torch-flatten.ts";
import { isLegacyTorch, readLegacyTorch } from "./torch-legacy.ts";
import { type TorchStorage, type TorchTensor, torchRules } from "./torch-rules.ts";
import { isZip, readZip, type ZipEntry } from "./zip.ts";

/** What a file of torch.save holds. */
export interface TorchContent<Raw extends boolean = false> {
  /** Tensors by their path through dictionaries and lists, joined by dots: `model.layers.0.weight`. */
  readonly tensors: Map<string, TensorOf<Raw>>;
  /** Everything else, as it is nested; undefined where there is nothing else. */
  readonly values: Json | undefined;
}

/** How a file of torch.save is read. */
export interface TorchOptions<Raw extends boolean = false>
  extends TensorOptions<Raw>,
    LimitOptions {
  /** The entry to take, by its path; its tensors are named from there on. Default: all of the file. */
  readonly part?: string;
}

const optionNames: OptionNames<TorchOptions> = { raw: true, maxBytes: true, part: true };

/** A pickled value and the bytes of the storages that it names. */
export interface TorchArchive {
  readonly value: PickleValue;
  readonly storage: (storage: TorchStorage) => Uint8Array;
}

/**
 * Decodes the bytes of a `.pt` or `.pth` file without running anything of it.
 *
 * Tensors of all types but quantised and sparse ones; float16 and bfloat16 become float32, integers int32, checked to fit;
 * `{ raw: true }` keeps elements as they are. A file that needs any other function or class of Python (a whole pickled model)
 * is `UNSUPPORTED` and names it; a damaged one is `BAD_FILE`. Memory: what the tensors take, within `maxBytes`
 * (default: 1 GiB, or 8 × the file if that is more).
 */
export function decodeTorch<Raw extends boolean = false>(
  bytes: Uint8Array,
  name: string = "torch data",
  options: TorchOptions<Raw> = {},
): TorchContent<Raw> {
  checkBytes("decodeTorch", bytes);
  checkOptionNames("decodeTorch", options, optionNames);
  const bad = refuser("torch", name);
  const { value, storage } = archiveOf(bytes, name, options, bad);
  const { tensors: found, values } = flattened(value, options.part, bytes.length, bad);
  const budget = budgetOf(bytes.length, options, bad);
  const done = new Map<string, TensorOf<Raw>>();
  const tensors = new Map<string, TensorOf<Raw>>();
  for (const [path, tensor] of found) {
    const key = identity(tensor);
    const known = done.get(key);
    if (known === undefined) budget.take(bytesWhenRead(tensor), shown(path));
    const read = known ?? elements(path, tensor, storage(tensor.storage), options, bad);
    done.set(key, read);
    tensors.set(path, read);
  }
  return { tensors, values };
}

function archiveOf(
  bytes: Uint8Array,
  name: string,
  options: LimitOptions,
  bad: Refuse,
): TorchArchive {
  if (isZip(bytes)) return readArchive(readZip(bytes, name, options, "torch"), name, bad);
  if (isLegacyTorch(bytes)) return readLegacyTorch(bytes, name, bad);
  const reason = "it is neither a zip archive nor a pickle of PyTorch";
  throw anotherKind("torch", name, { wanted: "a file of torch.save", reason, start: bytes });
}

function readArchive(
  entries: ReadonlyMap<string, ZipEntry>,
  name: string,
  bad: Refuse,
): TorchArchive {
  const pickles = [...entries.keys()].filter((entry) => /^[^/]+\/data\.pkl$/.test(entry));
  if (pickles.length !== 1) {
    const isOther = pickles.length === 0;
    const fix = isOther ? "A zip archive of NumPy (.npz) is read with loadNpz." : undefined;
    throw bad(`has ${pickles.length} entries data.pkl, needed 1`, undefined, fix);
  }
  const root = pickles[0].slice(0, -"data.pkl".length);
  checkByteOrder(entries.get(`${root}byteorder`), name, bad);
  const { value } = unpickle(entries.get(pickles[0])!.unpack(), torchRules(name, bad), bad);
  const read = new Map<string, Uint8Array>();
  return {
    value,
    storage({ key }) {
      const entry = entries.get(`${root}data/${key}`);
      if (entry === undefined) throw bad(`lacks the storage ${shown(key)}`);
      const bytes = read.get(key) ?? entry.unpack();
      read.set(key, bytes);
      return bytes;
    },
  };
}

function checkByteOrder(entry: ZipEntry | undefined, name: string, bad: Refuse): void {
  const order = entry === undefined ? "little" : new TextDecoder().decode(entry.unpack());
  if (order === "little") return;
  if (order !== "big") throw bad(`has the byte order ${shown(order)}, needed little`);
  throw unsupported(
    "torch",
    name,
    "was saved on a big-endian machine",
    "Load it in PyTorch on any other machine and save it again.",
  );
}

function identity({ storage, type, offset, shape, strides }: TorchTensor): string {
  return JSON.stringify([storage.key, type, offset, shape, strides]);
}

/** Bytes of a tensor in memory: 4 for each narrow number, 8 for each wide one. */
function bytesWhenRead({ type, shape }: TorchTensor): number {
  return sizeOf(shape) * Math.max(4, storedTypes[type].bytes);
}

/** The tensor's elements, from its storage's bytes. */
function elements<Raw extends boolean>(
  path: string,
  tensor: TorchTensor,
  bytes: Uint8Array,
  options: TensorOptions<Raw>,
  bad: Refuse,
): TensorOf<Raw> {
  const { storage, type, shape } = tensor;
  const stated =
    storage.elements * (storage.type === undefined ? 1 : storedTypes[storage.type].bytes);
  if (bytes.length !== stated) {
    throw bad(`has a storage ${shown(storage.key)} of ${bytes.length} bytes, needed ${stated}`);
  }
  const { bytes: width, numbers } = storedTypes[type];
  if (width * lastElement(tensor) > bytes.length) {
    throw bad(
      `has tensor ${shown(path)} (${type} ${showShape(shape)}) that reaches over its storage`,
    );
  }
  const whole = elementsOf(bytes.subarray(0, bytes.length - (bytes.length % width)), type);
  const data = gathered({ ...tensor, data: whole, numbers });
  const refuse = (problem: string) => bad(`has tensor ${shown(path)} (${type}) ${problem}`);
  return present({ type, shape, data }, options, refuse);
}

/** Elements of the storage up to the last one that the tensor uses. */
function lastElement({ offset, shape, strides }: TorchTensor): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], offset) + 1;
}
