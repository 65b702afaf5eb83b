// What the page of runs makes of files: curves of any length as few points, and logs that anybody may have written.

import { describe, expect, it } from "vitest";
import type { BoardEvent } from "../../src/formats/index.ts";
import { RunData } from "../../studio/src/runs/run-data.ts";
import { columnPlaces, extremes, placeOf, Series, smoothed } from "../../studio/src/runs/series.ts";
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

describe("smoothed", () => {
  it("is TensorBoard's running mean, which begins at the first value", () => {
    // By hand: 1; (0.5·0.5·1 + 0.5·3) / 0.75; (0.25·0.5·1 + 0.25·3 + 0.5·5) / 0.875.
    expect([...smoothed(Float64Array.of(1, 3, 5), 0.5)]).toEqual([1, 1.75 / 0.75, 3.375 / 0.875]);
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
    const data = new RunData();
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
    expect(data.epochs).toMatchObject([{ epoch: 1, step: 2, validation: { loss: 3 } }]);
  });

  it("draws means of epochs where there are no steps, as old runs have it", () => {
    const data = new RunData();
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
    '{"__proto__":{"polluted":1},"kind":"step","step":1,"train":{"__proto__":3,"constructor":1}}',
  ])("takes %s without harm", (line) => {
    const data = new RunData();
    data.line(line);
    data.line(step(2, 5));
    expect(data.curves.get("train loss")!.series.last).toBe(5);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("bounds what a hostile log can make it hold", () => {
    const data = new RunData();
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
    const own = new RunData();
    own.event(scalar(1), "train", false);
    expect(own.curves.size).toBe(0);
    const foreign = new RunData();
    for (let n = 1; n <= 10; n++) foreign.event(scalar(n), "train", true);
    foreign.event({ kind: "restart", step: 6, wallTime: 200 }, "train", true);
    const { series } = foreign.curves.get("train loss")!;
    expect([...series.values]).toEqual([1, 2, 3, 4, 5]);
    expect(series.along("time")[4]).toBe(4);
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
