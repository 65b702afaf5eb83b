// The data of a description as data sets to learn from and to test on. Numbers of points and tables are rounded to four
// places, so that exported code, which has them as text, learns from exactly the same ones.

import { data } from "chainrule";
import type { DataChoice, Description } from "./description.ts";
import { makePoints } from "./points.ts";

/** Data ready for training. */
export interface Samples {
  readonly train: data.ArrayDataset<"inputs" | "targets">;
  readonly test: data.ArrayDataset<"inputs" | "targets">;
  /** Shape of a record's inputs. */
  readonly shape: readonly number[];
  /** Names of the classes; none where a number is to be predicted. */
  readonly classes: readonly string[] | undefined;
  /** Names of the features, where there are some. */
  readonly features: readonly string[];
}

/** Share of records that are kept for the test. */
const testShare = 0.25;

/** Makes or reads the data. Errors: a `ChainruleError` that says what is wrong with a table; an `Error` for too few points. */
export async function samplesOf({ data: choice, seed }: Description): Promise<Samples> {
  if (choice.kind === "digits") return digitSamples();
  if (choice.kind === "table") return tableSamples(choice);
  const { inputs, labels } =
    choice.kind === "points"
      ? drawn(choice)
      : makePoints(choice.set, choice.count, choice.noise, seed);
  const classes = Array.from({ length: Math.max(...labels, 1) + 1 }, (_, label) => String(label));
  const whole = new data.ArrayDataset({
    inputs: { data: inputs.map(rounded), shape: [2] },
    targets: { data: labels, dtype: "int32" },
  });
  return { ...divided(whole), shape: [2], classes, features: ["x", "y"] };
}

function drawn({ points }: DataChoice & { readonly kind: "points" }): {
  inputs: Float32Array;
  labels: Int32Array;
} {
  if (points.length < 4) throw new TooFewPoints();
  return {
    inputs: Float32Array.from({ length: 2 * points.length }, (_, k) => points[k >> 1][k % 2]),
    labels: Int32Array.from(points, ([, , label]) => label),
  };
}

/** There is nothing to learn yet. */
export class TooFewPoints extends Error {
  override readonly name = "TooFewPoints";
  constructor() {
    super("At least four points are needed.");
  }
}

async function digitSamples(): Promise<Samples> {
  const { train, test, classes, imageShape } = await data.digits();
  return {
    train: renamed(train, imageShape),
    test: renamed(test, imageShape),
    shape: imageShape,
    classes,
    features: [],
  };
}

function renamed(
  set: data.ArrayDataset<"images" | "labels">,
  shape: readonly number[],
): Samples["train"] {
  const { images, labels } = data.gather(set, upTo(set.size));
  return new data.ArrayDataset({
    inputs: { data: images.data, shape: [...shape] },
    targets: { data: labels.data },
  });
}

/** Most different whole numbers that are taken for classes. */
const mostClasses = 10;

/** Reads CSV text; columns are standardised by the training records, categories become indicators. */
function tableSamples({ text, target }: DataChoice & { readonly kind: "table" }): Samples {
  const found = data.parseCsv(text);
  const { kind, values } = found.column(target);
  const isClass = kind === "integer" && new Set<unknown>(values).size <= mostClasses;
  const table = isClass ? data.parseCsv(text, { kinds: { [target]: "category" } }) : found;
  const parts = divide(table.size);
  const preprocessor = data.TablePreprocessor.fit(table.select(parts.train), {
    targets: target,
    scale: "standard",
    targetScale: "standard",
    missing: "mean",
    unseen: "unknown",
  });
  const part = (indices: Int32Array): Samples["train"] =>
    preprocessor.transform(table.select(indices));
  const [train, test] = [part(parts.train), part(parts.test)];
  const { classes } = preprocessor;
  const { shape } = train.fields.inputs;
  const features = table.names.filter((name) => name !== target);
  return { train: short(train), test: short(test), shape, classes, features };
}

/** The same set with numbers of four places. */
function short(set: Samples["train"]): Samples["train"] {
  const { inputs, targets } = data.gather(set, upTo(set.size));
  const column = ({ data: values, dtype, shape }: typeof inputs): data.Column => ({
    data: dtype === "float32" ? Float32Array.from(values, rounded) : values,
    shape: shape.slice(1),
    dtype,
  });
  return new data.ArrayDataset({ inputs: column(inputs), targets: column(targets) });
}

function divided(whole: Samples["train"]): Pick<Samples, "train" | "test"> {
  const { train, validation } = data.splitIndices(whole, {
    validation: testShare,
    stratify: "targets",
  });
  return { train: whole.select(train), test: whole.select(validation) };
}

function divide(size: number): { train: Int32Array; test: Int32Array } {
  const numbers = new data.ArrayDataset({ number: { data: upTo(size) } });
  const { train, validation } = data.splitIndices(numbers, { validation: testShare });
  return { train, test: validation };
}

function upTo(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, k) => k);
}

function rounded(x: number): number {
  return Math.round(x * 1e4) / 1e4;
}
