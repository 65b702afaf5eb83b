// Comparing computed tensors with stored ones, element by element: |g − r| ≤ atol + rtol·|r|; two infinities of one sign
// are equal, NaN matches NaN, +0 equals −0; whole numbers and booleans are exact.

import type { HostTensor } from "../../src/core/host.ts";
import { sameShape, showShape } from "../../src/core/shape.ts";
import type { Tolerance } from "./folder.ts";

/** The worst element of a tensor that is not as stored. */
export interface Fault {
  /** What was compared, e.g. `grad x`. */
  readonly what: string;
  /** Wrong in kind (shape, type, missing) or an exception, in words. */
  readonly problem?: string;
  readonly at?: number;
  readonly computed?: number;
  readonly stored?: number;
  readonly error?: number;
  readonly allowed?: number;
  /** How many elements are out of tolerance. */
  readonly elements?: number;
}

/** What is expected of one tensor. */
export interface Expected {
  readonly what: string;
  readonly stored: HostTensor;
  /** Element type that the library should give. */
  readonly dtype: HostTensor["dtype"];
  readonly tolerance: Tolerance;
  /** Further values that are right at a place. */
  readonly also?: (at: number) => readonly number[];
}

/** Returns what is wrong with a computed tensor, or null. */
export function faultOf(computed: HostTensor | undefined, expected: Expected): Fault | null {
  const { what, stored } = expected;
  if (computed === undefined) return { what, problem: "was not computed" };
  if (!sameShape(computed.shape, stored.shape)) {
    return {
      what,
      problem: `has shape ${showShape(computed.shape)}, not ${showShape(stored.shape)}`,
    };
  }
  if (computed.dtype !== expected.dtype) {
    return { what, problem: `is ${computed.dtype}, not ${expected.dtype}` };
  }
  return worstElement(computed, expected);
}

function worstElement({ data }: HostTensor, expected: Expected): Fault | null {
  const { stored, tolerance, also } = expected;
  let worst = -1;
  let worstExcess = 0;
  let elements = 0;
  for (let at = 0; at < data.length; at++) {
    const excess = excessOf(data[at], stored.data[at], tolerance);
    if (excess <= 1) continue;
    if (also?.(at).some((value) => excessOf(data[at], value, tolerance) <= 1)) continue;
    elements++;
    if (excess > worstExcess || worst < 0) {
      worst = at;
      worstExcess = excess;
    }
  }
  if (worst < 0) return null;
  return {
    what: expected.what,
    at: worst,
    computed: data[worst],
    stored: stored.data[worst],
    error: Math.abs(data[worst] - stored.data[worst]),
    allowed: allowedFor(stored.data[worst], tolerance),
    elements,
  };
}

/** The error in units of what is allowed. */
function excessOf(computed: number, stored: number, tolerance: Tolerance): number {
  if (computed === stored || (Number.isNaN(computed) && Number.isNaN(stored))) return 0;
  const allowed = allowedFor(stored, tolerance);
  const error = Math.abs(computed - stored);
  if (!Number.isFinite(error) || allowed === 0) return Number.POSITIVE_INFINITY;
  return error / allowed;
}

function allowedFor(stored: number, [relative, absolute]: Tolerance): number {
  return absolute + relative * Math.abs(stored);
}
