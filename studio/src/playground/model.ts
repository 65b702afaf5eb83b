// The model, the loss and the optimizer of a description, made with the library as a user makes them.

import { losses, nn, optim, type Parameter, seed, type Tensor } from "chainrule";
import type { FitSchedule } from "chainrule/train";
import {
  type Activation,
  type Description,
  type LossName,
  lossNameOf,
  type OptimizerChoice,
  type ScheduleName,
} from "./description.ts";
import { kernel, type LayerFacts, layersOf } from "./layers.ts";
import type { Samples } from "./samples.ts";

type Kind = LayerFacts["kind"];
type Makers = { readonly [K in Kind]: (facts: LayerFacts & { readonly kind: K }) => nn.Layer };

const functions: Readonly<Record<Exclude<Activation, "none">, () => nn.Layer>> = {
  relu: () => new nn.ReLU(),
  leakyRelu: () => new nn.LeakyReLU(),
  gelu: () => new nn.GELU(),
  silu: () => new nn.SiLU(),
  tanh: () => new nn.Tanh(),
  sigmoid: () => new nn.Sigmoid(),
};

const makers: Makers = {
  linear: ({ inputs, outputs }) => new nn.Linear(inputs, outputs),
  conv: ({ inputs, outputs }) => new nn.Conv2d(inputs, outputs, kernel, { padding: 1 }),
  batchNorm: ({ channels, image }) =>
    image ? new nn.BatchNorm2d(channels) : new nn.BatchNorm1d(channels),
  activation: ({ name }) => functions[name](),
  pool: ({ name }) => (name === "max" ? new nn.MaxPool2d(2) : new nn.AvgPool2d(2)),
  dropout: ({ p }) => new nn.Dropout(p),
  flatten: () => new nn.Flatten(),
};

/** A model with the places where its blocks end. */
export interface MadeModel {
  readonly model: nn.Sequential;
  readonly ends: readonly number[];
}

/** Makes the model with initial weights of the description's seed. */
export function modelOf(
  description: Description,
  samples: Pick<Samples, "shape" | "classes">,
): MadeModel {
  const { layers, ends } = layersOf(
    description.blocks,
    samples.shape,
    samples.classes?.length ?? 1,
  );
  seed(description.seed);
  const made = layers.map((facts) =>
    (makers[facts.kind] as (facts: LayerFacts) => nn.Layer)(facts),
  );
  return { model: new nn.Sequential(...made), ends };
}

type LossFunction = (outputs: Tensor, targets: Tensor) => Tensor;

/** Losses of scores, one per class, and of numbers. */
const lossFunctions: Readonly<Record<LossName, LossFunction>> = {
  crossEntropy: losses.crossEntropy,
  squaredError: (scores, labels) =>
    losses.meanSquaredError(scores.softmax(), labels.oneHot(scores.shape[1]).cast("float32")),
  hinge: losses.multiMargin,
  meanSquaredError: losses.meanSquaredError,
  meanAbsoluteError: losses.meanAbsoluteError,
  huber: losses.huber,
};

/** The loss alone. */
export function lossOf(description: Description, classes: Samples["classes"]): LossFunction {
  return lossFunctions[lossNameOf(description, classes)];
}

/** What the weights add to the loss: `l1·Σ|w| + l2·Σw²`; undefined for nothing. */
export function penaltyOf({ l1, l2 }: Description, model: nn.Layer): (() => Tensor) | undefined {
  if (l1 === 0 && l2 === 0) return undefined;
  const weights = [...nn.parameters(model).values()].filter((p: Parameter) => p.rank > 1);
  return () => {
    const terms = weights.flatMap((w) => [
      ...(l1 === 0 ? [] : [w.abs().sum().mul(l1)]),
      ...(l2 === 0 ? [] : [w.square().sum().mul(l2)]),
    ]);
    return terms.reduce((sum, term) => sum.add(term));
  };
}

/** The optimizer of a description. */
export function optimizerOf(
  choice: OptimizerChoice,
  model: nn.Layer,
): optim.Optimizer<string, string> {
  const { learningRate, momentum, nesterov, beta1, beta2, weightDecay } = choice;
  const makers = {
    sgd: () => new optim.SGD(model, { learningRate, momentum, nesterov: nesterov && momentum > 0 }),
    adam: () => new optim.Adam(model, { learningRate, beta1, beta2 }),
    adamW: () => new optim.AdamW(model, { learningRate, beta1, beta2, weightDecay }),
    rmsprop: () => new optim.RMSprop(model, { learningRate, momentum }),
    adagrad: () => new optim.Adagrad(model, { learningRate }),
  };
  return makers[choice.name]();
}

/** The learning rate over a run of so many steps, as `fit` takes it; undefined for a constant one. */
export function scheduleOf(name: ScheduleName): FitSchedule | undefined {
  return schedules[name];
}

const schedules: Readonly<Record<ScheduleName, FitSchedule | undefined>> = {
  constant: undefined,
  cosine: { forRun: ({ steps, learningRate }) => optim.cosine(learningRate, { steps }) },
  step: {
    forRun: ({ steps, learningRate }) =>
      optim.step(learningRate, { stepSize: Math.ceil(steps / 3), gamma: 0.3 }),
  },
  exponential: {
    forRun: ({ steps, learningRate }) =>
      optim.exponential(learningRate, { gamma: 0.01 ** (1 / steps) }),
  },
  warmup: {
    forRun: ({ steps, learningRate }) => {
      const warmup = Math.ceil(steps / 10);
      return optim.warmUp(optim.cosine(learningRate, { steps: steps - warmup }), { steps: warmup });
    },
  },
};
