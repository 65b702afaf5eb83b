// Do the checks of the registry catch mistakes? Wrong derivatives, bodies and type rules are put into definitions on
// purpose; each must be caught by at least one check, and by the check that is meant for it.

import { describe, expect, test } from "vitest";
import { type OpDefinition, opNamed } from "../../src/ir/op.ts";
import { type ScalarFunction, scalarFunction } from "../../src/ir/scalar.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import {
  agreesOn,
  type Check,
  exampleHolds,
  ignoresLayout,
  isDocumented,
  refusesErrors,
  takesAnySize,
  typeRuleHolds,
} from "./checks.ts";
import { gradientsHold } from "./differences.ts";
import { batchesAsALoop, tangentsHold } from "./transforms.ts";

interface Mutant {
  readonly op: string;
  readonly mistake: string;
  /** Changes to the definition. */
  readonly definition?: Partial<OpDefinition>;
  /** Changes to the scalar row. */
  readonly row?: Partial<ScalarFunction>;
  readonly caughtBy: keyof typeof checks;
}

const checks = {
  documentation: isDocumented,
  example: exampleHolds,
  type: typeRuleHolds,
  gradients: gradientsHold,
  tangents: tangentsHold,
  batching: batchesAsALoop,
  sizes: takesAnySize,
  layout: ignoresLayout,
  errors: refusesErrors,
  wasm: (op: OpDefinition): string[] => agreesOn(wasmDevice())(op),
} as const satisfies Record<string, Check>;

const mutants: readonly Mutant[] = [
  // transforms
  {
    op: "mul",
    mistake: "a tangent of one operand only",
    definition: { jvp: ([da], [, b]) => da?.mul(b) },
    caughtBy: "tangents",
  },
  {
    op: "max",
    mistake: "a tangent that is right and constant",
    definition: { jvp: ([dx], [x], y) => dx?.mul(x.equal(y).cast(x.dtype)).sum().mul(2) },
    caughtBy: "tangents",
  },
  {
    op: "flip",
    mistake: "axes not moved behind the new one",
    definition: { batch: ([x], { axes }) => x.flip(axes as number[]) },
    caughtBy: "batching",
  },
  {
    op: "add",
    mistake: "an operand that all share is added once",
    definition: {
      batch: ([a, b], _, { size, all, varies }) =>
        all(a, varies[0]).add(all(b, varies[1]).div(varies[1] ? 1 : size)),
    },
    caughtBy: "batching",
  },
  // derivatives
  {
    op: "tanh",
    mistake: "1 − y for 1 − y²",
    definition: { vjp: (g, _x, y) => [g.mul(y.neg().add(1))] },
    caughtBy: "gradients",
  },
  {
    op: "div",
    mistake: "the sign of the second",
    definition: { vjp: (g, [, b], y) => [g.div(b), g.mul(y).div(b)] },
    caughtBy: "gradients",
  },
  {
    op: "sqrt",
    mistake: "the factor ½ is missing",
    definition: { vjp: (g, _x, y) => [g.div(y)] },
    caughtBy: "gradients",
  },
  {
    op: "pow",
    mistake: "the exponent's gradient is missing",
    definition: { vjp: (g, [a, b]) => [g.mul(b).mul(a.pow(b.sub(1))), null] },
    caughtBy: "gradients",
  },
  {
    op: "erf",
    mistake: "right in value, constant in graph",
    definition: {
      vjp: (g, [x]) => [
        g.mul(
          x
            .stopGradient()
            .square()
            .neg()
            .exp()
            .mul(2 / Math.sqrt(Math.PI)),
        ),
      ],
    },
    caughtBy: "gradients",
  },
  {
    op: "contract",
    mistake: "operands swapped",
    definition: { vjp: (g, [a, b]) => [g.mul(0).sum().mul(a), b] },
    caughtBy: "gradients",
  },
  {
    op: "gather",
    mistake: "no gradient",
    definition: { vjp: () => [null, null] },
    caughtBy: "gradients",
  },
  {
    op: "max",
    mistake: "ties are not at issue, the others are",
    definition: { vjp: (g, [x]) => [g.broadcastTo(x.shape)] },
    caughtBy: "gradients",
  },
  {
    op: "sigmoid",
    mistake: "no derivative at all",
    definition: { vjp: undefined },
    caughtBy: "gradients",
  },
  // bodies
  { op: "sin", mistake: "the function is cos", row: { js: Math.cos }, caughtBy: "example" },
  {
    op: "min",
    mistake: "combines by max",
    definition: { body: { kind: "reduce", combine: "max" } },
    caughtBy: "example",
  },
  {
    op: "flip",
    mistake: "does not flip",
    definition: {
      body: {
        kind: "view",
        view: (x) => ({
          coordinates: x.shape.map((_, axis) => ({ offset: 0, terms: [{ axis, scale: 1 }] })),
        }),
      },
    },
    caughtBy: "example",
  },
  { op: "sub", mistake: "another instruction", row: { wasm: "add" }, caughtBy: "wasm" },
  {
    op: "exp",
    mistake: "an expansion that is 1 % off",
    row: { expand: (e, x) => e.apply("mul", e.apply("exp2", x), e.constant(1.01)) },
    caughtBy: "wasm",
  },
  { op: "round", mistake: "halves go up", row: { js: Math.round }, caughtBy: "example" },
  // type rules
  {
    op: "less",
    mistake: "bool becomes float64",
    definition: { type: ([a]) => ({ shape: a.shape, dtype: "float64" }), vjp: undefined },
    caughtBy: "gradients",
  },
  {
    op: "mul",
    mistake: "floats become int32",
    definition: { type: ([a]) => ({ shape: a.shape, dtype: "int32" }) },
    caughtBy: "type",
  },
  {
    op: "sum",
    mistake: "the reduced axis disappears",
    definition: {
      type: ([x], { axes }) => ({
        shape: x.shape.filter((_, k) => !(axes as number[]).includes(k)),
        dtype: x.dtype,
      }),
    },
    caughtBy: "example",
  },
  {
    op: "concatenate",
    mistake: "accepts parts that do not fit",
    definition: { type: ([x]) => x },
    caughtBy: "errors",
  },
  {
    op: "add",
    mistake: "adds an axis",
    definition: { type: ([a]) => ({ shape: [1, ...a.shape], dtype: a.dtype }) },
    caughtBy: "sizes",
  },
  // the rest
  { op: "log", mistake: "no documentation", definition: { doc: "" }, caughtBy: "documentation" },
  {
    op: "cos",
    mistake: "no example",
    definition: { example: undefined },
    caughtBy: "documentation",
  },
];

/** Runs a check on a definition with a mistake; whatever a check throws counts as its finding. */
function findings({ op, definition, row }: Mutant, check: Check): string[] {
  const original = opNamed(op);
  const scalar = original.body.kind === "scalar" ? scalarFunction(original.body.fn) : undefined;
  const kept = { ...scalar };
  if (row !== undefined) Object.assign(scalar!, row);
  try {
    return check({ ...original, ...definition });
  } catch (error) {
    return [(error as Error).message];
  } finally {
    if (row !== undefined) Object.assign(scalar!, kept);
  }
}

describe("mistakes in definitions are caught", () => {
  test.each(mutants.map((m) => [`${m.op}: ${m.mistake}`, m] as const))("%s", (_name, mutant) => {
    const check = checks[mutant.caughtBy];
    expect(check(opNamed(mutant.op))).toEqual([]);
    expect(findings(mutant, check)).not.toEqual([]);
    expect(check(opNamed(mutant.op)), "the original is restored").toEqual([]);
  });
});
