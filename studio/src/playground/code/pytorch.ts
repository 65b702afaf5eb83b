// The program for PyTorch: the same data, network and training; initial weights follow the same distributions, from
// PyTorch's own generator.

import type { Activation, LossName, OptimizerChoice } from "../description.ts";
import { kernel, type LayerFacts } from "../layers.ts";
import { lengthOf, type ProgramFacts } from "./program.ts";
import { dataImports, dataLines, factorText, truth } from "./python.ts";

/** Writes the program. */
export function pytorchCode(facts: ProgramFacts): string {
  const { description, layers } = facts;
  const { seed, schedule } = description;
  const factor = factorText(schedule, facts, "math.cos");
  const parts = [
    "# A network and its training, written by Chainrule Studio. pip install torch numpy scikit-learn",
    "",
    ...(factor === undefined ? [] : ["import math"]),
    ...dataImports(facts),
    "import torch",
    "from torch import nn",
    "from torch.nn import functional as F",
    "",
    ...dataLines(facts),
    ...tensorLines(facts),
    "",
    `torch.manual_seed(${seed})`,
    `model = nn.Sequential(\n${layers.map((layer) => `    ${layerText(layer)},`).join("\n")}\n)`,
    `optimizer = torch.optim.${optimizerText(description.optimizer)}`,
    ...(factor === undefined
      ? []
      : [`scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: ${factor})`]),
    "",
    "",
    ...lossLines(facts),
    "",
    "",
    ...loopLines(facts, factor !== undefined),
    "",
    ...resultLines(facts),
  ];
  return `${parts.join("\n")}\n`;
}

function tensorLines({ description }: ProgramFacts): string[] {
  const channel = description.data.kind === "digits" ? ".unsqueeze(1)  # one channel" : "";
  return [
    `x_train, x_test = torch.from_numpy(x_train)${channel === "" ? "" : ".unsqueeze(1)"}, torch.from_numpy(x_test)${channel}`,
    "y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)",
  ];
}

const functions: Readonly<Record<Exclude<Activation, "none">, string>> = {
  relu: "nn.ReLU()",
  leakyRelu: "nn.LeakyReLU()",
  gelu: "nn.GELU()",
  silu: "nn.SiLU()",
  tanh: "nn.Tanh()",
  sigmoid: "nn.Sigmoid()",
};

type Writers = {
  readonly [K in LayerFacts["kind"]]: (layer: LayerFacts & { readonly kind: K }) => string;
};

const writers: Writers = {
  linear: ({ inputs, outputs }) => `nn.Linear(${inputs}, ${outputs})`,
  conv: ({ inputs, outputs }) => `nn.Conv2d(${inputs}, ${outputs}, ${kernel}, padding=1)`,
  batchNorm: ({ channels, image }) => `nn.BatchNorm${image ? 2 : 1}d(${channels})`,
  activation: ({ name }) => functions[name],
  pool: ({ name }) => (name === "max" ? "nn.MaxPool2d(2)" : "nn.AvgPool2d(2)"),
  dropout: ({ p }) => `nn.Dropout(${p})`,
  flatten: () => "nn.Flatten()",
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
  const start = `(model.parameters(), lr=${learningRate}`;
  const texts: Readonly<Record<OptimizerChoice["name"], string>> = {
    sgd: `SGD${start}, momentum=${momentum}, nesterov=${truth(nesterov && momentum > 0)})`,
    adam: `Adam${start}, betas=(${beta1}, ${beta2}))`,
    adamW: `AdamW${start}, betas=(${beta1}, ${beta2}), weight_decay=${weightDecay})`,
    rmsprop: `RMSprop${start}, momentum=${momentum})`,
    adagrad: `Adagrad${start})`,
  };
  return texts[name];
}

const lossTexts: Readonly<Record<LossName, string>> = {
  crossEntropy: "F.cross_entropy(outputs, targets)",
  squaredError: "F.mse_loss(outputs.softmax(1), F.one_hot(targets, outputs.shape[1]).float())",
  hinge: "F.multi_margin_loss(outputs, targets)",
  meanSquaredError: "F.mse_loss(outputs, targets)",
  meanAbsoluteError: "F.l1_loss(outputs, targets)",
  huber: "F.huber_loss(outputs, targets)",
};

function lossLines({ loss, description: { l1, l2 } }: ProgramFacts): string[] {
  const terms = [
    ...(l1 > 0 ? [`${l1} * w.abs().sum()`] : []),
    ...(l2 > 0 ? [`${l2} * w.square().sum()`] : []),
  ];
  const lines = ["def loss_of(outputs, targets):", `    return ${lossTexts[loss]}`];
  if (terms.length === 0) return lines;
  return [
    ...lines,
    "",
    "",
    "def penalty():  # of all weights, not of biases",
    `    return sum(${terms.join(" + ")} for w in model.parameters() if w.dim() > 1)`,
  ];
}

function loopLines(facts: ProgramFacts, scheduled: boolean): string[] {
  const { description } = facts;
  const { batchSize, epochs, clip, l1, l2 } = description;
  const { dropLast } = lengthOf(facts);
  const penalty = l1 > 0 || l2 > 0 ? " + penalty()" : "";
  return [
    `for epoch in range(${epochs}):`,
    "    model.train()",
    `    for batch in torch.randperm(len(x_train)).split(${batchSize}):`,
    ...(dropLast ? ["        if len(batch) < 2:", "            continue"] : []),
    `        loss = loss_of(model(x_train[batch]), y_train[batch])${penalty}`,
    "        optimizer.zero_grad()",
    "        loss.backward()",
    ...(clip > 0 ? [`        nn.utils.clip_grad_norm_(model.parameters(), ${clip})`] : []),
    "        optimizer.step()",
    ...(scheduled ? ["        scheduler.step()"] : []),
  ];
}

function resultLines({ classes }: ProgramFacts): string[] {
  return [
    "model.eval()",
    "with torch.no_grad():",
    "    outputs = model(x_test)",
    '    print(f"test loss: {loss_of(outputs, y_test).item()}")',
    ...(classes === undefined
      ? []
      : ['    print(f"test accuracy: {(outputs.argmax(1) == y_test).float().mean().item()}")']),
  ];
}
