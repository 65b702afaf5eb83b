// A small task with a known answer: points of three clusters on a circle, and a line to regress on.

import { RandomStream } from "../../src/core/random.ts";
import { ArrayDataset } from "../../src/data/index.ts";
import { nn, seed } from "../../src/index.ts";

/** Points near three centres; the label is the centre. */
export function clusters(count: number, stream = 1): ArrayDataset<"points" | "labels"> {
  const noise = new RandomStream(stream).normal(2 * count);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const points = Float32Array.from({ length: 2 * count }, (_, k) => {
    const angle = (2 * Math.PI * labels[k >> 1]) / 3;
    return (k % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + 0.25 * noise[k];
  });
  return new ArrayDataset({ points: { data: points, shape: [2] }, labels: { data: labels } });
}

/** y = 2x − 1 at x = 0, 0.1, … */
export function line(count: number): ArrayDataset<"x" | "y"> {
  const x = Array.from({ length: count }, (_, i) => i / 10);
  return new ArrayDataset({
    x: { data: x, shape: [1] },
    y: { data: x.map((value) => 2 * value - 1), shape: [1] },
  });
}

/** A small network for the clusters, the same one each time. */
export function network(dropout = 0): nn.Layer {
  seed(3);
  return new nn.Sequential(
    new nn.Linear(2, 8),
    new nn.ReLU(),
    new nn.Dropout(dropout),
    new nn.Linear(8, 3),
  );
}
