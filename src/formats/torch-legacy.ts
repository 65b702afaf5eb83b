// The form of torch.save before PyTorch 1.6 (torch/serialization.py, _legacy_load): pickles of a magic number, a version and
// facts of the machine; the pickle of the value; one of the storages' keys; then each storage's length and bytes.

import { type Refuse, shown, unsupported } from "./bad-file.ts";
import { unpickle } from "./pickle.ts";
import type { PickleRules, PickleValue } from "./pickle-machine.ts";
import { storedTypes } from "./stored.ts";
import type { TorchArchive } from "./torch.ts";
import { TorchStorage, torchRules } from "./torch-rules.ts";

const magicNumber = 0x1950a86a20f9469cfc6cn;
const version = 1001;

/** Says whether bytes begin with a pickle, as all legacy files do. */
export function isLegacyTorch(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[1] <= 5;
}

/** Reads a file of the old form. */
export function readLegacyTorch(bytes: Uint8Array, name: string, bad: Refuse): TorchArchive {
  const storages = new Map<string, TorchStorage>();
  const rules = remembering(torchRules(name, bad), storages);
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(bytes, rules, bad, at);
    at = end;
    return value;
  };
  if (next() !== magicNumber) throw bad("is a pickle, but none of torch.save");
  if (next() !== version) throw bad(`has another version than ${version}`);
  checkMachine(next(), name);
  const value = next();
  const keys = next();
  const places = storagePlaces(bytes, at, keys, storages, bad);
  return {
    value,
    storage({ key }) {
      const place = places.get(key);
      if (place === undefined) throw bad(`lacks the storage ${shown(key)}`);
      return place;
    },
  };
}

/** The rules, which note every storage that is named. */
function remembering(rules: PickleRules, storages: Map<string, TorchStorage>): PickleRules {
  return {
    ...rules,
    persistent(id) {
      const storage = rules.persistent(id);
      if (storage instanceof TorchStorage) storages.set(storage.key, storage);
      return storage;
    },
  };
}

function checkMachine(facts: PickleValue, name: string): void {
  if (!(facts instanceof Map) || facts.get("little_endian") !== false) return;
  throw unsupported(
    "torch",
    name,
    "was saved on a big-endian machine",
    "Load it in PyTorch on any other machine and save it again.",
  );
}

/** Where each storage lies: 8 bytes with its number of elements before it. */
function storagePlaces(
  bytes: Uint8Array,
  begin: number,
  keys: PickleValue,
  storages: ReadonlyMap<string, TorchStorage>,
  bad: Refuse,
): ReadonlyMap<string, Uint8Array> {
  if (!Array.isArray(keys)) throw bad("has no list of storages");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const places = new Map<string, Uint8Array>();
  let at = begin;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || places.has(storage.key))
      throw bad("lists a storage that it has not");
    if (at + 8 > bytes.length) throw bad("is truncated before a storage");
    const width = storage.type === undefined ? 1 : storedTypes[storage.type].bytes;
    const length = Number(view.getBigInt64(at, true)) * width;
    if (length < 0 || length > bytes.length - at - 8) {
      throw bad(`is truncated: storage ${shown(storage.key)} has ${length} bytes`);
    }
    places.set(storage.key, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  if (at !== bytes.length) throw bad(`has ${bytes.length - at} bytes after its last storage`);
  return places;
}
