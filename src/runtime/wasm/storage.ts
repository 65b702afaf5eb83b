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

/** Elements up to which a loop copies faster than a call does. */
const fewElements = 16;

/** Copies elements into an array that has room for them. */
export function copyElements(source: ArrayLike<number>, target: HostArray): void {
  if (source.length > fewElements) target.set(source);
  else for (let k = 0; k < source.length; k++) target[k] = source[k];
}

/** Copies a host array to an address. */
export function copyIn(heap: WasmHeap, address: number, source: HostArray, dtype: DType): void {
  copyElements(source, viewAt(heap, address, source.length, dtype));
}

/** Copies from an address into a host array. */
export function copyOut(heap: WasmHeap, address: number, target: HostArray, dtype: DType): void {
  copyElements(viewAt(heap, address, target.length, dtype), target);
}

/** The elements at an address, until the memory grows. */
export function viewAt(heap: WasmHeap, address: number, length: number, dtype: DType): HostArray {
  const { buffer } = heap.memory;
  if (dtype === "float32") return new Float32Array(buffer, address, length);
  if (dtype === "float64") return new Float64Array(buffer, address, length);
  return new Int32Array(buffer, address, length);
}
