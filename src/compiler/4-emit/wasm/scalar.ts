// Statements as code for one point at a time: values are f64, f32 or i32 locals (bool as 0 or 1). Kernels that mix
// float64 with other types take this form.

import type { DType } from "../../../core/dtype.ts";
import { unreachable } from "../../../core/errors.ts";
import type { DynamicIndex, Statement } from "../../../ir/loops.ts";
import { scalarFunction } from "../../../ir/scalar.ts";
import {
  combineNumbers,
  identityOf,
  numberCasts,
  numberTypes,
  wasmStorage,
} from "./conversions.ts";
import type { Index } from "./cursors.ts";
import type { FunctionBuilder } from "./function.ts";
import { nativeRule } from "./native.ts";
import type { Nest, StatementEmitter } from "./nest.ts";

type Of<K extends Statement["kind"]> = Extract<Statement, { kind: K }>;

/** The scalar form. */
export const scalarStatements: StatementEmitter = {
  localType: (s) => numberTypes[s.dtype],
  emit: (nest, index) => {
    const s = nest.kernel.body[index];
    emitters[s.kind](nest, index, s as never);
  },
  startAccumulate: (nest, index) => {
    const s = nest.kernel.body[index] as Of<"accumulate">;
    pushConstant(nest.f, s.dtype, identityOf(s.combine, s.dtype));
    nest.f.set(nest.accumulator(index, 0));
  },
  finishAccumulate: () => undefined,
};

const emitters: {
  readonly [K in Statement["kind"]]: (nest: Nest, index: number, s: Of<K>) => void;
} = {
  constant: (nest, index, s) => {
    pushConstant(nest.f, s.dtype, s.value);
    nest.f.set(nest.value(index, 0));
  },
  index: (nest, index) => {
    const place = nest.cursors.place(index);
    nest.f.get(nest.locals[place.cursor]).i32(place.offset).op("i32.add").set(nest.value(index, 0));
  },
  load: (nest, index, s) => {
    load(nest, index, s);
    if (s.dtype === "bool") nest.f.i32(0).op("i32.ne");
    nest.f.set(nest.value(index, 0));
  },
  apply: (nest, index, s) => {
    apply(nest, s);
    nest.f.set(nest.value(index, 0));
  },
  cast: (nest, index, s) => {
    nest.f.get(nest.value(s.arg, 0));
    numberCasts[nest.kernel.body[s.arg].dtype][s.dtype](nest.f);
    nest.f.set(nest.value(index, 0));
  },
  accumulate: (nest, index, s) => {
    const accumulator = nest.accumulator(index, 0);
    combineNumbers(nest.f, s.combine, s.dtype, accumulator, nest.value(s.arg, 0));
    nest.f.set(accumulator);
  },
  store: (nest, index, s) => store(nest, index, s),
};

function pushConstant(f: FunctionBuilder, dtype: DType, value: number): void {
  if (dtype === "float64") f.f64(value);
  else if (dtype === "float32") f.f32(value);
  else f.i32(dtype === "bool" ? Number(value !== 0) : value);
}

function load(nest: Nest, index: number, s: Of<"load">): void {
  const { f } = nest;
  const type = numberTypes[s.dtype];
  const place = nest.cursors.place(index);
  const read = (): void => {
    const offset = pushAddress(nest, s, place, s.bounds.length > 0);
    f.memory(`${type}.load`, offset);
  };
  const dynamic = (): void => {
    if (s.dynamic.length === 0) {
      read();
      return;
    }
    pushDynamicConditions(nest, s.dynamic);
    const missing = s.dtype === "float32" || s.dtype === "float64" ? Number.NaN : 0;
    f.if(read, () => pushConstant(f, s.dtype, missing), type);
  };
  if (s.bounds.length === 0) {
    dynamic();
    return;
  }
  for (const [i, bound] of nest.cursors.bounds(index).entries()) {
    f.get(nest.locals[bound.cursor]).i32(bound.offset).op("i32.add");
    f.i32(s.bounds[i].size).op("i32.lt_u");
    if (i > 0) f.op("i32.and");
  }
  f.if(dynamic, () => pushConstant(f, s.dtype, s.fill), type);
}

function store(nest: Nest, index: number, s: Of<"store">): void {
  const { f } = nest;
  const type = numberTypes[s.dtype];
  const place = nest.cursors.place(index);
  const write = (): void => {
    const offset = pushAddress(nest, s, place, false);
    if (s.mode === "add") f.memory(`${type}.load`, pushAddress(nest, s, place, false));
    f.get(nest.value(s.value, 0));
    if (s.mode === "add") f.op(`${type}.add`);
    f.memory(`${type}.store`, offset);
  };
  if (s.dynamic.length === 0) {
    write();
    return;
  }
  pushDynamicConditions(nest, s.dynamic);
  f.if(write);
}

function pushDynamicConditions(nest: Nest, dynamic: readonly DynamicIndex[]): void {
  for (const [i, { value, size }] of dynamic.entries()) {
    nest.f.get(nest.value(value, 0)).i32(size).op("i32.lt_u");
    if (i > 0) nest.f.op("i32.and");
  }
}

/** Pushes an address and returns the bytes that the instruction is to add. */
function pushAddress(
  nest: Nest,
  s: Of<"load"> | Of<"store">,
  place: Index,
  bounded: boolean,
): number {
  const { f } = nest;
  f.get(nest.locals[place.cursor]);
  for (const { value, scale } of s.dynamic) {
    f.get(nest.value(value, 0))
      .i32(scale * wasmStorage[s.dtype])
      .op("i32.mul")
      .op("i32.add");
  }
  const explicit = bounded || s.dynamic.length > 0;
  if (explicit && place.offset !== 0) f.i32(place.offset).op("i32.add");
  return explicit ? 0 : place.offset;
}

function apply(nest: Nest, s: Of<"apply">): void {
  const { f, kernel } = nest;
  const row = scalarFunction(s.fn);
  const rule = nativeRule(row, kernel.body[s.args[s.args.length - 1]].dtype, "scalar");
  if (rule === undefined) {
    hosted(nest, s);
    return;
  }
  rule({
    f,
    relaxedSimd: nest.context.relaxedSimd,
    arg: (k) => f.get(nest.value(s.args[k], 0)),
    constant: (k) => {
      const arg = kernel.body[s.args[k]];
      return arg.kind === "constant" ? arg.value : undefined;
    },
  });
}

/** Calls a JavaScript function, in float64. */
function hosted(nest: Nest, s: Of<"apply">): void {
  const { f } = nest;
  const host =
    nest.context.hostFunctions.get(s.fn) ?? unreachable(`function ${s.fn} is not imported`);
  for (const arg of s.args) {
    f.get(nest.value(arg, 0));
    numberCasts[nest.kernel.body[arg].dtype].float64(f);
  }
  f.call(host);
  if (s.dtype === "int32") f.op("i64.trunc_sat_f64_s").op("i32.wrap_i64");
  else numberCasts.float64[s.dtype](f);
}
