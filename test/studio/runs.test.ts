// What the page of runs makes of files: curves of any length as few points, and logs that anybody may have written.

import { describe, expect, it } from "vitest";
import type { BoardEvent } from "../../src/formats/index.ts";
import { filterOf } from "../../studio/src/runs/filter-runs.ts";
import { decadesOf, flowOf } from "../../studio/src/runs/gradient-flow.ts";
import { GrowingBytes } from "../../studio/src/runs/growing-bytes.ts";
import { RunParser } from "../../studio/src/runs/parse-run.ts";
import { RunReader } from "../../studio/src/runs/read-run.ts";
import { RunData } from "../../studio/src/runs/run-data.ts";
import {
  columnPlaces,
  extremes,
  placeOf,
  RunningMean,
  Series,
} from "../../studio/src/runs/series.ts";
import { bytes, score, short, span } from "../../studio/src/runs/text.ts";

describe("a series", () => {
  it("grows, and replaces what was done again", () => {
    const series = new Series();
    for (let step = 1; step <= 1000; step++) series.add(step, step / 10, step / 100, -step);
    expect(series.size).toBe(1000);
    series.add(501, 50, 5, 7);
    expect([series.size, series.last]).toEqual([501, 7]);
    expect([...series.along("epoch").subarray(498)]).toEqual([4.99, 5, 5]);
    expect(series.along("time")[499]).toBe(50);
  });
});

describe("the running mean", () => {
  const smoothed = (values: Float64Array, weight: number): Float64Array =>
    new RunningMean(weight).over(values);

  it("is TensorBoard's running mean, which begins at the first value", () => {
    // By hand: 1; (0.5·0.5·1 + 0.5·3) / 0.75; (0.25·0.5·1 + 0.25·3 + 0.5·5) / 0.875.
    expect([...smoothed(Float64Array.of(1, 3, 5), 0.5)]).toEqual([1, 1.75 / 0.75, 3.375 / 0.875]);
  });

  it("goes on where it stood as a series grows", () => {
    const values = Float64Array.from({ length: 1000 }, (_, k) => Math.sin(k));
    const growing = new RunningMean(0.9);
    for (const size of [1, 63, 64, 65, 500, 1000]) growing.over(values.subarray(0, size));
    expect([...growing.over(values)]).toEqual([...smoothed(values, 0.9)]);
  });

  it("leaves NaN where it is and goes on behind it", () => {
    const [a, b, c] = smoothed(Float64Array.of(2, Number.NaN, 2), 0.9);
    expect([a, b]).toEqual([2, Number.NaN]);
    expect(c).toBeCloseTo(2, 12);
  });
});

describe("extremes", () => {
  const x = Float64Array.from({ length: 100_000 }, (_, k) => k);
  const y = x.map((k) => Math.sin(k / 7));
  y[54_321] = 99;

  it("keeps every peak, in two places per column", () => {
    const sight = { from: 0, to: 100_000, columns: 500 };
    const places = extremes(x, y, sight);
    expect(places).toHaveLength(1000);
    expect(Math.max(...places.map(Number))).toBe(99);
    const at = columnPlaces(sight)[places.indexOf(99)];
    expect(Math.abs(at - 54_321)).toBeLessThan(200);
    expect(places[0]).toBeCloseTo(-1, 2);
    expect(places[1]).toBeCloseTo(1, 2);
  });

  it("shows only what is in sight, and nothing where nothing is", () => {
    const places = extremes(x, y, { from: 99_990, to: 100_010, columns: 20 });
    expect(places.slice(0, 2)).toEqual([y[99_990], y[99_990]]);
    expect(places.slice(20)).toEqual(new Array(20).fill(null));
    expect(placeOf(x, 10.5)).toBe(11);
  });
});

/** Lines and events that go through the parser to what the page holds. */
class Fed extends RunData {
  readonly #parser = new RunParser();

  line(text: string): void {
    this.#parser.line(text);
    this.take(this.#parser.news(false, 0));
  }

  event(event: BoardEvent, part: string, withScalars: boolean): void {
    this.#parser.event(event, part, withScalars);
    this.take(this.#parser.news(false, 0));
  }
}

describe("gradient flow", () => {
  const flow = (norms: Readonly<Record<string, readonly number[]>>): Map<string, Series> =>
    new Map(
      Object.entries(norms).map(([path, values]) => {
        const series = new Series();
        for (const [k, value] of values.entries()) series.add(k + 1, 0, 0, value);
        return [path, series];
      }),
    );

  it.each([
    ["vanishes", 5e-5, 1],
    ["arrives", 2e-4, 1],
    ["arrives", 900, 1],
    ["explodes", 1100, 1],
    ["vanishes", 0, 1],
    ["large", 2000, 3000],
    ["none", 0, 0],
  ])("%s at %f and %f of the first and last layer", (kind, first, last) => {
    const found = flowOf(
      flow({ "a.bias": [9], "a.weight": [first], "b.weight": [last], "b.bias": [9] }),
    );
    expect(found).toMatchObject({ kind, first: "a.weight", last: "b.weight" });
  });

  it("goes by the newest steps, whatever single ones say", () => {
    const first = [...Array(30).fill(1), ...Array(15).fill(1e-6), 1];
    expect(flowOf(flow({ "a.weight": first, "b.weight": [1] }))!.norms).toEqual([1e-6, 1]);
  });

  it("is not judged where there are no two layers", () => {
    expect(flowOf(flow({ "a.weight": [1], "a.bias": [1], "b.weight": [] }))).toBeUndefined();
  });

  it("is drawn over the powers of ten that hold it, 3 to 12 of them", () => {
    const over = (...values: number[]): object => decadesOf([...flow({ a: values }).values()]);
    expect(over(0.02, 30, 0)).toEqual({ from: -2, to: 2 });
    expect(over(2)).toEqual({ from: -2, to: 1 });
    expect(over(1e-30, 1)).toEqual({ from: -12, to: 0 });
    expect(over(0)).toEqual({ from: -3, to: 0 });
    expect(over()).toEqual({ from: -3, to: 0 });
  });
});

describe("RunData", () => {
  const step = (n: number, loss: number): string =>
    JSON.stringify({
      kind: "step",
      step: n,
      epoch: 1,
      seconds: n,
      learningRate: 0.1,
      train: { loss },
    });

  it("gathers steps, epochs and sizes of updates", () => {
    const data = new Fed();
    data.line(step(1, 2));
    data.line(step(2, 1));
    data.line(
      '{"kind":"health","step":2,"epoch":1,"weights":{"a.weight":2},"updates":{"a.weight":0.5}}',
    );
    data.line(
      '{"kind":"epoch","step":2,"epoch":1,"seconds":2,"learningRate":0.1,"train":{"loss":1.5},"validation":{"loss":3}}',
    );
    expect([...data.curves.get("train loss")!.series.values]).toEqual([2, 1]);
    expect(data.curves.get("validation loss")!.series.last).toBe(3);
    expect(data.curves.has("epoch loss")).toBe(false);
    expect(data.updates.get("a.weight")!.last).toBe(0.25);
    expect(data.gradients.size).toBe(0); // an older run has none
    expect(data.epochs).toMatchObject([{ epoch: 1, step: 2, validation: { loss: 3 } }]);
  });

  it("gathers the norms of gradients, what is done again in the place of what was", () => {
    const data = new Fed();
    const norms = (n: number, a: number | null): string =>
      `{"kind":"health","step":${n},"epoch":1,"weights":{},"updates":{},"gradients":{"a.weight":${a},"b.weight":${n}}}`;
    for (const text of [norms(1, 0.5), norms(2, 0), norms(3, null), norms(3, 0.25)])
      data.line(text);
    expect([...data.gradients.keys()]).toEqual(["a.weight", "b.weight"]);
    expect([...data.gradients.get("a.weight")!.values]).toEqual([0.5, 0, 0.25]);
    expect([...data.gradients.get("b.weight")!.along("step")]).toEqual([1, 2, 3]);
    expect(data.updates.size).toBe(0);
  });

  it("draws means of epochs where there are no steps, as old runs have it", () => {
    const data = new Fed();
    data.line('{"epoch":1,"steps":10,"seconds":1,"learningRate":0.1,"train":{"loss":1}}');
    expect(data.curves.get("epoch loss")!.series.last).toBe(1);
  });

  it.each([
    "",
    "null",
    "[]",
    "7",
    '"step"',
    "{",
    '{"kind":"step"}',
    '{"kind":"step","step":"1"}',
    '{"kind":"step","step":1e999,"train":{"loss":1}}',
    '{"kind":"step","step":1,"train":null}',
    '{"kind":"step","step":1,"train":[1,2]}',
    '{"kind":"epoch","step":1,"train":{"loss":"<img src=x>"}}',
    '{"kind":"health","step":1,"weights":7,"updates":{"a":"b"}}',
    '{"kind":"health","step":1,"gradients":{"a":"b","__proto__":1}}',
    '{"__proto__":{"polluted":1},"kind":"step","step":1,"train":{"__proto__":3,"constructor":1}}',
  ])("takes %s without harm", (line) => {
    const data = new Fed();
    data.line(line);
    data.line(step(2, 5));
    expect(data.curves.get("train loss")!.series.last).toBe(5);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("bounds what a hostile log can make it hold", () => {
    const data = new Fed();
    for (let k = 0; k < 3000; k++)
      data.line(`{"kind":"step","step":${k + 1},"train":{"tag ${k}":1}}`);
    const moment = { step: 1, wallTime: 0 };
    for (let k = 0; k < 3000; k++) {
      const tag = `tag ${k}`;
      data.event({ ...moment, kind: "text", tag, text: "x" }, "", true);
    }
    for (let k = 0; k < 5000; k++)
      data.event(
        { step: k, wallTime: 0, kind: "histogram", tag: "h", buckets: Float64Array.of(0, 1, 2) },
        "",
        true,
      );
    expect(data.curves.size).toBeLessThanOrEqual(1000);
    expect(data.texts.size).toBeLessThanOrEqual(1000);
    expect(data.histograms.get("h")!.length).toBeLessThanOrEqual(240);
    expect(data.histograms.get("h")!.at(-1)!.step).toBe(4999);
  });

  it("takes scalars of event files only where no log has them, and forgets what was restarted", () => {
    const scalar = (n: number): BoardEvent => ({
      kind: "scalar",
      tag: "loss",
      step: n,
      wallTime: 100 + n,
      value: n,
    });
    const own = new Fed();
    own.event(scalar(1), "train", false);
    expect(own.curves.size).toBe(0);
    const foreign = new Fed();
    for (let n = 1; n <= 10; n++) foreign.event(scalar(n), "train", true);
    const moment = { wallTime: 100, step: 6 };
    foreign.event({ kind: "images", tag: "picture", files: [], ...moment }, "train", true);
    foreign.event({ kind: "text", tag: "note", text: "kept", ...moment, step: 5 }, "train", true);
    foreign.event({ kind: "text", tag: "note", text: "taken back", ...moment }, "train", true);
    foreign.event({ kind: "restart", step: 6, wallTime: 200 }, "train", true);
    expect(foreign.pictures.size).toBe(0);
    expect([...foreign.texts.values()]).toEqual([[{ step: 5, text: "kept" }]]);
    const { series } = foreign.curves.get("train loss")!;
    expect([...series.values]).toEqual([1, 2, 3, 4, 5]);
    expect(series.along("time")[4]).toBe(4);
    foreign.event({ kind: "text", tag: "other", text: "of another part", ...moment }, "eval", true);
    foreign.event({ kind: "images", tag: "told", files: [], ...moment }, "eval", true);
    foreign.event({ kind: "restart", step: 1, wallTime: 300 }, "test", true);
    expect(foreign.texts.get("eval/other")).toEqual([{ step: 6, text: "of another part" }]);
    expect(foreign.pictures.has("eval/told")).toBe(true);
  });
});

describe("a run's files", () => {
  const file = (name: string, bytes: Uint8Array) => ({ name, part: "", bytes: bytes.length });
  const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

  /** Reads all there is in pieces of so many bytes. */
  async function readAll(
    reader: RunReader,
    data: RunData,
    name: string,
    bytes: Uint8Array,
    piece: number,
  ): Promise<void> {
    const ask = async (_: string, from: number) => bytes.slice(from, from + piece);
    for (;;) {
      const news = await reader.next([file(name, bytes)], ask);
      if (news === undefined) return;
      data.take(news);
    }
  }
  const log = (count: number): string =>
    Array.from(
      { length: count },
      (_, k) => `{"kind":"step","step":${k + 1},"seconds":${k},"train":{"loss":${-k}}}\n`,
    ).join("");

  it.each([1, 7, 100, 1e6])("are the same in pieces of %d bytes", async (piece) => {
    const data = new RunData();
    await readAll(new RunReader(), data, "metrics.jsonl", encoded(log(20)), piece);
    const { series } = data.curves.get("train loss")!;
    expect([...series.along("step")]).toEqual(Array.from({ length: 20 }, (_, k) => k + 1));
    expect([series.last, data.oddLines]).toEqual([-19, 0]);
  });

  it("may end in the middle of a line, which is read when it is whole", async () => {
    const [data, reader, whole] = [new RunData(), new RunReader(), encoded(log(2))];
    await readAll(reader, data, "metrics.jsonl", whole.slice(0, -9), 1e6);
    expect(data.curves.get("train loss")!.series.size).toBe(1);
    await readAll(reader, data, "metrics.jsonl", whole, 1e6);
    expect(data.curves.get("train loss")!.series.size).toBe(2);
  });

  it("may have grown since they were listed", async () => {
    const [data, reader, whole] = [new RunData(), new RunReader(), encoded(log(9))];
    const listed = file("metrics.jsonl", whole.slice(0, 100));
    const ask = async (_: string, from: number) => whole.slice(from);
    data.take((await reader.next([listed], ask))!);
    expect(await reader.next([listed], ask)).toBeUndefined();
    const all = (await reader.next([file("metrics.jsonl", whole)], ask))!;
    data.take(all);
    expect([all.isAnew, data.bytes]).toEqual([false, whole.length]);
    expect(data.curves.get("train loss")!.series.size).toBe(9);
  });

  it("are read anew where they have become shorter", async () => {
    const [data, reader] = [new RunData(), new RunReader()];
    await readAll(reader, data, "metrics.jsonl", encoded(log(9)), 1e6);
    await readAll(reader, data, "metrics.jsonl", encoded(log(4)), 1e6);
    expect(data.curves.get("train loss")!.series.size).toBe(4);
  });

  it("say what could not be read of them", async () => {
    const odd = new RunData();
    await readAll(new RunReader(), odd, "metrics.jsonl", encoded(`{"kind\n\n${log(1)}`), 1e6);
    expect([odd.oddLines, odd.curves.size]).toEqual([1, 1]);
    const endless = new RunData();
    await readAll(new RunReader(), endless, "metrics.jsonl", new Uint8Array(9 << 20), 1 << 20);
    expect(endless.damage).toEqual([{ file: "metrics.jsonl", kind: "line", byte: 0 }]);
    const spoiled = new RunData();
    await readAll(new RunReader(), spoiled, "events-1", new Uint8Array(100).fill(7), 1e6);
    expect(spoiled.damage).toEqual([{ file: "", kind: "record", byte: 0 }]);
  });

  it("place steps among the epochs, those of the first epoch too", () => {
    const data = new Fed();
    for (let step = 1; step <= 4; step++)
      data.line(`{"kind":"step","step":${step},"epoch":1,"train":{"loss":1}}`);
    const { series } = data.curves.get("train loss")!;
    expect(series.along("epoch")[0]).toBeNaN();
    data.line('{"kind":"epoch","step":4,"epoch":1,"train":{"loss":1},"validation":{}}');
    expect([...series.along("epoch")]).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it("count time from the earliest event of all files", () => {
    const data = new Fed();
    const scalar = (wallTime: number): BoardEvent => ({
      ...{ kind: "scalar", tag: "loss", step: 1, wallTime, value: 1 },
    });
    data.event(scalar(110), "validation", true);
    data.event(scalar(100), "train", true);
    const timeOf = (key: string) => data.curves.get(key)!.series.along("time")[0];
    expect([timeOf("validation loss"), timeOf("train loss")]).toEqual([10, 0]);
  });

  it("are thinned where they hold more points than a page can keep", () => {
    const series = new Series();
    for (let step = 0; step < 2 ** 19 + 3; step++) series.add(step, step, Number.NaN, step);
    expect([series.size, series.isThinned]).toEqual([2 ** 18 + 2, true]);
    expect([...series.values.subarray(-3)]).toEqual([2 ** 19 - 2, 2 ** 19, 2 ** 19 + 2]);
  });
});

describe("the filter of runs", () => {
  const cells = [
    { names: ["run", "name"], key: "digits-a", text: "digits-a" },
    { names: ["accuracy", "testAccuracy"], key: 0.975, text: "97.50 %" },
    { names: ["learningRate"], key: 0.001, text: "0.001" },
    { names: ["optimizer"], key: "adam", text: "adam" },
  ];

  it.each([
    "",
    "digits",
    "DIGITS adam",
    "accuracy>0.95",
    "testAccuracy>=97.5%",
    "learningrate<=1e-3 accuracy<1",
    "learningRate=0.001",
    "optimizer=Adam",
    "optimizer!=sgd",
    "acc>0.9",
  ])("takes the run by %j", (text) => expect(filterOf(text)(cells)).toBe(true));

  it.each([
    "iris",
    "digits sgd",
    "accuracy>0.98",
    "learningRate=0.01",
    "optimizer!=adam",
    "optimizer>1",
    "unknown=1",
    "accuracy>",
    "accuracy>x",
  ])("leaves it out by %j", (text) => expect(filterOf(text)(cells)).toBe(false));
});

describe("GrowingBytes", () => {
  it("keeps what was added and not dropped, in its order", () => {
    const [bytes, kept] = [new GrowingBytes(), [] as number[]];
    for (let k = 0; k < 300; k++) {
      const piece = Uint8Array.from({ length: 700 }, (_, i) => k + i);
      bytes.add(piece);
      kept.push(...piece);
      bytes.drop(k % 2 === 0 ? 650 : 0);
      if (k % 2 === 0) kept.splice(0, 650);
    }
    expect(bytes.all).toEqual(Uint8Array.from(kept));
  });
});

describe("texts", () => {
  it("are short and plain", () => {
    expect([0.1, 1234567, 1e-7, 98765, Number.NaN].map(short)).toEqual([
      "0.1",
      "1.23e6",
      "1.00e-7",
      "98,765",
      "–",
    ]);
    expect([score("testAccuracy", 0.975), score("testLoss", 0.1234567)]).toEqual([
      "97.50 %",
      "0.1235",
    ]);
    expect([span(7.25), span(75), span(3725)]).toEqual(["7.25 s", "1:15", "1:02:05"]);
    expect([bytes(12), bytes(68_000), bytes(3.4e9)]).toEqual(["12 B", "68.0 kB", "3.4 GB"]);
  });
});
