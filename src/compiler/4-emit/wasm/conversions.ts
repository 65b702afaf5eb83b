// Small tables per element type: storage, locals, casts, and how values of a reduction are combined.

import type { DType } from "../../../core/dtype.ts";
import type { Combine } from "../../../ir/loops.ts";
import type { FunctionBuilder, Local, ValueType } from "./function.ts";

/** Bytes of one element in WebAssembly memory; a bool is an int32, 0 or 1. */
export const wasmStorage: Readonly<Record<DType, number>> = {
  float32: 4,
  int32: 4,
  bool: 4,
  float64: 8,
};

/** The type of a single number's local. */
export const numberTypes: Readonly<Record<DType, ValueType>> = {
  float32: "f32",
  int32: "i32",
  bool: "i32",
  float64: "f64",
};

/** How the lanes of a vector are read and computed with. */
export const laneShapes: Readonly<Record<DType, "f32x4" | "i32x4" | "f64x2">> = {
  float32: "f32x4",
  int32: "i32x4",
  bool: "i32x4",
  float64: "f64x2",
};

type CastRule = (f: FunctionBuilder) => void;
type CastTable = Readonly<Record<DType, Readonly<Record<DType, CastRule>>>>;

const keep: CastRule = () => undefined;
const op =
  (...names: string[]): CastRule =>
  (f) => {
    for (const name of names) f.op(name);
  };

const unused: Readonly<Record<DType, CastRule>> = {
  float32: keep,
  int32: keep,
  bool: keep,
  float64: keep,
};

/** Casts of vectors, `[from][to]`; the operand is on the stack. */
export const laneCasts: CastTable = {
  float32: {
    ...unused,
    int32: op("i32x4.trunc_sat_f32x4_s"),
    bool: (f) => f.get(f.splat("f32", 0)).op("f32x4.ne"),
  },
  int32: {
    ...unused,
    float32: op("f32x4.convert_i32x4_s"),
    bool: (f) => f.get(f.splat("i32", 0)).op("i32x4.ne"),
  },
  bool: {
    ...unused,
    float32: (f) => f.get(f.splat("f32", 1)).op("v128.and"),
    int32: (f) => f.get(f.splat("i32", 1)).op("v128.and"),
    float64: (f) => f.get(f.splatDouble(1)).op("v128.and"),
  },
  float64: { ...unused, bool: (f) => f.get(f.splatDouble(0)).op("f64x2.ne") },
};

/** Casts of single numbers, `[from][to]`. */
export const numberCasts: CastTable = {
  float32: {
    float32: keep,
    float64: op("f64.promote_f32"),
    int32: op("i32.trunc_sat_f32_s"),
    bool: (f) => f.f32(0).op("f32.ne"),
  },
  float64: {
    float32: op("f32.demote_f64"),
    float64: keep,
    int32: op("i32.trunc_sat_f64_s"),
    bool: (f) => f.f64(0).op("f64.ne"),
  },
  int32: {
    float32: op("f32.convert_i32_s"),
    float64: op("f64.convert_i32_s"),
    int32: keep,
    bool: (f) => f.i32(0).op("i32.ne"),
  },
  bool: {
    float32: op("f32.convert_i32_s"),
    float64: op("f64.convert_i32_s"),
    int32: keep,
    bool: keep,
  },
};

/** The value that a combination starts from. */
export function identityOf(combine: Combine, dtype: DType): number {
  if (combine === "add") return 0;
  if (combine === "mul") return 1;
  if (dtype === "bool") return combine === "max" ? 0 : 1;
  const bound = dtype === "int32" ? 2 ** 31 : Number.POSITIVE_INFINITY;
  if (combine === "max") return -bound;
  return dtype === "int32" ? bound - 1 : bound;
}

/** Pushes the combination of two vectors held in locals. */
export function combineLanes(
  f: FunctionBuilder,
  combine: Combine,
  dtype: DType,
  a: Local,
  b: Local,
): void {
  const extreme = combine === "max" || combine === "min";
  if (dtype === "bool") {
    const either = combine === "max" || combine === "add";
    f.get(a)
      .get(b)
      .op(either ? "v128.or" : "v128.and");
  } else if (dtype === "int32") {
    f.get(a)
      .get(b)
      .op(`i32x4.${combine}${extreme ? "_s" : ""}`);
  } else if (!extreme) {
    f.get(a).get(b).op(`${laneShapes[dtype]}.${combine}`);
  } else {
    const shape = laneShapes[dtype];
    // p-max keeps NaN in its first operand; the second is put back where it is NaN (see native.ts).
    f.get(b).get(a).get(b).op(`${shape}.p${combine}`);
    f.get(b).get(b).op(`${shape}.ne`).op("v128.bitselect");
  }
}

/** Pushes the combination of two single numbers held in locals. */
export function combineNumbers(
  f: FunctionBuilder,
  combine: Combine,
  dtype: DType,
  a: Local,
  b: Local,
): void {
  const type = numberTypes[dtype];
  f.get(a).get(b);
  if (dtype === "bool") f.op(combine === "max" || combine === "add" ? "i32.or" : "i32.and");
  else if (dtype === "int32" && (combine === "max" || combine === "min"))
    f.get(a)
      .get(b)
      .op(combine === "max" ? "i32.gt_s" : "i32.lt_s")
      .op("select");
  else f.op(`${type}.${combine}`);
}
