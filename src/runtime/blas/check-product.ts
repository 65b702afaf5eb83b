// The proof that a BLAS gets before it is used: small products in all four layouts, in a memory of their own, against
// plain loops. The numbers are small integers, so every bit must agree.

import type { CblasGemm } from "./system-blas.ts";

/** Pages of memory that the check needs. */
export const verifyPages = 1;

// The values of CBLAS_ORDER and CBLAS_TRANSPOSE.
const rowMajor = 101;
const asItIs = 111;
const transposed = 112;

const aAddress = 0x1000;
const bAddress = 0x4000;
const cAddress = 0x8000;
const shapes = [
  [1, 1, 1],
  [3, 5, 7],
  [17, 9, 4],
  [8, 33, 12],
];

/** Says what is wrong with the products of a memory that begins at `base`, or nothing. */
export function productFault(
  memory: WebAssembly.Memory,
  base: number,
  gemm: CblasGemm,
  elementBytes: 4 | 8,
): string | undefined {
  const elements =
    elementBytes === 8 ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  const at = (address: number) => elements.subarray(address / elementBytes);
  for (const [m, n, k] of shapes) {
    for (const [aTurned, bTurned] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) {
      const [aRow, aColumn] = aTurned ? [1, m] : [k, 1];
      const [bRow, bColumn] = bTurned ? [1, k] : [n, 1];
      for (let p = 0; p < m * k; p++) at(aAddress)[p] = ((p * 7) % 13) - 6;
      for (let p = 0; p < k * n; p++) at(bAddress)[p] = ((p * 5) % 17) - 8;
      at(cAddress).fill(3, 0, m * n);
      const sides = [aTurned, bTurned].map((turned) => (turned ? transposed : asItIs));
      const a = [base + aAddress, aTurned ? m : k];
      const b = [base + bAddress, bTurned ? k : n];
      gemm(rowMajor, ...sides, m, n, k, 2, ...a, ...b, -1, base + cAddress, n);
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let p = 0; p < k; p++)
            sum += at(aAddress)[i * aRow + p * aColumn] * at(bAddress)[p * bRow + j * bColumn];
          if (at(cAddress)[i * n + j] !== 2 * sum - 3) return `${m}×${k} times ${k}×${n} is wrong`;
        }
      }
    }
  }
  return undefined;
}
