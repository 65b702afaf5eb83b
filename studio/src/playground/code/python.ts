// What the two Python programs have in common: the data, and the learning rate as a function of the step.

import type { ScheduleName } from "../description.ts";
import { lengthOf, numberLines, type ProgramFacts } from "./program.ts";

/** Lines that make `x_train, y_train, x_test, y_test` as NumPy arrays; images are `[N, 8, 8]`. */
export function dataLines({ description, shape, classes, train, test }: ProgramFacts): string[] {
  if (description.data.kind === "digits") return digitLines;
  const inputs = (name: string, values: Float32Array): string =>
    `x_${name} = np.array([\n${numberLines(values, "    ")}\n], dtype=np.float32).reshape(-1, ${shape.join(", ")})`;
  const reshape = classes === undefined ? ".reshape(-1, 1)" : "";
  const type = classes === undefined ? "np.float32" : "np.int64";
  const targets = (name: string, values: Float32Array): string =>
    `y_${name} = np.array([\n${numberLines(values, "    ")}\n], dtype=${type})${reshape}`;
  return [
    inputs("train", train.inputs),
    targets("train", train.targets),
    inputs("test", test.inputs),
    targets("test", test.targets),
  ];
}

const digitLines: string[] = [
  "# The same 1,797 digits; which of them are for the test is drawn anew.",
  "digits = load_digits()",
  "x_train, x_test, y_train, y_test = train_test_split(",
  '    (digits.images / 16).astype("float32"), digits.target.astype("int64"),',
  "    test_size=360, stratify=digits.target, random_state=0,",
  ")",
];

/** Imports for the data. */
export function dataImports({ description }: ProgramFacts): string[] {
  if (description.data.kind !== "digits") return ["import numpy as np"];
  return [
    "from sklearn.datasets import load_digits",
    "from sklearn.model_selection import train_test_split",
  ];
}

/** The factor of the learning rate at step `t` as Python with `cos` and `pi`; undefined for 1. */
export function factorText(
  name: ScheduleName,
  facts: ProgramFacts,
  cos: string,
): string | undefined {
  const { steps } = lengthOf(facts);
  const warmup = Math.ceil(steps / 10);
  const texts: Readonly<Record<ScheduleName, string | undefined>> = {
    constant: undefined,
    cosine: `0.5 * (1 + ${cos}(math.pi * t / ${steps}))`,
    step: `0.3 ** (t // ${Math.ceil(steps / 3)})`,
    exponential: `0.01 ** (t / ${steps})`,
    warmup: `t / ${warmup} if t < ${warmup} else 0.5 * (1 + ${cos}(math.pi * (t - ${warmup}) / ${steps - warmup}))`,
  };
  return texts[name];
}

/** `True` and `False`. */
export function truth(value: boolean): string {
  return value ? "True" : "False";
}
