// A residual network with batch norm on Fashion-MNIST (K. He et al. 2016, in small: 112,106 weights), and
// images that are mirrored by chance and shifted by up to two pixels each time they are seen. The augmentation is
// two layers: they act in training only, and since they are part of the graph, they are compiled with the
// rest. 10 epochs of AdamW in batches of 64.
//
//                                       test accuracy
//   here                                92.48 %
//   PyTorch, same model and steps       92.47 %
//
// It takes 227 s on two cores. PyTorch's program: pytorch/residual_cnn.py.

import { fileURLToPath } from "node:url";
import { data, nn, optim, seed as seedRandom } from "chainrule";
import { fashionMnist } from "chainrule/data";
import { fit } from "chainrule/train";
import { accuracyTable, commandLine, type TrainOptions } from "./run.ts";
import { heading } from "./show.ts";

const batchSize = 64;

/** A convolution of 3×3 and batch norm, which has the bias. */
const convolution = (from: number, to: number, stride = 1): nn.Layer =>
  new nn.Sequential(
    new nn.Conv2d(from, to, 3, { stride, padding: 1, bias: false }),
    new nn.BatchNorm2d(to),
  );

/** ReLU of x + what two convolutions make of it. */
const block = (channels: number): nn.Layer =>
  new nn.Sequential(
    new nn.Residual(
      new nn.Sequential(
        convolution(channels, channels),
        new nn.ReLU(),
        convolution(channels, channels),
      ),
    ),
    new nn.ReLU(),
  );

/** Shape: `[B, 1, 28, 28] → [B, 10]`. */
function makeModel(): nn.Sequential {
  return new nn.Sequential(
    new nn.RandomFlip(),
    new nn.RandomCrop(28, { padding: 2 }),
    convolution(1, 32),
    new nn.ReLU(),
    new nn.MaxPool2d(2), //     [B, 32, 14, 14]
    block(32),
    convolution(32, 64, 2), //  [B, 64, 7, 7]
    new nn.ReLU(),
    block(64),
    new nn.GlobalAvgPool(), //  [B, 64]
    new nn.Linear(64, 10),
  );
}

/** The numbers this example prints. */
export interface Result {
  readonly parameters: number;
  /** Mean training loss of each epoch. */
  readonly losses: readonly number[];
  /** Fraction of the test (or held-out) images that is classified rightly after each epoch. */
  readonly accuracies: readonly number[];
}

/** Runs the example and returns what it prints. */
export async function main(options: TrainOptions = {}): Promise<Result> {
  const { print = console.log, seed = 1, short, dataDir } = options;
  const epochs = options.epochs ?? (short ? 2 : 10);
  const images = await fashionMnist({ flat: false, dataDir });
  const train = short ? data.take(images.train, 1500) : images.train;
  const test = short ? data.take(images.test, 500) : images.test;
  const parts = options.validate
    ? data.split(train, { validation: 0.1, stratify: "labels" })
    : { train, validation: test };

  seedRandom(seed);
  const model = makeModel();
  const parameters = nn.countParameters(model);
  for (const line of heading(`${parts.train.size} images, ${parameters} weights`)) print(line);
  const steps = epochs * Math.ceil(parts.train.size / batchSize);
  const { history } = await fit(model, {
    ...parts,
    epochs,
    batchSize,
    seed,
    optimizer: new optim.AdamW(model, { weightDecay: 0.05 }),
    schedule: optim.oneCycle(1e-2, { steps, upShare: 0.2 }),
    callbacks: [accuracyTable(print)],
  });
  return {
    parameters,
    losses: history.map(({ train: learned }) => learned.loss),
    accuracies: history.map(({ validation }) => validation!.accuracy),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(commandLine());
