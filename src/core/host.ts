// Tensor values on the JavaScript side: what data sets yield, files hold and compiled functions accept.

import type { DType, HostArray } from "./dtype.ts";
import type { Shape } from "./shape.ts";
import { isRecord } from "./tree.ts";

/** Elements in row-major order with their type and shape; `data.length` is the product of the sizes. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: HostArray;
}

/** Whether a value is a host tensor, and no record that holds some. */
export function isHostTensor(value: unknown): value is HostTensor {
  return (
    isRecord(value) &&
    ArrayBuffer.isView(value.data) &&
    Array.isArray(value.shape) &&
    "dtype" in value
  );
}
