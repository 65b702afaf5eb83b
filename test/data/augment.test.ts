// Augmentation of records: what the functions do by fixed settings is what the layers do; the same stream gives the same
// record, other fields stay, and the record that came in is not written to.

import { describe, expect, it } from "vitest";
import type { HostTensor } from "../../src/core/host.ts";
import { RandomStream } from "../../src/core/random.ts";
import * as augment from "../../src/data/augment/index.ts";
import { ArrayDataset, mapDataset } from "../../src/data/index.ts";
import { Generator, nn, tensor } from "../../src/index.ts";
import { failure } from "../nn/failure.ts";

const values = (count: number): Float32Array =>
  new RandomStream(7).uniform(count).map(Math.fround) as never;
const host = (shape: readonly number[]): HostTensor => ({
  dtype: "float32",
  shape,
  data: Float32Array.from(values(shape.reduce((a, b) => a * b, 1))),
});
const record = {
  images: host([3, 5, 4]),
  labels: { dtype: "int32", shape: [], data: Int32Array.of(2) } as const,
};
const stream = (n = 1): RandomStream => new RandomStream(n);
const context = (): nn.Context => ({ training: true, generator: new Generator(1) });

/** Functions and layers with settings that leave nothing to chance. */
const pairs: readonly (readonly [string, augment.Augmentation, nn.Layer])[] = [
  ["flip", augment.randomFlip({ p: 1 }), new nn.RandomFlip({ p: 1 })],
  [
    "flip both ways",
    augment.randomFlip({ p: 1, direction: "both" }),
    new nn.RandomFlip({ p: 1, direction: "both" }),
  ],
  [
    "crop",
    augment.randomCrop([7, 6], { padding: 1, fill: 2 }),
    new nn.RandomCrop([7, 6], { padding: 1, fill: 2 }),
  ],
  [
    "rotation",
    augment.randomRotation([25, 25], { fill: 0.5 }),
    new nn.RandomRotation([25, 25], { fill: 0.5 }),
  ],
  [
    "affine",
    augment.randomAffine({ degrees: [-10, -10], scale: [1.2, 1.2], shear: [8, 8] }),
    new nn.RandomAffine({ degrees: [-10, -10], scale: [1.2, 1.2], shear: [8, 8] }),
  ],
  ...(["brightness", "contrast", "saturation", "hue"] as const).map(
    (name) =>
      [
        name,
        augment.colorJitter({ [name]: [0.4, 0.4] }),
        new nn.ColorJitter({ [name]: [0.4, 0.4] }),
      ] as const,
  ),
  [
    "erasing all",
    augment.randomErasing({ p: 1, scale: [1, 1], ratio: [1.25, 1.25], value: 3 }),
    new nn.RandomErasing({ p: 1, scale: [1, 1], ratio: [1.25, 1.25], value: 3 }),
  ],
];

describe("augmentation of records", () => {
  it.each(pairs)("%s: as the layer", (_, transform, layer) => {
    const { images, labels } = transform(record, stream());
    const x = tensor(record.images.data as Float32Array, { shape: [1, ...record.images.shape] });
    const y = layer.forward(x, context());
    expect([1, ...images.shape]).toEqual(y.shape);
    const expected = y.dataSync();
    for (const [k, value] of images.data.entries()) expect(value).toBeCloseTo(expected[k], 5);
    expect(labels).toBe(record.labels);
  });

  const random: readonly (readonly [string, augment.Augmentation])[] = [
    ["randomFlip", augment.randomFlip({ direction: "both" })],
    ["randomCrop", augment.randomCrop([5, 4], { padding: 2 })],
    ["randomRotation", augment.randomRotation(90)],
    ["randomAffine", augment.randomAffine({ translate: [0.5, 0.5], scale: [0.5, 2] })],
    ["colorJitter", augment.colorJitter({ brightness: 0.5, hue: 0.5 })],
    ["gaussianNoise", augment.gaussianNoise(0.1)],
    ["randomErasing", augment.randomErasing({ p: 0.9 })],
    ["specAugment", augment.specAugment({ field: "images", timeWidth: 3, frequencyWidth: 3 })],
  ];
  it.each(random)("%s: is a function of the stream alone", (_, transform) => {
    const before = record.images.data.slice();
    const outcomes = Array.from({ length: 8 }, (_, n) => transform(record, stream(n)).images);
    expect(transform(record, stream(3)).images).toEqual(outcomes[3]);
    expect(new Set(outcomes.map(({ data }) => data.join())).size).toBeGreaterThan(2);
    for (const { shape } of outcomes) expect(shape).toEqual(record.images.shape);
    expect(record.images.data).toEqual(before);
  });

  it("normalize brings channels to mean 0 and deviation 1", () => {
    const data = Float32Array.of(0, 0.5, 1, 0.25, 0.1, 0.2, 0.3, 0.4, 0.9, 0.8, 0.7, 0.6);
    const image = { images: { dtype: "float32", shape: [3, 2, 2], data } as HostTensor, labels: 1 };
    const ofImageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    const { images, labels } = augment.normalize(ofImageNet)(image);
    // PyTorch 2.13: (x - mean) / std
    const expected = [
      -2.117904, 0.06550219, 2.248908, -1.026201, -1.589286, -1.142857, -0.6964285, -0.2499999,
      2.195555, 1.751111, 1.306667, 0.8622223,
    ];
    for (const [k, value] of expected.entries()) expect(images.data[k]).toBeCloseTo(value, 5);
    expect([images.shape, labels]).toEqual([[3, 2, 2], 1]);
    const one = augment.normalize({ mean: 0.5, std: [0.5], field: "x" });
    const set = mapDataset(new ArrayDataset({ x: [[0, 1]], y: [3] }), one);
    expect(set.read("x", [0]).data).toEqual(Float32Array.of(-1, 1));
    const two = augment.normalize({ mean: [0, 1], std: 1 });
    expect(() => two(image)).toThrow(/of 2 and 1 channels, and the image has 3/);
    expect(() => augment.normalize({ mean: 0, std: 0 })).toThrow(/std is 0/);
    expect(() => augment.normalize({ mean: 0 } as never)).toThrow(/std is undefined/);
    expect(() => one(image)).toThrow(/field "x" is undefined.*fields are images, labels/);
    const bytes = { images: { dtype: "int32", shape: [1], data: Int32Array.of(1) } };
    expect(() => augment.normalize({ mean: 0, std: 1 })(bytes)).toThrow(/expected floats/);
  });

  it("keeps element types, and images without channels", () => {
    const bytes = {
      images: { dtype: "int32", shape: [1, 3], data: Int32Array.of(1, 2, 3) } as const,
    };
    const flipped = augment.randomFlip({ p: 1 })(bytes, stream()).images as HostTensor;
    expect(flipped).toEqual({ dtype: "int32", shape: [1, 3], data: Int32Array.of(3, 2, 1) });
  });

  it("crops reach every place", () => {
    const small = {
      x: { dtype: "float32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } as const,
    };
    const crop = augment.randomCrop(1, { padding: 1, field: "x" });
    const found = Array.from(
      { length: 300 },
      (_, n) => (crop(small, stream(n)).x as HostTensor).data[0],
    );
    expect(new Set(found)).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(found.filter((v) => v === 0).length / 300).toBeCloseTo(12 / 16, 1);
  });

  it("erases the share asked for", () => {
    const erase = augment.randomErasing({ p: 1, scale: [0.25, 0.25], ratio: [1, 1], value: 9 });
    const whole = { images: { ...host([2, 8, 8]) } };
    for (let n = 0; n < 20; n++) {
      expect(erase(whole, stream(n)).images.data.filter((v) => v === 9)).toHaveLength(32);
    }
  });

  it("mixes batches and their targets", () => {
    const batch = {
      images: {
        dtype: "float32",
        shape: [6, 1, 1, 1],
        data: Float32Array.of(0, 1, 2, 3, 4, 5),
      } as const,
      labels: { dtype: "int32", shape: [6], data: Int32Array.of(0, 1, 2, 0, 1, 2) } as const,
    };
    const mixed = augment.mixup({ classes: 3, alpha: 1 })(batch, stream()) as unknown as typeof own;
    expect(mixed.labels.shape).toEqual([6, 3]);
    for (let row = 0; row < 6; row++) {
      const shares = mixed.labels.data.subarray(3 * row, 3 * row + 3);
      expect(shares[0] + shares[1] + shares[2]).toBeCloseTo(1, 5);
    }
    const large = host([6, 2, 8, 8]);
    const means = (x: HostTensor): number[] =>
      Array.from(
        { length: 6 },
        (_, k) =>
          (x.data.subarray(128 * k, 128 * (k + 1)) as Float32Array).reduce((a, b) => a + b) / 128,
      );
    const flat = Float32Array.from({ length: 768 }, (_, k) => Math.floor(k / 128));
    const own = {
      images: { ...large, data: flat } as HostTensor,
      labels: {
        dtype: "float32",
        shape: [6, 1],
        data: Float32Array.of(0, 1, 2, 3, 4, 5),
      } as HostTensor,
    };
    for (const make of [augment.mixup, augment.cutMix]) {
      const { images, labels } = make()(own, stream(4));
      for (const [k, mean] of means(images).entries()) expect(labels.data[k]).toBeCloseTo(mean, 4);
      expect(labels.data).not.toEqual(own.labels.data);
    }
    expect(own.images.data).toBe(flat);
  });

  it("refuses settings and fields that it cannot take", () => {
    expect(failure(() => augment.randomFlip({ chance: 1 } as never)).message).toMatch(
      /no option "chance"/,
    );
    expect(failure(() => augment.randomCrop(0)).message).toMatch(/size must be/);
    expect(failure(() => augment.gaussianNoise(-1)).code).toBe("BAD_ARGUMENT");
    expect(failure(() => augment.gaussianNoise(1, { std: 1 } as never)).code).toBe("BAD_ARGUMENT");
    expect(failure(() => augment.colorJitter({ hue: 1 })).message).toMatch(/from -0.5 to 0.5/);
    const wrong = (transform: augment.Augmentation, given: object): string =>
      failure(() => transform(given, stream())).message;
    for (const transform of [augment.randomFlip(), augment.mixup()]) {
      expect(failure(() => transform(record, undefined as never)).message).toMatch(
        /pipeline's map/,
      );
      expect(failure(() => transform(null as never, stream())).message).toMatch(/takes a record/);
    }
    expect(wrong(augment.randomFlip(), {})).toMatch(/field "images" is undefined/);
    expect(wrong(augment.randomFlip(), { images: host([1, 2, 3, 4]) })).toMatch(
      /before they are joined/,
    );
    expect(wrong(augment.randomCrop(6), record)).toMatch(/at least 6×6/);
    const bytes = { images: { dtype: "int32", shape: [1, 1], data: Int32Array.of(1) } };
    expect(wrong(augment.randomRotation(3), bytes)).toMatch(/expected floats/);
    expect(wrong(augment.gaussianNoise(1), bytes)).toMatch(/expected floats/);
    expect(wrong(augment.colorJitter(), { images: host([2, 1, 1]) })).toMatch(/1 or 3 channels/);
    expect(wrong(augment.mixup(), record)).toMatch(/expected floats/);
    expect(
      wrong(augment.mixup({ classes: 2 }), {
        images: host([1, 1]),
        labels: { ...record.labels, shape: [1] },
      }),
    ).toMatch(/classes below 2/);
    expect(wrong(augment.cutMix(), { images: host([1, 1]), labels: host([1, 1]) })).toMatch(
      /B, C, H, W/,
    );
  });
});
