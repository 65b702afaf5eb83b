// The smallest network: y = W·x + b on one sample, x = (1, 2) with target 3, loss ½(y − 3)². Twice:
// gradient descent written out, and `optim.minimize` with L-BFGS, the counterpart of
// scipy.optimize.minimize. One equation for three unknowns has many solutions; both move along (x,
// 1) only, so both end at the one nearest to the start.

import { fileURLToPath } from "node:url";
import { compile, losses, optim, Parameter, type Tensor, tensor } from "chainrule";
import { type ExampleOptions, fixed, heading, short, table, vector } from "./show.ts";

const float64 = { dtype: "float64" } as const;
const x = tensor([1, 2], float64);
const target = tensor(3, float64);
const start = { W: [0.1, 0.2], b: 0.3 };

/** y and ½(y − 3)² for weights W, shape [2], and a bias b, shape []. */
function forward(W: Tensor, b: Tensor): { readonly y: Tensor; readonly loss: Tensor } {
  const y = W.matmul(x).add(b);
  return { y, loss: losses.meanSquaredError(y, target, { halfSum: true }) };
}

/** What gradient descent went through. */
export interface Descent {
  /** First output and gradients. */
  readonly y: number;
  readonly dW: readonly number[];
  readonly db: number;
  /** Weights after the first update. */
  readonly W1: readonly number[];
  readonly b1: number;
  /** Loss after 0, 1, …, 1000 updates. */
  readonly losses: readonly number[];
  /** Weights and output at the end. */
  readonly W: readonly number[];
  readonly b: number;
  readonly yEnd: number;
}

async function descend(updates: number): Promise<Descent> {
  const W = new Parameter(Float64Array.from(start.W), [2], "float64");
  const b = new Parameter(Float64Array.of(start.b), [], "float64");
  const optimizer = new optim.SGD({ W, b }, { learningRate: 0.01 });
  const trainStep = compile(() => {
    const { y, loss } = forward(W, b);
    const gradients = loss.backward();
    optimizer.step(gradients);
    return { y, loss, dW: gradients.get(W)!, db: gradients.get(b)! };
  });
  const first = trainStep();
  const list = async (t: Tensor): Promise<number[]> => Array.from(await t.data());
  const begin = {
    y: await first.y.item(),
    dW: await list(first.dW),
    db: await first.db.item(),
    W1: await list(W),
    b1: await b.item(),
  };
  const found = [await first.loss.item()];
  for (let k = 1; k < updates; k++) found.push(await trainStep().loss.item());
  const end = forward(W, b);
  found.push(await end.loss.item());
  return { ...begin, losses: found, W: await list(W), b: await b.item(), yEnd: await end.y.item() };
}

/** What a minimizer found. */
export interface Minimized {
  readonly method: "lbfgs" | "gradient-descent";
  readonly W: readonly number[];
  readonly b: number;
  readonly value: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly converged: boolean;
  readonly message: string;
}

async function minimize(method: Minimized["method"]): Promise<Minimized> {
  const found = await optim.minimize(
    (W, b) => forward(W, b).loss,
    [tensor(start.W, float64), tensor(start.b, float64)],
    { method, gradientTolerance: 1e-9 },
  );
  const [W, b] = await Promise.all(found.x.map((t) => t.data()));
  const { value, iterations, evaluations, converged, message } = found;
  return { method, W: [...W], b: b[0], value, iterations, evaluations, converged, message };
}

/** The numbers this example prints. */
export interface Result {
  readonly descent: Descent;
  readonly minima: readonly Minimized[];
}

/** Runs the example and returns what it prints. */
export async function main({ print = console.log }: ExampleOptions = {}): Promise<Result> {
  const descent = await descend(1000);
  const minima = [await minimize("lbfgs"), await minimize("gradient-descent")];
  [...showFirstStep(descent), ...showDescent(descent), ...showMinima(minima)].forEach((line) => {
    print(line);
  });
  return { descent, minima };
}

// --- printing ---

function showFirstStep({ y, dW, db, W1, b1, losses: found }: Descent): string[] {
  const rows = [
    ["y", "W·x + b", "0.1·1 + 0.2·2 + 0.3", fixed(y)],
    ["loss", "½(y − 3)²", `½(${fixed(y, 1)} − 3)²`, fixed(found[0])],
    ["db", "y − 3", `${fixed(y, 1)} − 3`, fixed(db)],
    ["dW", "(y − 3) xᵀ", `${fixed(db, 1)}·(1, 2)`, vector(dW)],
    ["W", "W − 0.01 dW", `(0.1, 0.2) − 0.01·${vector(dW, 1)}`, vector(W1)],
    ["b", "b − 0.01 db", `0.3 − 0.01·${fixed(db, 1)}`, fixed(b1)],
  ];
  return [...heading("The first step"), ...table(["", "formula", "with numbers", "result"], rows)];
}

function showDescent({ losses: found, W, b, yEnd }: Descent): string[] {
  const shown = [0, 1, 10, 50, 100, 200, 300];
  return [
    ...heading(
      "Gradient descent: each step multiplies the error y − 3 by 1 − 0.01·(1² + 2² + 1²) = 0.94",
    ),
    ...table(
      ["updates", "loss"],
      shown.map((k) => [String(k), short(found[k])]),
    ),
    "",
    `  after 1000: W = ${vector(W)}, b = ${fixed(b)}, y = ${fixed(yEnd)}`,
  ];
}

function showMinima(minima: readonly Minimized[]): string[] {
  const rows = minima.map(({ method, W, b, value, iterations, evaluations }) => [
    method,
    vector(W),
    fixed(b),
    short(value),
    String(iterations),
    String(evaluations),
  ]);
  return [
    ...heading("optim.minimize"),
    ...table(["method", "W", "b", "loss", "iterations", "evaluations"], rows),
    ...minima.map(({ method, message }) => `  ${method}: ${message}`),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
