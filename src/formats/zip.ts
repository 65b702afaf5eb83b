// Reading zip archives (APPNOTE 6.3.10): stored and deflated entries, with zip64. The central directory decides; every
// claim of it is checked against the local headers before anything is unpacked: ranges inside the file and apart from each
// other, possible sizes, plain names. Sizes are counted against a budget and checksums are verified.

import { Inflate } from "fflate";
import { type Refuse, refuser, shown, unsupported } from "./bad-file.ts";
import { crc32 } from "./crc32.ts";
import { type Budget, budgetOf, type LimitOptions } from "./limits.ts";

/** An entry of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Unpacks it and verifies its checksum; a stored entry is a view of the file. */
  readonly unpack: () => Uint8Array;
}

const maxEntries = 100_000;
/** Deflate spends at least one bit on 129 bytes: a length of 258 and a distance. */
const mostRatio = 1032;

interface Directory {
  readonly entries: number;
  readonly begin: number;
  readonly end: number;
}

interface Facts {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
}

/** Reads the entries of an archive by name. A damaged or contradictory one is a `BAD_FILE` error. */
export function readZip(
  bytes: Uint8Array,
  file: string,
  options: LimitOptions = {},
  format = "zip",
): ReadonlyMap<string, ZipEntry> {
  const bad = refuser(format, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const directory = findDirectory(view, bad);
  const facts = readDirectory(view, directory, file, bad);
  const budget = budgetOf(bytes.length, options, bad);
  const entries = new Map<string, ZipEntry>();
  let free = 0;
  for (const entry of facts.sort((a, b) => a.local - b.local)) {
    if (entries.has(entry.name)) throw bad(`has two entries ${shown(entry.name)}`);
    if (entry.local < free) throw bad(`has entries that overlap, at ${shown(entry.name)}`);
    const begin = dataBegin(view, entry, bad);
    free = begin + entry.packed;
    if (free > directory.begin) throw bad(`has entry ${shown(entry.name)} beyond its data`);
    checkSizes(entry, bad);
    const packed = bytes.subarray(begin, free);
    entries.set(entry.name, {
      name: entry.name,
      size: entry.size,
      unpack: () => unpack(packed, entry, budget, bad),
    });
  }
  return entries;
}

/** Says whether bytes begin like a zip archive. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

function findDirectory(view: DataView, bad: Refuse): Directory {
  const last = view.byteLength - 22;
  for (let at = last; at >= Math.max(0, last - 65_535); at--) {
    const comment = view.byteLength - at - 22;
    if (view.getUint32(at, true) !== 0x06054b50 || view.getUint16(at + 20, true) !== comment)
      continue;
    return checkDirectory(endRecord(view, at, bad), bad);
  }
  throw bad("is no zip archive, or its end is missing: there is no end of a central directory");
}

interface EndRecord extends Directory {
  /** Where the records behind the directory begin. */
  readonly limit: number;
}

function endRecord(view: DataView, at: number, bad: Refuse): EndRecord {
  const disks = view.getUint32(at + 4, true);
  const locator = at - 20;
  if (locator >= 0 && view.getUint32(locator, true) === 0x07064b50) {
    return zip64Record(view, Number(view.getBigUint64(locator + 8, true)), locator, bad);
  }
  if (disks !== 0) throw bad("is a part of an archive of several files");
  const begin = view.getUint32(at + 16, true);
  const end = begin + view.getUint32(at + 12, true);
  return { entries: view.getUint16(at + 10, true), begin, end, limit: at };
}

function zip64Record(view: DataView, at: number, locator: number, bad: Refuse): EndRecord {
  if (at + 56 > locator || view.getUint32(at, true) !== 0x06064b50) {
    throw bad("has no zip64 end of its central directory where it says");
  }
  const entries = Number(view.getBigUint64(at + 32, true));
  const begin = Number(view.getBigUint64(at + 48, true));
  return { entries, begin, end: begin + Number(view.getBigUint64(at + 40, true)), limit: at };
}

function checkDirectory(record: EndRecord, bad: Refuse): Directory {
  if (record.end > record.limit) {
    throw bad(
      `has a central directory up to byte ${record.end}, but its end is at ${record.limit}`,
    );
  }
  if (record.entries > maxEntries) {
    throw bad(`has ${record.entries} entries, at most ${maxEntries} allowed`);
  }
  return record;
}

function readDirectory(
  view: DataView,
  { entries, begin, end }: Directory,
  file: string,
  bad: Refuse,
): Facts[] {
  const result: Facts[] = [];
  let at = begin;
  for (let k = 0; k < entries; k++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) {
      throw bad(`has a central directory that ends after ${k} of ${entries} entries`);
    }
    const next = at + 46 + nameAndMore(view, at);
    if (next > end) throw bad("has a central directory that runs over its end");
    result.push(readFacts(view, at, file, bad));
    at = next;
  }
  if (at !== end) throw bad("has a central directory with bytes after its last entry");
  return result;
}

/** Bytes of the name, the extra fields and the comment. */
function nameAndMore(view: DataView, at: number): number {
  return (
    view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  );
}

function readFacts(view: DataView, at: number, file: string, bad: Refuse): Facts {
  const nameBytes = view.getUint16(at + 28, true);
  const name = checkedName(textAt(view, at + 46, nameBytes), bad);
  const method = view.getUint16(at + 10, true);
  const unreadable = (view.getUint16(at + 8, true) & 1) !== 0 ? "encrypted" : undefined;
  if (unreadable !== undefined || (method !== 0 && method !== 8)) {
    throw unsupported(
      "zip",
      file,
      `holds ${shown(name)} ${unreadable ?? `packed by method ${method}`}; readable are stored and deflated entries`,
      "Pack the archive again with deflate and without a password.",
    );
  }
  const wide = wideSizes(view, at, bad);
  return { name, method, crc: view.getUint32(at + 16, true), ...wide };
}

/** Sizes and place, from the zip64 field where 32 bits were not enough. */
function wideSizes(
  view: DataView,
  at: number,
  bad: Refuse,
): { size: number; packed: number; local: number } {
  const fields = [
    ["size", at + 24],
    ["packed", at + 20],
    ["local", at + 42],
  ] as const;
  const result = { size: 0, packed: 0, local: 0 };
  let extra = zip64Field(view, at);
  for (const [field, place] of fields) {
    const value = view.getUint32(place, true);
    result[field] = value;
    if (value !== 0xffffffff || extra === undefined) continue;
    if (extra.begin + 8 > extra.end) throw bad("has a zip64 field that is too short");
    result[field] = Number(view.getBigUint64(extra.begin, true));
    extra = { begin: extra.begin + 8, end: extra.end };
  }
  return result;
}

function zip64Field(view: DataView, at: number): { begin: number; end: number } | undefined {
  const first = at + 46 + view.getUint16(at + 28, true);
  const last = first + view.getUint16(at + 30, true);
  for (let field = first; field + 4 <= last; ) {
    const end = field + 4 + view.getUint16(field + 2, true);
    if (view.getUint16(field, true) === 1 && end <= last) return { begin: field + 4, end };
    field = end;
  }
  return undefined;
}

function dataBegin(view: DataView, { name, local }: Facts, bad: Refuse): number {
  if (local + 30 > view.byteLength || view.getUint32(local, true) !== 0x04034b50) {
    throw bad(`has no entry at byte ${local}, where ${shown(name)} should be`);
  }
  const nameBytes = view.getUint16(local + 26, true);
  const begin = local + 30 + nameBytes + view.getUint16(local + 28, true);
  if (begin > view.byteLength) throw bad(`is truncated in the header of ${shown(name)}`);
  const own = textAt(view, local + 30, nameBytes);
  if (own === name) return begin;
  throw bad(`calls one entry ${shown(name)} in its directory and ${shown(own)} in its header`);
}

function checkSizes({ name, method, size, packed }: Facts, bad: Refuse): void {
  const possible = method === 0 ? size === packed : size <= packed * mostRatio;
  if (possible) return;
  throw bad(
    `says that ${shown(name)} has ${size} bytes, which its ${packed} packed ones cannot hold`,
  );
}

/** Names are keys here and never paths, but no archive that means well has these. */
function checkedName(name: string, bad: Refuse): string {
  const parts = name.split(/[/\\]/);
  if (!/^[/\\]|^\w:|\0/.test(name) && !parts.includes("..")) return name;
  throw bad(`has an entry ${shown(name)}, whose name leads out of the archive`);
}

function unpack(
  packed: Uint8Array,
  { name, method, size, crc }: Facts,
  budget: Budget,
  bad: Refuse,
): Uint8Array {
  if (method === 8) budget.take(size, shown(name));
  const bytes = method === 0 ? packed : inflated(packed, name, size, bad);
  if (crc32(bytes) === crc) return bytes;
  throw bad(`is damaged: the checksum of ${shown(name)} does not fit its bytes`);
}

/** Input bytes between two looks at the size of the output. */
const pieceBytes = 4096;

/** Inflates into exactly `size` bytes; stops soon after more have come. */
function inflated(packed: Uint8Array, name: string, size: number, bad: Refuse): Uint8Array {
  const result = new Uint8Array(size);
  let length = 0;
  const stream = new Inflate((piece) => {
    if (length + piece.length <= size) result.set(piece, length);
    length += piece.length;
  });
  try {
    for (let at = 0; at < packed.length && length <= size; at += pieceBytes) {
      const end = at + pieceBytes;
      stream.push(packed.subarray(at, end), end >= packed.length);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw bad(`is damaged: ${shown(name)} cannot be unpacked (${reason})`, cause);
  }
  if (length === size) return result;
  const found = length > size ? "more than" : `${length} of`;
  throw bad(`is damaged: ${shown(name)} unpacks to ${found} its ${size} bytes`);
}

function textAt(view: DataView, at: number, bytes: number): string {
  const length = Math.min(bytes, view.byteLength - at);
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
}
