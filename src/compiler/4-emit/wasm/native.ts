// How a scalar function's `wasm` mnemonic is spelled for each type of operand, in the two forms of generated code:
// vectors (four lanes of float32 or int32, two of float64, bool as lane masks 0 / −1), and single numbers (bool as 0 / 1).
// A mnemonic outside these tables is not native; the function then needs an expansion or runs in JavaScript.

import type { DType } from "../../../core/dtype.ts";
import type { Statement } from "../../../ir/loops.ts";
import { type ScalarFunction, scalarFunction } from "../../../ir/scalar.ts";
import type { FunctionBuilder } from "./function.ts";

/** What a rule may use: the builder, a way to push operand k, and the operand's value where it is constant. */
export interface NativeCall {
  readonly f: FunctionBuilder;
  readonly relaxedSimd: boolean;
  readonly arg: (k: number) => void;
  readonly constant: (k: number) => number | undefined;
}

/** Leaves the function's value on the stack. */
export type NativeRule = (call: NativeCall) => void;

type Rules = Readonly<Record<string, NativeRule>>;

/** Says whether a function has a native spelling for operands of a type (the last operand decides). */
export function wasmIsNative(fn: string, dtype: DType): boolean {
  const row = scalarFunction(fn);
  if (dtype === "float64") return nativeRule(row, dtype, "scalar") !== undefined;
  return (
    nativeRule(row, dtype, "vector") !== undefined && nativeRule(row, dtype, "scalar") !== undefined
  );
}

/** Finds the native spelling of a function in one form of code. */
export function nativeRule(
  row: ScalarFunction,
  dtype: DType,
  form: "vector" | "scalar",
): NativeRule | undefined {
  if (row.wasm === undefined) return undefined;
  if (row.wasmTypes !== undefined && !row.wasmTypes.includes(dtype)) return undefined;
  const rules = form === "vector" ? vectorRules[dtype] : scalarRules[dtype];
  return Object.hasOwn(rules, row.wasm) ? rules[row.wasm] : undefined;
}

/** Rules that are one instruction: `name` or `name=instruction`, all operands pushed in order. */
function instructions(prefix: string, arity: number, names: string): Rules {
  const rules: Record<string, NativeRule> = {};
  for (const entry of names.split(" ")) {
    const [name, instruction = `${prefix}.${entry}`] = entry.split("=");
    rules[name] = ({ f, arg }) => {
      for (let k = 0; k < arity; k++) arg(k);
      f.op(instruction);
    };
  }
  return rules;
}

/** `fma` without a fused instruction: two roundings. */
function multiplyAdd(prefix: string): NativeRule {
  return ({ f, arg }) => {
    arg(0);
    arg(1);
    f.op(`${prefix}.mul`);
    arg(2);
    f.op(`${prefix}.add`);
  };
}

const same: NativeRule = ({ arg }) => arg(0);

// --- vectors ---

/** A choice with 0, bits that are all 0, only masks the other operand. */
const selectLanes: NativeRule = ({ f, arg, constant }) => {
  if (Object.is(constant(2), 0)) {
    arg(1);
    arg(0);
    f.op("v128.and");
    return;
  }
  if (Object.is(constant(1), 0)) {
    arg(2);
    arg(0);
    f.op("v128.andnot");
    return;
  }
  arg(1);
  arg(2);
  arg(0);
  f.op("v128.bitselect");
};

const fusedLanes: NativeRule = (call) => {
  if (!call.relaxedSimd) return multiplyAdd("f32x4")(call);
  for (let k = 0; k < 3; k++) call.arg(k);
  call.f.op("f32x4.relaxed_madd");
};

/**
 * Maximum or minimum that passes NaN on. `pmax(a, b)` is `a < b ? b : a`: it keeps a NaN in `a` and loses one in `b`,
 * so `b` is put back where it is not a number. `f32x4.max` does the same three times slower.
 */
function extremum(shape: "f32x4" | "f64x2", instruction: "pmin" | "pmax"): NativeRule {
  return ({ f, arg, constant }) => {
    const isNumber = (k: number): boolean => !Number.isNaN(constant(k) ?? Number.NaN);
    const [first, second] = isNumber(0) ? [1, 0] : [0, 1];
    if (!isNumber(second)) arg(second);
    arg(first);
    arg(second);
    f.op(`${shape}.${instruction}`);
    if (isNumber(second)) return;
    arg(second);
    arg(second);
    f.op(`${shape}.ne`).op("v128.bitselect");
  };
}

interface Extreme {
  readonly instruction: string;
  readonly args: readonly [number, number];
}

/**
 * A choice between the two operands of its own comparison, if they are floats, as one instruction and the statements it takes:
 * `pmax(a, b)` is `a < b ? b : a`, `pmin(a, b)` is `b < a ? b : a`.
 */
export function extremeOf(
  body: readonly Statement[],
  { fn, args, dtype }: Extract<Statement, { kind: "apply" }>,
): Extreme | undefined {
  const condition = body[args[0]];
  if (dtype !== "float32" && dtype !== "float64") return undefined;
  if (scalarFunction(fn).wasm !== "select") return undefined;
  if (condition.kind !== "apply") return undefined;
  const { wasm } = scalarFunction(condition.fn);
  if (wasm !== "lt" && wasm !== "gt") return undefined;
  const [low, high] = wasm === "lt" ? condition.args : condition.args.toReversed();
  const shape = dtype === "float32" ? "f32x4" : "f64x2";
  const [, a, b] = args;
  if (a === high && b === low) return { instruction: `${shape}.pmax`, args: [low, high] };
  return a === low && b === high ? { instruction: `${shape}.pmin`, args: [high, low] } : undefined;
}

/** Shifts take one count for all lanes; a count that is not constant goes lane by lane. */
function shiftLanes(name: string): NativeRule {
  return ({ f, arg, constant }) => {
    const count = constant(1);
    arg(0);
    if (count !== undefined) {
      f.i32(count).op(`i32x4.${name}`);
      return;
    }
    for (let lane = 0; lane < 4; lane++) {
      arg(0);
      f.lane("i32x4.extract_lane", lane);
      arg(1);
      f.lane("i32x4.extract_lane", lane).op(`i32.${name}`).lane("i32x4.replace_lane", lane);
    }
  };
}

const float32Lanes: Rules = {
  ...instructions("f32x4", 1, "abs neg sqrt ceil floor trunc nearest"),
  ...instructions("f32x4", 2, "add sub mul div pmin pmax eq ne lt gt le ge"),
  min: extremum("f32x4", "pmin"),
  max: extremum("f32x4", "pmax"),
  fma: fusedLanes,
  select: selectLanes,
  copysign: ({ f, arg }) => {
    arg(0);
    arg(1);
    f.get(f.splat("i32", 0x7fffffff)).op("v128.bitselect");
  },
  reinterpret: same,
  ...instructions("i32x4", 1, "trunc_sat=i32x4.trunc_sat_f32x4_s"),
};

const float64Lanes: Rules = {
  ...instructions("f64x2", 1, "abs neg sqrt ceil floor trunc nearest"),
  ...instructions("f64x2", 2, "add sub mul div pmin pmax eq ne lt gt le ge"),
  min: extremum("f64x2", "pmin"),
  max: extremum("f64x2", "pmax"),
  fma: multiplyAdd("f64x2"),
  select: selectLanes,
  copysign: ({ f, arg }) => {
    arg(0);
    arg(1);
    f.get(f.lanes("i32", [-1, 0x7fffffff, -1, 0x7fffffff])).op("v128.bitselect");
  },
};

const int32Lanes: Rules = {
  ...instructions("i32x4", 1, "abs neg not=v128.not convert=f32x4.convert_i32x4_s"),
  ...instructions("i32x4", 2, "add sub mul min=i32x4.min_s max=i32x4.max_s eq ne"),
  ...instructions("i32x4", 2, "lt=i32x4.lt_s gt=i32x4.gt_s le=i32x4.le_s ge=i32x4.ge_s"),
  ...instructions("i32x4", 2, "and=v128.and or=v128.or xor=v128.xor"),
  shl: shiftLanes("shl"),
  shr_s: shiftLanes("shr_s"),
  shr_u: shiftLanes("shr_u"),
  select: selectLanes,
  reinterpret: same,
};

const boolLanes: Rules = {
  ...instructions("v128", 1, "not"),
  ...instructions("v128", 2, "and or xor ne=v128.xor eq=i32x4.eq max=v128.or min=v128.and"),
  select: selectLanes,
};

const vectorRules: Readonly<Record<DType, Rules>> = {
  float32: float32Lanes,
  int32: int32Lanes,
  bool: boolLanes,
  float64: float64Lanes,
};

// --- single numbers ---

const selectNumber: NativeRule = ({ f, arg }) => {
  arg(1);
  arg(2);
  arg(0);
  f.op("select");
};

/** `a < b ? b : a` (or `b < a`), the scalar counterpart of `pmax` (`pmin`). */
function pseudo(prefix: string, larger: boolean): NativeRule {
  return ({ f, arg }) => {
    for (const k of larger ? [1, 0, 0, 1] : [1, 0, 1, 0]) arg(k);
    f.op(`${prefix}.lt`).op("select");
  };
}

function floatNumbers(prefix: "f32" | "f64"): Rules {
  return {
    ...instructions(prefix, 1, "abs neg sqrt ceil floor trunc nearest"),
    ...instructions(prefix, 2, "add sub mul div min max copysign eq ne lt gt le ge"),
    ...instructions(prefix, 1, `trunc_sat=i32.trunc_sat_${prefix}_s`),
    pmin: pseudo(prefix, false),
    pmax: pseudo(prefix, true),
    fma: multiplyAdd(prefix),
    select: selectNumber,
  };
}

function integerExtremum(comparison: string): NativeRule {
  return ({ f, arg }) => {
    for (const k of [0, 1, 0, 1]) arg(k);
    f.op(comparison).op("select");
  };
}

const int32Numbers: Rules = {
  ...instructions("i32", 2, "add sub mul eq ne and or xor shl shr_s shr_u"),
  ...instructions("i32", 2, "lt=i32.lt_s gt=i32.gt_s le=i32.le_s ge=i32.ge_s"),
  ...instructions("i32", 1, "convert=f32.convert_i32_s reinterpret=f32.reinterpret_i32"),
  min: integerExtremum("i32.lt_s"),
  max: integerExtremum("i32.gt_s"),
  not: ({ f, arg }) => {
    arg(0);
    f.i32(-1).op("i32.xor");
  },
  neg: ({ f, arg }) => {
    f.i32(0);
    arg(0);
    f.op("i32.sub");
  },
  abs: ({ f, arg }) => {
    arg(0);
    f.i32(0);
    arg(0);
    f.op("i32.sub");
    arg(0);
    f.i32(0).op("i32.ge_s").op("select");
  },
  select: selectNumber,
};

const boolNumbers: Rules = {
  ...instructions("i32", 1, "not=i32.eqz"),
  ...instructions("i32", 2, "and or xor eq ne max=i32.or min=i32.and"),
  select: selectNumber,
};

const scalarRules: Readonly<Record<DType, Rules>> = {
  float32: { ...floatNumbers("f32"), ...instructions("i32", 1, "reinterpret=i32.reinterpret_f32") },
  float64: floatNumbers("f64"),
  int32: int32Numbers,
  bool: boolNumbers,
};
