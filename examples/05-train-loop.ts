// The whole loop in eight lines: batch, forward, loss, backward, update. A classifier for the 8×8
// digits that come with the package, so it needs no file. `fit` is this loop with validation,
// progress and saving around it.

import { fileURLToPath } from "node:url";
import { compile, data, losses, nn, optim, seed as seedRandom, type Tensor } from "chainrule";
import { type ExampleOptions, fixed, heading, table } from "./show.ts";

/** What can be chosen. */
export interface Options extends ExampleOptions {
  /** Passes over the training images; default 30. */
  readonly epochs?: number;
  /** Determines weights and order; default 1. */
  readonly seed?: number;
}

/** The numbers this example prints. */
export interface Result {
  /** Mean training loss of each epoch. */
  readonly losses: readonly number[];
  /** Fraction of the 360 test images that are classified rightly after each epoch. */
  readonly accuracies: readonly number[];
}

/** Runs the example and returns what it prints. */
export async function main(options: Options = {}): Promise<Result> {
  const { print = console.log, epochs = 30, seed = 1 } = options;
  const { train, test } = await data.digits();
  const batches = data.batches(train, { batchSize: 32, shuffle: true, seed });

  seedRandom(seed);
  const model = new nn.Sequential(new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 10));
  const optimizer = new optim.Adam(model, { learningRate: 3e-3 });

  const trainStep = compile((images: Tensor, labels: Tensor) => {
    const logits = model.forward(images, { training: true }); // forward
    const loss = losses.crossEntropy(logits, labels); //         loss
    const gradients = loss.backward(); //                        backward: one per parameter
    optimizer.step(gradients); //                                update
    return loss;
  });

  const found: number[] = [];
  const accuracies: number[] = [];
  const all = { images: data.column(test, "images"), labels: data.column(test, "labels") };
  const countCorrect = compile((images: Tensor, labels: Tensor) =>
    model.forward(images).argMax({ axis: 1 }).equal(labels).sum(),
  );
  for (let epoch = 0; epoch < epochs; epoch++) {
    let total = 0;
    for await (const { images, labels } of batches) {
      total += (await trainStep(images, labels).item()) * images.shape[0];
    }
    found.push(total / train.size);
    accuracies.push((await countCorrect(all.images, all.labels).item()) / test.size);
  }
  show(found, accuracies).forEach((line) => {
    print(line);
  });
  return { losses: found, accuracies };
}

function show(found: readonly number[], accuracies: readonly number[]): string[] {
  const last = found.length - 1;
  const epochs = found.map((_, k) => k).filter((k) => k === 0 || k === last || (k + 1) % 5 === 0);
  return [
    ...heading("Embedded digits: 64-64-10, 1,437 images to learn from, 360 to be tested on"),
    ...table(
      ["epoch", "training loss", "test accuracy"],
      epochs.map((k) => [String(k + 1), fixed(found[k], 4), `${fixed(100 * accuracies[k], 2)} %`]),
    ),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
