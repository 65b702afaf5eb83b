// CBLAS in plain loops, on a memory whose first byte has the address `base`: checks what it is called with.

import { expect } from "vitest";
import type { CblasGemm } from "../../src/runtime/blas/system-blas.ts";

/** `cblas_sgemm`, or `cblas_dgemm` on eight bytes an element. */
export function looped(memory: WebAssembly.Memory, bytes = 4, base = 0): CblasGemm {
  const elements = bytes === 8 ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  const placeOf = (address: number): number => (address - base) / bytes;
  return (order, aSide, bSide, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    expect(order).toBe(101);
    expect(lda).toBeGreaterThanOrEqual(aSide === 111 ? k : m);
    expect(ldb).toBeGreaterThanOrEqual(bSide === 111 ? n : k);
    expect(ldc).toBeGreaterThanOrEqual(n);
    const at = (address: number, side: number, leading: number, i: number, j: number): number =>
      elements[placeOf(address) + (side === 111 ? i * leading + j : j * leading + i)];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) sum += at(a, aSide, lda, i, p) * at(b, bSide, ldb, p, j);
        const place = placeOf(c) + i * ldc + j;
        elements[place] = alpha * sum + (beta === 0 ? 0 : beta * elements[place]);
      }
    }
  };
}
