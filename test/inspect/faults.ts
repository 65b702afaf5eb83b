// Planted faults of training, each with the findings that a diagnosis must have: one for each kind, and some together.

import { RandomStream } from "../../src/core/random.ts";
import { ArrayDataset, type Dataset, digits, gather } from "../../src/data/index.ts";
import { losses, nn, optim, seed, type Tensor } from "../../src/index.ts";
import type { DiagnoseOptions, FindingName, ProbeBatch } from "../../src/inspect/index.ts";

/** What a diagnosis is asked about. */
export interface Setup {
  readonly model: nn.Layer;
  readonly batch: ProbeBatch;
  readonly options?: DiagnoseOptions;
}

/** A set-up with something wrong. */
export interface Fault {
  readonly what: string;
  readonly finds: readonly FindingName[];
  readonly make: () => Setup;
}

const { train: digitsTrain, test: digitsTest } = await digits();

/** The first records of a data set, or those from another one on. */
export function first(data: Dataset, count = 32, start = 0): ProbeBatch {
  return gather(
    data,
    Int32Array.from({ length: count }, (_, k) => start + k),
  );
}

const images = (count = 32): ProbeBatch => first(digitsTrain, count);

function perceptron(...layers: nn.Layer[]): nn.Layer {
  return layers.length > 0
    ? new nn.Sequential(...layers)
    : new nn.Sequential(new nn.Linear(64, 32), new nn.ReLU(), new nn.Linear(32, 10));
}

/** Points with a number each: `y = sin of their sum`, moved and scaled. */
export function points(scale = 1, shift = 0, count = 64): ArrayDataset<"x" | "y"> {
  const x = new RandomStream(5).normal(4 * count);
  const y = Float32Array.from({ length: count }, (_, k) => {
    const sum = x.subarray(4 * k, 4 * k + 4).reduce((a, b) => a + b, 0);
    return scale * Math.sin(sum) + shift;
  });
  const data = Float32Array.from(x);
  return new ArrayDataset({ x: { data, shape: [4] }, y: { data: y, shape: [1] } });
}

const regressor = (...last: nn.Layer[]): nn.Layer =>
  new nn.Sequential(new nn.Linear(4, 32), new nn.Tanh(), new nn.Linear(32, 1), ...last);

/** A batch with its inputs changed, element by element. */
function changed(
  batch: ProbeBatch,
  change: (x: number, k: number) => number,
  field = 0,
): ProbeBatch {
  const name = Object.keys(batch)[field];
  const { dtype, shape, data } = batch[name] as {
    dtype: "float32";
    shape: number[];
    data: Float32Array;
  };
  return { ...batch, [name]: { dtype, shape, data: data.map((x, k) => change(x, k)) } };
}

/** A data set of the records of another one at some places. */
const picked = (indices: readonly number[]): Dataset => digitsTrain.select(indices);

const byLabel = (wanted: (label: number) => boolean): number[] => {
  const labels = digitsTrain.read(
    "labels",
    Int32Array.from({ length: digitsTrain.size }, (_, k) => k),
  ).data;
  return [...labels.keys()].filter((k) => wanted(labels[k]));
};

/** Calls only one of its two layers. */
class Forgetful {
  readonly first = new nn.Linear(64, 10);
  readonly forgotten = new nn.Linear(64, 10);
  forward(x: Tensor): Tensor {
    return this.first.forward(x);
  }
}

/** Lets no gradient through. */
class Cut {
  readonly body = new nn.Linear(64, 16);
  readonly head = new nn.Linear(16, 10, { bias: false });
  forward(x: Tensor): Tensor {
    return this.head.forward(this.body.forward(x).mul(1e-4).detach());
  }
}

const constantInit = { init: nn.init.constant(0.01), biasInit: nn.init.zeros };
const wide = { init: nn.init.normal(0, 1) };

const deep = (layer: () => nn.Layer, depth: number, options: nn.LinearOptions = {}): nn.Layer =>
  new nn.Sequential(
    new nn.Linear(64, 32, options),
    layer(),
    ...Array.from({ length: depth }, () => [new nn.Linear(32, 32, options), layer()]).flat(),
    new nn.Linear(32, 10),
  );

const binary = (batch: ProbeBatch): ProbeBatch => {
  const { images: x, labels } = batch as Record<string, { data: Float32Array }>;
  const y = Float32Array.from(labels.data, (label) => (label > 4 ? 1 : 0));
  return { x: x as never, y: { dtype: "float32", shape: [y.length, 1], data: y } };
};

/** The faults; each is made anew, from one seed. */
export const faults: readonly Fault[] = [
  {
    what: "a NaN among the inputs",
    finds: ["nan-in-data"],
    make: () => ({
      model: perceptron(),
      batch: changed(images(), (x, k) => (k === 70 ? Number.NaN : x)),
    }),
  },
  {
    what: "labels from 1 to 10",
    finds: ["labels-out-of-range"],
    make: () => ({ model: perceptron(), batch: changed(images(), (label) => label + 1, 1) }),
  },
  {
    what: "bytes as they are, in 0 to 255",
    finds: ["inputs-not-normalised"],
    make: () => ({ model: perceptron(), batch: changed(images(), (x) => 255 * x) }),
  },
  {
    what: "the same image in every record",
    finds: ["constant-inputs"],
    make: () => {
      const batch = images();
      const { data } = batch.images as { data: Float32Array };
      return { model: perceptron(), batch: changed(batch, (_, k) => data[k % 64]) };
    },
  },
  {
    what: "one class in fifty times as many records as another",
    finds: ["class-imbalance"],
    make: () => {
      const zeros = byLabel((label) => label === 0);
      const ones = byLabel((label) => label === 1);
      const train = picked([...zeros.slice(0, 140), ...ones.slice(0, 3)]);
      return { model: perceptron(), batch: first(train), options: { train, trials: false } };
    },
  },
  {
    what: "test records that are in the training data",
    finds: ["leakage"],
    make: () => {
      const train = picked(Array.from({ length: 200 }, (_, k) => k));
      const test = picked(Array.from({ length: 100 }, (_, k) => 150 + k));
      return { model: perceptron(), batch: images(), options: { train, test, trials: false } };
    },
  },
  {
    what: "data sorted by class",
    finds: ["not-shuffled"],
    make: () => {
      const order = Array.from({ length: 10 }, (_, c) => byLabel((label) => label === c)).flat();
      const train = picked(order);
      return { model: perceptron(), batch: first(train), options: { train, trials: false } };
    },
  },
  {
    what: "prices in units as targets",
    finds: ["targets-not-scaled"],
    make: () => ({ model: regressor(), batch: first(points(2e4, 3e5)) }),
  },
  {
    what: "a ReLU after the last layer, and negative targets",
    finds: ["bounded-outputs"],
    make: () => ({ model: regressor(new nn.ReLU()), batch: first(points()) }),
  },
  {
    what: "softmax before cross-entropy",
    finds: ["softmax-twice"],
    make: () => ({
      model: perceptron(new nn.Linear(64, 10), new nn.Softmax()),
      batch: images(),
    }),
  },
  {
    what: "sigmoid before a loss of logits",
    finds: ["softmax-twice"],
    make: () => ({
      model: perceptron(new nn.Linear(64, 1), new nn.Sigmoid()),
      batch: binary(images()),
      options: { loss: (y, t) => losses.binaryCrossEntropyWithLogits(y, t) },
    }),
  },
  {
    what: "squared error of a sigmoid that tells two classes apart",
    finds: ["squared-error-on-classes"],
    make: () => ({
      model: perceptron(new nn.Linear(64, 1), new nn.Sigmoid()),
      batch: binary(images()),
    }),
  },
  {
    what: "a last layer with weights of deviation 1",
    finds: ["high-initial-loss"],
    make: () => ({
      model: perceptron(
        new nn.Linear(64, 32),
        new nn.Tanh(),
        new nn.Linear(32, 10, { init: nn.init.normal(0, 5) }),
      ),
      batch: images(),
    }),
  },
  {
    what: "a logarithm of what may be negative",
    finds: ["non-finite"],
    make: () => {
      const body = new nn.Linear(64, 10);
      return {
        model: { body, forward: (x: Tensor) => body.forward(x).log() } as nn.Layer,
        batch: images(),
      };
    },
  },
  {
    what: "everything frozen",
    finds: ["nothing-to-train"],
    make: () => {
      const model = perceptron();
      nn.freeze(model, "*");
      return { model, batch: images() };
    },
  },
  {
    what: "a layer that forward does not call",
    finds: ["unused-parameters"],
    make: () => ({ model: new Forgetful(), batch: images() }),
  },
  {
    what: "a detach on the way, and little behind it",
    finds: ["unused-parameters", "cannot-overfit"],
    make: () => ({ model: new Cut(), batch: images() }),
  },
  {
    what: "constant initial weights",
    finds: ["symmetric-units"],
    make: () => ({
      model: perceptron(
        new nn.Linear(64, 32, constantInit),
        new nn.ReLU(),
        new nn.Linear(32, 10, constantInit),
      ),
      batch: images(),
    }),
  },
  {
    what: "initial weights of 0 everywhere",
    finds: ["symmetric-units"],
    make: () => {
      const zero = { init: nn.init.zeros, biasInit: nn.init.zeros };
      return {
        model: perceptron(new nn.Linear(64, 32, zero), new nn.Tanh(), new nn.Linear(32, 10, zero)),
        batch: images(),
      };
    },
  },
  {
    what: "biases far below 0 before a ReLU",
    finds: ["dead-relu"],
    make: () => ({
      model: perceptron(
        new nn.Linear(64, 32, { biasInit: nn.init.constant(-3) }),
        new nn.ReLU(),
        new nn.Linear(32, 10),
      ),
      batch: images(),
    }),
  },
  {
    what: "sigmoids of weights of deviation 1, of inputs of 64 pixels",
    finds: ["saturated"],
    make: () => ({
      model: perceptron(
        new nn.Linear(64, 32, { init: nn.init.normal(0, 4) }),
        new nn.Sigmoid(),
        new nn.Linear(32, 10),
      ),
      batch: images(),
    }),
  },
  {
    what: "ten layers of sigmoids",
    finds: ["vanishing-gradients"],
    make: () => ({ model: deep(() => new nn.Sigmoid(), 9), batch: images() }),
  },
  {
    what: "eight layers of weights of deviation 1",
    finds: ["exploding-gradients"],
    make: () => ({
      model: deep(() => new nn.ReLU(), 8, wide),
      batch: images(),
      options: { trials: false },
    }),
  },
  {
    what: "Adam at a learning rate of 3",
    finds: ["learning-rate-too-high"],
    make: () => {
      const model = perceptron();
      return {
        model,
        batch: images(),
        options: { optimizer: new optim.Adam(model, { learningRate: 3 }) },
      };
    },
  },
  {
    what: "RMSprop at a learning rate of 1",
    finds: ["learning-rate-too-high"],
    make: () => {
      const model = perceptron();
      return {
        model,
        batch: images(),
        options: { optimizer: new optim.RMSprop(model, { learningRate: 1 }) },
      };
    },
  },
  {
    what: "SGD at a learning rate of 1e-6",
    finds: ["learning-rate-too-low"],
    make: () => {
      const model = perceptron();
      return {
        model,
        batch: images(),
        options: { optimizer: new optim.SGD(model, { learningRate: 1e-6 }) },
      };
    },
  },
  {
    what: "dropout of nine in ten",
    finds: ["dropout-too-strong"],
    make: () => ({
      model: perceptron(
        new nn.Linear(64, 32),
        new nn.ReLU(),
        new nn.Dropout(0.9),
        new nn.Linear(32, 10),
      ),
      batch: images(),
    }),
  },
  {
    what: "batch norm of single records",
    finds: ["small-norm-batch"],
    make: () => ({
      model: perceptron(
        new nn.Linear(64, 32),
        new nn.BatchNorm1d(32),
        new nn.ReLU(),
        new nn.Linear(32, 10),
      ),
      batch: images(1),
    }),
  },
  {
    what: "a weight decay of 1 in SGD",
    finds: ["weight-decay-too-strong"],
    make: () => {
      const model = perceptron();
      const optimizer = new optim.SGD(model, { learningRate: 0.1, weightDecay: 1 });
      return { model, batch: images(), options: { optimizer } };
    },
  },
  // Several at once.
  {
    what: "bytes as inputs, and Adam at 0.5",
    finds: ["inputs-not-normalised", "learning-rate-too-high"],
    make: () => {
      const model = perceptron();
      const optimizer = new optim.Adam(model, { learningRate: 0.5 });
      return { model, batch: changed(images(), (x) => 255 * x), options: { optimizer } };
    },
  },
  {
    what: "softmax before cross-entropy, strong dropout, leaked records",
    finds: ["softmax-twice", "dropout-too-strong", "leakage"],
    make: () => ({
      model: perceptron(
        new nn.Linear(64, 32),
        new nn.ReLU(),
        new nn.Dropout(0.8),
        new nn.Linear(32, 10),
        new nn.Softmax(),
      ),
      batch: images(),
      options: { train: digitsTrain, test: picked([1, 2, 3]), trials: false },
    }),
  },
  {
    what: "targets out of scale and out of reach of a sigmoid",
    finds: ["targets-not-scaled", "bounded-outputs"],
    make: () => ({ model: regressor(new nn.Sigmoid()), batch: first(points(100)) }),
  },
  {
    what: "deep sigmoids, with a layer that is not called",
    finds: ["vanishing-gradients", "unused-parameters"],
    make: () => {
      const body = deep(() => new nn.Sigmoid(), 9);
      const model = { body, spare: new nn.Linear(2, 2), forward: (x: Tensor) => body.forward(x) };
      return { model: model as nn.Layer, batch: images() };
    },
  },
];

/** Makes a set-up the same way each time. */
export function planted({ make }: Pick<Fault, "make">): Setup {
  seed(11);
  return make();
}

export { digitsTest, digitsTrain };
