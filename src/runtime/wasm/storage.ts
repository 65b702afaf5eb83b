// How host arrays lie in WebAssembly memory: as they are, except bool, which is an int32 of 0 or 1 so that a lane of
// every 32-bit type has one width.

import type { DType, HostArray } from "../../core/dtype.ts";
import type { WasmHeap } from "./memory.ts";

/** Bytes of one element in WebAssembly memory. */
export const storage: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  bool: 4,
};

/** Bytes of `elements` elements in WebAssembly memory. */
export function storedBytes(dtype: DType, elements: number): number {
  return storage[dtype] * elements;
}

/** Copies a host array to an address. */
export function copyIn(heap: WasmHeap, address: number, source: HostArray, dtype: DType): void {
  viewAt(heap, address, source.length, dtype).set(source);
}

/** Copies from an address into a host array. */
export function copyOut(heap: WasmHeap, address: number, target: HostArray, dtype: DType): void {
  target.set(viewAt(heap, address, target.length, dtype));
}

function viewAt(heap: WasmHeap, address: number, length: number, dtype: DType): HostArray {
  const { buffer } = heap.memory;
  if (dtype === "float32") return new Float32Array(buffer, address, length);
  if (dtype === "float64") return new Float64Array(buffer, address, length);
  return new Int32Array(buffer, address, length);
}
