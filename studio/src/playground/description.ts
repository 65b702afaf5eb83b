// A playground's network and training as data: what the page edits, an address carries, the worker builds, and exported
// code says. Nothing here computes; `read-description.ts` makes one of what came from outside.

/** Sets of points in the plane that are made by a rule: with classes, and with a number at each point. */
export const classSets = ["spiral", "circles", "moons", "xor", "gaussians"] as const;
export const numberSets = ["slope", "hills"] as const;
export const planeSets = [...classSets, ...numberSets] as const;
export type ClassSet = (typeof classSets)[number];
export type NumberSet = (typeof numberSets)[number];
export type PlaneSet = ClassSet | NumberSet;

export const activations = [
  "relu",
  "leakyRelu",
  "gelu",
  "silu",
  "tanh",
  "sigmoid",
  "none",
] as const;
export type Activation = (typeof activations)[number];

export const poolings = ["none", "max", "average"] as const;
export type Pooling = (typeof poolings)[number];

/** Losses for classes, and for numbers. */
export const classLosses = ["crossEntropy", "squaredError", "hinge"] as const;
export const numberLosses = ["meanSquaredError", "meanAbsoluteError", "huber"] as const;
export type LossName = (typeof classLosses)[number] | (typeof numberLosses)[number];

export const optimizers = ["sgd", "adam", "adamW", "rmsprop", "adagrad"] as const;
export type OptimizerName = (typeof optimizers)[number];

export const schedules = ["constant", "cosine", "step", "exponential", "warmup"] as const;
export type ScheduleName = (typeof schedules)[number];

/** A point that somebody drew, and its class. */
export type DrawnPoint = readonly [x: number, y: number, label: number];

/** Points by a rule. */
export interface PlaneData {
  readonly kind: "plane";
  readonly set: PlaneSet;
  readonly count: number;
  readonly noise: number;
}

/** CSV text, the column to be predicted, and those that are no inputs. */
export interface TableData {
  readonly kind: "table";
  readonly text: string;
  readonly target: string;
  readonly without?: readonly string[];
}

export type DataChoice =
  | PlaneData
  | { readonly kind: "points"; readonly points: readonly DrawnPoint[] }
  | { readonly kind: "digits" }
  | TableData;

/** A layer with weights and what follows it: normalisation, activation, pooling (of images), dropout, in this order. */
export interface Block {
  readonly kind: "dense" | "conv";
  /** Units, or channels. */
  readonly width: number;
  readonly activation: Activation;
  readonly batchNorm: boolean;
  /** Probability of dropping; 0 for none. */
  readonly dropout: number;
  /** Of a convolution: windows of 2×2. */
  readonly pool: Pooling;
}

export interface OptimizerChoice {
  readonly name: OptimizerName;
  readonly learningRate: number;
  /** Of SGD and RMSprop. */
  readonly momentum: number;
  readonly nesterov: boolean;
  /** Of Adam and AdamW. */
  readonly beta1: number;
  readonly beta2: number;
  /** λ of AdamW. */
  readonly weightDecay: number;
}

export interface Description {
  readonly data: DataChoice;
  readonly blocks: readonly Block[];
  readonly loss: LossName;
  readonly optimizer: OptimizerChoice;
  readonly schedule: ScheduleName;
  /** Largest norm of the gradients; 0 for no limit. */
  readonly clip: number;
  /** Factors of `Σ|w|` and `Σw²` over all weights (not biases) in the loss. */
  readonly l1: number;
  readonly l2: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
}

/** The smallest and largest value of each number. */
export const limits = {
  count: [50, 2000],
  noise: [0, 0.5],
  width: [1, 128],
  dropout: [0, 0.9],
  learningRate: [1e-6, 10],
  momentum: [0, 0.999],
  beta1: [0, 0.999],
  beta2: [0, 0.9999],
  weightDecay: [0, 1],
  clip: [0, 100],
  l1: [0, 1],
  l2: [0, 1],
  batchSize: [1, 1024],
  epochs: [1, 5000],
  seed: [0, 999_999],
} as const;

/** Most blocks, points, columns that are left out and characters of a table. */
export const mostBlocks = 8;
export const mostPoints = 2000;
export const mostColumns = 1000;
export const mostText = 400_000;

/** The side of the square that points are drawn in: both coordinates are in [−3, 3]. */
export const reach = 3;

export function dense(width: number, activation: Activation = "relu"): Block {
  return { kind: "dense", width, activation, batchNorm: false, dropout: 0, pool: "none" };
}

export function conv(width: number, pool: Pooling = "max"): Block {
  return { kind: "conv", width, activation: "relu", batchNorm: false, dropout: 0, pool };
}

const adam: OptimizerChoice = {
  name: "adam",
  learningRate: 0.01,
  momentum: 0.9,
  nesterov: false,
  beta1: 0.9,
  beta2: 0.999,
  weightDecay: 0.01,
};

/** What the page opens with: the spiral, on which a straight line is as good as guessing. */
export const spiralDefault: Description & { readonly data: PlaneData } = {
  data: { kind: "plane", set: "spiral", count: 500, noise: 0.02 },
  blocks: [dense(16), dense(16)],
  loss: "crossEntropy",
  optimizer: adam,
  schedule: "constant",
  clip: 0,
  l1: 0,
  l2: 0,
  batchSize: 32,
  epochs: 200,
  seed: 1,
};

/** A small convolutional network for the digits. */
export const digitsDefault: Description = {
  ...spiralDefault,
  data: { kind: "digits" },
  blocks: [conv(16), { ...dense(32), dropout: 0.2 }],
  optimizer: { ...adam, learningRate: 0.005 },
  epochs: 20,
};

/** The description that suits a choice of data; settings that go with any data stay. */
export function forData(description: Description, data: DataChoice): Description {
  const wasDigits = description.data.kind === "digits";
  const isDigits = data.kind === "digits";
  if (isDigits === wasDigits) return { ...description, data };
  const { blocks, optimizer, epochs, batchSize, schedule } = isDigits
    ? digitsDefault
    : spiralDefault;
  return { ...description, data, blocks, optimizer, epochs, batchSize, schedule };
}

/** The loss that fits what is predicted, classes or a number; a description may name one of the other kind. */
export function lossNameOf(
  { loss }: Description,
  classes: readonly string[] | undefined,
): LossName {
  const isOfNumbers = (numberLosses as readonly string[]).includes(loss);
  if (classes === undefined) return isOfNumbers ? loss : "meanSquaredError";
  return isOfNumbers ? "crossEntropy" : loss;
}
