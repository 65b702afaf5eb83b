// Set-ups with more than inputs and targets: several inputs, masks, marked labels, several outputs, forward passes of one's
// own; healthy ones, and the same with a fault planted.

import { RandomStream } from "../../src/core/random.ts";
import { ArrayDataset, gather } from "../../src/data/index.ts";
import { losses, nn, optim, type Tensor } from "../../src/index.ts";
import type { FindingName } from "../../src/inspect/index.ts";
import type { Setup } from "./faults.ts";

const records = 32;
const length = 6;
const words = 20;

const ids = (seed: number, size: number, below: number): Int32Array =>
  Int32Array.from(new RandomStream(seed).uniform(size), (u) => Math.floor(below * u));
const int32 = (shape: readonly number[], data: Int32Array) =>
  ({ dtype: "int32", shape, data }) as const;
const float32 = (shape: readonly number[], data: Float32Array) =>
  ({ dtype: "float32", shape, data }) as const;

/** How much somebody likes something: two numbers in, one out. */
class Recommender {
  readonly people = new nn.Embedding(12, 8, { init: nn.init.normal(0, 0.3) });
  readonly things = new nn.Embedding(15, 8, { init: nn.init.normal(0, 0.3) });
  readonly bias = new nn.Linear(1, 1);
  forward(person: Tensor, thing: Tensor, price: Tensor): Tensor {
    const agreement = this.people.forward(person).mul(this.things.forward(thing)).sum({ axis: 1 });
    return agreement.add(this.bias.forward(price.reshape([-1, 1])).flatten());
  }
}

const ratings = (
  scale = 1,
  size = records,
): ArrayDataset<"person" | "thing" | "price" | "liked"> => {
  const [person, thing] = [ids(1, size, 12), ids(2, size, 15)];
  const price = Float32Array.from(new RandomStream(3).normal(size), (z) => scale * z);
  const liked = Float32Array.from(person, (p, k) => Math.sin(p) * Math.cos(thing[k]));
  return new ArrayDataset({
    ...{ person: { data: person }, thing: { data: thing }, price: { data: price } },
    liked: { data: liked },
  });
};

const allOf = (set: ReturnType<typeof ratings>): Setup["batch"] =>
  gather(
    set,
    Int32Array.from({ length: set.size }, (_, k) => k),
  );

const ratingFields = { inputs: ["person", "thing", "price"], targets: "liked" } as const;

/** A GPT in small: tokens and places in, scores of the next token out. */
class SmallGpt {
  readonly tokens = new nn.Embedding(words, 16, { init: nn.init.normal(0, 0.02) });
  readonly places = new nn.Embedding(length, 16, { init: nn.init.normal(0, 0.02) });
  readonly norm = new nn.LayerNorm(16);
  readonly attention = new nn.MultiHeadAttention(16, 2, { causal: true });
  readonly head = new nn.Linear(16, words);
  readonly last: (logits: Tensor) => Tensor;
  constructor(last: (logits: Tensor) => Tensor = (logits) => logits) {
    this.last = last;
  }
  forward(tokens: Tensor, places: Tensor): Tensor {
    const x = this.tokens.forward(tokens).add(this.places.forward(places));
    return this.last(this.head.forward(x.add(this.attention.forward(this.norm.forward(x)))));
  }
}

/** Tokens, their places, what comes next, and how much of that there is; beyond it stands `mark`. */
function sentences(mark: number): Setup["batch"] {
  const tokens = ids(4, records * length, words);
  const filled = (k: number): boolean => k % length < 3 + (Math.floor(k / length) % 4);
  const next = tokens.map((id, k) => (filled(k) ? (7 * id) % words : mark));
  const shape = [records, length];
  return {
    tokens: int32(shape, tokens),
    places: int32(
      shape,
      tokens.map((_, k) => k % length),
    ),
    next: int32(shape, next),
    filled: float32(
      shape,
      Float32Array.from(tokens, (_, k) => (filled(k) ? 1 : 0)),
    ),
  };
}

const textFields = { inputs: ["tokens", "places"], targets: "next" } as const;
const perToken = (y: Tensor, t: Tensor): Tensor =>
  losses.crossEntropy(y.transpose(1, 2), t, { reduction: "none" });
const ignoring = (y: Tensor, t: Tensor): Tensor =>
  losses.crossEntropy(y.reshape([-1, words]), t.flatten(), { ignoreIndex: -100 });

/** A number and a class at once. */
class TwoHeads {
  readonly body = new nn.Linear(4, 16);
  readonly value = new nn.Linear(16, 1);
  readonly kind = new nn.Linear(16, 3);
  forward(x: Tensor): { value: Tensor; kind: Tensor } {
    const h = this.body.forward(x).tanh();
    return { value: this.value.forward(h).flatten(), kind: this.kind.forward(h) };
  }
}

const points = (): Setup["batch"] => {
  const x = new RandomStream(6).normal(records * 4);
  const sum = (k: number): number => x[4 * k] + x[4 * k + 1];
  return {
    x: float32([records, 4], Float32Array.from(x)),
    y: float32(
      [records],
      Float32Array.from({ length: records }, (_, k) => Math.tanh(sum(k))),
    ),
    kind: int32(
      [records],
      Int32Array.from({ length: records }, (_, k) => k % 3),
    ),
    counts: float32(
      [records],
      Float32Array.from({ length: records }, (_, k) => 1 + (k % 2)),
    ),
    sick: float32(
      [records],
      Float32Array.from({ length: records }, (_, k) => (sum(k) > 0 ? 1 : 0)),
    ),
  };
};

type Heads = { readonly value: Tensor; readonly kind: Tensor };
type Fields = Readonly<Record<string, Tensor>>;
const bothHeads = ({ value, kind }: Heads, y: Tensor, batch: Fields): Record<string, Tensor> => ({
  value: losses.meanSquaredError(value, y),
  kind: losses.crossEntropy(kind, batch.kind),
});

/** A score per class for each pixel. */
const pixels = (): Setup["batch"] => {
  const x = Float32Array.from(new RandomStream(9).normal(8 * 36));
  return {
    image: float32([8, 1, 6, 6], x),
    mask: int32(
      [8, 6, 6],
      Int32Array.from(x, (v) => (v > 0 ? 1 : v > -0.5 ? 2 : 0)),
    ),
  };
};

const adam = (model: object): optim.Adam => new optim.Adam(model, { learningRate: 3e-3 });

/** A set-up of its kind, with what a diagnosis must find: nothing where nothing is wrong. */
export interface Case {
  readonly what: string;
  readonly finds: readonly FindingName[];
  /** What the text says, to tell which field or place is meant. */
  readonly says?: RegExp;
  readonly make: () => Setup;
}

function recommender(batch: Setup["batch"], more: Setup["options"] = {}): Setup {
  const model = new Recommender() as unknown as nn.Layer;
  return { model, batch, options: { fields: ratingFields, optimizer: adam(model), ...more } };
}

function gpt(batch: Setup["batch"], more: Setup["options"], last?: (x: Tensor) => Tensor): Setup {
  const model = new SmallGpt(last) as unknown as nn.Layer;
  return { model, batch, options: { fields: textFields, optimizer: adam(model), ...more } };
}

const masked = { fields: { ...textFields, mask: "filled" }, loss: perToken };

export const cases: readonly Case[] = [
  {
    what: "a recommender of two numbers and a price",
    finds: [],
    make: () => recommender(allOf(ratings())),
  },
  {
    what: "a recommender whose price is in cents",
    finds: ["inputs-not-normalised"],
    says: /root mean square of price/,
    make: () => recommender(allOf(ratings(1e4))),
  },
  {
    what: "a recommender that is tested on what it learned from",
    finds: ["leakage"],
    make: () => recommender(allOf(ratings()), { train: ratings(), test: ratings(1, 16) }),
  },
  {
    what: "a GPT with a mask, and padding as labels",
    finds: [],
    make: () => gpt(sentences(0), masked),
  },
  {
    what: "a GPT with marked labels",
    finds: [],
    make: () => gpt(sentences(-100), { loss: ignoring }),
  },
  {
    what: "a GPT with labels of another mark than the loss knows",
    finds: ["labels-out-of-range"],
    make: () => gpt(sentences(-1), { loss: ignoring }),
  },
  {
    what: "a GPT that ends with softmax",
    finds: ["softmax-twice"],
    make: () => gpt(sentences(0), masked, (logits) => logits.softmax(-1)),
  },
  {
    what: "a GPT whose weights are far too large",
    finds: ["high-initial-loss"],
    make: () => gpt(sentences(0), masked, (logits) => logits.mul(40)),
  },
  {
    what: "two heads and a loss of two terms",
    finds: [],
    make: () => {
      const model = new TwoHeads() as unknown as nn.Layer;
      return {
        model,
        batch: points(),
        options: { loss: bothHeads as never, optimizer: adam(model) },
      };
    },
  },
  {
    what: "two heads, of which one is not in the loss",
    finds: ["unused-parameters"],
    says: /kind\.weight/,
    make: () => {
      const model = new TwoHeads() as unknown as nn.Layer;
      const loss = ({ value }: Heads, y: Tensor): Tensor => losses.meanSquaredError(value, y);
      return { model, batch: points(), options: { loss: loss as never, optimizer: adam(model) } };
    },
  },
  {
    what: "two classes, weighted records, and a forward pass of one's own",
    finds: [],
    make: () => {
      const model = new nn.Sequential(new nn.Linear(4, 16), new nn.ReLU(), new nn.Linear(16, 1));
      const fields = { inputs: "x", targets: "sick", weights: "counts" };
      const forward = ({ x }: Fields, context: nn.Context): Tensor =>
        model.forward(x, context).flatten();
      const loss = (y: Tensor, t: Tensor): Tensor =>
        losses.binaryCrossEntropyWithLogits(y, t, { reduction: "none" });
      return { model, batch: points(), options: { fields, forward, loss, optimizer: adam(model) } };
    },
  },
  ...[undefined, [1, 2, 2]].map(
    (classWeights): Case => ({
      what: `a class for each pixel, ${classWeights ? "some of more weight" : "all alike"}`,
      finds: [],
      make: () => {
        const layers = [new nn.Conv2d(1, 8, 3, { padding: 1 }), new nn.ReLU()];
        const model = new nn.Sequential(...layers, new nn.Conv2d(8, 3, 1));
        const optimizer = new optim.Adam(model, { learningRate: 1e-2 });
        return { model, batch: pixels(), options: { optimizer, classWeights } };
      },
    }),
  ),
];
