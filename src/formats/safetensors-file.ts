// Reading single tensors of safetensors files, and of models that are cut into several files with an index
// (`model.safetensors.index.json`, as Hugging Face writes them): only the headers are read before a tensor is asked for.

import { ChainruleError } from "../core/errors.ts";
import { checkOptionNames } from "../core/option-names.ts";
import type { Shape } from "../core/shape.ts";
import { refuser, shown } from "./bad-file.ts";
import { decodeEntry } from "./safetensors.ts";
import {
  readHeader,
  readHeaderLength,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from "./safetensors-header.ts";
import type { ByteSource } from "./source.ts";
import { type StoredType, type TensorOf, type TensorOptions, tensorOptionNames } from "./stored.ts";

/** A safetensors file or a sharded model whose tensors are read when they are asked for. */
export interface SafetensorsFile {
  /** What each tensor is, by name. */
  readonly tensors: ReadonlyMap<string, { readonly type: StoredType; readonly shape: Shape }>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Reads one tensor; as `decodeSafetensors` gives it. An unknown name is a `BAD_ARGUMENT` error. */
  read<Raw extends boolean = false>(
    name: string,
    options?: TensorOptions<Raw>,
  ): Promise<TensorOf<Raw>>;
  /** Closes the files behind it. */
  close(): Promise<void>;
}

/** Opens a safetensors file: reads and checks its header alone. Errors as for `decodeSafetensors`. */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const { name: file, size } = source;
  const length = readHeaderLength(await source.read(0, Math.min(8, size)), size, file);
  const start = 8 + length;
  const header: SafetensorsHeader = readHeader(await source.read(8, start), size - start, file);
  const entries = new Map(header.entries.map((entry) => [entry.name, entry]));
  return {
    tensors: entries,
    metadata: header.metadata,
    async read(name, options = {}) {
      checkOptionNames("read", options, tensorOptionNames);
      const entry: SafetensorsEntry = entryOf(entries, name, file);
      const bytes = await source.read(start + entry.begin, start + entry.end);
      return decodeEntry(entry, bytes, file, options);
    },
    close: async () => source.close?.(),
  };
}

/** The index of a sharded model: which file each tensor is in. */
export interface SafetensorsIndex {
  readonly files: ReadonlyMap<string, string>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Decodes the text of `model.safetensors.index.json`. Files must be plain names beside the index: one with a folder, a
 * drive or `..` is a `BAD_FILE` error.
 */
export function decodeSafetensorsIndex(text: string, name: string = "the index"): SafetensorsIndex {
  const bad = refuser("safetensors", name);
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (cause) {
    throw bad(`is not JSON (${cause instanceof Error ? cause.message : cause})`, cause);
  }
  const { weight_map: map, metadata } = (index ?? {}) as Record<string, unknown>;
  if (!isRecord(map)) throw bad("has no weight_map, a record from tensors to files");
  for (const [tensor, file] of Object.entries(map)) {
    if (isPlainName(file)) continue;
    throw bad(
      `has tensor ${shown(tensor)} in ${shown(JSON.stringify(file))}, which is no plain file name`,
    );
  }
  const files = new Map(Object.entries(map) as [string, string][]);
  return { files, metadata: isRecord(metadata) ? metadata : {} };
}

/**
 * Opens a sharded model: `open` gives the source of a file that the index names. A tensor that its file does not have, and one
 * that the index leaves out, are `BAD_FILE` errors.
 */
export async function openSharded(
  index: SafetensorsIndex,
  open: (file: string) => ByteSource | Promise<ByteSource>,
): Promise<SafetensorsFile> {
  const shards = new Map<string, SafetensorsFile>();
  const close = async (): Promise<void> => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
  };
  try {
    for (const file of new Set(index.files.values())) {
      shards.set(file, await openSafetensors(await open(file)));
    }
    const tensors = joined(index, shards);
    return {
      tensors,
      metadata: Object.assign({}, ...[...shards.values()].map((shard) => shard.metadata)),
      async read(name, options) {
        entryOf(tensors, name, "the model");
        return shards.get(index.files.get(name)!)!.read(name, options);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** All tensors of the files, after a check that the index tells of each where it is. */
function joined(
  { files }: SafetensorsIndex,
  shards: ReadonlyMap<string, SafetensorsFile>,
): SafetensorsFile["tensors"] {
  const all: [string, { type: StoredType; shape: Shape }][] = [];
  for (const [name, file] of files) {
    const entry = shards.get(file)!.tensors.get(name);
    if (entry === undefined) {
      throw refuser(
        "safetensors",
        file,
      )(`does not hold tensor ${name}, which the index says it does`);
    }
    all.push([name, entry]);
  }
  for (const [file, shard] of shards) {
    const extra = [...shard.tensors.keys()].find((name) => files.get(name) !== file);
    if (extra === undefined) continue;
    throw refuser(
      "safetensors",
      file,
    )(`holds tensor ${extra}, which the index does not place there`);
  }
  return new Map(all);
}

function entryOf<Entry>(entries: ReadonlyMap<string, Entry>, name: string, file: string): Entry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const names = [...entries.keys()];
  const some = names.slice(0, 20).join(", ");
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "safetensors",
    problem: `${file} has no tensor ${shown(name)}`,
    fix: `It has ${names.length}: ${some}${names.length > 20 ? " …" : ""}.`,
    detail: { name },
  });
}

/** A name that stays in the folder of the index on every system. */
function isPlainName(file: unknown): file is string {
  return typeof file === "string" && /^[^/\\:\0]+$/.test(file) && file !== "." && file !== "..";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
