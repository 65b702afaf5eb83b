// Two classes on four points: (1, 2), (2, 3) are class 0 and (3, 4), (4, 5) are class 1. A hidden
// layer of three ReLU units, a sigmoid output, binary cross-entropy averaged over the four samples,
// full-batch gradient descent. The output must be a probability: a ReLU there gives values above 1,
// and the loss takes log(1 − y) of them.

import { fileURLToPath } from "node:url";
import { compile, losses, nn, optim, type Tensor, tensor } from "chainrule";
import { type ExampleOptions, fixed, heading, table, vector } from "./show.ts";

const float64 = { dtype: "float64" } as const;
const x = tensor(
  [
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
  ],
  float64,
); // [4, 2]: samples on axis 0
const t = tensor([[0], [0], [1], [1]], float64); //             [4, 1]

/** 2-3-1; the sigmoid is part of the loss, which stays exact where σ rounds to 0 or 1. */
function makeModel(): nn.Sequential<readonly [nn.Linear, nn.ReLU, nn.Linear]> {
  const hidden = new nn.Linear(2, 3, float64);
  const output = new nn.Linear(3, 1, float64);
  hidden.weight.set([0.1, 0.4, 0.2, 0.5, 0.3, 0.6]);
  hidden.bias!.set([0.1, 0.2, 0.3]);
  output.weight.set([0.7, -0.8, 0.9]);
  output.bias!.set([0.1]);
  return new nn.Sequential(hidden, new nn.ReLU(), output);
}

/** The numbers this example prints. */
export interface Result {
  /** Loss after 0, 1, …, 1000 updates. */
  readonly losses: readonly number[];
  /** First gradients, by the name of the parameter. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  /** Parameters after training. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  /** Probabilities of class 1, before and after training. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Runs the example and returns what it prints. */
export async function main({ print = console.log }: ExampleOptions = {}): Promise<Result> {
  const model = makeModel();
  const lossOf = (): Tensor => losses.binaryCrossEntropyWithLogits(model.forward(x), t);
  const probabilities = async (): Promise<number[]> =>
    Array.from(await model.forward(x).sigmoid().data());
  const named = nn.parameters(model);

  const before = await probabilities();
  const first = lossOf().backward();
  const gradients: Record<string, number[]> = {};
  for (const [path, parameter] of named) {
    gradients[path] = Array.from(await first.get(parameter)!.data());
  }

  const optimizer = new optim.SGD(model, { learningRate: 0.1 });
  const trainStep = compile(() => {
    const loss = lossOf();
    optimizer.step(loss.backward());
    return loss; // of the weights before this update
  });
  const found: number[] = [];
  for (let k = 0; k < 1000; k++) found.push(await trainStep().item());
  found.push(await lossOf().item());

  const parameters: Record<string, number[]> = {};
  for (const [path, parameter] of named) parameters[path] = Array.from(await parameter.data());
  const result: Result = {
    losses: found,
    gradients,
    parameters,
    before,
    after: await probabilities(),
  };
  show(result).forEach((line) => {
    print(line);
  });
  return result;
}

// --- printing ---

function show({ losses: found, gradients, parameters, before, after }: Result): string[] {
  const steps = Array.from({ length: 11 }, (_, k) => 100 * k);
  const points = ["(1, 2)", "(2, 3)", "(3, 4)", "(4, 5)"];
  const values = (all: Readonly<Record<string, readonly number[]>>): string[][] =>
    Object.entries(all).map(([path, list]) => [path, vector(list, 4)]);
  return [
    ...heading("2-3-1, ReLU, sigmoid: gradients before the first update"),
    ...table(["parameter", "∂loss/∂parameter"], values(gradients)),
    ...heading("Training, learning rate 0.1, all four samples in each step"),
    ...table(
      ["updates", "loss"],
      steps.map((k) => [String(k), fixed(found[k])]),
    ),
    ...heading("Probability of class 1"),
    ...table(
      ["input", "before", "after", "class"],
      points.map((p, k) => [p, fixed(before[k], 4), fixed(after[k], 4), k < 2 ? "0" : "1"]),
    ),
    ...heading("Parameters after training"),
    ...table(["parameter", "value"], values(parameters)),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
