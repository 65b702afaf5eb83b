// An independent reader of event files: protobufjs with the published messages, checksums by the polynomial, and what
// TensorBoard shows of several files, with its rule for runs that were started again.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

const messages = protobuf.loadSync(join(import.meta.dirname, "events.proto"));

/** A value of a summary. */
export interface SeenValue {
  readonly tag: string;
  readonly simpleValue: number;
  readonly tensor: {
    readonly dtype: number;
    readonly tensorShape: { readonly dim: readonly { readonly size: number }[] };
    readonly tensorContent: Uint8Array;
    readonly stringVal: readonly Uint8Array[];
  } | null;
  readonly metadata: {
    readonly pluginData: { readonly pluginName: string; readonly content: Uint8Array };
  } | null;
}

/** An event as it was read. */
export interface SeenEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion: string;
  readonly graphDef: Uint8Array;
  readonly summary: { readonly value: readonly SeenValue[] } | null;
  readonly sessionLog: { readonly status: number } | null;
}

/** Reads a message of a type. */
export function decode<T>(type: string, bytes: Uint8Array): T {
  const message = messages.lookupType(type).decode(bytes);
  return messages.lookupType(type).toObject(message, { longs: Number, defaults: true }) as T;
}

/** The records of a file up to the first that is cut or has a wrong checksum. */
export function readRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  let place = 0;
  while (place + 12 <= file.length) {
    const length = Number(view.getBigUint64(place, true));
    if (view.getUint32(place + 8, true) !== masked(file.subarray(place, place + 8))) break;
    if (place + 16 + length > file.length) break;
    const data = file.subarray(place + 12, place + 12 + length);
    if (view.getUint32(place + 12 + length, true) !== masked(data)) break;
    records.push(data);
    place += 16 + length;
  }
  return records;
}

/** The events of all files of a folder in the order in which TensorBoard reads them. */
export function readEvents(folder: string): SeenEvent[] {
  const names = readdirSync(folder).filter((name) => name.includes("tfevents"));
  const records = names.sort().flatMap((name) => readRecords(readFileSync(join(folder, name))));
  return records.map((record) => decode<SeenEvent>("Event", record));
}

/** What is shown: a session that starts again voids earlier events of its step and later ones. */
export function shownEvents(folder: string): SeenEvent[] {
  let shown: SeenEvent[] = [];
  for (const event of readEvents(folder)) {
    if (event.sessionLog?.status === 1) shown = shown.filter(({ step }) => step < event.step);
    else shown.push(event);
  }
  return shown;
}

/** The scalars of a tag that are shown. */
export function scalarsOf(folder: string, tag: string): (readonly [step: number, value: number])[] {
  return shownEvents(folder).flatMap(({ step, summary }) =>
    (summary?.value ?? [])
      .filter((value) => value.tag === tag && value.metadata === null)
      .map(({ simpleValue }) => [step, simpleValue] as const),
  );
}

/** CRC-32C bit by bit, as RFC 3720 defines it, and masked as TFRecord does. */
function masked(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  }
  const crc = BigInt(~rest >>> 0);
  const rotated = ((crc >> 15n) | (crc << 17n)) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}
