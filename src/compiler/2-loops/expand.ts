// Replaces scalar functions that the target lacks by their expansions in simpler ones. A function that has
// neither stays, and the emitter calls it on the host.

import type { DType } from "../../core/dtype.ts";
import { type ScalarBuilder, type ScalarValue, scalarFunction } from "../../ir/scalar.ts";
import type { TargetFacts } from "../plan.ts";
import { KernelBuilder } from "./builder.ts";
import type { LoopStep } from "./kernel.ts";
import { replay } from "./replay.ts";

export function expandFunctions(step: LoopStep, target: TargetFacts): LoopStep {
  const types = operandTypes(step);
  if (!types.some(({ fn, dtype }) => needsExpansion(fn, dtype, target))) return step;
  const builder = new KernelBuilder(step.parallel);
  const stores = replay(builder, step, {
    apply: (s, args) => {
      const dtypes = s.args.map((arg) => step.body[arg].dtype);
      const values = args.map((id, k) => ({ id, dtype: dtypes[k] }));
      return apply(builder, target, s.fn, values, s.dtype).id;
    },
  });
  return builder.finish(stores);
}

function operandTypes(step: LoopStep): { fn: string; dtype: DType }[] {
  return step.body.flatMap((s) =>
    s.kind === "apply" ? [{ fn: s.fn, dtype: step.body[s.args[s.args.length - 1]].dtype }] : [],
  );
}

function needsExpansion(fn: string, dtype: DType, target: TargetFacts): boolean {
  const { expand, expandTypes = ["float32"] } = scalarFunction(fn);
  return expand !== undefined && expandTypes.includes(dtype) && !target.isNative(fn, dtype);
}

function apply(
  builder: KernelBuilder,
  target: TargetFacts,
  fn: string,
  args: readonly ScalarValue[],
  dtype: DType,
): ScalarValue {
  const operand = args[args.length - 1].dtype;
  if (!needsExpansion(fn, operand, target)) {
    return {
      id: builder.apply(
        fn,
        dtype,
        args.map((arg) => arg.id),
      ),
      dtype,
    };
  }
  const inner: ScalarBuilder = {
    constant: (value, type = "float32") => ({ id: builder.constant(value, type), dtype: type }),
    apply: (name, ...values) => apply(builder, target, name, values, resultType(name, values)),
  };
  return scalarFunction(fn).expand!(inner, ...args);
}

/** The type of a scalar function's result. */
function resultType(fn: string, args: readonly ScalarValue[]): DType {
  const { result = "same" } = scalarFunction(fn);
  return result === "same" ? args[args.length - 1].dtype : result;
}
