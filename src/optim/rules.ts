// Parameter groups, said as rules: settings for the parameters that match. One optimizer holds all parameters and one
// learning rate; a rule's rate keeps its proportion to it, so that a schedule acts on all groups.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Parameter } from "../ir/state.ts";
import { matchesPath, type PathPattern } from "../nn/state.ts";
import { badOption, checkAtLeastZero } from "./options.ts";

/** Selects parameters: a path or part of one as in `nn.freeze` (`layers.0`, `*.bias`, /norm/), parameters, or a test. */
export type ParameterMatch =
  | Exclude<PathPattern, (path: string) => boolean>
  | readonly Parameter[]
  | ReadonlySet<Parameter>
  | ((path: string, parameter: Parameter) => boolean);

/** Settings for parameters that match; the first matching rule counts. */
export interface ParameterRule {
  readonly match: ParameterMatch;
  /** Their learning rate when the optimizer's is as given; it changes in proportion. Excludes `learningRateFactor`. */
  readonly learningRate?: number;
  /** Multiplies the learning rate; default 1. */
  readonly learningRateFactor?: number;
  readonly weightDecay?: number;
  readonly l1?: number;
}

const ruleNames: OptionNames<ParameterRule> = {
  match: true,
  learningRate: true,
  learningRateFactor: true,
  weightDecay: true,
  l1: true,
};

/** The usual exception: no weight decay for biases and the scales of norms, i.e. parameters with fewer than two axes. */
export const noDecayOfVectors: ParameterRule = {
  match: (_, { shape }) => shape.length < 2,
  weightDecay: 0,
};

/** The rule for a parameter and what it multiplies the learning rate by. */
export function ruleFor(
  rules: readonly ParameterRule[] | undefined,
  path: string,
  parameter: Parameter,
  learningRate: number,
): { readonly rule: ParameterRule | undefined; readonly factor: number } {
  const rule = rules?.find(({ match }) => matches(match, path, parameter));
  const { learningRate: own, learningRateFactor = 1 } = rule ?? {};
  if (own === undefined || own === 0) return { rule, factor: own ?? learningRateFactor };
  return { rule, factor: own / learningRate };
}

/** Checks the settings of rules, and that those which name parameters find some. */
export function checkRules(
  rules: readonly ParameterRule[] | undefined,
  parameters: ReadonlyMap<string, Parameter>,
  learningRate: number,
): void {
  for (const rule of rules ?? []) {
    checkOptions("optimizer.rules", rule, ruleNames);
    const { match, weightDecay = 0, l1 = 0, learningRateFactor = 1 } = rule;
    const rate = rule.learningRate ?? 0;
    checkAtLeastZero("optimizer.rules", {
      weightDecay,
      l1,
      learningRateFactor,
      learningRate: rate,
    });
    if (rate > 0 && rule.learningRateFactor !== undefined) throw twoRates(rule);
    if (rate > 0 && learningRate === 0) {
      throw badOption("optimizer", "learningRate", learningRate, "> 0 where a rule has a rate");
    }
    if (typeof match === "function") continue; // a test may be written for any model
    const found = [...parameters].some(([path, parameter]) => matches(match, path, parameter));
    if (!found) throw matchesNothing(match, [...parameters.keys()]);
  }
}

function matches(match: ParameterMatch, path: string, parameter: Parameter): boolean {
  if (typeof match === "function") return match(path, parameter);
  if (typeof match === "string" || match instanceof RegExp) return matchesPath(path, match);
  return [...match].includes(parameter);
}

function twoRates({ learningRate, learningRateFactor }: ParameterRule): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "optimizer.rules",
    problem: `a rule gives both learningRate ${learningRate} and learningRateFactor ${learningRateFactor}`,
    fix: "Give one of the two.",
  });
}

function matchesNothing(match: ParameterMatch, paths: readonly string[]): ChainruleError {
  const what = typeof match === "string" || match instanceof RegExp ? String(match) : "a list";
  return new ChainruleError({
    code: "PARAMETER_NOT_FOUND",
    op: "optimizer.rules",
    problem: `no parameter matches ${what}`,
    fix: `The paths are: ${paths.join(", ")}.`,
    detail: { match: what, paths },
  });
}
