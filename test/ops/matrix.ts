// The matrix of the reference documentation: each op and each public function on each target, forward, backward and to
// second order. A cell is filled by running. The reference in float64 is the oracle: its derivatives are held against
// central differences, and the other targets against it in float32 and float64.

import { gradients } from "../../src/autodiff/grad.ts";
import type { HostArray } from "../../src/core/dtype.ts";
import { convertArray, isFloat } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import { installEngine } from "../../src/ir/engine.ts";
import { inOrder } from "../../src/ir/graph.ts";
import { type OpDefinition, record } from "../../src/ir/op.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant } from "../../src/ops/leaf.ts";
import { seed } from "../../src/ops/random.ts";
import type { Device } from "../../src/runtime/device.ts";
import { eagerEngine } from "../../src/runtime/engine.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { exampleHolds, firstDifference, inputsOf, otherDerivative } from "./checks.ts";
import { reference } from "./run.ts";

type Float = "float32" | "float64";

/** What a case computes. */
export type Results = Tensor | readonly Tensor[];

/**
 * A function with the shapes of its operands, drawn from −2 … 2. The title begins with the function's name, as exported; what
 * follows tells cases of one function apart.
 */
export type MatrixCase = readonly [title: string, f: (...xs: Tensor[]) => Results, ...Shape[]];

/** Why a cell has no derivative; the page explains the letters. */
export const reasons = {
  i: "the result is integer or bool",
  n: "it takes no float tensor",
  c: "its values are constants for differentiation, on purpose",
  l: "a leaf of the graph: its value comes from outside, or is assigned in the same step",
} as const;
export type Reason = keyof typeof reasons;

/** What one cell says: it holds, it has no meaning for a reason, or what is wrong. */
export type Cell = "✓" | Reason | { readonly wrong: string };

export const targets: readonly string[] = ["reference", "wasm"];
export const orders: readonly string[] = ["forward", "backward", "second order"];

/** One row: cells by target and order. */
export interface Row {
  readonly name: string;
  readonly cells: readonly (readonly Cell[])[];
}

/** What a row is about: runs to check, or none, with the reason. */
export interface Subject {
  readonly name: string;
  readonly runs: readonly Run[];
  /** What is wrong with its values, known beforehand. */
  readonly wrong?: string;
}

/** A function with operands for one type of floats. */
interface Run {
  readonly f: (...xs: Tensor[]) => Results;
  readonly inputs: (float: Float) => Tensor[];
}

const wasm = wasmDevice();

// Some functions read values while they are recorded, and layers assign state.
installEngine(eagerEngine);

/** A function with its cases. */
export function functionSubject(name: string, cases: readonly MatrixCase[]): Subject {
  const runs = cases.map(([, f, ...shapes]) => ({
    f,
    inputs: (float: Float) => drawn(shapes, float),
  }));
  return { name, runs };
}

/** An op with its samples, and the function that records it; leaves have no samples. */
export function opSubject(op: OpDefinition, f?: (...xs: Tensor[]) => Tensor): Subject {
  const runs = op.samples.map((sample, k) => ({
    f: f ?? ((...xs: Tensor[]) => record(op, xs, sample.attributes ?? {})),
    inputs: (float: Float) => inputsOf(sample, float, 7 + k),
  }));
  const [wrong] = exampleHolds(op);
  return { name: op.name, runs, wrong };
}

/** Functions whose derivative is not that of their values, on purpose. */
const constants: Readonly<Record<string, string>> = { ...otherDerivative, detach: "as its op" };

/** The rows of subjects. */
export function rowsOf(subjects: readonly Subject[]): Row[] {
  const graphs = subjects.flatMap(({ runs }) => runs).map(graphsOf);
  const onWasm = compared(graphs);
  let at = 0;
  return subjects.map(({ name, runs, wrong }) => {
    if (runs.length === 0) {
      const cell: Cell = wrong === undefined ? "l" : { wrong };
      return { name, cells: targets.map(() => orders.map(() => cell)) };
    }
    const parts = runs.map((_, k) => cellsOf(graphs[at + k], onWasm[at + k], name in constants));
    at += runs.length;
    const cells = targets.map((_, t) => orders.map((_, o) => worst(parts.map((p) => p[t][o]))));
    if (wrong !== undefined) cells[0][0] = { wrong };
    return { name, cells };
  });
}

/** What all cases say together: the first fault, else a check if any case has one. */
function worst(cells: readonly Cell[]): Cell {
  return cells.find((cell) => typeof cell === "object") ?? cells.find((c) => c === "✓") ?? cells[0];
}

/** What is wrong, by order. */
type Faults = readonly (string | undefined)[];

/** The graphs of one run and the values that are right, or what went wrong before there were any. */
type Graphs =
  | {
      readonly exact: Derived;
      readonly single: Derived;
      readonly oracle: Faults;
      readonly values: Values;
    }
  | { readonly failure: string };

function graphsOf(run: Run): Graphs {
  try {
    const exact = derive(run, "float64");
    const [oracle, values] = againstDifferences(exact);
    return { exact, single: derive(run, "float32"), oracle, values };
  } catch (error) {
    return { failure: String(error) };
  }
}

function cellsOf(graphs: Graphs, onWasm: Faults, isConstant: boolean): Cell[][] {
  if ("failure" in graphs) {
    return targets.map(() => orders.map(() => ({ wrong: graphs.failure })));
  }
  const reason = isConstant ? "c" : graphs.exact.reason;
  return [graphs.oracle, onWasm].map((faults) =>
    orders.map((_, k) => {
      const wrong = faults[k];
      return (k > 0 && reason) || (wrong === undefined ? "✓" : { wrong });
    }),
  );
}

/** Graphs in one program: compiling few large programs is quicker than many small ones. */
const together = 24;

/** What differs on the compiled target, in either type of floats. */
function compared(graphs: readonly Graphs[]): Faults[] {
  const faults: Faults[] = [];
  for (let at = 0; at < graphs.length; at += together) {
    const some = graphs.slice(at, at + together);
    const good = some.flatMap((g) => ("failure" in g ? [] : [g]));
    const of = (float: "exact" | "single", tolerance: number): Faults[] =>
      differences(
        good.map((g) => g[float]),
        wasm,
        good.map((g) => g.values),
        tolerance,
      );
    const [double, single] = [of("exact", 3e-7), of("single", 1e-3)];
    for (const g of some) {
      const [a, b] = "failure" in g ? [[], []] : [double.shift()!, single.shift()!];
      faults.push(orders.map((_, k) => a[k] ?? b[k]));
    }
  }
  return faults;
}

/** A graph with its derivatives; `sums` are the scalars that were differentiated. */
interface Derived {
  readonly variables: readonly Tensor[];
  readonly results: readonly Tensor[];
  readonly sums: readonly Tensor[];
  readonly slopes: readonly (readonly Tensor[])[];
  readonly reason: Reason | undefined;
}

function derive(run: Run, float: Float): Derived {
  seed(1);
  const inputs = run.inputs(float);
  const results = [run.f(...inputs)].flat() as Tensor[];
  const variables = variablesOf(inputs, results);
  const smooth = results.filter((y) => isFloat(y.dtype));
  const reason = variables.length === 0 ? "n" : smooth.length === 0 ? "i" : undefined;
  if (reason !== undefined) return { variables, results, sums: [], slopes: [], reason };
  const sums: Tensor[] = [];
  const slopes: Tensor[][] = [];
  for (const terms of [() => smooth, () => slopes[0]]) {
    sums.push(weightedSum(terms()));
    slopes.push(gradients(sums[sums.length - 1], variables));
  }
  return { variables, results, sums, slopes, reason };
}

/** What a derivative can be taken by: float operands and parameters. */
function variablesOf(inputs: readonly Tensor[], results: readonly Tensor[]): Tensor[] {
  const read = leavesOf(results).filter((leaf) => leaf.slot?.owner && isFloat(leaf.dtype));
  return [...inputs.filter((x) => isFloat(x.dtype)), ...read];
}

/** One number from tensors, with weights that depend on the shape alone. */
function weightedSum(terms: readonly Tensor[]): Tensor {
  const weighted = terms.map((y) => y.mul(drawn([y.shape], y.dtype as Float, 5)[0]).sum());
  return weighted.reduce((a, b) => a.add(b));
}

function drawn(shapes: readonly Shape[], float: Float, key = 3): Tensor[] {
  const stream = new RandomStream(key);
  return shapes.map((shape) => {
    const values = stream.uniform(sizeOf(shape)).map((u) => 4 * u - 2);
    return constant(convertArray(Float32Array.from(values), float), shape, float);
  });
}

/** Elements of results and slopes, by order. */
type Values = readonly (readonly HostArray[])[];

function leavesOf(outputs: readonly Tensor[]): Tensor[] {
  return inOrder(outputs).filter((t) => t.definition.body.kind === "leaf");
}

function elementsOf(leaf: Tensor): HostArray {
  return leaf.value ?? leaf.slot!.fetch();
}

/** What differs from the oracle's values on a device, by graph and order. */
function differences(
  graphs: readonly Derived[],
  device: Device,
  want: readonly Values[],
  tolerance: number,
): Faults[] {
  const groups = graphs.map((g) => [g.results, ...g.slopes]);
  const outputs = groups.flat(2);
  const leaves = leavesOf(outputs);
  const program = device.prepare({ arguments: leaves, outputs, writes: [] });
  const got = program.run(leaves.map((leaf) => ({ kind: "value", value: elementsOf(leaf) })));
  return groups.map((orders, g) =>
    orders.map((tensors, order) => {
      const found = got.splice(0, tensors.length);
      const wrong = tensors.map((t, k) => {
        const exact = want[g][order][k];
        return firstDifference(found[k], exact, isFloat(t.dtype) ? scaled(exact, tolerance) : 0);
      });
      const first = wrong.find((part) => part !== undefined);
      return first && `${device.name} in ${tensors[0].dtype}: ${first} (reference)`;
    }),
  );
}

/** Tolerance for a tensor, by its largest element. */
function scaled(values: HostArray, tolerance: number): number {
  let largest = 1;
  for (const x of values) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  return tolerance * largest;
}

/** Step of the five-point formula, whose error is about step⁴ · f⁽⁵⁾ / 30. */
const step = 1e-3;

/** What the reference's derivatives differ in from central differences, by order; and its values. */
function againstDifferences(derived: Derived): [Faults, Values] {
  const { variables, sums } = derived;
  const groups = [derived.results, ...derived.slopes];
  const outputs = [...sums, ...groups.flat()];
  const leaves = leavesOf(outputs);
  const program = reference.prepare({ arguments: leaves, outputs, writes: [] });
  const stream = new RandomStream(11);
  const directions = variables.map((x) => stream.uniform(x.size).map((u) => 2 * u - 1));
  const at = (t: number): HostArray[] =>
    program.run(
      leaves.map((leaf) => {
        const v = directions[variables.indexOf(leaf)];
        const value = v
          ? elementsOf(leaf).map((x: number, i: number) => x + t * v[i])
          : elementsOf(leaf);
        return { kind: "value", value };
      }),
    );
  const here = at(0).slice(sums.length);
  const values = groups.map((group) => here.splice(0, group.length));
  if (sums.length === 0) return [[undefined, undefined, undefined], values];
  const [a, b, c, d] = [step, -step, 2 * step, -2 * step].map(at);
  const wrong = sums.map((_, k) => {
    const numeric = (8 * (a[k][0] - b[k][0]) - (c[k][0] - d[k][0])) / (12 * step);
    const exact = values[k + 1].reduce((sum, g, j) => sum + dot(g, directions[j]), 0);
    const off = Math.abs(numeric - exact) / Math.max(1, Math.abs(numeric), Math.abs(a[k][0]));
    return off <= 1e-7 ? undefined : `${exact}, the central difference is ${numeric}`;
  });
  return [[undefined, ...wrong], values];
}

function dot(a: HostArray, b: HostArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
