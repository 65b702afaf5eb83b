// Finding the parameters that an optimizer or an average works on.

import { ChainruleError } from "../core/errors.ts";
import type { Parameter } from "../ir/state.ts";
import { named, parameters } from "../nn/walk.ts";

/** What an optimizer updates: a model, a map from path to parameter, or parameters. */
export type Trainable = object | Iterable<Parameter>;

/** The parameters by path; tells errors the paths of a model's layers. */
export function findParameters(model: Trainable): Map<string, Parameter> {
  const found = parameters(isIterator(model) ? [...model] : model);
  if (found.size > 0) {
    if (!(model instanceof Map) && !Array.isArray(model)) named(model);
    return found;
  }
  throw new ChainruleError({
    code: "PARAMETER_NOT_FOUND",
    op: "optimizer",
    problem: `found no parameters in ${describe(model)}`,
    fix: "Pass a model whose fields, arrays or records hold layers or parameters.",
  });
}

function isIterator(model: Trainable): model is Iterable<Parameter> {
  return (
    typeof (model as Partial<Iterator<Parameter>>).next === "function" && Symbol.iterator in model
  );
}

function describe(model: Trainable): string {
  return `a value of class ${model.constructor?.name ?? "Object"}`;
}
