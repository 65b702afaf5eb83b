// The interface of the block function of matrix products, C = A·B or C += A·B, between WebAssembly and machine code: a
// descriptor of eight 32-bit words in WebAssembly memory, whose address is the only argument.
//
// Two ways in. *Packed*: A is packed in panels of `rows` rows: for each k, that many consecutive elements, the last panel padded with zeros. B
// is packed the same way in panels of `columns` columns. *In place*: five more words say where elements are. A may lie
// anyhow, in rows or in columns; a row of B has its elements next to each other; and either may be packed, which is one
// choice of distances. Nothing outside the operands is read.
//
// C is row-major. Every element is summed in the order of k, one fused multiply-add per step, from 0 or from C; so all
// kernels give the same bits.

/** Places of the descriptor's 32-bit words. `a`, `b`, `c` are addresses, `cRow` is the distance of C's rows in bytes. */
export const descriptorWord = {
  rows: 0,
  columns: 1,
  depth: 2,
  accumulate: 3,
  a: 4,
  b: 5,
  c: 6,
  cRow: 7,
  // For operands in place, distances in bytes: from one row of A to the next, from one column to the next, from one panel
  // of rows to the next; from one row of B to the next, from one panel of columns to the next.
  aRow: 8,
  aColumn: 9,
  aStep: 10,
  bRow: 11,
  bStep: 12,
} as const;

/** Machine code of a macro-kernel and the tile it packs for. */
export interface MacroCode {
  readonly code: Uint8Array;
  /** Where in the code the way in for operands in place is, if there is one. */
  readonly inPlace?: number;
  /** Rows of a panel of A. */
  readonly rows: number;
  /** Columns of a panel of B. */
  readonly columns: number;
}
