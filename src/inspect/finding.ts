// What a diagnosis can find: each kind of finding by name, with what it means and what usually helps. The numbers that
// speak for a finding are its own; the text of all findings is made here.

import { grouped } from "../core/readable.ts";

/** Names of what a diagnosis can find. */
export type FindingName =
  | "nan-in-data"
  | "labels-out-of-range"
  | "inputs-not-normalised"
  | "constant-inputs"
  | "class-imbalance"
  | "leakage"
  | "not-shuffled"
  | "targets-not-scaled"
  | "bounded-outputs"
  | "softmax-twice"
  | "squared-error-on-classes"
  | "high-initial-loss"
  | "non-finite"
  | "nothing-to-train"
  | "unused-parameters"
  | "symmetric-units"
  | "dead-relu"
  | "saturated"
  | "vanishing-gradients"
  | "exploding-gradients"
  | "learning-rate-too-high"
  | "learning-rate-too-low"
  | "cannot-overfit"
  | "dropout-too-strong"
  | "small-norm-batch"
  | "weight-decay-too-strong";

/** How much a finding matters: it makes training fail, it probably harms, or it is good to know. */
export type Severity = "error" | "warning" | "info";

/** One thing that is wrong, or may be. */
export interface Finding {
  readonly name: FindingName;
  readonly severity: Severity;
  /** Path of the layer or parameter, where it is one; "" is the model itself. */
  readonly layer?: string;
  /** What was found, in a sentence with the numbers. */
  readonly found: string;
  /** The same in Chinese; `chineseFindings` has the other texts. */
  readonly foundInChinese: string;
  readonly numbers: Readonly<Record<string, number>>;
  readonly meaning: string;
  readonly help: string;
}

interface Explanation {
  readonly meaning: string;
  readonly help: string;
}

/** What each finding means, and what helps. */
export const explanations: Readonly<Record<FindingName, Explanation>> = {
  "nan-in-data": {
    meaning: "One NaN or infinity in a batch makes the loss and every weight NaN.",
    help: "Drop or fill such records; look for missing values, 0/0 and log(0) in the preparation.",
  },
  "labels-out-of-range": {
    meaning: "The model has no output for such a class, so the loss has no value.",
    help: "Number the classes from 0 and give the last layer one output per class.",
  },
  "inputs-not-normalised": {
    meaning:
      "Activations and gradients of the first layer have the size of the inputs, which initial weights and learning rates do not expect.",
    help: "Standardise each feature with mean and deviation of the training data, or divide bytes by 255.",
  },
  "constant-inputs": {
    meaning: "What is the same in every record says nothing about the targets.",
    help: "Leave such features out; where all records are equal, look for a mistake in the reading of the data.",
  },
  "class-imbalance": {
    meaning:
      "A model that always gives the commonest class has a low loss, and training stays there.",
    help: "Weigh classes in the loss, draw rare ones more often, and judge by F1 or balanced accuracy in place of accuracy.",
  },
  leakage: {
    meaning: "The test measures what the model has seen in training, so its result is too good.",
    help: "Remove duplicates before splitting, and split by source (person, document, day) where records are related.",
  },
  "not-shuffled": {
    meaning: "Batches hold few classes each, so every step unlearns the others.",
    help: "Shuffle in each epoch: batches(data, { shuffle: true }); fit does so by itself.",
  },
  "targets-not-scaled": {
    meaning:
      "Initial outputs are near 0; steps of an ordinary learning rate take long to reach such targets, or overshoot.",
    help: "Standardise the targets, and undo it where predictions are shown.",
  },
  "bounded-outputs": {
    meaning: "The last activation cannot give these values, whatever the weights.",
    help: "Leave the last activation out for regression and for logits, or scale the targets into its range.",
  },
  "softmax-twice": {
    meaning:
      "The loss takes logits and applies softmax or sigmoid itself. Applied twice, gradients are small and the loss has a floor.",
    help: "Remove the last activation of the model; apply it only where probabilities are shown.",
  },
  "squared-error-on-classes": {
    meaning:
      "The gradient of the squared error through sigmoid or softmax vanishes where the model is wrong and sure.",
    help: "Use binaryCrossEntropyWithLogits or crossEntropy, on logits.",
  },
  "high-initial-loss": {
    meaning: "The model is sure of wrong answers; the first steps only undo that.",
    help: "Normalise the inputs, make initial weights of the last layer smaller, or put a normalisation before it.",
  },
  "non-finite": {
    meaning: "A value has overflowed or has no definition; after one step all weights are NaN.",
    help: 'Find where it is born with debug({ nan: "throw" }); lower the learning rate, normalise the inputs, use losses of logits.',
  },
  "nothing-to-train": {
    meaning: "No parameter is trained, so steps change nothing.",
    help: "Unfreeze layers with nn.unfreeze(model, path), and keep parameters in public fields of the model.",
  },
  "unused-parameters": {
    meaning: "The loss does not depend on these parameters, so they never learn.",
    help: "Call the layer in forward, remove it, or look for a detach() or a value read by item() on the way.",
  },
  "symmetric-units": {
    meaning:
      "Units that are equal and have equal gradients stay equal: the layer is as good as one unit.",
    help: "Start from random weights (nn.init.heUniform, …); only biases may start at 0.",
  },
  "dead-relu": {
    meaning:
      "A ReLU that is 0 for every input passes no gradient, so the weights before it never change again.",
    help: "Lower the learning rate, normalise the inputs, start biases at 0, use LeakyReLU or GELU, or put a normalisation before it.",
  },
  saturated: {
    meaning: "A sigmoid or tanh near its ends has a derivative near 0 and passes no gradient.",
    help: "Make initial weights smaller (nn.init.xavierUniform), normalise the inputs, or put a normalisation before it.",
  },
  "vanishing-gradients": {
    meaning: "Early layers learn far slower than late ones, or not at all.",
    help: "Use ReLU or GELU with He's initial weights (nn.init.heNormal), normalisation layers and residual connections.",
  },
  "exploding-gradients": {
    meaning: "Steps are larger than the region in which the gradient says anything.",
    help: "Clip gradients (fit: { clip: 1 }), make initial weights smaller, put in normalisation layers, lower the learning rate.",
  },
  "learning-rate-too-high": {
    meaning: "Steps overshoot: the loss rises or jumps where it should fall.",
    help: "Divide the learning rate by 10, warm it up, or let optim.findLearningRate suggest one.",
  },
  "learning-rate-too-low": {
    meaning:
      "Training goes in the right direction and will take many times longer than it needs to.",
    help: "Multiply the learning rate by 10, or let optim.findLearningRate suggest one.",
  },
  "cannot-overfit": {
    meaning:
      "A model that cannot learn one batch by heart will not learn the data: something between inputs, loss and weights is cut.",
    help: "Look at the other findings; check that targets belong to inputs, that nothing is detached, and that the model is large enough.",
  },
  "dropout-too-strong": {
    meaning: "So few units are left in each step that the signal drowns in noise.",
    help: "Use 0.1 to 0.5; 0.2 before the first layer.",
  },
  "small-norm-batch": {
    meaning:
      "Batch norm takes mean and variance from so few records that they are mostly noise, and differ from those of inference.",
    help: "Use larger batches, or GroupNorm or LayerNorm, which do not depend on the batch.",
  },
  "weight-decay-too-strong": {
    meaning:
      "Weights shrink faster than they learn, until the model gives the same for every input.",
    help: "Use a weight decay of 1e-4 to 1e-2 (AdamW: 0.01 to 0.1), and none for biases (optim.noDecayOfVectors).",
  },
};

/** What was found, with the numbers, in both languages. */
export interface Said {
  readonly en: string;
  readonly zh: string;
}

/** Makes a finding of a kind. */
export function finding(
  name: FindingName,
  severity: Severity,
  said: Said,
  numbers: Readonly<Record<string, number>>,
  layer?: string,
): Finding {
  return {
    name,
    severity,
    ...(layer !== undefined && { layer }),
    found: said.en,
    foundInChinese: said.zh,
    numbers,
    ...explanations[name],
  };
}

const order: readonly Severity[] = ["error", "warning", "info"];
const marks: Readonly<Record<Severity, string>> = { error: "✗", warning: "!", info: "·" };

/** Worst first; of one severity in the order in which they were found. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** Findings as text, three lines each. */
export function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Nothing wrong was found.";
  return findings.map(textOf).join("\n\n");
}

function textOf({ name, severity, layer, found, meaning, help }: Finding): string {
  const where = layer === undefined || layer === "" ? "" : ` in ${layer}`;
  return `${marks[severity]} ${severity}: ${name}${where}\n  ${found}\n  ${meaning}\n  What helps: ${help}`;
}

/** A number with three digits, for sentences: `0.0125`, `12,500`, `1.25e10`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size >= 1e6) return rounded.toExponential().replace("e+", "e");
  return size >= 1e4 ? grouped(rounded) : String(rounded);
}

/** A share as per cent. */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
