// Events of TensorBoard as bytes: the messages of tensorboard/compat/proto/{event,summary,tensor}.proto that are used
// here, with their published field numbers. Each function gives one `Event`.

import { PbfWriter } from "pbf";
import type { Buckets } from "./tensorboard-histogram.ts";

/** When something was: seconds since 1970 and the step of the run. */
export interface Moment {
  readonly wallTime: number;
  readonly step: number;
}

/** Which dashboard shows a tensor, and what that plugin wants to know. */
interface Plugin {
  readonly name: string;
  readonly content?: Uint8Array;
  readonly dataClass?: number;
}

const classTensor = 2;
const classBlobs = 3;
const typeDouble = 2;
const typeString = 7;

/** The first event of a file, by which readers know the format. */
export function versionEvent(wallTime: number): Uint8Array {
  return event({ wallTime, step: 0 }, (pbf) => pbf.writeStringField(3, "brain.Event:2"));
}

/** Says that a run goes on from a step: what was recorded for this step and later ones is void. */
export function restartEvent(moment: Moment): Uint8Array {
  const start = 1;
  return event(moment, (pbf) =>
    pbf.writeMessage(7, (_, inner) => inner.writeVarintField(1, start), null),
  );
}

/**
 * Scalars of one step, by tag. The bytes hold until the next call: one is made at each step of a run, so nothing is
 * allocated, and lengths of messages are reckoned before they are written.
 */
export function scalarsEvent(
  { wallTime, step }: Moment,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const pbf = scalarsWriter;
  pbf.pos = 0;
  pbf.writeDoubleField(1, wallTime);
  pbf.writeVarintField(2, step);
  let length = 0;
  for (const tag in scalars) length += messageBytes(scalarBytes(tag));
  pbf.writeTag(5, lengthDelimited);
  pbf.writeVarint(length);
  for (const tag in scalars) {
    pbf.writeTag(1, lengthDelimited);
    pbf.writeVarint(scalarBytes(tag));
    pbf.writeBytesField(1, tagBytes(tag));
    pbf.writeFloatField(2, scalars[tag]);
  }
  return pbf.buf.subarray(0, pbf.pos);
}

const scalarsWriter = new PbfWriter();
const lengthDelimited = 2;

/** Bytes of a `Summary.Value` with a tag and a float of 5 bytes. */
function scalarBytes(tag: string): number {
  return messageBytes(tagBytes(tag).length) + 5;
}

/** Bytes of a message or text as a field: a tag of one byte, its length, and itself. */
function messageBytes(length: number): number {
  return 1 + Math.max(1, Math.ceil((32 - Math.clz32(length)) / 7)) + length;
}

const knownTags = new Map<string, Uint8Array>();

/** A tag in UTF-8; a run has few, and says them at every step. */
function tagBytes(tag: string): Uint8Array {
  const known = knownTags.get(tag);
  if (known !== undefined) return known;
  if (knownTags.size >= 1000) knownTags.clear();
  const bytes = new TextEncoder().encode(tag);
  knownTags.set(tag, bytes);
  return bytes;
}

/** A histogram, as a float64 tensor of shape `[buckets, 3]`. */
export function histogramEvent(
  moment: Moment,
  tag: string,
  { rows, data }: Buckets,
  description?: string,
): Uint8Array {
  const bytes = new Uint8Array(data.length * 8);
  const view = new DataView(bytes.buffer);
  data.forEach((value, k) => {
    view.setFloat64(8 * k, value, true);
  });
  const plugin = { name: "histograms", dataClass: classTensor };
  return tensorEvent(moment, tag, plugin, description, (pbf) => {
    pbf.writeVarintField(1, typeDouble);
    pbf.writeMessage(2, writeShape, [rows, 3]);
    pbf.writeBytesField(4, bytes);
  });
}

/** Images of one size, each a PNG file. */
export function imagesEvent(
  moment: Moment,
  tag: string,
  images: { readonly width: number; readonly height: number; readonly files: Uint8Array[] },
  description?: string,
): Uint8Array {
  const size = [images.width, images.height].map((n) => new TextEncoder().encode(String(n)));
  const plugin = { name: "images", dataClass: classBlobs };
  return tensorEvent(moment, tag, plugin, description, (pbf) =>
    writeStrings([...size, ...images.files], [2 + images.files.length], pbf),
  );
}

/** Text in Markdown. */
export function textEvent(
  moment: Moment,
  tag: string,
  markdown: string,
  description?: string,
): Uint8Array {
  const plugin = { name: "text", dataClass: classTensor };
  return tensorEvent(moment, tag, plugin, description, (pbf) =>
    writeStrings([new TextEncoder().encode(markdown)], [], pbf),
  );
}

/** A `GraphDef`. */
export function graphEvent(moment: Moment, graph: Uint8Array): Uint8Array {
  return event(moment, (pbf) => pbf.writeBytesField(4, graph));
}

/** A summary of the hparams plugin, which has metadata and no value. */
export function hparamsEvent(moment: Moment, tag: string, content: Uint8Array): Uint8Array {
  return tensorEvent(moment, tag, { name: "hparams", content }, undefined, (pbf) => {
    pbf.writeVarintField(1, 1);
    pbf.writeMessage(2, writeShape, [0]);
  });
}

function tensorEvent(
  moment: Moment,
  tag: string,
  plugin: Plugin,
  description: string | undefined,
  writeTensor: (pbf: PbfWriter) => void,
): Uint8Array {
  const writeValue = (_: unknown, pbf: PbfWriter): void => {
    pbf.writeStringField(1, tag);
    pbf.writeMessage(8, (_, inner) => writeTensor(inner), null);
    pbf.writeMessage(9, (_, inner) => writeMetadata(plugin, description, inner), null);
  };
  return event(moment, (pbf) =>
    pbf.writeMessage(5, (_, summary) => summary.writeMessage(1, writeValue, null), null),
  );
}

function writeMetadata(plugin: Plugin, description: string | undefined, pbf: PbfWriter): void {
  const writePlugin = (_: unknown, inner: PbfWriter): void => {
    inner.writeStringField(1, plugin.name);
    if (plugin.content !== undefined) inner.writeBytesField(2, plugin.content);
  };
  pbf.writeMessage(1, writePlugin, null);
  if (description !== undefined) pbf.writeStringField(3, description);
  if (plugin.dataClass !== undefined) pbf.writeVarintField(4, plugin.dataClass);
}

function writeStrings(
  strings: readonly Uint8Array[],
  shape: readonly number[],
  pbf: PbfWriter,
): void {
  pbf.writeVarintField(1, typeString);
  pbf.writeMessage(2, writeShape, shape);
  for (const bytes of strings) pbf.writeBytesField(8, bytes);
}

/** Writes a `TensorShapeProto`. */
export function writeShape(shape: readonly number[], pbf: PbfWriter): void {
  for (const size of shape) {
    pbf.writeMessage(2, (n, inner) => inner.writeVarintField(1, n), size);
  }
}

function event({ wallTime, step }: Moment, writeWhat: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, wallTime);
  pbf.writeVarintField(2, step);
  writeWhat(pbf);
  return pbf.finish();
}
