// The steps of a Fourier transform of pairs along the axis before the pairs (or of real numbers along the last), without
// the factor 1/n.

import type { Tensor } from "../../ir/tensor.ts";
import { contract } from "../contract.ts";
import { complex, complexMul } from "./complex.ts";
import {
  chirpFilter,
  chirpTable,
  factorTable,
  pairMatrix,
  realMatrix,
  type TableKind,
} from "./fourier-tables.ts";

/** Longest transforms that are one product with a matrix: of lengths that have factors, and of primes. */
const directLength = 64;
const directPrime = 128;

/** What the input is: complex pairs, or real numbers. */
export type SignalKind = "pairs" | "real";

/** The transform along the last axis of a signal. Shape: `[..., n, 2]` (real: `[..., n]`) `→ [..., n, 2]`. */
export function discreteFourier(
  x: Tensor,
  direction: TableKind["direction"],
  of: SignalKind,
): Tensor {
  const kind = { direction, dtype: x.dtype };
  const axis = signalAxis(x, of);
  const n = x.shape[axis];
  const a = n <= directLength ? 1 : factorOf(n);
  if (a > 1) return inParts(x, kind, of, a);
  if (n > directPrime) return byConvolution(of === "real" ? complex(x) : x, kind);
  if (of === "real") return contract(x, realMatrix(n, kind), { batch: [], contract: [[axis, 0]] });
  const pairs = [
    [axis, 0],
    [axis + 1, 1],
  ] as const;
  return contract(x, pairMatrix(n, kind), { batch: [], contract: pairs });
}

/** For n = a b, j = b j₁ + j₂ and k = k₁ + a k₂: a transform over j₁, factors `e^(∓2πi j₂ k₁ / n)`, one over j₂. */
function inParts(x: Tensor, kind: TableKind, of: SignalKind, a: number): Tensor {
  const axis = signalAxis(x, of);
  const [batch, n] = [x.shape.slice(0, axis), x.shape[axis]];
  const b = n / a;
  const columns = x.reshape([...batch, a, b, ...x.shape.slice(axis + 1)]).transpose(axis, axis + 1);
  const inner = discreteFourier(columns, kind.direction, of); // [..., b, a, 2]
  const rows = complexMul(factorTable(b, a, kind), inner).transpose(axis, axis + 1);
  const outer = discreteFourier(rows, kind.direction, "pairs"); // [..., a, b, 2]
  return outer.transpose(axis, axis + 1).reshape([...batch, n, 2]);
}

/** With jk = (j² + k² − (k − j)²) / 2, a convolution with `e^(±πi j²/n)`, computed at a power of two. */
function byConvolution(z: Tensor, kind: TableKind): Tensor {
  const axis = z.rank - 2;
  const n = z.shape[axis];
  const m = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const chirp = chirpTable(n, kind);
  const behind = z.shape.map((_, k) => [0, k === axis ? m - n : 0] as const);
  const signal = discreteFourier(complexMul(chirp, z).pad(behind), "forward", "pairs");
  const filter = discreteFourier(chirpFilter(n, m, kind), "forward", "pairs");
  const convolved = discreteFourier(complexMul(filter, signal), "backward", "pairs").div(m);
  return complexMul(chirp, convolved.slice(z.shape.map((end) => ({ end }))));
}

function signalAxis(x: Tensor, of: SignalKind): number {
  return x.rank - (of === "real" ? 1 : 2);
}

/** The factor of n nearest below its root; 1 for primes. */
function factorOf(n: number): number {
  for (let a = Math.floor(Math.sqrt(n)); a > 1; a--) if (n % a === 0) return a;
  return 1;
}
