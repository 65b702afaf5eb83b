// Set-ups with nothing wrong, of many kinds: a diagnosis must not warn of any.

import { RandomStream } from "../../src/core/random.ts";
import { losses, nn, optim, type Tensor, tensor } from "../../src/index.ts";
import { digitsTest, digitsTrain, type Fault, first, points, type Setup } from "./faults.ts";

const pictures = (count = 32): Setup["batch"] => {
  const { images, labels } = first(digitsTrain, count) as Record<string, { data: Float32Array }>;
  return {
    images: { dtype: "float32", shape: [count, 1, 8, 8], data: images.data },
    labels: labels as never,
  };
};

/** Rows of the image as a sequence. */
const rows = (count = 32): Setup["batch"] => {
  const { images, labels } = first(digitsTrain, count) as Record<string, { data: Float32Array }>;
  return {
    rows: { dtype: "float32", shape: [count, 8, 8], data: images.data },
    labels: labels as never,
  };
};

const onDigits = { train: digitsTrain, test: digitsTest };

/** A recurrent layer and a linear one on its last output. */
class Reader {
  readonly body: { forward(x: Tensor): Tensor };
  readonly head: nn.Linear;
  constructor(body: { forward(x: Tensor): Tensor }, width: number) {
    this.body = body;
    this.head = new nn.Linear(width, 10);
  }
  forward(x: Tensor): Tensor {
    const y = this.body.forward(x);
    return this.head.forward(y.slice([{}, -1]).reshape([x.shape[0], -1]));
  }
}

/** A Transformer on rows of pixels. */
class SmallTransformer {
  readonly inner = new nn.Linear(8, 32);
  readonly body = new nn.TransformerEncoderLayer(32, 4, { dimFeedforward: 64 });
  readonly head = new nn.Linear(32, 10);
  forward(x: Tensor, context?: nn.Context): Tensor {
    return this.head.forward(this.body.forward(this.inner.forward(x), context).mean({ axis: 1 }));
  }
}

/** Words as vectors, their mean, and a score per class. */
class BagOfWords {
  readonly words = new nn.Embedding(50, 16);
  readonly head = new nn.Linear(16, 4);
  forward(ids: Tensor): Tensor {
    return this.head.forward(this.words.forward(ids).mean({ axis: 1 }));
  }
}

function wordBatch(): Setup["batch"] {
  const stream = new RandomStream(8);
  const ids = Int32Array.from(stream.uniform(32 * 6), (u) => Math.floor(50 * u));
  const labels = Int32Array.from({ length: 32 }, (_, k) => ids[6 * k] % 4);
  return {
    ids: { dtype: "int32", shape: [32, 6], data: ids },
    labels: { dtype: "int32", shape: [32], data: labels },
  };
}

const halves = (): Setup["batch"] => {
  const { images, labels } = first(digitsTrain, 32) as Record<string, { data: Float32Array }>;
  const y = Float32Array.from(labels.data, (label) => (label > 4 ? 1 : 0));
  return { images: images as never, y: { dtype: "float32", shape: [32, 1], data: y } };
};

const block = (width: number): nn.Layer =>
  new nn.Residual(
    new nn.Sequential(
      new nn.Conv2d(width, width, 3, { padding: 1, bias: false }),
      new nn.BatchNorm2d(width),
      new nn.ReLU(),
      new nn.Conv2d(width, width, 3, { padding: 1, bias: false }),
      new nn.BatchNorm2d(width),
    ),
  );

/** Scores of the next word at every place; classes are on the last axis. */
class LanguageModel {
  readonly words = new nn.Embedding(50, 16);
  readonly body = new nn.GRU(16, 32);
  readonly head = new nn.Linear(32, 50);
  forward(ids: Tensor): Tensor {
    return this.head.forward(this.body.forward(this.words.forward(ids)) as Tensor);
  }
}

/** The set-ups; each is made anew, from one seed. */
export const healthy: readonly Pick<Fault, "what" | "make">[] = [
  {
    what: "a perceptron on digits",
    make: () => {
      const model = new nn.Sequential(new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 10));
      const optimizer = new optim.Adam(model);
      return { model, batch: first(digitsTrain), options: { optimizer, ...onDigits } };
    },
  },
  {
    what: "RMSprop, whose first step is ten times as long as later ones",
    make: () => {
      const model = new nn.Sequential(new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 10));
      const optimizer = new optim.RMSprop(model, { learningRate: 1e-2 });
      return { model, batch: first(digitsTrain), options: { optimizer, ...onDigits } };
    },
  },
  {
    what: "a convolutional network, SGD with momentum, dropout",
    make: () => {
      const model = new nn.Sequential(
        new nn.Conv2d(1, 8, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(8, 16, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.Flatten(),
        new nn.Dropout(0.5),
        new nn.Linear(256, 10),
      );
      const optimizer = new optim.SGD(model, {
        learningRate: 0.05,
        momentum: 0.9,
        weightDecay: 5e-4,
      });
      return { model, batch: pictures(), options: { optimizer } };
    },
  },
  {
    what: "a deep residual network with batch norm",
    make: () => {
      const model = new nn.Sequential(
        new nn.Conv2d(1, 8, 3, { padding: 1 }),
        block(8),
        block(8),
        block(8),
        new nn.GlobalAvgPool(),
        new nn.Flatten(),
        new nn.Linear(8, 10),
      );
      const optimizer = new optim.AdamW(model, { learningRate: 3e-3 });
      return { model, batch: pictures(), options: { optimizer } };
    },
  },
  {
    what: "a language model, with a loss that puts places and records side by side",
    make: () => {
      const model = new LanguageModel();
      const { ids } = wordBatch() as Record<string, { data: Int32Array }>;
      const next = { ...ids, data: ids.data.map((id) => (7 * id) % 50) };
      return {
        model,
        batch: { ids, next } as never,
        options: {
          loss: (y, t) => losses.crossEntropy(y.reshape([-1, 50]), t.reshape([-1])),
          optimizer: new optim.Adam(model, { learningRate: 3e-3 }),
        },
      };
    },
  },
  {
    what: "an LSTM",
    make: () => {
      const model = new Reader(new nn.LSTM(8, 32), 32);
      return {
        model,
        batch: rows(),
        options: { optimizer: new optim.Adam(model, { learningRate: 3e-3 }) },
      };
    },
  },
  {
    what: "a GRU",
    make: () => {
      const model = new Reader(new nn.GRU(8, 32), 32);
      return {
        model,
        batch: rows(),
        options: { optimizer: new optim.RMSprop(model, { learningRate: 1e-3 }) },
      };
    },
  },
  {
    what: "a small Transformer",
    make: () => {
      const model = new SmallTransformer();
      return {
        model,
        batch: rows(),
        options: { optimizer: new optim.AdamW(model, { learningRate: 1e-3 }) },
      };
    },
  },
  {
    what: "regression with standardised targets",
    make: () => {
      const model = new nn.Sequential(new nn.Linear(4, 32), new nn.Tanh(), new nn.Linear(32, 1));
      const batch = first(points());
      return { model, batch, options: { optimizer: new optim.SGD(model, { learningRate: 0.1 }) } };
    },
  },
  {
    what: "linear regression, whose weights shrink on the way to the solution",
    make: () => {
      const model = new nn.Linear(4, 1);
      const optimizer = new optim.SGD(model, { learningRate: 0.1 });
      return { model, batch: first(points()), options: { optimizer } };
    },
  },
  {
    what: "two classes with a loss of logits",
    make: () => {
      const model = new nn.Sequential(new nn.Linear(64, 16), new nn.ReLU(), new nn.Linear(16, 1));
      const optimizer = new optim.Adam(model, { learningRate: 3e-3 });
      const loss = (y: Tensor, t: Tensor): Tensor => losses.binaryCrossEntropyWithLogits(y, t);
      return { model, batch: halves(), options: { optimizer, loss } };
    },
  },
  {
    what: "an autoencoder with a sigmoid at the end",
    make: () => {
      const model = new nn.Sequential(
        new nn.Linear(64, 32),
        new nn.ReLU(),
        new nn.Linear(32, 8),
        new nn.Linear(8, 32),
        new nn.ReLU(),
        new nn.Linear(32, 64),
        new nn.Sigmoid(),
      );
      const { images } = first(digitsTrain);
      const optimizer = new optim.Adam(model, { learningRate: 1e-3 });
      return { model, batch: { images, again: images }, options: { optimizer } };
    },
  },
  {
    what: "a shallow network of sigmoids, probabilities and their own loss",
    make: () => {
      const model = new nn.Sequential(
        new nn.Linear(64, 32),
        new nn.Sigmoid(),
        new nn.Linear(32, 1),
        new nn.Sigmoid(),
      );
      const optimizer = new optim.Adam(model, { learningRate: 1e-2 });
      const loss = (y: Tensor, t: Tensor): Tensor => losses.binaryCrossEntropy(y, t);
      return { model, batch: halves(), options: { optimizer, loss } };
    },
  },
  {
    what: "embeddings of words",
    make: () => {
      const model = new BagOfWords();
      return {
        model,
        batch: wordBatch(),
        options: { optimizer: new optim.Adam(model, { learningRate: 1e-2 }) },
      };
    },
  },
  {
    what: "a discriminator of real and made points, with leaky rectifiers",
    make: () => {
      const model = new nn.Sequential(
        new nn.Linear(2, 32),
        new nn.LeakyReLU(0.2),
        new nn.Linear(32, 32),
        new nn.LeakyReLU(0.2),
        new nn.Linear(32, 1),
      );
      const stream = new RandomStream(4);
      const data = Float32Array.from(stream.normal(128), (z, k) => (k < 64 ? Math.sign(z) : z));
      const x = tensor(data, { shape: [64, 2] });
      const real = tensor(
        Float32Array.from({ length: 64 }, (_, k) => (k < 32 ? 1 : 0)),
        { shape: [64, 1] },
      );
      const optimizer = new optim.Adam(model, { learningRate: 2e-4, beta1: 0.5 });
      const loss = (y: Tensor, t: Tensor): Tensor => losses.binaryCrossEntropyWithLogits(y, t);
      return { model, batch: { x, real }, options: { optimizer, loss } };
    },
  },
];
