// The textbook network, number by number: two inputs, three sigmoid units, one sigmoid output, no
// biases, loss ½(y − t)², learning rate 0.1. Every intermediate value, delta, gradient and updated
// weight is printed with the formula it comes from, so that each can be checked with a pocket
// calculator. Then the same network is trained on.

import { fileURLToPath } from "node:url";
import { compile, gradients, losses, optim, Parameter, type Tensor, tensor } from "chainrule";
import { type ExampleOptions, fixed, heading, table, vector } from "./show.ts";

const float64 = { dtype: "float64" } as const; // ten printed digits are more than float32 has
const learningRate = 0.1;

/** W1 is [3, 2]: row j holds the two weights into hidden unit j, as in `nn.Linear`. */
function makeModel(): { readonly W1: Parameter; readonly W2: Parameter } {
  return {
    W1: new Parameter(Float64Array.of(0.1, 0.4, 0.2, 0.5, 0.3, 0.6), [3, 2], "float64"),
    W2: new Parameter(Float64Array.of(0.7, 0.8, 0.9), [3], "float64"),
  };
}

type Model = ReturnType<typeof makeModel>;
const x = tensor([0.5, 0.8], float64);
const t = tensor(0.7, float64);

/** The forward pass; each line is one row of the printed table. */
function forward({ W1, W2 }: Model): Record<"z1" | "a1" | "z2" | "y" | "loss", Tensor> {
  const z1 = W1.matmul(x); //  [3, 2] × [2] → [3]
  const a1 = z1.sigmoid(); //  [3]
  const z2 = W2.matmul(a1); // [3] · [3] → []
  const y = z2.sigmoid(); //   []
  const loss = losses.meanSquaredError(y, t, { halfSum: true }); // ½(y − t)²
  return { z1, a1, z2, y, loss };
}

/** Every value of one step. Vectors have one entry per hidden unit; W1 comes row by row. */
export interface Step {
  readonly z1: readonly number[];
  readonly a1: readonly number[];
  readonly z2: number;
  readonly y: number;
  readonly loss: number;
  /** ∂loss/∂z2. */
  readonly delta2: number;
  /** ∂loss/∂z1. */
  readonly delta1: readonly number[];
  readonly dW2: readonly number[];
  readonly dW1: readonly number[];
  readonly dx: readonly number[];
  readonly W2: readonly number[];
  readonly W1: readonly number[];
}

/** Takes the first step apart; the model is left as it was. */
async function firstStep(model: Model): Promise<Step> {
  const { z1, a1, z2, y, loss } = forward(model);
  const [delta2, delta1, dW2, dW1, dx] = gradients(loss, [z2, z1, model.W2, model.W1, x]);
  const W2 = model.W2.sub(dW2.mul(learningRate));
  const W1 = model.W1.sub(dW1.mul(learningRate));
  const list = async (value: Tensor): Promise<number[]> => Array.from(await value.data());
  return {
    z1: await list(z1),
    a1: await list(a1),
    z2: await z2.item(),
    y: await y.item(),
    loss: await loss.item(),
    delta2: await delta2.item(),
    delta1: await list(delta1),
    dW2: await list(dW2),
    dW1: await list(dW1),
    dx: await list(dx),
    W2: await list(W2),
    W1: await list(W1),
  };
}

/** Trains with the library's optimizer; `losses[k]` is the loss after k updates. */
async function train(model: Model, updates: number): Promise<number[]> {
  const optimizer = new optim.SGD(model, { learningRate });
  const trainStep = compile(() => {
    const { loss } = forward(model);
    optimizer.step(loss.backward());
    return loss; // of the weights before this update
  });
  const found: number[] = [];
  for (let k = 0; k < updates; k++) found.push(await trainStep().item());
  found.push(await forward(model).loss.item());
  return found;
}

/** The numbers this example prints. */
export interface Result {
  readonly step: Step;
  /** Loss after 0, 1, …, 1001 updates. */
  readonly losses: readonly number[];
  readonly W1: readonly number[];
  readonly W2: readonly number[];
  readonly y: number;
}

/** Runs the example and returns what it prints. */
export async function main({ print = console.log }: ExampleOptions = {}): Promise<Result> {
  const model = makeModel();
  const step = await firstStep(model);
  const found = await train(model, 1001);
  const result: Result = {
    step,
    losses: found,
    W1: Array.from(await model.W1.data()),
    W2: Array.from(await model.W2.data()),
    y: await forward(model).y.item(),
  };
  const lines = [
    ...showForward(step),
    ...showBackward(step),
    ...showUpdate(step),
    ...showTraining(result),
  ];
  lines.forEach((line) => {
    print(line);
  });
  return result;
}

// --- printing ---

const units = [0, 1, 2];
const w1 = [
  [0.1, 0.4],
  [0.2, 0.5],
  [0.3, 0.6],
];
const w2 = [0.7, 0.8, 0.9];
const f = (value: number): string => fixed(value, 10);

function showForward({ z1, a1, z2, y, loss }: Step): string[] {
  const weighted = units.map((j) => `${w2[j]}·${fixed(a1[j], 4)}`).join(" + ");
  return [
    "x = (0.5, 0.8), t = 0.7, W1 = ((0.1, 0.4), (0.2, 0.5), (0.3, 0.6)), W2 = (0.7, 0.8, 0.9)",
    ...heading("Forward"),
    ...table(
      ["value", "formula", "with numbers", "result"],
      [
        ...units.map((j) => [`z1[${j}]`, "W1 x", `${w1[j][0]}·0.5 + ${w1[j][1]}·0.8`, f(z1[j])]),
        ...units.map((j) => [`a1[${j}]`, "σ(z1)", `1/(1 + e^−${fixed(z1[j], 2)})`, f(a1[j])]),
        ["z2", "W2 · a1", weighted, f(z2)],
        ["y", "σ(z2)", `1/(1 + e^−${fixed(z2, 4)})`, f(y)],
        ["loss", "½(y − t)²", `½(${fixed(y, 4)} − 0.7)²`, f(loss)],
      ],
    ),
  ];
}

function showBackward({ a1, y, delta2, delta1, dW2, dW1, dx }: Step): string[] {
  const d2 = fixed(delta2, 6);
  const back = (j: number): string => `${d2}·${w2[j]}·${fixed(a1[j] * (1 - a1[j]), 6)}`;
  return [
    ...heading("Backward: delta = ∂loss/∂z, from the output to the input"),
    ...table(
      ["value", "formula", "with numbers", "result"],
      [
        ["delta2", "(y − t) y (1 − y)", `${fixed(y - 0.7, 6)}·${fixed(y * (1 - y), 6)}`, f(delta2)],
        ...units.map((j) => [`delta1[${j}]`, "delta2 W2 a1(1 − a1)", back(j), f(delta1[j])]),
        ...units.map((j) => [`dW2[${j}]`, "delta2 a1", `${d2}·${fixed(a1[j], 6)}`, f(dW2[j])]),
        ...units.flatMap((j) =>
          [0.5, 0.8].map((input, i) => [
            `dW1[${j}][${i}]`,
            "delta1 xᵀ",
            `${fixed(delta1[j], 6)}·${input}`,
            f(dW1[2 * j + i]),
          ]),
        ),
        ...dx.map((value, i) => [
          `dx[${i}]`,
          "W1ᵀ delta1",
          units.map((j) => `${w1[j][i]}·${fixed(delta1[j], 6)}`).join(" + "),
          f(value),
        ]),
      ],
    ),
  ];
}

function showUpdate({ dW2, dW1, W2, W1 }: Step): string[] {
  const row = (name: string, before: number, gradient: number, after: number): string[] => [
    name,
    `${before} − 0.1·${f(gradient)}`,
    f(after),
  ];
  return [
    ...heading("Update: w ← w − 0.1·∂loss/∂w, all weights at once"),
    ...table(
      ["weight", "with numbers", "new value"],
      [
        ...units.map((j) => row(`W2[${j}]`, w2[j], dW2[j], W2[j])),
        ...w1.flat().map((w, k) => row(`W1[${k >> 1}][${k & 1}]`, w, dW1[k], W1[k])),
      ],
    ),
  ];
}

function showTraining({ losses: found, W1, W2, y }: Result): string[] {
  const shown = [0, 1, 101, 201, 301, 401, 501, 601, 701, 801, 901, 1001];
  return [
    ...heading("Training on"),
    ...table(
      ["updates", "loss"],
      shown.map((k) => [String(k), f(found[k])]),
    ),
    "",
    `  W1 = (${units.map((j) => vector(W1.slice(2 * j, 2 * j + 2))).join(", ")})`,
    `  W2 = ${vector(W2)}`,
    `  y  = ${fixed(y)}, target 0.7`,
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
