// Metrics against counts done by hand.

import { inspect } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { metrics, setTarget, targets, tensor } from "../../src/index.ts";

const scores = tensor([
  [0.1, 0.9, 0],
  [0.8, 0.1, 0.1],
  [0.2, 0.3, 0.5],
  [1, 1, 0],
]);
const target = tensor([1, 0, 0, 1], { dtype: "int32" });

describe.each(targets)("metrics on %s", (name) => {
  beforeAll(() => setTarget(name));

  it("count right predictions; the first of equal scores wins", () => {
    expect(Array.from(metrics.predictions(scores).dataSync())).toEqual([1, 0, 2, 0]);
    expect(metrics.correct(scores, target).itemSync()).toBe(2);
    expect(metrics.accuracy(scores, target).itemSync()).toBe(0.5);
    const oneHot = tensor([
      [0, 1, 0],
      [1, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(metrics.accuracy(scores, oneHot).itemSync()).toBe(0.5);
    expect(() => metrics.accuracy(scores, tensor([1, 0, 0, 1]))).toThrow(/int32\[4\]/);
  });

  it("tabulate which class is taken for which, in the graph and on the host", () => {
    const table = metrics.confusionMatrix(target, metrics.predictions(scores), 3);
    expect(table.toArraySync()).toEqual([
      [1, 0, 1],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    const host = new metrics.ConfusionMatrix(3);
    host.add([1, 0], [1, 0]);
    host.add([0, 1], [2, 0]);
    expect(Array.from(host.counts)).toEqual([1, 0, 1, 1, 1, 0, 0, 0, 0]);
    expect([host.total, host.accuracy, host.recall(0), host.precision(1)]).toEqual([
      4, 0.5, 0.5, 1,
    ]);
    expect(host.recall(2)).toBeNaN();
    expect(host.toString(["cat", "dog", "fox"]).split("\n")).toEqual([
      "ConfusionMatrix: 4 samples, true classes down, predicted across",
      "     cat  dog  fox",
      "cat    1    0    1",
      "dog    1    1    0",
      "fox    0    0    0",
    ]);
    expect(inspect(host)).toMatch(/^ConfusionMatrix: 4 samples.*\n +0 {2}1 {2}2\n/);
    expect(String(new metrics.ConfusionMatrix(100))).toMatch(/… and 80 more classes$/);
    expect(() => host.add([3], [0])).toThrow(/class 3 at position 0/);
    expect(() => host.add([0], [])).toThrow(/1 targets and 0 predictions/);
  });
});
