// The element types of the matrix-product kernels: one generator writes the kernels of all three.

import type { FunctionBuilder } from "../../../compiler/4-emit/wasm/function.ts";

export interface GemmType {
  readonly name: "f32" | "f64" | "i32";
  readonly bytes: 4 | 8;
  /** Elements of a 128-bit vector. */
  readonly lanes: 4 | 2;
  readonly splatLoad: string;
  /**
   * Most rows of a micro-kernel of one, two, … vectors a row. Engines that move all loads of a step to its start (V8
   * before 13) keep everything in 16 registers only if the sums, one vector for each row and the vectors of a row of B
   * are no more than 15.
   */
  readonly rows: readonly number[];
  /** With `a` and `b` pushed by the given functions, leaves `accumulator + a · b`. */
  readonly multiplyAdd: (
    f: FunctionBuilder,
    accumulator: () => void,
    a: () => void,
    b: () => void,
  ) => void;
}

/** Panels of a block function that is machine code: rows and columns of a full one. */
export interface MacroPanels {
  readonly rows: number;
  readonly columns: number;
  /** Whether it reads operands of single strides where they are: A of any, B of adjacent columns. */
  readonly inPlace?: boolean;
}

export interface GemmOptions {
  readonly relaxedSimd: boolean;
  /** Whether the engine joins neighbouring vectors to vectors of 256 bits. */
  readonly wide?: boolean;
  /** Types whose block function is imported as `env.macro_<type>(descriptor)`, and the panels it wants. */
  readonly macros?: { readonly [name in GemmType["name"]]?: MacroPanels };
  /** Types whose products are offered to BLAS, imported as `env.blas_<type>` on a memory at `env.blasBase`. */
  readonly blas?: readonly string[];
}

/** The three types, spelled for an engine. */
export function gemmTypes(options: GemmOptions): readonly GemmType[] {
  return [floats("f32", options), floats("f64", options), int32];
}

/** A multiplication apart from its addition takes one register more, which leaves two vectors a row. */
const separateRows = [4, 4];
const fusedRows = [6, 4, 3];
/** Four vectors are two of 256 bits, and engines that join them keep the order of loads. */
const wideRows = [6, 6, 4, 6];

function floats(name: "f32" | "f64", { relaxedSimd, wide }: GemmOptions): GemmType {
  const shape = name === "f32" ? "f32x4" : "f64x2";
  return {
    name,
    bytes: name === "f32" ? 4 : 8,
    lanes: name === "f32" ? 4 : 2,
    splatLoad: name === "f32" ? "v128.load32_splat" : "v128.load64_splat",
    rows: !relaxedSimd ? separateRows : wide ? wideRows : fusedRows,
    multiplyAdd: relaxedSimd
      ? (f, accumulator, a, b) => {
          a();
          b();
          accumulator();
          f.op(`${shape}.relaxed_madd`);
        }
      : separate(shape),
  };
}

function separate(shape: string): GemmType["multiplyAdd"] {
  return (f, accumulator, a, b) => {
    accumulator();
    a();
    b();
    f.op(`${shape}.mul`).op(`${shape}.add`);
  };
}

const int32: GemmType = {
  name: "i32",
  bytes: 4,
  lanes: 4,
  splatLoad: "v128.load32_splat",
  rows: separateRows,
  multiplyAdd: separate("i32x4"),
};
