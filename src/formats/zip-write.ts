// Writing zip archives: entries stored or deflated, without dates (the same content gives the same bytes), up to 4 GiB.

import { deflateSync } from "fflate";
import { joinBytes } from "../core/bytes.ts";
import { ChainruleError } from "../core/errors.ts";
import { crc32 } from "./crc32.ts";

const mostBytes = 0xffffffff;
const mostEntries = 0xffff;
/** 1 January 1980, the first day that zip can tell. */
const firstDay = 0x21;
const utf8Names = 0x800;

/** Makes an archive of named bytes; `compress` deflates them where that makes them smaller. */
export function writeZip(
  entries: ReadonlyMap<string, Uint8Array>,
  { compress }: { readonly compress: boolean },
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, bytes] of entries) {
    const deflated = compress ? deflateSync(bytes) : bytes;
    const packed = deflated.length < bytes.length ? deflated : bytes;
    const facts = { packed: packed.length, size: bytes.length, crc: crc32(bytes), at };
    const local = header(name, facts, "local");
    parts.push(local, packed);
    directory.push(header(name, facts, "central"));
    at += local.length + packed.length;
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  checkLimits(entries.size, at + directoryBytes);
  return joinBytes([...parts, ...directory, ending(entries.size, at, directoryBytes)]);
}

interface Facts {
  readonly packed: number;
  readonly size: number;
  readonly crc: number;
  readonly at: number;
}

function header(name: string, facts: Facts, kind: "local" | "central"): Uint8Array {
  const text = new TextEncoder().encode(name);
  const central = kind === "central";
  const fixed = central ? 46 : 30;
  const bytes = new Uint8Array(fixed + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, central ? 0x02014b50 : 0x04034b50, true);
  if (central) view.setUint16(4, 20, true);
  const common = central ? 6 : 4; // From here on both headers are alike, up to the lengths.
  view.setUint16(common, 20, true);
  view.setUint16(common + 2, utf8Names, true);
  view.setUint16(common + 4, facts.packed < facts.size ? 8 : 0, true);
  view.setUint16(common + 8, firstDay, true);
  view.setUint32(common + 10, facts.crc, true);
  view.setUint32(common + 14, facts.packed, true);
  view.setUint32(common + 18, facts.size, true);
  view.setUint16(common + 22, text.length, true);
  if (central) view.setUint32(42, facts.at, true);
  bytes.set(text, fixed);
  return bytes;
}

function ending(entries: number, begin: number, length: number): Uint8Array {
  const bytes = new Uint8Array(22);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, entries, true);
  view.setUint16(10, entries, true);
  view.setUint32(12, length, true);
  view.setUint32(16, begin, true);
  return bytes;
}

function checkLimits(entries: number, bytes: number): void {
  if (entries <= mostEntries && bytes <= mostBytes) return;
  throw new ChainruleError({
    code: "UNSUPPORTED",
    op: "zip",
    problem: `an archive of ${entries} entries and ${bytes} bytes is larger than is written here (65,535 and 4 GiB)`,
    fix: "Save large models as safetensors.",
  });
}
