// An autoencoder on MNIST: 784 pixels through a code of 32 numbers and back, 784-256-32-256-784, learned
// from the images alone with the mean squared error, 10 epochs of Adam in batches of 128. At the end it
// prints a few test images beside what comes back.
//
//                                      mean squared error per pixel of the test images
//   always the mean image              0.0675
//   32 principal components            0.0168
//   this autoencoder                   0.0055
//   PyTorch, same model and steps      0.0055
//
// It takes 5 s on two cores. PyTorch's program: pytorch/autoencoder.py.

import { fileURLToPath } from "node:url";
import { data, nn, optim, seed as seedRandom } from "chainrule";
import { mnist } from "chainrule/data";
import { fit, predict } from "chainrule/train";
import { commandLine, growingTable, type TrainOptions } from "./run.ts";
import { fixed, heading } from "./show.ts";

const batchSize = 128;

/** Both halves are layers of their own: the encoder can be used without the decoder. */
function makeModel(): nn.Sequential {
  const encoder = new nn.Sequential(new nn.Linear(784, 256), new nn.ReLU(), new nn.Linear(256, 32));
  const decoder = new nn.Sequential(new nn.Linear(32, 256), new nn.ReLU(), new nn.Linear(256, 784));
  return new nn.Sequential(encoder, decoder, new nn.Sigmoid()); // a pixel is from 0 to 1
}

/** The numbers this example prints. */
export interface Result {
  /** Error of the test images after each epoch. */
  readonly errors: readonly number[];
  /** The first test images, original beside reconstruction, as text. */
  readonly pictures: readonly string[];
}

/** Runs the example and returns what it prints. */
export async function main(options: TrainOptions = {}): Promise<Result> {
  const { print = console.log, seed = 1, short, dataDir } = options;
  const images = await mnist({ dataDir });
  const train = short ? data.take(images.train, 4000) : images.train;
  const test = short ? data.take(images.test, 500) : images.test;
  const epochs = options.epochs ?? (short ? 3 : 10);

  seedRandom(seed);
  const model = makeModel();
  for (const line of heading(`784-256-32-256-784, ${train.size} images`)) print(line);
  const row = growingTable(print, ["epoch", "error", "test error", "seconds"]);
  const { history } = await fit(model, {
    train,
    validation: test,
    epochs,
    batchSize,
    seed,
    fields: { inputs: "images", targets: "images" }, // the image is its own target
    optimizer: new optim.Adam(model),
    schedule: optim.oneCycle(3e-3, { steps: epochs * Math.ceil(train.size / batchSize) }),
    callbacks: [
      {
        onEpoch: ({ epoch, train: learned, validation, seconds }) =>
          row(String(epoch), fixed(learned.loss, 5), fixed(validation!.loss, 5), fixed(seconds, 1)),
      },
    ],
  });

  const shown = data.column(data.take(test, 4), "images"); // [4, 784]
  const found = await predict(model, shown);
  const pictures = [0, 1, 2, 3].flatMap((k) => {
    const [left, right] = [shown, found].map((t) => drawn(t.data.subarray(784 * k, 784 * (k + 1))));
    return left.map((text, y) => `  ${text}   │   ${right[y]}`.trimEnd());
  });
  for (const line of pictures) print(line);
  return { errors: history.map(({ validation }) => validation!.loss), pictures };
}

/** 28×28 pixels as 14 lines of 28 letters, each for two pixels one above the other. */
function drawn(pixels: ArrayLike<number>): string[] {
  const shades = " .:-=+*#%@";
  const lines = Array.from({ length: 14 }, (_, y) =>
    Array.from({ length: 28 }, (_, x) => {
      const ink = (pixels[56 * y + x] + pixels[56 * y + 28 + x]) / 2;
      return shades[Math.min(9, Math.floor(10 * ink))];
    }).join(""),
  );
  return lines.slice(1, -1); // the margin is empty
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(commandLine());
