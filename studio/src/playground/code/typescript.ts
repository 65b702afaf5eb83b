// The program in TypeScript, with this library: it trains to the same bits as the page does.

import type {
  Activation,
  Description,
  LossName,
  OptimizerChoice,
  ScheduleName,
} from "../description.ts";
import { kernel, type LayerFacts } from "../layers.ts";
import { indented, lengthOf, numberLines, type ProgramFacts } from "./program.ts";

/** Writes the program. */
export function typescriptCode(facts: ProgramFacts): string {
  const { description, layers } = facts;
  const penalty = penaltyLines(description);
  const isDigits = description.data.kind === "digits";
  const parts = [
    "// A network and its training, written by Chainrule Studio.",
    "// npm install chainrule, then run it with a tool that understands TypeScript: npx tsx train.ts",
    "",
    `import { ${importsOf(facts)} } from "chainrule";`,
    "",
    isDigits ? "const { train, test } = await data.digits({ flat: false });" : tableLines(facts),
    "",
    `seed(${description.seed}); // of the initial weights`,
    `const model = new nn.Sequential(\n${layers.map((layer) => `  ${layerText(layer)},`).join("\n")}\n);`,
    `const optimizer = ${optimizerText(description.optimizer)};`,
    "",
    ...penalty,
    `const { history } = await fit(model, {\n${indented(fitOptions(facts), "  ")}\n});`,
    "",
    "const last = history.at(-1)!;",
    ...results(facts),
    ...(isDigits ? [] : ["", ...numbers(facts)]),
  ];
  return `${parts.join("\n")}\n`;
}

function importsOf({ description: { l1, l2 } }: ProgramFacts): string {
  const names = ["data", "fit", "losses", "nn", "optim", "seed"];
  return [...names, ...(l1 > 0 || l2 > 0 ? ["type Tensor"] : [])].join(", ");
}

function tableLines({ shape, classes }: ProgramFacts): string {
  const target = classes === undefined ? "shape: [1]" : 'dtype: "int32"';
  const set = (name: string): string =>
    [
      `const ${name} = new data.ArrayDataset({`,
      `  inputs: { data: ${name}Inputs(), shape: [${shape}] },`,
      `  targets: { data: ${name}Targets(), ${target} },`,
      "});",
    ].join("\n");
  return `${set("train")}\n${set("test")}`;
}

function numbers({ train, test }: ProgramFacts): string[] {
  const list = (name: string, values: Float32Array): string =>
    `function ${name}(): number[] {\n  return [\n${numberLines(values, "    ")}\n  ];\n}`;
  return [
    list("trainInputs", train.inputs),
    list("trainTargets", train.targets),
    list("testInputs", test.inputs),
    list("testTargets", test.targets),
  ];
}

const functions: Readonly<Record<Exclude<Activation, "none">, string>> = {
  relu: "new nn.ReLU()",
  leakyRelu: "new nn.LeakyReLU()",
  gelu: "new nn.GELU()",
  silu: "new nn.SiLU()",
  tanh: "new nn.Tanh()",
  sigmoid: "new nn.Sigmoid()",
};

type Writers = {
  readonly [K in LayerFacts["kind"]]: (layer: LayerFacts & { readonly kind: K }) => string;
};

const writers: Writers = {
  linear: ({ inputs, outputs }) => `new nn.Linear(${inputs}, ${outputs})`,
  conv: ({ inputs, outputs }) => `new nn.Conv2d(${inputs}, ${outputs}, ${kernel}, { padding: 1 })`,
  batchNorm: ({ channels, image }) => `new nn.BatchNorm${image ? 2 : 1}d(${channels})`,
  activation: ({ name }) => functions[name],
  pool: ({ name }) => (name === "max" ? "new nn.MaxPool2d(2)" : "new nn.AvgPool2d(2)"),
  dropout: ({ p }) => `new nn.Dropout(${p})`,
  flatten: () => "new nn.Flatten()",
};

function layerText(layer: LayerFacts): string {
  return (writers[layer.kind] as (layer: LayerFacts) => string)(layer);
}

function optimizerText({
  name,
  learningRate,
  momentum,
  nesterov,
  beta1,
  beta2,
  weightDecay,
}: OptimizerChoice): string {
  const looks = nesterov && momentum > 0 ? ", nesterov: true" : "";
  const texts: Readonly<Record<OptimizerChoice["name"], string>> = {
    sgd: `SGD(model, { learningRate: ${learningRate}, momentum: ${momentum}${looks} })`,
    adam: `Adam(model, { learningRate: ${learningRate}, beta1: ${beta1}, beta2: ${beta2} })`,
    adamW: `AdamW(model, { learningRate: ${learningRate}, beta1: ${beta1}, beta2: ${beta2}, weightDecay: ${weightDecay} })`,
    rmsprop: `RMSprop(model, { learningRate: ${learningRate}, momentum: ${momentum} })`,
    adagrad: `Adagrad(model, { learningRate: ${learningRate} })`,
  };
  return `new optim.${texts[name]}`;
}

function penaltyLines({ l1, l2 }: Description): string[] {
  if (l1 === 0 && l2 === 0) return [];
  const terms = [
    ...(l1 > 0 ? [`w.abs().sum().mul(${l1})`] : []),
    ...(l2 > 0 ? [`w.square().sum().mul(${l2})`] : []),
  ];
  return [
    "const weights = [...nn.parameters(model).values()].filter(({ rank }) => rank > 1); // no biases",
    `const penalty = (): Tensor => weights.flatMap((w) => [${terms.join(", ")}]).reduce((sum, term) => sum.add(term));`,
    "",
  ];
}

const lossTexts: Readonly<Record<LossName, string>> = {
  crossEntropy: "losses.crossEntropy(outputs, targets)",
  squaredError:
    'losses.meanSquaredError(outputs.softmax(), targets.oneHot(outputs.shape[1]).cast("float32"))',
  hinge: "losses.multiMargin(outputs, targets)",
  meanSquaredError: "losses.meanSquaredError(outputs, targets)",
  meanAbsoluteError: "losses.meanAbsoluteError(outputs, targets)",
  huber: "losses.huber(outputs, targets)",
};

function fitOptions(facts: ProgramFacts): string {
  const { description, loss } = facts;
  const { batchSize, epochs, seed, clip, l1, l2, schedule } = description;
  const { dropLast } = lengthOf(facts);
  const penalised = l1 > 0 || l2 > 0;
  const train = dropLast
    ? `train: data.batches(train, { batchSize: ${batchSize}, shuffle: true, seed: ${seed}, dropLast: true }),`
    : `train,\nbatchSize: ${batchSize},`;
  const value = penalised ? `({ fit: ${lossTexts[loss]}, penalty: penalty() })` : lossTexts[loss];
  const lines = [
    train,
    "validation: test,",
    "optimizer,",
    `loss: (outputs, targets) => ${value},`,
    `epochs: ${epochs},`,
    `seed: ${seed}, // of the order of records and of dropout`,
    ...(clip > 0 ? [`clip: ${clip}, // largest norm of the gradients`] : []),
    ...scheduleLines[schedule],
  ];
  return lines.join("\n");
}

const scheduleLines: Readonly<Record<ScheduleName, readonly string[]>> = {
  constant: [],
  cosine: [
    "schedule: { forRun: ({ steps, learningRate }) => optim.cosine(learningRate, { steps }) },",
  ],
  step: [
    "schedule: {",
    "  forRun: ({ steps, learningRate }) =>",
    "    optim.step(learningRate, { stepSize: Math.ceil(steps / 3), gamma: 0.3 }),",
    "},",
  ],
  exponential: [
    "schedule: {",
    "  forRun: ({ steps, learningRate }) => optim.exponential(learningRate, { gamma: 0.01 ** (1 / steps) }),",
    "},",
  ],
  warmup: [
    "schedule: {",
    "  forRun: ({ steps, learningRate }) => {",
    "    const warmup = Math.ceil(steps / 10);",
    "    return optim.warmUp(optim.cosine(learningRate, { steps: steps - warmup }), { steps: warmup });",
    "  },",
    "},",
  ],
};

function results({ classes, description: { l1, l2 } }: ProgramFacts): string[] {
  const name = l1 > 0 || l2 > 0 ? "fit" : "loss";
  const lines = [
    `console.log(\`loss: training \${last.train.${name}}, test \${last.validation.${name}}\`);`,
  ];
  if (classes !== undefined)
    lines.push(`console.log(\`test accuracy: \${last.validation.accuracy}\`);`);
  return lines;
}
