// Measuring: agreement of evaluate, predict and the model itself.

import { expect, test } from "vitest";
import { column, gather, pipeline } from "../../src/data/index.ts";
import { losses, type Tensor, tensor } from "../../src/index.ts";
import { evaluate, fit, predict, type TensorBatch } from "../../src/train/index.ts";
import { clusters, line, network } from "./synthetic.ts";

const data = clusters(53);

test("evaluate agrees with the model applied to all samples at once", async () => {
  const model = network(0.5);
  await fit(model, { train: data, epochs: 3 });
  const { points, labels } = gather(
    data,
    Int32Array.from({ length: 53 }, (_, i) => i),
  );
  const outputs = model.forward(tensor(points.data, { shape: points.shape }));
  const loss = losses.crossEntropy(outputs, tensor(labels.data)).itemSync();
  const classes = outputs.argMax({ axis: 1 }).dataSync();
  const right = classes.filter((value, i) => value === labels.data[i]).length;

  const found = await evaluate(model, data, { batchSize: 20 });
  expect(found.samples).toBe(53);
  expect(found.scores.loss).toBeCloseTo(loss, 5);
  expect(found.scores.accuracy).toBe(right / 53);
  expect(found.predicted).toEqual(classes);
  expect(found.confusion!.total).toBe(53);
  expect(found.confusion!.accuracy).toBe(right / 53);
});

test("a regression has scores and no classes", async () => {
  const model = { forward: (x: ReturnType<typeof tensor>) => x.mul(2).sub(1) };
  const found = await evaluate(model, line(10));
  expect(found.scores.loss).toBeLessThan(1e-10);
  expect(found.confusion).toBeUndefined();
  expect(found.predicted).toBeUndefined();
});

test("predict gives the same outputs for any batch size", async () => {
  const model = network();
  const points = column(data, "points");
  const whole = await predict(model, points);
  const parts = await predict(model, points, { batchSize: 7 });
  expect(whole.shape).toEqual([53, 3]);
  expect(parts.shape).toEqual([53, 3]);
  for (const [i, value] of whole.data.entries()) expect(parts.data[i]).toBeCloseTo(value, 6);
});

test("predict takes several fields, and a forward pass of one's own", async () => {
  const fields = {
    a: { dtype: "float32", shape: [5], data: Float32Array.of(1, 2, 3, 4, 5) },
    b: { dtype: "float32", shape: [5], data: Float32Array.of(10, 20, 30, 40, 50) },
    label: { dtype: "int32", shape: [5], data: Int32Array.of(0, 1, 2, 3, 4) },
  } as const;
  const adder = { forward: (a: Tensor, b: Tensor) => a.add(b) };
  const sums = await predict(adder, fields, { inputs: ["a", "b"], batchSize: 2 });
  expect([...sums.data]).toEqual([11, 22, 33, 44, 55]);
  const forward = ({ a, b }: TensorBatch): Tensor => b.sub(a).reshape([-1, 1]);
  const other = await predict(adder, fields, { forward, batchSize: 3 });
  expect([other.shape, [...other.data]]).toEqual([
    [5, 1],
    [9, 18, 27, 36, 45],
  ]);
  await expect(predict(adder, fields, { inputs: "c" })).rejects.toThrow(
    /of a field "c"; received a: float32\[5\], b: float32\[5\], label: int32\[5\]/,
  );
  const unlike = { ...fields, b: { ...fields.b, shape: [1], data: Float32Array.of(1) } };
  await expect(predict(adder, unlike)).rejects.toThrow(/received a: float32\[5\], b: float32\[1\]/);
  const negated = await predict({ forward: (a: Tensor) => a.neg() }, fields.a, { inputs: ["a"] });
  expect([...negated.data]).toEqual([-1, -2, -3, -4, -5]);
  const pairs = { forward: (a: Tensor) => [a, a] };
  await expect(predict(pairs, fields.a)).rejects.toThrow(/predictions are one tensor/);
});

test("nothing to predict is refused", async () => {
  const none = { dtype: "float32", shape: [0, 2], data: new Float32Array() } as const;
  await expect(predict(network(), none)).rejects.toThrow(/at least one sample/);
  await expect(predict(network(), [[1, 2]] as never)).rejects.toThrow(
    /on axis 0; received \[\[1, 2\]\]\. Pass a data set, a tensor, or values as \{ dtype/,
  );
  await expect(predict(network(), pipeline(data).take(0).batch(4))).rejects.toThrow(
    /at least one sample/,
  );
});

test("predict takes a data set, a loader and a tensor", async () => {
  const model = network();
  const points = column(data, "points");
  const wanted = await predict(model, points);
  const ofTensor = await predict(model, tensor(points.data, { shape: points.shape }));
  expect(ofTensor.data).toEqual(wanted.data);
  expect((await predict(model, data)).data).toEqual(wanted.data);
  const loader = pipeline(data).batch(10);
  const ofLoader = await predict(model, loader, { inputs: "points" });
  expect(ofLoader.shape).toEqual([53, 3]);
  for (const [i, value] of wanted.data.entries()) expect(ofLoader.data[i]).toBeCloseTo(value, 6);
  const forward = ({ labels }: TensorBatch): Tensor => labels.mul(2);
  const doubled = await predict(model, data, { forward });
  expect(doubled.data).toEqual(column(data, "labels").data.map((label) => 2 * label));
  await expect(predict(model, data, { inputs: "x" })).rejects.toThrow(
    /no field "x"; its fields are points, labels/,
  );
  await expect(predict(model, loader, { batchSize: 5 })).rejects.toThrow(/batches already/);
});

test("outputs that are not one per sample are refused", async () => {
  const mean = { forward: (x: Tensor) => x.mean() };
  await expect(predict(mean, data)).rejects.toThrow(/float32\[\] for a batch, which has no axis/);
  const ragged = pipeline([{ x: [1, 2, 3] }, { x: [1] }]).padBatch(1, { pad: { x: 0 } });
  const doubled = { forward: (x: Tensor) => x.mul(2) };
  await expect(predict(doubled, ragged)).rejects.toThrow(
    /different sizes, float32\[1, 3\] and float32\[1, 1\]\. Pad all/,
  );
});
