// A `TensorProto` of an event file: numbers packed as bytes or as a list of their type, or strings.

import type { PbfReader } from "pbf";

/** A tensor as it was read. */
export interface EventTensor {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly content: Uint8Array;
  readonly listed: readonly number[];
  readonly strings: readonly Uint8Array[];
}

/** Numbers of `DataType`, with their bytes and how one is read. */
const readers: Readonly<
  Record<number, [bytes: number, read: (view: DataView, at: number) => number]>
> = {
  1: [4, (view, at) => view.getFloat32(at, true)],
  2: [8, (view, at) => view.getFloat64(at, true)],
  3: [4, (view, at) => view.getInt32(at, true)],
  9: [8, (view, at) => Number(view.getBigInt64(at, true))],
};

/** Reads a `TensorProto`. */
export function readTensor(pbf: PbfReader): EventTensor {
  const listed: number[] = [];
  const found = {
    ...{ dtype: 0, shape: [] as number[], content: new Uint8Array(0), listed },
    strings: [] as Uint8Array[],
  };
  return pbf.readMessage((field, tensor, inner) => {
    if (field === 1) tensor.dtype = inner.readVarint();
    else if (field === 2) inner.readMessage(readShape, tensor.shape);
    else if (field === 4) tensor.content = new Uint8Array(inner.readBytes());
    else if (field === 5) inner.readPackedFloat(listed);
    else if (field === 6) inner.readPackedDouble(listed);
    else if (field === 7 || field === 10) inner.readPackedVarint(listed, true);
    else if (field === 8) tensor.strings.push(inner.readBytes());
  }, found);
}

/** The numbers of a tensor; none where its type is not one of numbers that are known here. */
export function numbersOf({ dtype, content, listed }: EventTensor): Float64Array {
  if (listed.length > 0) return Float64Array.from(listed);
  const reader = readers[dtype];
  if (reader === undefined) return new Float64Array(0);
  const [bytes, read] = reader;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return Float64Array.from({ length: Math.floor(content.length / bytes) }, (_, k) =>
    read(view, k * bytes),
  );
}

function readShape(field: number, shape: number[], pbf: PbfReader): void {
  if (field === 2) shape.push(pbf.readMessage(readSize, { size: 0 }).size);
}

function readSize(field: number, into: { size: number }, pbf: PbfReader): void {
  if (field === 1) into.size = pbf.readVarint(true);
}
