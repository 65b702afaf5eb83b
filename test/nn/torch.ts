// Weights and inputs that PyTorch and this library can make alike, for tests against numbers from PyTorch: sines of the
// element's number, with a seed per tensor (`0.5 * torch.sin(1.7 * torch.arange(n) + seed)`).

import { expect } from "vitest";
import { nn, type Shape, type Tensor, tensor } from "../../src/index.ts";

/** `½ sin(1.7 k + seed)`. */
export function filled(shape: Shape, seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: size }, (_, k) => 0.5 * Math.sin(1.7 * k + seed));
  return tensor(values, { shape, dtype: "float64" });
}

/** Fills the parameters that PyTorch lists under these names, with seeds 1, 2, … in PyTorch's order; gives the layer back. */
export function fill<Layer extends object>(layer: Layer, torchNames: readonly string[]): Layer {
  const parameters = nn.parameters(layer);
  expect(torchNames.map(nn.torchPath).sort()).toEqual([...parameters.keys()].sort());
  for (const [k, name] of torchNames.entries()) {
    const parameter = parameters.get(nn.torchPath(name))!;
    parameter.set(filled(parameter.shape, k + 1).dataSync());
  }
  return layer;
}

/** Expects the values that PyTorch printed to eight places. */
export function expectValues(t: Tensor, values: readonly number[]): void {
  const computed = t.dataSync();
  expect(computed.length).toBe(values.length);
  for (const [k, value] of values.entries()) expect(computed[k]).toBeCloseTo(value, 7);
}
