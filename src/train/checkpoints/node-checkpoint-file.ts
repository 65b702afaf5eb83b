// One checkpoint in one file: a safetensors file whose metadata holds the facts as JSON and a SHA-256 of everything else in
// it. One file, because one rename is atomic and may replace an older file, which a pair of files or a folder may not.
// Written and read in pieces, so that a training loop on the same thread is held up for a millisecond at a time.

import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { ChainruleError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { isRecord } from "../../core/tree.ts";
import { reasonOf, writeFileAtomic } from "../../formats/node-files.ts";
import {
  decodeSafetensors,
  layOutSafetensors,
  type SafetensorsContent,
} from "../../formats/safetensors.ts";
import { bytesOfElements } from "../../formats/stored.ts";
import type { TrainingFacts, TrainingState } from "./training-state.ts";

/** A checkpoint read back. */
export interface CheckpointContent {
  readonly state: TrainingState;
  readonly score?: number;
  /** Counts the checkpoints of a folder in the order of their saving. */
  readonly serial: number;
}

/** What is known of a checkpoint without its tensors. */
export interface CheckpointHeader {
  readonly step: number;
  readonly score?: number;
  readonly serial: number;
}

const format = "chainrule-checkpoint";
const version = "1";
/** Bytes that are hashed and written, or read, before other work has its turn: below a millisecond of hashing. */
const pieceBytes = 2 ** 20;
/** What each file begins with after the header's length; the checksum's 64 digits follow. */
const opening = '{"__metadata__":{"sha256":"';
const digits = 64;
const blank = "0".repeat(digits);
const checksumAt = 8 + opening.length;
const checksumEnd = checksumAt + digits;

/** Writes a checkpoint atomically: `path` holds its old content or all of the new one. */
export function writeCheckpoint(
  path: string,
  { state, score, serial }: CheckpointContent,
): Promise<void> {
  const { header, ordered, bytes } = layOutSafetensors(state.tensors, {
    sha256: blank,
    ...{ format, version, serial: String(serial) },
    ...(score === undefined ? {} : { score: encodeJson(score) }),
    facts: encodeJson(state.facts),
  });
  const parts = [header, ...ordered.map(({ data }) => bytesOfElements(data))];
  return writeFileAtomic(path, async (write) => {
    const hash = createHash("sha256");
    const isShort = header.length + bytes <= pieceBytes;
    for (const piece of piecesOf(parts, header.length + bytes)) {
      hash.update(piece);
      if (isShort) piece.set(checksumOf(hash), checksumAt); // one write less
      await write(piece);
    }
    if (!isShort) await write(checksumOf(hash), checksumAt);
  });
}

function checksumOf(hash: Hash): Uint8Array {
  return Buffer.from(hash.digest("hex"), "latin1");
}

/** Cuts and joins parts to pieces of one size, since each write waits for a turn of the training loop. */
function* piecesOf(parts: readonly Uint8Array[], total: number): Iterable<Uint8Array> {
  const buffer = new Uint8Array(Math.min(total, pieceBytes));
  let filled = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      const taken = part.subarray(at, at + buffer.length - filled);
      buffer.set(taken, filled);
      at += taken.length;
      filled += taken.length;
      if (filled < buffer.length) continue;
      yield buffer;
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

/** Reads a checkpoint and checks every bit of it; a damaged or foreign file is a `BAD_CHECKPOINT` error with the reason. */
export async function readCheckpoint(path: string): Promise<CheckpointContent> {
  const bytes = await explained(path, async (file) => {
    const whole = new Uint8Array((await file.stat()).size);
    await verify(file, whole.length, path, (piece, at) => whole.set(piece, at));
    return whole;
  });
  return decodeCheckpoint(bytes, path);
}

/** Reads a checkpoint whose checksum is right; one of another library or version may still be anything. */
export function decodeCheckpoint(bytes: Uint8Array, path: string): CheckpointContent {
  const { tensors, metadata } = decoded(bytes, path);
  const { facts, score, serial } = readMetadata(metadata, path);
  return { state: { tensors, facts }, score, serial };
}

/** Checks every bit of a checkpoint like `readCheckpoint`, but keeps nothing of its tensors. */
export function verifyCheckpoint(path: string): Promise<CheckpointHeader> {
  return explained(path, async (file) => {
    await verify(file, (await file.stat()).size, path, () => {});
    const length = Buffer.alloc(8);
    await file.read(length, 0, 8, 0);
    const header = Buffer.alloc(Number(length.readBigUInt64LE())); // it is as it was written
    await file.read(header, 0, header.length, 8);
    const { __metadata__: metadata } = JSON.parse(header.toString("utf8"));
    const { facts, score, serial } = readMetadata(metadata, path);
    return { step: facts.step, score, serial };
  });
}

/** Reads a file in pieces and compares its checksum with the one in its header. */
async function verify(
  file: FileHandle,
  size: number,
  path: string,
  take: (piece: Uint8Array, at: number) => void,
): Promise<void> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(Math.min(size, pieceBytes));
  let said = "";
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), at);
    if (bytesRead === 0) throw damaged(path, "became shorter while it was read");
    const piece = buffer.subarray(0, bytesRead);
    take(piece, at);
    if (at === 0) said = takeChecksum(piece, path);
    hash.update(piece);
    at += bytesRead;
  }
  if (size === 0) throw damaged(path, "is empty");
  if (hash.digest("hex") !== said) {
    throw damaged(path, "is damaged or cut off: its SHA-256 is not the one that it states");
  }
}

/** Returns the checksum that a file's first piece states, and blanks it there, as it was when the checksum was taken. */
function takeChecksum(piece: Uint8Array, path: string): string {
  const start = Buffer.from(piece.buffer, piece.byteOffset, Math.min(piece.length, checksumEnd));
  if (start.length < checksumEnd) {
    throw damaged(path, `is cut off: ${start.length} bytes are less than its header`);
  }
  if (start.toString("latin1", 8, checksumAt) !== opening) {
    throw damaged(path, "is no checkpoint of this library: it does not begin as one");
  }
  const said = start.toString("latin1", checksumAt, checksumEnd);
  start.write(blank, checksumAt, "latin1");
  return said;
}

function readMetadata(
  metadata: Readonly<Record<string, string>>,
  path: string,
): { readonly facts: TrainingFacts; readonly score?: number; readonly serial: number } {
  if (metadata.format !== format) {
    throw damaged(path, `is no checkpoint: its format is ${JSON.stringify(metadata.format)}`);
  }
  if (metadata.version !== version) {
    throw damaged(path, `has format version ${metadata.version}; this library reads ${version}`);
  }
  const facts = decodeJson(metadata.facts, path);
  const serial = Number(metadata.serial);
  if (!isRecord(facts) || !Number.isSafeInteger(facts.step) || !Number.isSafeInteger(serial)) {
    throw damaged(path, "does not say which step it is of");
  }
  const score = metadata.score === undefined ? undefined : Number(decodeJson(metadata.score, path));
  return { facts: facts as unknown as TrainingFacts, score, serial };
}

function decoded(bytes: Uint8Array, path: string): SafetensorsContent {
  try {
    return decodeSafetensors(bytes, path);
  } catch (cause) {
    throw damaged(path, `cannot be read: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

/** Opens a file for reading; what the system refuses is an error in words. */
async function explained<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    return await read(file);
  } catch (cause) {
    if (cause instanceof ChainruleError) throw cause;
    throw damaged(path, `cannot be read: ${reasonOf(cause)}`, cause);
  } finally {
    await file?.close();
  }
}

// --- facts as JSON, with the numbers that JSON has no digits for ---

const numberKey = "$number";

function encodeJson(value: Json): string {
  return JSON.stringify(value, (_, item) => {
    if (typeof item !== "number" || (Number.isFinite(item) && !Object.is(item, -0))) return item;
    return { [numberKey]: Object.is(item, -0) ? "-0" : String(item) };
  });
}

function decodeJson(text: string, path: string): Json {
  try {
    return JSON.parse(text, (_, item) => {
      if (!isRecord(item) || typeof item[numberKey] !== "string") return item;
      return Number(item[numberKey]);
    }) as Json;
  } catch (cause) {
    throw damaged(path, "cannot be read: what it says of its run is not JSON", cause);
  }
}

/** The error for a checkpoint that cannot be used. */
export function damaged(path: string, problem: string, cause?: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_CHECKPOINT",
    op: "checkpoint",
    problem: `${path} ${problem}`,
    fix: "Use another checkpoint of its folder; this one may be deleted.",
    detail: { path },
    cause,
  });
}
