// Tensor values on the JavaScript side: what data sets yield, files hold and compiled functions accept.

import type { DType, HostArray } from "./dtype.ts";
import type { Shape } from "./shape.ts";

/** Elements in row-major order with their type and shape; `data.length` is the product of the sizes. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: HostArray;
}
