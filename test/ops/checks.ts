// What the registry test asks of every op. Each check returns problems as sentences that tell the author of the
// definition what to do; no problems, no sentences.

import type { DType, HostArray } from "../../src/core/dtype.ts";
import { convertArray, isFloat } from "../../src/core/dtype.ts";
import { ChainruleError } from "../../src/core/errors.ts";
import { RandomStream } from "../../src/core/random.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../../src/core/shape.ts";
import { inOrder } from "../../src/ir/graph.ts";
import { type OpDefinition, record, type Sample } from "../../src/ir/op.ts";
import { parseGraph } from "../../src/ir/parse.ts";
import { printGraph } from "../../src/ir/print.ts";
import { scalarFunction } from "../../src/ir/scalar.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant } from "../../src/ops/leaf.ts";
import type { Device } from "../../src/runtime/device.ts";
import { compute } from "./run.ts";

export type Check = (op: OpDefinition) => string[];

/** Ops without samples of their own, and why. */
export const exceptions: Readonly<Record<string, string>> = {
  read: "a leaf: its value is the state's",
  assigned: "made by assignments inside a trace; covered by the tests of state",
  argument: "a leaf: its value is given at each run",
  constant: "a leaf: its value is given",
  checkpoint: "it marks what a function recorded; covered by the tests of checkpoint",
  scan: "its body is a graph of its own; covered by the tests of scan",
  call: "its rule is a function beside the graph; covered by the tests of customVjp",
};

/** Ops whose derivative is not that of their values, on purpose. */
export const otherDerivative: Readonly<Record<string, string>> = {
  stopGradient: "its values are constants for differentiation",
};

/** Draws the inputs of a sample; floats take the type `float`. */
export function inputsOf(sample: Sample, float: DType, seed = 1): Tensor[] {
  const stream = new RandomStream(seed);
  return sample.inputs.map(({ shape, dtype = "float32", low = -2, high = 2, values }) => {
    const type = isFloat(dtype) ? float : dtype;
    const drawn = values ?? stream.uniform(sizeOf(shape)).map((u) => low + u * (high - low));
    const whole =
      dtype === "bool"
        ? Float64Array.from(drawn, (x) => (x > 0 ? 1 : 0))
        : Float64Array.from(drawn);
    return constant(convertArray(whole, type), shape, type);
  });
}

/** Literal values. */
export function literalInputs(op: OpDefinition): Tensor[] {
  return op.example!.inputs.map(({ shape, values, dtype = "float64" }) =>
    constant(convertArray(Float64Array.from(values), isFloat(dtype) ? "float64" : dtype), shape),
  );
}

const called = (op: OpDefinition, sample: Sample, inputs: readonly Tensor[]): Tensor =>
  record(op, inputs, sample.attributes ?? {});

export const isDocumented: Check = (op) => {
  const missing = [
    op.doc === "" && "a `doc`",
    op.formula === "" && "a `formula`",
    op.samples.length === 0 && "`samples`",
    op.example === undefined && "an `example`",
    op.vjp !== undefined &&
      op.samples.some((s) => s.inputs.some((x) => isFloat(x.dtype ?? "float32"))) &&
      op.derivatives === undefined &&
      resultOf(op) !== "bool" &&
      "`derivatives` (LaTeX, one per input)",
  ].filter((part) => part !== false);
  return missing.map((part) => `${op.name} lacks ${part}: add it to the definition`);
};

function resultOf(op: OpDefinition): string | undefined {
  return op.body.kind === "scalar" ? scalarFunction(op.body.fn).result : undefined;
}

export const exampleHolds: Check = (op) => {
  const { example } = op;
  if (example === undefined) return [];
  const y = record(op, literalInputs(op), example.attributes ?? {});
  if (!sameShape(y.shape, example.output.shape)) {
    return [
      `${op.name}: the example has shape ${showShape(example.output.shape)}, the type rule gives ${showShape(y.shape)}: check \`type\``,
    ];
  }
  const wrong = firstDifference(compute(y), example.output.values, 1e-14);
  return wrong === undefined
    ? []
    : [`${op.name}: the example gives ${wrong}: check \`body\` (or the example)`];
};

/** A type that loses what the body computes is wrong; so is one of another number of elements. */
export const typeRuleHolds: Check = (op) =>
  op.samples.flatMap((sample, k) => {
    const inputs = inputsOf(sample, "float64");
    const y = called(op, sample, inputs);
    const value = compute(y);
    const problem = (what: string): string[] => [
      `${op.name}: sample ${k}: ${what}: check \`type\``,
    ];
    if (value.length !== sizeOf(y.shape))
      return problem(`${value.length} elements for ${showShape(y.shape)}`);
    if (op.body.kind !== "scalar") return [];
    const exact = scalarResults(op.body.fn, inputs, y.dtype);
    const lost = firstDifference(value, exact, y.dtype === "float32" ? 1e-6 : 0);
    return lost === undefined ? [] : problem(`type ${y.dtype} cannot hold the result, ${lost}`);
  });

/** The scalar function's meaning, element by element, as plain numbers. */
function scalarResults(fn: string, inputs: readonly Tensor[], dtype: DType): number[] {
  const row = scalarFunction(fn);
  const [a, b, c] = inputs.map((x) => x.value!);
  const wrap = dtype === "int32" && inputs.every((x) => x.dtype === "int32");
  return Array.from(a, (_, i) => {
    const y = row.js(a[i], b?.[i], c?.[i]);
    return wrap ? y | 0 : y;
  });
}

export const refusesErrors: Check = (op) =>
  (op.errors ?? []).flatMap((sample, k) => {
    try {
      called(op, sample, inputsOf(sample, "float64"));
    } catch (error) {
      if (error instanceof ChainruleError && error.code === sample.code) return [];
      return [
        `${op.name}: error sample ${k} raises ${String(error)} instead of ${sample.code}: check \`type\``,
      ];
    }
    return [
      `${op.name}: error sample ${k} is accepted: let \`type\` refuse it with ${sample.code}`,
    ];
  });

export const printsStably: Check = (op) =>
  op.samples.flatMap((sample, k) => {
    const y = called(op, sample, inputsOf(sample, "float32"));
    const leaves = inOrder([y]).filter((t) => t.definition.body.kind === "leaf");
    const text = printGraph({ arguments: leaves, outputs: [y], writes: [] });
    const again = printGraph(parseGraph(text));
    return again === text
      ? []
      : [
          `${op.name}: sample ${k} prints as\n${text}and after parsing as\n${again}: use plain JSON attributes`,
        ];
  });

/** The op of a permuted or strided view equals the op of the same elements laid out in order. */
export const ignoresLayout: Check = (op) =>
  op.samples.flatMap((sample, k) => {
    const inputs = inputsOf(sample, "float64");
    const plain = compute(called(op, sample, inputs));
    return [permutedView, stridedView].flatMap((view) => {
      const other = compute(called(op, sample, inputs.map(view)));
      const wrong = firstDifference(other, plain, 0);
      return wrong === undefined
        ? []
        : [`${op.name}: sample ${k} of a ${view.name} gives ${wrong}: check \`body\``];
    });
  });

/** The same tensor as a permutation of its transpose. */
function permutedView(x: Tensor): Tensor {
  const backwards = x.shape.map((_, axis) => x.rank - 1 - axis);
  const transposed = x.permute(backwards);
  return constant(compute(transposed), transposed.shape).permute(backwards);
}

/** The same tensor as every second element of a larger one. */
function stridedView(x: Tensor): Tensor {
  if (x.rank === 0 || x.size === 0) return x;
  const pairs = x.reshape([x.size, 1]).pad([
    [0, 0],
    [0, 1],
  ]);
  const wide = pairs.reshape([...x.shape.slice(0, -1), 2 * x.shape[x.rank - 1]]);
  return constant(compute(wide), wide.shape).slice([
    ...x.shape.slice(0, -1).map(() => null),
    { step: 2 },
  ]);
}

/** Elementwise ops at sizes 0 and 1 and at every rank up to 3. */
export const takesAnySize: Check = (op) => {
  if (op.body.kind !== "scalar" || op.samples.length === 0) return [];
  const { fn } = op.body;
  const shapes: Shape[] = [[], [0], [1], [2, 0], [1, 1], [2, 1, 3]];
  return shapes.flatMap((shape) => {
    const inputs = inputsOf(
      { inputs: op.samples[0].inputs.map((x) => ({ ...x, shape })) },
      "float64",
    );
    const y = record(op, inputs);
    const wrong = sameShape(y.shape, shape)
      ? firstDifference(compute(y), scalarResults(fn, inputs, y.dtype), 0)
      : `shape ${showShape(y.shape)}`;
    return wrong === undefined
      ? []
      : [`${op.name}: of ${showShape(shape)} gives ${wrong}: check \`type\``];
  });
};

const tolerance: Readonly<Record<DType, number>> = {
  float32: 4e-6,
  float64: 1e-12,
  int32: 0,
  bool: 0,
};

/** Another device computes what the reference computes. */
export function agreesOn(device: Device): Check {
  return (op) =>
    op.samples.flatMap((sample, k) =>
      (["float32", "float64"] as const).flatMap((float) => {
        const y = called(op, sample, inputsOf(sample, float));
        const wrong = firstDifference(compute(y, device), compute(y), tolerance[y.dtype]);
        return wrong === undefined
          ? []
          : [
              `${op.name}: on ${device.name} sample ${k} in ${float} gives ${wrong} (reference): check the row's \`wasm\` and \`expand\``,
            ];
      }),
    );
}

/** Describes the first element that differs by more than `relative` (of its size, or of 1 below 1). */
export function firstDifference(
  got: HostArray | readonly number[],
  want: HostArray | readonly number[],
  relative: number,
): string | undefined {
  if (got.length !== want.length) return `${got.length} elements for ${want.length}`;
  for (let i = 0; i < want.length; i++) {
    const same = got[i] === want[i] || (Number.isNaN(got[i]) && Number.isNaN(want[i]));
    if (same || Math.abs(got[i] - want[i]) <= relative * Math.max(1, Math.abs(want[i]))) continue;
    return `${got[i]} for ${want[i]} at element ${i}`;
  }
  return undefined;
}
