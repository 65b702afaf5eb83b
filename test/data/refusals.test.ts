// What data refuse where they would otherwise become something else without a word: missing values that turn into class 0,
// text that turns into NaN, fields that go missing, and things that are no data at all.

import { describe, expect, test } from "vitest";
import {
  ArrayDataset,
  balancedWeights,
  batches,
  collate,
  concat,
  digits,
  iterate,
  kFold,
  mapDataset,
  padCollate,
  parallel,
  pipeline,
  split,
  zip,
} from "../../src/data/index.ts";
import { mnist } from "../../src/data/node.ts";
import { zeros } from "../../src/index.ts";
import { refusal } from "../formats/damage.ts";

const any = (value: unknown): never => value as never;
const records = [
  { x: [1, 2], label: 0 },
  { x: [3, 4], label: 1 },
];
const labels = new ArrayDataset({ label: { data: Int32Array.of(0, 1, 1) } });

function* once(): Generator<object> {
  yield { x: 1 };
}

async function drain(pass: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pass);
}

describe("refused", () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      "a label that is missing",
      () => new ArrayDataset({ label: { data: [0, Number.NaN], dtype: "int32" } }),
      /element 1 of field "label" is NaN, which int32 cannot hold/,
    ],
    [
      "a label between two",
      () => new ArrayDataset({ label: { data: Float64Array.of(0, 1.5), dtype: "int32" } }),
      /is 1\.5, which int32 cannot hold/,
    ],
    [
      "a label beyond int32",
      () => new ArrayDataset({ label: { data: [2 ** 31], dtype: "int32" } }),
      /is 2147483648, which int32 cannot hold/,
    ],
    [
      "a flag that is missing",
      () => new ArrayDataset({ flag: { data: [Number.NaN], dtype: "bool" } }),
      /is NaN, which bool cannot hold/,
    ],
    [
      "text in a column",
      () => new ArrayDataset({ x: { data: any(["a", "b"]) } }),
      /element 0 of field "x" is "a", which is no number/,
    ],
    [
      "rows of different lengths in a column",
      () => new ArrayDataset({ x: [[1, 2], [3]] }),
      /field "x" has \[3\] where a list of 2 is needed/,
    ],
    [
      "a tensor as a column",
      () => new ArrayDataset(any({ x: zeros([2, 2]) })),
      /field "x" is float32\[2, 2\]\. Make data sets of tensors by tensorDataset/,
    ],
    [
      "what has no data",
      () => new ArrayDataset(any({ x: 5 })),
      /field "x" is 5\. Give it data: \{ x: /,
    ],
    [
      "a stream that is gone through again",
      () => {
        const stream = once();
        const passes = pipeline(() => stream).batch(1);
        return drain(passes.pass(0)).then(() => drain(passes.pass(1)));
      },
      /returned the iterator of the pass before.*\(\) => lines\(file\)/,
    ],
    [
      "a generator for a function",
      () => pipeline(any(once())),
      /records from a (Generator|Iterator)\./,
    ],
    ["misspelt options of digits", () => digits(any({ flatten: true })), /no option "flatten"/],
    [
      "options of another library",
      () => mnist(any({ root: "." })),
      /mnist: there is no option "root"/,
    ],
    [
      "a tensor as JSON has it",
      () => collate([{ x: any({ dtype: "float32", shape: [2], data: [1, 2] }) }]),
      /field "x" is float32\[2\] with data that are no typed array, \[1, 2\]/,
    ],
    [
      "rows of different lengths in a batch",
      () => collate([{ x: [[1, 2], [3]] }]),
      /batch: field "x" has \[3\] where a list of 2 is needed/,
    ],
    [
      "a misspelt setting",
      () => new ArrayDataset(any({ x: { data: [1, 2], shapes: [2] } })),
      /no option "shapes". Use shape/,
    ],
    ["no columns", () => new ArrayDataset(any(undefined)), /there are no fields/],
    [
      "a factor that is none",
      () => new ArrayDataset({ x: { data: [1], scale: Number.NaN } }),
      /scale/,
    ],
    [
      "a missing label in a batch",
      () => collate([{ label: Number.NaN }], { label: "int32" }),
      /is NaN, which int32 cannot hold/,
    ],
    [
      "a field that the first record has not",
      () => collate(any([{ x: 1 }, { x: 2, weight: 3 }])),
      /record 1 of the batch has a field "weight", and record 0 has not/,
    ],
    [
      "a type for no field",
      () => collate(records, any({ labels: "int32" })),
      /type for a field "labels", and the fields are x, label/,
    ],
    [
      "lengths under a name that is taken",
      () => padCollate([{ x: [1], n: 5 }], { pad: { x: 0 }, lengths: "n" }),
      /there would be two fields "n"/,
    ],
    [
      "lengths and mask under one name",
      () => padCollate([{ x: [1] }], { pad: { x: 0 }, lengths: "m", mask: "m" }),
      /there would be two fields "m"/,
    ],
    [
      "sequences of two types",
      () => padCollate([{ x: Int32Array.of(1) }, { x: [1.5, 2] }], { pad: { x: 0 } }),
      /record 1 of the batch is float32, where int32 is needed/,
    ],
    [
      "filling that the type cannot hold",
      () => padCollate([{ x: Int32Array.of(1) }], { pad: { x: Number.NaN } }),
      /field "x, filled up" is NaN/,
    ],
    ["no padding", () => padCollate(records, any(null)), /pad names no field/],
    [
      "padBatch without options",
      () => pipeline(records).padBatch(any(2), any(undefined)),
      /takes options/,
    ],
    [
      "a batch of its own that is none",
      () =>
        drain(
          pipeline(records)
            .batch(2, { collate: any(() => 5) })
            .pass(0),
        ),
      /batch collate: the function must return a batch; it returned 5/,
    ],
    [
      "a changed batch that is none",
      () =>
        drain(
          pipeline(records)
            .batch(2)
            .mapBatches(any(() => undefined))
            .pass(0),
        ),
      /mapBatches: the function must return a batch; it returned undefined/,
    ],
    [
      "mapBatches of nothing",
      () => pipeline(records).batch(2).mapBatches(any(3)),
      /must be a function/,
    ],
    [
      "misspelt options of mapBatches",
      () =>
        pipeline(records)
          .batch(2)
          .mapBatches((batch) => batch, any({ sed: 3 })),
      /no option "sed". Use seed/,
    ],
    [
      "weights beyond all numbers",
      () => pipeline(records).weightedSampler([1e308, 1e308]),
      /sum of the weights is beyond/,
    ],
    ["no weights", () => pipeline(records).weightedSampler(any(undefined)), /0 weights for 2/],
    ["concat of records", () => pipeline(records).concat(any(records)), /takes another pipeline/],
    ["zip of records", () => pipeline(records).zip(any(records)), /takes another pipeline/],
    [
      "a source that promises",
      () =>
        drain(
          pipeline(any(async () => records))
            .batch(2)
            .pass(0),
        ),
      /must return an \(async\) iterable of records; it returned a promise/,
    ],
    ["batches of an array", () => batches(any([1, 2])), /batches: takes a data set/],
    ["batches with null", () => batches(labels, any(null)), /takes options.*received null/],
    ["split of nothing", () => split(any(null)), /split: takes a data set; received null/],
    ["kFold of nothing", () => kFold(any(null)), /kFold: takes a data set/],
    ["concat of nothing", () => concat(labels, any(null)), /concat: takes a data set/],
    ["zip of nothing", () => zip(labels, any(null)), /zip: takes a data set/],
    [
      "mapDataset of nothing",
      () => mapDataset(any(null), (x) => x),
      /mapDataset: takes a data set/,
    ],
    ["mapDataset by nothing", () => mapDataset(labels, any(3)), /f must be a function/],
    ["weights of nothing", () => balancedWeights(any(null), "label"), /takes a data set/],
    ["iterate over nothing", () => iterate(any(null)), /loader must have a method pass/],
    [
      "misspelt passes",
      () => iterate(batches(labels), any({ epoch: 1 })),
      /no option "epoch". Use epochs/,
    ],
    ["half a pass", () => iterate(batches(labels), { epochs: 0.5 }), /epochs is 0\.5/],
    [
      "a function for a worker",
      () => parallel(new URL("./nowhere.mjs", import.meta.url), { arguments: { f: () => 1 } }),
      /arguments cannot be sent to a thread: .* could not be cloned\. Pass plain data/,
    ],
  ])("%s", async (_, call, text) => {
    expect((await refusal(call)).message).toMatch(text);
  });
});

test("whole numbers and truth values of any type become labels and flags", () => {
  const data = new ArrayDataset({
    label: { data: Float64Array.of(0, -3, 2 ** 31 - 1), dtype: "int32" },
    flag: { data: any([true, 0, 7]), dtype: "bool" },
  });
  expect(data.read("label", [0, 1, 2]).data).toEqual(Int32Array.of(0, -3, 2 ** 31 - 1));
  expect(data.read("flag", [0, 1, 2]).data).toEqual(Uint8Array.of(1, 0, 1));
});

test("errors of workers do not quote the worker's program", async () => {
  const error = await refusal(() => parallel(new URL("./nowhere.mjs", import.meta.url)));
  const cause = error.cause as Error;
  for (const text of [error.message, cause.message, cause.stack]) {
    expect(text).not.toContain("data:text/javascript");
    expect(text!.length).toBeLessThan(3000);
  }
});
