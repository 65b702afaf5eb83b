// Augmenting layers: what they do to images by fixed settings, as PyTorch computes it; that each sample has its own draw; and
// that they do nothing in inference. Their derivatives are checked with those of all layers, in test/ops.

import { beforeAll, describe, expect, it } from "vitest";
import { betaQuantile, betaTable } from "../../src/core/beta.ts";
import {
  compile,
  Generator,
  losses,
  nn,
  ones,
  seed,
  setTarget,
  type Tensor,
  targets,
  tensor,
} from "../../src/index.ts";
import { failure } from "./failure.ts";

const context = (n = 5): nn.Context => ({ training: true, generator: new Generator(n) });
const image = (values: readonly number[], channels: number, height: number, width: number) =>
  tensor(Float32Array.from(values), { shape: [1, channels, height, width] });
const near = (x: Tensor, expected: readonly number[]): void => {
  const values = x.dataSync();
  expect(values).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(values[k], String(k)).toBeCloseTo(value, 4);
};
/** Pixels of each image of a batch, as text. */
const kinds = (x: Tensor): string[] => {
  const size = x.size / x.shape[0];
  const values = x.dataSync();
  return Array.from({ length: x.shape[0] }, (_, k) =>
    values.slice(k * size, (k + 1) * size).join(),
  );
};

// 4×5 pixels; what maps make of them is PyTorch 2.13's grid_sample(affine_grid(…)), float64, align_corners false.
const pixels = [0, 1, 4, 2, 2, 4, 1, 0, 1, 4, 2, 2, 4, 1, 0, 1, 4, 2, 2, 4];
const turned30 = [
  1.863621, 2.111216, 1.549038, 2.641189, 0.409138, 1.93662, 1.717709, 0.467709, 1.547836, 2.029887,
  2.516747, 2.968911, 3.049038, 1.147114, 3.815785, 0.796633, 1.564583, 1.94976, 1.235658, 0.416352,
];
const filled = [
  2.827722, 2.111216, 1.549038, 3.239265, 2.007214, 1.93662, 1.717709, 0.467709, 1.547836, 2.029887,
  2.516747, 2.968911, 3.049038, 1.147114, 3.815785, 2.39471, 2.162659, 1.94976, 1.235658, 1.380454,
];
const mapped = [
  0.460291, 1.742572, 2.258669, 1.317426, 3.010073, 1.800121, 0.878845, 0.569786, 1.104326,
  1.211853, 2.574441, 1.735033, 3.390701, 1.758457, 1.477474, 1.995798, 2.715695, 2.866569, 1.98967,
  2.637636,
];
const halved = [0, 0, 0, 0, 0, 0, 2, 2, 3, 0, 0, 1.5, 3, 2, 0, 0, 0, 0, 0, 0];

// Four pixels, and what torchvision's formulas (brightness, contrast, saturation) and Python's colorsys (hue) make of them.
const colours = [0.2, 0.9, 0.4, 0, 0.5, 0.1, 0.4, 0.8, 0.7, 0.3, 0.4, 0.75];
const brighter = [0.26, 1, 0.52, 0, 0.65, 0.13, 0.52, 1, 0.91, 0.39, 0.52, 0.975];
const flatter = [
  0.271254, 0.761254, 0.411254, 0.131254, 0.481254, 0.201254, 0.411254, 0.691254, 0.621254,
  0.341254, 0.411254, 0.656254,
];
const stronger = [
  0.08346, 1, 0.40002, 0, 0.53346, 0, 0.40002, 0.92245, 0.83346, 0.269045, 0.40002, 0.84745,
];
const shifted = [0.5, 0.9, 0.4, 0.11, 0.2, 0.86, 0.4, 0, 0.7, 0.1, 0.4, 0.8];

describe.each(targets)("augmenting layers on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("turn, scale and shear about the centre", () => {
    const x = image(pixels, 1, 4, 5);
    near(new nn.RandomRotation([30, 30]).forward(x, context()), turned30);
    near(new nn.RandomRotation([30, 30], { fill: 2 }).forward(x, context()), filled);
    near(new nn.RandomRotation([180, 180]).forward(x, context()), pixels.toReversed());
    const both = { degrees: [-20, -20], shear: [15, 15], scale: [1.3, 1.3] } as const;
    near(new nn.RandomAffine(both).forward(x, context()), mapped);
    near(new nn.RandomAffine({ scale: [0.5, 0.5] }).forward(x, context()), halved);
    near(new nn.RandomAffine().forward(x, context()), pixels);
  });

  it("shift by whole pixels", () => {
    const point = image([0, 0, 0, 0, 1, 0, 0, 0, 0], 1, 3, 3).broadcastTo([64, 1, 3, 3]);
    const layer = new nn.RandomAffine({ translate: [0.34, 0.34] });
    const found = new Set(kinds(layer.forward(point, context())));
    expect(found.size).toBe(9);
    for (const one of found) expect([...one].filter((c) => c === "1")).toHaveLength(1);
  });

  it("change colours", () => {
    const x = image(colours, 3, 2, 2);
    const change = (options: nn.ColorOptions): Tensor =>
      new nn.ColorJitter(options).forward(x, context());
    near(change({ brightness: [1.3, 1.3] }), brighter);
    near(change({ contrast: [0.7, 0.7] }), flatter);
    near(change({ saturation: [1.5, 1.5] }), stronger);
    near(change({ hue: [0.2, 0.2] }), shifted);
    near(change({}), colours);
    const grey = image([0.5, 0.25], 1, 1, 2);
    const all = new nn.ColorJitter({ saturation: 0.5, hue: 0.5, brightness: [0.5, 0.5] });
    near(all.forward(grey, context()), [0.25, 0.125]);
  });

  it("flip each image by its own chance", () => {
    const x = image([1, 2, 3, 4], 1, 2, 2).broadcastTo([2000, 1, 2, 2]);
    const count = (options: nn.FlipOptions): Map<string, number> => {
      const counts = new Map<string, number>();
      for (const one of kinds(new nn.RandomFlip(options).forward(x, context()))) {
        counts.set(one, (counts.get(one) ?? 0) + 1);
      }
      return counts;
    };
    const across = count({ p: 0.25 });
    expect([...across.keys()].sort()).toEqual(["1,2,3,4", "2,1,4,3"]);
    expect(across.get("2,1,4,3")! / 2000).toBeCloseTo(0.25, 1);
    expect([...count({ p: 1, direction: "vertical" }).keys()]).toEqual(["3,4,1,2"]);
    expect(count({ direction: "both" }).size).toBe(4);
  });

  it("cut parts out at all places alike", () => {
    const x = image([1, 2, 3, 4, 5, 6], 1, 2, 3).broadcastTo([3000, 1, 2, 3]);
    const y = new nn.RandomCrop([1, 2], { padding: 1, fill: 9 }).forward(x, context());
    expect(y.shape).toEqual([3000, 1, 1, 2]);
    const parts = kinds(y);
    const rows = [
      [9, 9, 9, 9, 9],
      [9, 1, 2, 3, 9],
      [9, 4, 5, 6, 9],
      [9, 9, 9, 9, 9],
    ];
    const expected = rows.flatMap((row) => [0, 1, 2, 3].map((k) => `${row[k]},${row[k + 1]}`));
    expect(new Set(parts)).toEqual(new Set(expected));
    expect(parts.filter((part) => part === "1,2").length / 3000).toBeCloseTo(1 / 16, 1);
    expect(new nn.RandomCrop(1).forward(x.slice([{ end: 1 }])).dataSync()).toEqual(
      Float32Array.of(2), // the middle, in inference
    );
  });

  it("erase rectangles of the shares asked for", () => {
    const layer = new nn.RandomErasing({ p: 0.5, scale: [0.25, 0.25], ratio: [1, 1], value: 7 });
    const y = layer.forward(ones([400, 2, 8, 8]), context());
    const counts = kinds(y).map((one) => one.split(",").filter((v) => v === "7").length);
    expect(new Set(counts)).toEqual(new Set([0, 2 * 16]));
    expect(counts.filter((n) => n > 0).length / 400).toBeCloseTo(0.5, 1);
    expect(new Set(kinds(y)).size).toBeGreaterThan(20); // 25 places, and none
  });

  it("mask bands of frequency and spans of time", () => {
    const layer = new nn.SpecAugment({ frequencyWidth: 2, timeMasks: 2, timeWidth: 3, value: -1 });
    const y = layer.forward(ones([200, 5, 9]), context());
    const values = y.dataSync();
    const hiddenRows = new Set<number>();
    for (let k = 0; k < 200; k++) {
      const at = (f: number, t: number): number => values[(k * 5 + f) * 9 + t];
      const times = [...Array(9).keys()];
      const bands = [...Array(5).keys()];
      const rows = bands.filter((f) => times.every((t) => at(f, t) === -1));
      const columns = times.filter((t) => bands.every((f) => at(f, t) === -1));
      hiddenRows.add(rows.length);
      expect(columns.length).toBeLessThanOrEqual(6);
      const hidden = 45 - (5 - rows.length) * (9 - columns.length);
      expect(values.slice(k * 45, (k + 1) * 45).filter((v) => v === -1)).toHaveLength(hidden);
    }
    expect(hiddenRows).toEqual(new Set([0, 1, 2]));
  });

  it("mix records and targets in the same shares", () => {
    const count = 500;
    const x = tensor(
      Float32Array.from({ length: count }, (_, k) => k),
      { shape: [count, 1] },
    );
    const classes = tensor(Int32Array.from({ length: count }, (_, k) => k % 2));
    const mix = new nn.Mixup({ alpha: 0.4, classes: 2 });
    const [y, soft] = mix.forward(x, classes, context());
    const [even, shares] = [soft.select(1, 0).dataSync(), soft.sum({ axis: 1 }).dataSync()];
    for (const share of shares) expect(share).toBeCloseTo(1, 5);
    expect(new Set(even).size).toBeGreaterThan(150); // a share of its own for each
    expect(y.dataSync()).not.toEqual(x.dataSync());
    const own = tensor(
      Float32Array.from({ length: count }, (_, k) => k),
      { shape: [count, 1] },
    );
    const [a, b] = new nn.Mixup().forward(x, own, context());
    expect(a.dataSync()).toEqual(b.dataSync());
    const logits = tensor(new Float32Array(2 * count), { shape: [count, 2] });
    expect(losses.crossEntropy(logits, soft).itemSync()).toBeCloseTo(Math.log(2), 5);
  });

  it("cut and paste, targets by area", () => {
    const count = 64;
    const x = tensor(
      Float32Array.from({ length: count }, (_, k) => k),
      { shape: [count, 1, 1, 1] },
    );
    const [y, soft] = new nn.CutMix().forward(
      x.broadcastTo([count, 1, 6, 6]),
      x.reshape([count, 1]),
      context(),
    );
    const [values, means] = [y.dataSync(), soft.dataSync()];
    for (let k = 0; k < count; k++) {
      const one = values.slice(36 * k, 36 * (k + 1));
      expect(new Set(one).size).toBeLessThanOrEqual(2);
      expect(means[k]).toBeCloseTo(Array.from(one).reduce((a, b) => a + b, 0) / 36, 3);
    }
  });

  it("draw anew at each call of a compiled step, and the same from one seed", () => {
    const model = new nn.Sequential(new nn.RandomFlip(), new nn.RandomCrop(3, { padding: 1 }));
    const x = image(pixels.slice(0, 9), 1, 3, 3).broadcastTo([8, 1, 3, 3]);
    const step = compile((images: Tensor) => model.forward(images, { training: true }));
    seed(3);
    const [first, second] = [step(x).dataSync(), step(x).dataSync()];
    expect(first).not.toEqual(second);
    seed(3);
    expect(model.forward(x, { training: true }).dataSync()).toEqual(first);
  });
});

describe("augmenting layers", () => {
  beforeAll(() => setTarget("wasm"));
  const all = [
    new nn.RandomFlip(),
    new nn.RandomCrop([4, 5], { padding: 2 }),
    new nn.RandomRotation(30),
    new nn.RandomAffine({ scale: [0.5, 2] }),
    new nn.ColorJitter({ brightness: 0.5 }),
    new nn.RandomErasing({ p: 1 }),
    new nn.SpecAugment(),
  ];

  it.each(all.map((layer) => [layer.constructor.name, layer] as const))("%s", (name, layer) => {
    const x = image(pixels, 1, 4, 5);
    expect(layer.forward(x)).toBe(x); // nothing in inference
    expect(layer.forward(x, { training: true }).shape).toEqual(x.shape);
    expect(failure(() => layer.forward(ones([3]))).message).toMatch(/expected .*batch/);
    expect(failure(() => layer.forward(x, { train: true } as never)).message).toMatch(/training/);
    const table = String(nn.summary(new nn.Sequential(layer), [1, 1, 4, 5], { training: true }));
    expect(table).toContain(name);
  });

  it("mixing passes on what it is given in inference, and refuses targets that do not fit", () => {
    const x = image(pixels, 1, 4, 5);
    const hard = tensor([1], { dtype: "int32" });
    const mix = new nn.CutMix({ classes: 3 });
    expect(mix.forward(x, hard)).toEqual([x, hard]);
    expect(failure(() => mix.forward(x, ones([1]))).code).toBe("DTYPE_MISMATCH");
    expect(failure(() => new nn.Mixup().forward(x, hard)).message).toMatch(/Pass \{ classes \}/);
    expect(failure(() => new nn.Mixup().forward(x, ones([2, 3]))).code).toBe("SHAPE_MISMATCH");
    const whole = tensor([[1]], { dtype: "int32" });
    expect(failure(() => new nn.Mixup().forward(whole, ones([1]))).code).toBe("DTYPE_MISMATCH");
  });

  it("refuse what images they cannot take", () => {
    const four = new nn.ColorJitter({ hue: 0.1 });
    expect(failure(() => four.forward(ones([1, 4, 2, 2]))).message).toMatch(/1 or 3 channels/);
    const crop = new nn.RandomCrop(5);
    expect(failure(() => crop.forward(ones([1, 1, 4, 5]), context())).message).toMatch(
      /at least 5×5/,
    );
    const whole = tensor(new Int32Array(4), { shape: [1, 1, 2, 2] });
    expect(failure(() => new nn.RandomRotation(3).forward(whole)).message).toMatch(/floats/);
    expect(new nn.RandomFlip().forward(whole, context()).dtype).toBe("int32");
  });
});

describe("draws from Beta(α, α)", () => {
  it("have the quantiles known in closed form", () => {
    const closed: readonly (readonly [number, (u: number) => number])[] = [
      [1, (u) => u],
      [0.5, (u) => Math.sin((Math.PI * u) / 2) ** 2],
    ];
    for (const [alpha, quantile] of closed) {
      const table = betaTable(alpha);
      for (let u = 0; u <= 1; u += 1 / 64) {
        expect(betaQuantile(u, table, alpha)).toBeCloseTo(quantile(u), 4);
      }
    }
    for (const [alpha, variance] of [0.2, 2, 8].map((a) => [a, 1 / (4 * (2 * a + 1))])) {
      const table = betaTable(alpha);
      const draws = Array.from({ length: 4096 }, (_, k) =>
        betaQuantile((k + 0.5) / 4096, table, alpha),
      );
      const mean = draws.reduce((a, b) => a + b) / 4096;
      expect(mean).toBeCloseTo(0.5, 5);
      expect(draws.reduce((sum, t) => sum + (t - 0.5) ** 2, 0) / 4096).toBeCloseTo(variance, 3);
    }
  });
});
