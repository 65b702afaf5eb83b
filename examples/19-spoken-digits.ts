// Spoken digits: 600 recordings of six people who say the digits in English (Free Spoken Digit Dataset), half of
// them to learn from and half, its official test set, to be tested on. The network hears samples of sound: its first
// layers make a picture of them, how loud each of 40 bands of pitch is every 16 ms, and three convolutions read it.
// In training each recording is shifted, some noise is laid over it, and bands of pitch and of time are hidden
// (D. Park et al. 2019, SpecAugment): 30 recordings per digit are few.
//
//                                     test accuracy after 60 epochs, mean of six seeds
//   here                              98.1 %
//   PyTorch, same model and steps     98.2 %
//
// It takes 6 s on two cores. Settings were chosen on the fifth of the training recordings that `--validate` holds
// out. PyTorch's program: pytorch/spoken_digits.py.

import { fileURLToPath } from "node:url";
import { audio, iota, nn, optim, random, seed as seedRandom, type Tensor } from "chainrule";
import { type AudioDataset, audioFolder } from "chainrule/data";
import { fit } from "chainrule/train";
import { accuracyTable, commandLine, type TrainOptions } from "./run.ts";
import { heading } from "./show.ts";
import { dataFile } from "./text.ts";

const batchSize = 30;
const sampleRate = 8000;

/** In training, starts each recording up to `shift` samples earlier or later and adds noise. Shape: `[B, N] → [B, N]`. */
export class ShiftAndNoise {
  readonly shift: number;
  readonly noise: number;

  constructor(shift: number, noise: number) {
    this.shift = shift;
    this.noise = noise;
  }

  forward(x: Tensor, { training, generator = random }: nn.Context = {}): Tensor {
    if (!training) return x;
    const [batch] = x.shape;
    const start = generator.uniform([batch, 1], 0, 2 * this.shift + 1).cast("int32");
    const shifted = x
      .pad([
        [0, 0],
        [this.shift, this.shift],
      ])
      .takeAlong(iota(x.shape, 1).add(start), 1);
    const loudness = generator.uniform([batch, 1], 0, this.noise);
    return shifted.add(generator.normal(x.shape).mul(loudness));
  }
}

/** Loudness in decibels of 40 bands of pitch every 16 ms, mean 0 and deviation 1. Shape: `[B, 8000] → [B, 1, 40, 63]`. */
class MelPicture {
  forward(x: Tensor): Tensor {
    const options = { sampleRate, nFft: 256, hopLength: 128, nMels: 40 };
    const decibels = audio.toDecibels(audio.melSpectrogram(x, options), { topDb: 60 });
    return decibels.layerNorm(decibels.shape.slice(1)).unsqueeze(1);
  }
}

/** In training, hides a band of pitch and a span of time of each picture, of random width. Shape: `[B, 1, H, W] → same`. */
export class HideBands {
  readonly widest: readonly [pitch: number, time: number];

  constructor(pitch: number, time: number) {
    this.widest = [pitch, time];
  }

  forward(x: Tensor, { training, generator = random }: nn.Context = {}): Tensor {
    if (!training) return x;
    const byImage = [x.shape[0], 1, 1, 1];
    const hidden = this.widest.map((widest, k) => {
      const axis = k + 2;
      const width = generator.uniform(byImage, 0, widest);
      const start = generator.uniform(byImage).mul(width.neg().add(x.shape[axis]));
      const place = iota(x.shape, axis).cast("float32").sub(start);
      return place.greaterEqual(0).logicalAnd(place.less(width));
    });
    return hidden[0].logicalOr(hidden[1]).where(0, x);
  }
}

const block = (from: number, to: number): readonly nn.Layer[] => [
  new nn.Conv2d(from, to, 3, { padding: 1, bias: false }),
  new nn.BatchNorm2d(to),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
];

/** Shape: `[B, 8000] → [B, 10]`. */
function makeModel(): nn.Sequential {
  return new nn.Sequential(
    new ShiftAndNoise(800, 0.002),
    new MelPicture(), //        [B, 1, 40, 63]
    new HideBands(8, 12),
    ...block(1, 16), //         [B, 16, 20, 31]
    ...block(16, 32), //        [B, 32, 10, 15]
    ...block(32, 64), //        [B, 64, 5, 7]
    new nn.AdaptiveAvgPool2d([5, 1]), // [B, 64, 5, 1]: the mean over time
    new nn.Flatten(), //        [B, 320]
    new nn.Dropout(0.2),
    new nn.Linear(320, 10),
  );
}

/**
 * The recordings `digit_speaker_number.wav` with a number from `first` to `last`: one second of each, of longer ones the
 * beginning, shorter ones followed by silence.
 */
function recordings(options: TrainOptions, first: number, last: number): Promise<AudioDataset> {
  const filter = (file: string): boolean => {
    const number = Number(/_(\d+)\.wav$/.exec(file)?.[1]);
    return number >= first && number <= last;
  };
  const folder = dataFile("fsdd/recordings", options);
  return audioFolder(folder, { sampleRate, seconds: 1, filter, label: (file) => file[0] });
}

/** The numbers this example prints. */
export interface Result {
  readonly parameters: number;
  /** Mean training loss of each epoch. */
  readonly losses: readonly number[];
  /** Share of the test recordings that is recognised after each epoch. */
  readonly accuracies: readonly number[];
}

/** Runs the example and returns what it prints. */
export async function main(options: TrainOptions = {}): Promise<Result> {
  const { print = console.log, seed = 1, short, validate } = options;
  const epochs = options.epochs ?? (short ? 12 : 60);
  // The data set's rule: numbers 0 to 4 are for testing, those from 5 on for training.
  const train = await recordings(options, 5, validate ? 8 : 9);
  const test = await (validate ? recordings(options, 9, 9) : recordings(options, 0, 4));

  seedRandom(seed);
  const model = makeModel();
  const parameters = nn.countParameters(model);
  for (const line of heading(`${train.size} recordings, ${parameters} weights`)) print(line);
  const { history } = await fit(model, {
    train,
    validation: test,
    epochs,
    batchSize,
    seed,
    optimizer: new optim.AdamW(model, { weightDecay: 0.05 }),
    schedule: optim.oneCycle(1e-2, { steps: epochs * Math.ceil(train.size / batchSize) }),
    callbacks: [accuracyTable(print)],
  });
  return {
    parameters,
    losses: history.map(({ train: learned }) => learned.loss),
    accuracies: history.map(({ validation }) => validation!.accuracy),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(commandLine());
