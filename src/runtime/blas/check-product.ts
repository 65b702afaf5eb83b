// The proof that a BLAS gets before it is used: small products in all four layouts, in a memory of their own, against
// plain loops. The numbers are small integers, so every bit must agree.

import type { BlasProduct } from "./system-blas.ts";

/** Pages of memory that the check needs. */
export const verifyPages = 1;

const aAddress = 0x1000;
const bAddress = 0x4000;
const cAddress = 0x8000;
const shapes = [
  [1, 1, 1],
  [3, 5, 7],
  [17, 9, 4],
  [8, 33, 12],
];

/** Says what is wrong with a product, or nothing. */
export function productFault(
  memory: WebAssembly.Memory,
  product: BlasProduct,
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
      product(m, n, k, 2, aAddress, aRow, aColumn, bAddress, bRow, bColumn, -1, cAddress, n);
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
