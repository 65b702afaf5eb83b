// Event files of TensorBoard, read: scalars, histograms, images, text and settings, as TensorFlow 1 and 2, Keras, PyTorch and
// this library write them. Messages and field numbers are those of tensorboard/compat/proto/{event,summary,tensor}.proto.
// Files grow while they are read, so reading stops after the last whole record and says where; records that are no events
// are passed over.

import { PbfReader } from "pbf";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { type EventSetting, readSettings } from "./event-settings.ts";
import { type EventTensor, numbersOf, readTensor } from "./event-tensor.ts";
import { readRecord } from "./tfrecord.ts";

/** When something was recorded: the run's step, and seconds since 1970. */
export interface EventMoment {
  readonly step: number;
  readonly wallTime: number;
}

/** A value of an event file. `restart` says that what was recorded for this step and later ones is void. */
export type BoardEvent = EventMoment &
  (
    | { readonly kind: "scalar"; readonly tag: string; readonly value: number }
    /** Rows of left edge, right edge and count. Shape: `[buckets, 3]`. */
    | { readonly kind: "histogram"; readonly tag: string; readonly buckets: Float64Array }
    /** Encoded pictures, mostly PNG. */
    | { readonly kind: "images"; readonly tag: string; readonly files: readonly Uint8Array[] }
    | { readonly kind: "text"; readonly tag: string; readonly text: string }
    /** The settings that TensorBoard's hparams dashboard compares runs by. */
    | { readonly kind: "settings"; readonly settings: Readonly<Record<string, EventSetting>> }
    | { readonly kind: "restart" }
  );

/** What was read of an event file. */
export interface EventFilePart {
  readonly events: readonly BoardEvent[];
  /** Bytes up to which records were whole; reading goes on from there once there is more. */
  readonly end: number;
  /** Whether reading ended at damage, behind which nothing can be found. */
  readonly isSpoiled: boolean;
}

/**
 * Reads the whole records of an event file from a place on; damage ends the reading and is no error.
 * Errors: `BAD_ARGUMENT` for something else than bytes.
 *
 * `const { events, end } = decodeEvents(bytes)`
 */
export function decodeEvents(bytes: Uint8Array, start = 0): EventFilePart {
  if (!(bytes instanceof Uint8Array)) throw notBytes(bytes);
  const events: BoardEvent[] = [];
  let end = start;
  for (;;) {
    const record = readRecord(bytes, end);
    if (typeof record === "string") return { events, end, isSpoiled: record === "spoiled" };
    try {
      events.push(...eventsIn(record.data));
    } catch {} // no event, or one of a future form: its frame is whole, so the next one can be found
    end = record.end;
  }
}

interface Value {
  tag: string;
  plugin: string;
  content?: Uint8Array;
  simple?: number;
  image?: Uint8Array;
  histogram?: Float64Array;
  tensor?: EventTensor;
}

interface RawEvent {
  step: number;
  wallTime: number;
  restarts: boolean;
  values: Value[];
}

function eventsIn(data: Uint8Array): BoardEvent[] {
  const raw: RawEvent = { step: 0, wallTime: 0, restarts: false, values: [] };
  new PbfReader(data).readFields(readEvent, raw);
  const { step, wallTime, restarts, values } = raw;
  const moment = { step, wallTime };
  const found = values.flatMap((value) => eventOf(value, moment) ?? []);
  return restarts ? [{ ...moment, kind: "restart" }, ...found] : found;
}

function readEvent(field: number, event: RawEvent, pbf: PbfReader): void {
  if (field === 1) event.wallTime = pbf.readDouble();
  else if (field === 2) event.step = pbf.readVarint(true);
  else if (field === 5) pbf.readMessage(readSummary, event);
  else if (field === 7) pbf.readMessage(readSession, event);
}

function readSession(field: number, event: RawEvent, pbf: PbfReader): void {
  if (field === 1) event.restarts = pbf.readVarint() === 1; // SessionLog.START
}

function readSummary(field: number, event: RawEvent, pbf: PbfReader): void {
  if (field === 1) event.values.push(pbf.readMessage(readValue, { tag: "", plugin: "" }));
}

function readValue(field: number, value: Value, pbf: PbfReader): void {
  if (field === 1) value.tag = pbf.readString();
  else if (field === 2) value.simple = pbf.readFloat();
  else if (field === 4) pbf.readMessage(readImage, value);
  else if (field === 5) value.histogram = readHistogram(pbf);
  else if (field === 8) value.tensor = readTensor(pbf);
  else if (field === 9) pbf.readMessage(readMetadata, value);
}

function readImage(field: number, value: Value, pbf: PbfReader): void {
  if (field === 4) value.image = pbf.readBytes();
}

function readMetadata(field: number, value: Value, pbf: PbfReader): void {
  if (field === 1) pbf.readMessage(readPlugin, value);
}

function readPlugin(field: number, value: Value, pbf: PbfReader): void {
  if (field === 1) value.plugin = pbf.readString();
  else if (field === 2) value.content = pbf.readBytes();
}

/** A `HistogramProto`, whose buckets have upper limits only, as rows. The outermost are cut to the range of the values. */
function readHistogram(pbf: PbfReader): Float64Array {
  const found = { least: 0, most: 0, limits: [] as number[], counts: [] as number[] };
  pbf.readMessage((field, into, inner) => {
    if (field === 1) into.least = inner.readDouble();
    else if (field === 2) into.most = inner.readDouble();
    else if (field === 6) inner.readPackedDouble(into.limits);
    else if (field === 7) inner.readPackedDouble(into.counts);
  }, found);
  const { least, most, limits, counts } = found;
  const rows = counts.flatMap((count, k) => {
    const left = Math.max(least, k === 0 ? least : limits[k - 1]);
    const right = Math.min(most, limits[k]);
    return count > 0 && left <= right ? [left, right, count] : [];
  });
  return Float64Array.from(rows);
}

function eventOf(value: Value, moment: EventMoment): BoardEvent | undefined {
  const { tag, plugin, content, simple, image, histogram, tensor } = value;
  if (plugin === "hparams") {
    const settings = content && readSettings(content);
    return settings && { ...moment, kind: "settings", settings };
  }
  if (histogram !== undefined) return { ...moment, kind: "histogram", tag, buckets: histogram };
  if (image !== undefined) return { ...moment, kind: "images", tag, files: [image] };
  if (tensor !== undefined) return tensorEvent(value, tensor, moment);
  return simple === undefined ? undefined : { ...moment, kind: "scalar", tag, value: simple };
}

/** What a tensor is, by its plugin, or by its form where a file names the plugin only once. */
function tensorEvent(
  { tag, plugin }: Value,
  tensor: EventTensor,
  moment: EventMoment,
): BoardEvent | undefined {
  const { strings, shape } = tensor;
  if (plugin === "images") return { ...moment, kind: "images", tag, files: strings.slice(2) };
  if (plugin === "text" || (plugin === "" && strings.length > 0)) {
    const text = strings.map((bytes) => new TextDecoder().decode(bytes)).join("\n\n");
    return { ...moment, kind: "text", tag, text };
  }
  const numbers = numbersOf(tensor);
  if (plugin === "histograms" || (plugin === "" && shape.length === 2 && shape[1] === 3))
    return { ...moment, kind: "histogram", tag, buckets: numbers };
  const isScalar = plugin === "scalars" || plugin === "";
  if (!isScalar || numbers.length !== 1) return undefined;
  return { ...moment, kind: "scalar", tag, value: numbers[0] };
}

function notBytes(bytes: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "decodeEvents",
    problem: `needs the file's bytes as a Uint8Array; received ${showValue(bytes)}`,
    fix: "Read the file first: decodeEvents(await readFile(path)).",
  });
}
