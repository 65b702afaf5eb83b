// What pickles of PyTorch may name: dictionaries, storages, tensors, types, and a few plain classes of Python that
// checkpoints hold. Calls make descriptions only; elements are read when all is known.

import { ChainruleError } from "../core/errors.ts";
import type { Refuse } from "./bad-file.ts";
import {
  PickleGlobal,
  PickleObject,
  type PickleRules,
  type PickleValue,
} from "./pickle-machine.ts";
import { type StoredType, storedTypes } from "./stored.ts";

/** Elements that lie outside of the pickle, by their key. */
export class TorchStorage extends PickleObject {
  readonly kind = "storage";
  readonly key: string;
  /** The type of all its elements; undefined for plain bytes. */
  readonly type: StoredType | undefined;
  /** Elements, or bytes. */
  readonly elements: number;

  constructor(key: string, type: StoredType | undefined, elements: number) {
    super();
    this.key = key;
    this.type = type;
    this.elements = elements;
  }
}

/** A view of a storage; offset and strides count elements. */
export class TorchTensor extends PickleObject {
  readonly kind = "tensor";
  readonly storage: TorchStorage;
  readonly type: StoredType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(facts: Omit<TorchTensor, "kind">) {
    super();
    this.storage = facts.storage;
    this.type = facts.type;
    this.offset = facts.offset;
    this.shape = facts.shape;
    this.strides = facts.strides;
  }
}

/** The attributes of an `argparse.Namespace`. */
class Namespace extends Map<PickleValue, PickleValue> {}

/** A dtype of NumPy, for single numbers. */
class NumpyType extends PickleObject {
  readonly kind = "numpy.dtype";
  readonly name: string;
  bigEndian = false;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

const storageTypes: Readonly<Record<string, StoredType | undefined>> = {
  "torch.DoubleStorage": "float64",
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.ShortStorage": "int16",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
  "torch.ComplexFloatStorage": "complex64",
  "torch.ComplexDoubleStorage": "complex128",
  "torch.storage.UntypedStorage": undefined,
  "torch.storage._UntypedStorage": undefined,
  "torch.UntypedStorage": undefined,
};

/** Names for types that have more than one. */
const otherNames: Readonly<Record<string, StoredType>> = {
  ...{ "torch.double": "float64", "torch.float": "float32", "torch.half": "float16" },
  ...{ "torch.long": "int64", "torch.int": "int32", "torch.short": "int16" },
};

type Call = (args: readonly PickleValue[], rules: Rules) => PickleValue;

const calls: Readonly<Record<string, Call>> = {
  "collections.OrderedDict": dictionary,
  "collections.Counter": dictionary,
  "collections.defaultdict": ([, ...items], rules) => dictionary(items, rules),
  "builtins.dict": dictionary,
  "__builtin__.dict": dictionary,
  "builtins.set": set,
  "__builtin__.set": set,
  "builtins.frozenset": set,
  "__builtin__.frozenset": set,
  "builtins.bytearray": ([first = ""], rules) => bytesOf(first, rules),
  "__builtin__.bytearray": ([first = ""], rules) => bytesOf(first, rules),
  "_codecs.encode": ([text = ""], rules) => bytesOf(text, rules),
  "argparse.Namespace": () => new Namespace(),
  "torch.Size": ([sizes = []]) => sizes,
  "torch.device": (args) => args.join(":"),
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_tensor_v3": rebuildTensor,
  "torch._utils._rebuild_parameter": ([tensor = null]) => tensor,
  "torch._utils._rebuild_parameter_with_state": ([tensor = null]) => tensor,
  "torch.nn.parameter.Parameter": ([tensor = null]) => tensor,
  "torch._tensor._rebuild_from_type_v2": ([f, , args], rules) => {
    if (f instanceof PickleGlobal && Array.isArray(args)) return rules.call(f, args);
    throw rules.bad("rebuilds a tensor by what is no function");
  },
  "numpy.dtype": ([name]) => new NumpyType(String(name)),
  "numpy.core.multiarray.scalar": numpyNumber,
  "numpy._core.multiarray.scalar": numpyNumber,
};

/** Classes that may be named and not called. */
const names: ReadonlySet<string> = new Set([
  ...Object.keys(storageTypes),
  ...Object.keys(storedTypes).map((type) => `torch.${type}`),
  ...Object.keys(otherNames),
  ...["torch.Tensor", "torch._tensor.Tensor", "torch.strided"],
  ...["list", "int", "float", "str", "bool"].flatMap((name) => [
    `builtins.${name}`,
    `__builtin__.${name}`,
  ]),
]);

/** The rules for one file. */
export type Rules = PickleRules & { readonly bad: Refuse };

/** Makes the rules for one file. */
export function torchRules(file: string, bad: Refuse): Rules {
  const rules: Rules = {
    bad,
    allows: (name) => Object.hasOwn(calls, name) || names.has(name),
    forbidden: (name) => forbidden(file, name),
    call({ name }, args) {
      if (Object.hasOwn(calls, name)) return calls[name](args, rules);
      throw bad(`calls ${name}, which is no function`);
    },
    build(object, state) {
      if (object instanceof Namespace && state instanceof Map) {
        for (const [key, value] of state) object.set(key, value);
      } else if (object instanceof NumpyType && Array.isArray(state)) {
        object.bigEndian = state[1] === ">";
      } else if (!(object instanceof Map)) throw bad("gives a state to what has none");
      // An OrderedDict's state is `_metadata`, the versions of modules.
    },
    persistent: (id) => storage(id, bad),
  };
  return rules;
}

function forbidden(file: string, name: string): ChainruleError {
  return new ChainruleError({
    code: "UNSUPPORTED",
    op: "torch",
    problem: `${file} needs ${name} of Python, and files are read without running anything`,
    fix: "Save the weights alone: torch.save(model.state_dict(), path).",
    detail: { file, name },
  });
}

function storage(id: PickleValue, bad: Refuse): TorchStorage {
  const [tag, type, key, , elements, part = null] = Array.isArray(id) ? id : [];
  const known = type instanceof PickleGlobal && Object.hasOwn(storageTypes, type.name);
  if (part !== null)
    throw bad("has a storage that is a part of another, as PyTorch 0.3 wrote them");
  if (tag === "storage" && known && typeof key === "string" && isSize(elements)) {
    return new TorchStorage(key, storageTypes[type.name], elements);
  }
  throw bad("refers to something outside of its pickle that is no storage");
}

/** (storage, offset, size, stride, requires_grad, hooks[, dtype, metadata]); the type is the storage's or given. */
function rebuildTensor(args: readonly PickleValue[], { bad }: Rules): TorchTensor {
  const [storage, offset, shape, strides, , , dtype] = args;
  if (!(storage instanceof TorchStorage)) throw bad("has a tensor without a storage");
  if (!isSize(offset) || !isSizes(shape) || !isSizes(strides) || shape.length !== strides.length) {
    throw bad("has a tensor whose offset, size and stride are no whole numbers ≥ 0");
  }
  const type = dtype instanceof PickleGlobal ? typeNamed(dtype.name) : storage.type;
  if (type === undefined) throw bad("has a tensor of no known type");
  return new TorchTensor({ storage, type, offset, shape, strides });
}

function typeNamed(name: string): StoredType | undefined {
  const type = name.replace(/^torch\./, "");
  return Object.hasOwn(storedTypes, type) ? (type as StoredType) : otherNames[name];
}

function dictionary([items]: readonly PickleValue[], { bad }: Rules): PickleValue {
  if (items === undefined) return new Map();
  if (items instanceof Map) return new Map(items);
  const pairs = Array.isArray(items) ? items : [items];
  if (pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    return new Map(pairs as [PickleValue, PickleValue][]);
  }
  throw bad("makes a dictionary of what are no pairs");
}

function set([items = []]: readonly PickleValue[], { bad }: Rules): PickleValue {
  if (Array.isArray(items)) return new Set(items);
  throw bad("makes a set of what is no list");
}

/** Protocol 2 has no bytes and writes them as text of characters below 256. */
function bytesOf(value: PickleValue, { bad }: Rules): PickleValue {
  if (value instanceof Uint8Array) return value;
  const codes = typeof value === "string" ? Uint16Array.from(value, (x) => x.charCodeAt(0)) : [256];
  if (codes.every((code) => code < 256)) return Uint8Array.from(codes);
  throw bad("makes bytes of what is no text of bytes");
}

type Reader = (view: DataView, littleEndian: boolean) => number | bigint | boolean;

const numbers: Readonly<Record<string, readonly [bytes: number, read: Reader]>> = {
  f8: [8, (view, little) => view.getFloat64(0, little)],
  f4: [4, (view, little) => view.getFloat32(0, little)],
  i8: [8, (view, little) => view.getBigInt64(0, little)],
  u8: [8, (view, little) => view.getBigUint64(0, little)],
  i4: [4, (view, little) => view.getInt32(0, little)],
  b1: [1, (view) => view.getUint8(0) !== 0],
};

function numpyNumber([type, value]: readonly PickleValue[], rules: Rules): PickleValue {
  const name =
    type instanceof NumpyType && Object.hasOwn(numbers, type.name) ? type.name : undefined;
  const bytes = bytesOf(value ?? "", rules) as Uint8Array;
  if (name === undefined || bytes.length !== numbers[name][0]) {
    throw rules.bad("has a number of NumPy that is none");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const result = numbers[name][1](view, !(type as NumpyType).bigEndian);
  return typeof result === "bigint" && Number.isSafeInteger(Number(result))
    ? Number(result)
    : result;
}

function isSize(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every(isSize);
}
