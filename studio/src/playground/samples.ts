// The data of a description as data sets to learn from and to test on. Numbers of points and tables are rounded to four
// places, so that exported code, which has them as text, learns from exactly the same ones.

import { data } from "chainrule";
import {
  type DataChoice,
  type Description,
  type NumberSet,
  numberSets,
  type PlaneSet,
  type TableData,
} from "./description.ts";
import { makeNumbers, makePoints, type Points } from "./points.ts";
import { Refusal } from "./problems.ts";
import { type LeftOut, tableRecords } from "./table-samples.ts";

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
  /** What of a table cannot be used. */
  readonly leftOut?: LeftOut;
}

/** Share of records that are kept for the test. */
const testShare = 0.25;

/** Makes or reads the data. Errors: a `ChainruleError` that says what is wrong with a table; a `Refusal` where there is nothing to learn. */
export async function samplesOf({ data: choice, seed }: Description): Promise<Samples> {
  if (choice.kind === "digits") return digitSamples();
  if (choice.kind === "table") return tableSamples(choice);
  if (choice.kind === "points") return classSamples(drawn(choice));
  const { set, count, noise } = choice;
  return isNumberSet(set)
    ? numberSamples(makeNumbers(set, count, noise, seed))
    : classSamples(makePoints(set, count, noise, seed));
}

const ofPlane = { shape: [2], features: ["x", "y"] };

function classSamples({ inputs, labels }: Pick<Points, "inputs" | "labels">): Samples {
  const classes = Array.from({ length: Math.max(...labels, 1) + 1 }, (_, label) => String(label));
  const whole = new data.ArrayDataset({
    inputs: { data: inputs.map(rounded), shape: [2] },
    targets: { data: labels, dtype: "int32" },
  });
  return { ...divided(whole, { stratify: "targets" }), ...ofPlane, classes };
}

function numberSamples({ inputs, values }: ReturnType<typeof makeNumbers>): Samples {
  const whole = new data.ArrayDataset({
    inputs: { data: inputs.map(rounded), shape: [2] },
    targets: { data: values.map(rounded), shape: [1] },
  });
  return { ...divided(whole, {}), ...ofPlane, classes: undefined };
}

function isNumberSet(set: PlaneSet): set is NumberSet {
  return (numberSets as readonly PlaneSet[]).includes(set);
}

function drawn({ points }: DataChoice & { readonly kind: "points" }): {
  inputs: Float32Array;
  labels: Int32Array;
} {
  if (points.length < 4) throw new Refusal("fewPoints", "At least four points are needed.");
  return {
    inputs: Float32Array.from({ length: 2 * points.length }, (_, k) => points[k >> 1][k % 2]),
    labels: Int32Array.from(points, ([, , label]) => label),
  };
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

/** A table of the user's own; see `tableRecords`. */
function tableSamples(choice: TableData): Samples {
  const { train, test, ...facts } = tableRecords(choice, testShare);
  const { shape } = train.fields.inputs;
  return { train: short(train), test: short(test), shape, ...facts };
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

function divided(
  whole: Samples["train"],
  by: { readonly stratify?: "targets" },
): Pick<Samples, "train" | "test"> {
  const { train, validation } = data.splitIndices(whole, { validation: testShare, ...by });
  return { train: whole.select(train), test: whole.select(validation) };
}

function upTo(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, k) => k);
}

function rounded(x: number): number {
  return Math.round(x * 1e4) / 1e4;
}
