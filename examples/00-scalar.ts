// Backpropagation in one class: a number that remembers which numbers it was made from, and the
// local derivative for each. Same names as the library, which does the same with tensors; A.
// Karpathy's micrograd (2020) has the idea in this size. First one expression by hand, checked
// against the library; then a network of 13 weights learns XOR.

import { fileURLToPath } from "node:url";
import { gradients, tensor } from "chainrule";
import { type ExampleOptions, fixed, heading, table } from "./show.ts";

/** A number in a graph: its value, what it was made from, and ∂(this)/∂(input) for each input. */
export class Scalar {
  readonly value: number;
  readonly inputs: readonly Scalar[];
  readonly locals: readonly number[];

  constructor(value: number, inputs: readonly Scalar[] = [], locals: readonly number[] = []) {
    this.value = value;
    this.inputs = inputs;
    this.locals = locals;
  }

  add(b: Scalar | number): Scalar {
    return lift(b, (y) => new Scalar(this.value + y.value, [this, y], [1, 1]));
  }

  sub(b: Scalar | number): Scalar {
    return lift(b, (y) => new Scalar(this.value - y.value, [this, y], [1, -1]));
  }

  mul(b: Scalar | number): Scalar {
    return lift(b, (y) => new Scalar(this.value * y.value, [this, y], [y.value, this.value]));
  }

  exp(): Scalar {
    const y = Math.exp(this.value);
    return new Scalar(y, [this], [y]);
  }

  relu(): Scalar {
    return new Scalar(Math.max(this.value, 0), [this], [this.value > 0 ? 1 : 0]);
  }

  tanh(): Scalar {
    const y = Math.tanh(this.value);
    return new Scalar(y, [this], [1 - y * y]);
  }

  sigmoid(): Scalar {
    const y = 1 / (1 + Math.exp(-this.value));
    return new Scalar(y, [this], [y * (1 - y)]);
  }

  /** Derivative of this number with respect to every number it was made from. */
  backward(): Map<Scalar, number> {
    const adjoints = new Map<Scalar, number>([[this, 1]]); // ∂this/∂this = 1
    for (const node of inOrder(this).reverse()) {
      const g = adjoints.get(node) ?? 0; // complete: every user of `node` came before
      node.inputs.forEach((x, k) => {
        // The chain rule, summed over all paths that lead to x.
        adjoints.set(x, (adjoints.get(x) ?? 0) + g * node.locals[k]);
      });
    }
    return adjoints;
  }
}

function lift(b: Scalar | number, make: (b: Scalar) => Scalar): Scalar {
  return make(typeof b === "number" ? new Scalar(b) : b);
}

/** All numbers below `root`, inputs first; with a stack of its own, so that depth is no limit. */
function inOrder(root: Scalar): Scalar[] {
  const order: Scalar[] = [];
  const seen = new Set<Scalar>([root]);
  const stack = [{ node: root, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const input = top.node.inputs[top.next++];
    if (input === undefined) order.push(stack.pop()!.node);
    else if (!seen.has(input)) {
      seen.add(input);
      stack.push({ node: input, next: 0 });
    }
  }
  return order;
}

// --- one expression, here and in the library ---

/** What `Scalar` and the library's `Tensor` have in common, as far as this page needs it. */
interface Algebra<T> {
  add(b: T | number): T;
  sub(b: T | number): T;
  mul(b: T | number): T;
  exp(): T;
  relu(): T;
  tanh(): T;
  sigmoid(): T;
}

/** An expression in which every op occurs and `a` and `b` are used several times. */
function expression<T extends Algebra<T>>(a: T, b: T): T {
  const c = a.mul(b).add(b.tanh()); //    c = ab + tanh b
  const d = c.sub(a).relu().add(c.exp()); // d = relu(c − a) + eᶜ
  return d.mul(a.sigmoid()).sub(2); //    y = d·σ(a) − 2
}

function compareWithLibrary(): { scalar: number[]; library: number[] } {
  const [a, b] = [new Scalar(-1.5), new Scalar(0.75)];
  const y = expression(a, b);
  const found = y.backward();
  const xs = [tensor(-1.5, { dtype: "float64" }), tensor(0.75, { dtype: "float64" })];
  const z = expression(xs[0], xs[1]);
  const library = [z, ...gradients(z, xs)].map((t) => t.itemSync());
  return { scalar: [y.value, found.get(a)!, found.get(b)!], library };
}

// --- a network that learns ---

const xor = [
  { x: [0, 0], t: 0 },
  { x: [0, 1], t: 1 },
  { x: [1, 0], t: 1 },
  { x: [1, 1], t: 0 },
] as const;

/** 2-3-1, tanh and sigmoid. Weights: two and a bias per hidden unit, then three and a bias. */
function network(weights: readonly Scalar[], x: readonly number[]): Scalar {
  let z = weights[12];
  for (let unit = 0; unit < 3; unit++) {
    const [w1, w2, bias] = weights.slice(3 * unit, 3 * unit + 3);
    const hidden = w1.mul(x[0]).add(w2.mul(x[1])).add(bias).tanh();
    z = z.add(weights[9 + unit].mul(hidden));
  }
  return z.sigmoid();
}

function lossOf(weights: readonly Scalar[]): Scalar {
  const squares = xor.map(({ x, t }) => {
    const error = network(weights, x).sub(t);
    return error.mul(error).mul(0.5);
  });
  return squares.reduce((sum, square) => sum.add(square));
}

function learnXor(steps: number, learningRate: number): { losses: number[]; outputs: number[] } {
  // Any start will do, as long as the hidden units differ.
  let weights = Array.from({ length: 13 }, (_, k) => new Scalar(Math.sin(3 * k + 1)));
  const losses = [lossOf(weights).value];
  for (let step = 0; step < steps; step++) {
    const found = lossOf(weights).backward();
    weights = weights.map((w) => new Scalar(w.value - learningRate * found.get(w)!)); // the update
    losses.push(lossOf(weights).value);
  }
  return { losses, outputs: xor.map(({ x }) => network(weights, x).value) };
}

/** The numbers this example prints. */
export interface Result {
  /** y, ∂y/∂a and ∂y/∂b by this page's class and by the library. */
  readonly scalar: readonly number[];
  readonly library: readonly number[];
  /** Loss before training and after each step. */
  readonly losses: readonly number[];
  /** Outputs for 00, 01, 10, 11 after training. */
  readonly outputs: readonly number[];
}

/** Runs the example and returns what it prints. */
export async function main({ print = console.log }: ExampleOptions = {}): Promise<Result> {
  const { scalar, library } = compareWithLibrary();
  const names = ["y", "∂y/∂a", "∂y/∂b"];
  const lines = heading(
    "c = ab + tanh b,  d = relu(c − a) + eᶜ,  y = d·σ(a) − 2  at a = −1.5, b = 0.75",
  );
  lines.push(
    ...table(
      ["", "this page", "chainrule"],
      names.map((name, k) => [name, fixed(scalar[k], 12), fixed(library[k], 12)]),
    ),
  );
  const { losses, outputs } = learnXor(1000, 0.5);
  lines.push(...heading("A 2-3-1 network learns XOR: loss ½Σ(y−t)², learning rate 0.5"));
  const shown = [0, 10, 30, 100, 300, 1000];
  lines.push(
    ...table(
      ["step", "loss"],
      shown.map((k) => [String(k), fixed(losses[k])]),
    ),
    "",
  );
  const rows = xor.map(({ x, t }, k) => [x.join(" xor "), fixed(outputs[k], 3), String(t)]);
  lines.push(...table(["input", "output", "target"], rows));
  lines.forEach((line) => {
    print(line);
  });
  return { scalar, library, losses, outputs };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
