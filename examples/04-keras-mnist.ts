// A small Keras model in the library's words: 784 inputs, 10 ReLU units, 10 classes with softmax,
// categorical cross-entropy, Adam, on MNIST.
//
//   Dense(10, activation="relu")      nn.Linear(784, 10), nn.ReLU; weights and biases start as Keras's
//   Dense(10, activation="softmax")   nn.Linear(10, 10); the softmax is part of the loss
//   CategoricalCrossentropy()         losses.crossEntropy; labels are class numbers or one-hot rows
//   Adam()                            optim.Adam, learning rate 0.001
//
// MNIST's four files: --data-dir FOLDER or CHAINRULE_DATA; without either they are downloaded once.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compile, data, losses, nn, optim, seed as seedRandom, type Tensor } from "chainrule";
import { mnist } from "chainrule/data";
import { type ExampleOptions, fixed, heading, table } from "./show.ts";

/** What can be chosen; the defaults are Keras's. */
export interface Options extends ExampleOptions {
  /** Folder with MNIST's files; default CHAINRULE_DATA, else downloaded. */
  readonly dataDir?: string;
  /** Passes over the training images; default 15. */
  readonly epochs?: number;
  /** Records per step; default 32. */
  readonly batchSize?: number;
  /** Training images used, from the first on; default all 60,000. */
  readonly samples?: number;
  /** Determines weights and order; default 1. */
  readonly seed?: number;
}

/** One pass over the training images. */
export interface Epoch {
  /** Mean loss of the steps. */
  readonly loss: number;
  /** Fraction of the 10,000 test images that are classified rightly. */
  readonly accuracy: number;
}

/** The numbers this example prints. */
export interface Result {
  readonly parameters: number;
  readonly epochs: readonly Epoch[];
}

function makeModel(): nn.Sequential {
  const init = { init: nn.init.xavierUniform(), biasInit: nn.init.zeros };
  return new nn.Sequential(
    new nn.Linear(784, 10, init),
    new nn.ReLU(),
    new nn.Linear(10, 10, init),
  );
}

/** Runs the example and returns what it prints. */
export async function main(options: Options = {}): Promise<Result> {
  const { print = console.log, dataDir, epochs = 15, batchSize = 32, samples, seed = 1 } = options;
  const { train, test } = await mnist(dataDir === undefined ? {} : { dataDir });
  const used = samples === undefined ? train : data.take(train, samples);

  seedRandom(seed);
  const model = makeModel();
  const optimizer = new optim.Adam(model, { learningRate: 1e-3 });
  const trainStep = compile((images: Tensor, labels: Tensor) => {
    const logits = model.forward(images); //                [B, 784] → [B, 10]
    const loss = losses.crossEntropy(logits, labels); //    mean over the batch
    optimizer.step(loss.backward());
    return loss;
  });
  const countCorrect = compile((images: Tensor, labels: Tensor) =>
    model.forward(images).argMax({ axis: 1 }).equal(labels).sum(),
  );

  const parameters = nn.countParameters(model); // 784·10 + 10 + 10·10 + 10
  for (const line of heading(`784-10-10, ${parameters} weights, ${used.size} training images`))
    print(line);
  const history: Epoch[] = [];
  const order = data.batches(used, { batchSize, shuffle: true, seed });
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let total = 0;
    for await (const { images, labels } of order) {
      total += (await trainStep(images, labels).item()) * images.shape[0];
    }
    let correct = 0;
    for await (const { images, labels } of data.batches(test, { batchSize: 1000 })) {
      correct += await countCorrect(images, labels).item();
    }
    history.push({ loss: total / used.size, accuracy: correct / test.size });
    for (const line of row(epoch, history[epoch - 1])) print(line);
  }
  return { parameters, epochs: history };
}

/** The table's line for an epoch, with the headings before the first. */
function row(epoch: number, { loss, accuracy }: Epoch): string[] {
  const cells = [String(epoch), fixed(loss, 4), `${fixed(100 * accuracy, 2)} %`];
  const lines = table(["epoch", "training loss", "test accuracy"], [cells]);
  return epoch === 1 ? lines : lines.slice(2);
}

/** `--data-dir`, `--epochs`, `--batch-size`, `--samples`, `--seed`. */
function optionsFrom(args: string[]): Options {
  const string = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: {
      "data-dir": string,
      epochs: string,
      "batch-size": string,
      samples: string,
      seed: string,
    },
  });
  const number = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : Number(text);
  return {
    dataDir: values["data-dir"],
    epochs: number(values.epochs),
    batchSize: number(values["batch-size"]),
    samples: number(values.samples),
    seed: number(values.seed),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await main(optionsFrom(process.argv.slice(2)));
