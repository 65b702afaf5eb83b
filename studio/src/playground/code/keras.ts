// The program for Keras 3: the same data, network and training, with initial weights and constants as they are here, where
// Keras's own defaults differ.

import type { Activation, LossName, OptimizerChoice } from "../description.ts";
import { kernel, type LayerFacts } from "../layers.ts";
import { fanIn, type ProgramFacts } from "./program.ts";
import { dataImports, dataLines, factorText, truth } from "./python.ts";

/** Writes the program. */
export function kerasCode(facts: ProgramFacts): string {
  const { description, layers, shape, classes } = facts;
  const { seed, batchSize, epochs } = description;
  const schedule = scheduleLines(facts);
  const input = shape.length === 3 ? [shape[1], shape[2], shape[0]] : shape;
  const metrics = classes === undefined ? "" : ', metrics=["accuracy"]';
  const layerLines = layers.map((layer) => `    ${layerText(layer)},`).join("\n");
  const parts = [
    "# A network and its training, written by Chainrule Studio. pip install keras tensorflow numpy scikit-learn",
    "",
    "import math",
    "",
    "import keras",
    ...dataImports(facts),
    "from keras import layers, ops",
    "",
    ...dataLines(facts),
    ...(shape.length === 3
      ? ["x_train, x_test = x_train[..., None], x_test[..., None]  # channels come last here"]
      : []),
    "",
    "",
    "# Initial weights and biases within ±1/√(inputs of a unit).",
    "def start(inputs):",
    "    bound = 1 / math.sqrt(inputs)",
    "    uniform = keras.initializers.RandomUniform",
    "    return {",
    '        "kernel_initializer": uniform(-bound, bound),',
    '        "bias_initializer": uniform(-bound, bound),',
    ...penaltyEntry(facts),
    "    }",
    "",
    "",
    ...schedule,
    ...lossDefinition(facts),
    `keras.utils.set_random_seed(${seed})`,
    `model = keras.Sequential([\n    keras.Input((${input.join(", ")}${input.length === 1 ? "," : ""})),\n${layerLines}\n])`,
    `model.compile(\n    optimizer=keras.optimizers.${optimizerText(facts, schedule.length > 0)},\n    loss=${lossTexts[facts.loss]}${metrics},\n)`,
    `model.fit(x_train, y_train, batch_size=${batchSize}, epochs=${epochs}, validation_data=(x_test, y_test), verbose=2)`,
    "print(model.evaluate(x_test, y_test, verbose=0, return_dict=True))",
  ];
  return `${parts.join("\n")}\n`;
}

const functions: Readonly<Record<Exclude<Activation, "none">, string>> = {
  relu: "layers.ReLU()",
  leakyRelu: "layers.LeakyReLU(negative_slope=0.01)",
  gelu: 'layers.Activation("gelu")',
  silu: 'layers.Activation("silu")',
  tanh: 'layers.Activation("tanh")',
  sigmoid: 'layers.Activation("sigmoid")',
};

type Writers = {
  readonly [K in LayerFacts["kind"]]: (layer: LayerFacts & { readonly kind: K }) => string;
};

const writers: Writers = {
  linear: (one) => `layers.Dense(${one.outputs}, **start(${fanIn(one)}))`,
  conv: (one) => `layers.Conv2D(${one.outputs}, ${kernel}, padding="same", **start(${fanIn(one)}))`,
  batchNorm: () => "layers.BatchNormalization(momentum=0.9, epsilon=1e-5)",
  activation: ({ name }) => functions[name],
  pool: ({ name }) => (name === "max" ? "layers.MaxPooling2D(2)" : "layers.AveragePooling2D(2)"),
  dropout: ({ p }) => `layers.Dropout(${p})`,
  flatten: () => "layers.Flatten()",
};

function layerText(layer: LayerFacts): string {
  return (writers[layer.kind] as (layer: LayerFacts) => string)(layer);
}

function penaltyEntry({ description: { l1, l2 } }: ProgramFacts): string[] {
  if (l1 === 0 && l2 === 0) return [];
  return [`        "kernel_regularizer": keras.regularizers.L1L2(l1=${l1}, l2=${l2}),`];
}

function optimizerText(
  { description: { optimizer, clip } }: ProgramFacts,
  scheduled: boolean,
): string {
  const { name, learningRate, momentum, nesterov, beta1, beta2, weightDecay }: OptimizerChoice =
    optimizer;
  const rate = scheduled ? `Schedule(${learningRate})` : String(learningRate);
  const end = clip > 0 ? `, global_clipnorm=${clip})` : ")";
  const betas = `beta_1=${beta1}, beta_2=${beta2}, epsilon=1e-8`;
  const texts: Readonly<Record<OptimizerChoice["name"], string>> = {
    sgd: `SGD(${rate}, momentum=${momentum}, nesterov=${truth(nesterov && momentum > 0)}${end}`,
    adam: `Adam(${rate}, ${betas}${end}`,
    adamW: `AdamW(${rate}, weight_decay=${weightDecay}, ${betas}${end}`,
    rmsprop: `RMSprop(${rate}, rho=0.99, momentum=${momentum}, epsilon=1e-8${end}`,
    adagrad: `Adagrad(${rate}, initial_accumulator_value=0.0, epsilon=1e-10${end}`,
  };
  return texts[name];
}

const lossTexts: Readonly<Record<LossName, string>> = {
  crossEntropy: "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
  squaredError: "squared_error",
  hinge: "multi_margin",
  meanSquaredError: "keras.losses.MeanSquaredError()",
  meanAbsoluteError: "keras.losses.MeanAbsoluteError()",
  huber: "keras.losses.Huber()",
};

function lossDefinition({ loss, classes }: ProgramFacts): string[] {
  const count = classes?.length ?? 1;
  const hot = `    hot = ops.one_hot(ops.cast(ops.reshape(targets, (-1,)), "int32"), ${count})`;
  if (loss === "squaredError") {
    return [
      "def squared_error(targets, outputs):",
      hot,
      "    return ops.mean((ops.softmax(outputs) - hot) ** 2, axis=-1)",
      "",
      "",
    ];
  }
  if (loss !== "hinge") return [];
  return [
    "def multi_margin(targets, outputs):",
    hot,
    "    right = ops.sum(outputs * hot, axis=-1, keepdims=True)",
    "    return ops.mean((1 - hot) * ops.relu(1 - right + outputs), axis=-1)",
    "",
    "",
  ];
}

function scheduleLines(facts: ProgramFacts): string[] {
  const factor = factorText(facts.description.schedule, facts, "ops.cos");
  if (factor === undefined) return [];
  const [first, rest] = factor.split(" if ");
  const [condition, second] = rest?.split(" else ") ?? [];
  const value = rest === undefined ? factor : `ops.where(${condition}, ${first}, ${second})`;
  return [
    "class Schedule(keras.optimizers.schedules.LearningRateSchedule):",
    "    def __init__(self, rate):",
    "        self.rate = rate",
    "",
    "    def __call__(self, step):",
    '        t = ops.cast(step, "float32")',
    `        return self.rate * ${value.startsWith("ops.where") ? value : `(${value})`}`,
    "",
    "",
  ];
}
