// A function of two numbers as the loss, and an optimizer that walks down it: no network, no data, only the walk.

import { type Gradients, optim, Parameter, type Tensor, tensor } from "chainrule";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

/** The surfaces; elementwise, so that they also serve for whole grids of points. */
const surfaces: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  // (1 − x)² + 100 (y − x²)², Rosenbrock 1960: a curved valley with a flat floor; minimum at (1, 1)
  rosenbrock: (x, y) => x.sub(1).square().add(y.sub(x.square()).square().mul(100)),
  // ½ (x² + 25 y²): 25 times as steep one way as the other
  valley: (x, y) => x.square().add(y.square().mul(25)).mul(0.5),
  // ½ (x² − y²) + y⁴/16: falls away to both sides of the origin, minima at (0, ±2)
  saddle: (x, y) => x.square().sub(y.square()).mul(0.5).add(y.square().square().div(16)),
  // the mean squared error of w x + b on five points of 2x + 1, by w and b
  line: (w, b) =>
    [1, 2, 3, 4, 5]
      .map((x) =>
        w
          .mul(x)
          .add(b)
          .sub(2 * x + 1)
          .square(),
      )
      .reduce((sum, error) => sum.add(error))
      .div(5),
};

type Walker = { readonly x: Parameter; readonly y: Parameter };

/** What a step asks of an optimizer. */
interface Stepping {
  step(gradients: Gradients): void;
}

const optimizers: Readonly<Record<string, (model: Walker, learningRate: number) => Stepping>> = {
  sgd: (model, learningRate) => new optim.SGD(model, { learningRate }),
  momentum: (model, learningRate) => new optim.SGD(model, { learningRate, momentum: 0.9 }),
  rmsprop: (model, learningRate) => new optim.RMSprop(model, { learningRate }),
  adam: (model, learningRate) => new optim.Adam(model, { learningRate }),
};

/** Heights of a surface over a grid, row by row. */
export function heightsOf(
  name: string,
  xs: readonly number[],
  ys: readonly number[],
): Float32Array {
  const x = tensor([xs]); //                 [1, X]
  const y = tensor(ys.map((one) => [one])); // [Y, 1]
  return surfaces[name](x, y).dataSync() as Float32Array; // [Y, X]
}

/** Heights in steps from 0 to `steps − 1`, narrow ones where the surface is low, as that is where it matters. */
export function levelsOf(
  name: string,
  xs: readonly number[],
  ys: readonly number[],
  steps: number,
): Uint8Array {
  const heights = heightsOf(name, xs, ys);
  const [min, max] = heights.reduce(
    ([low, high], height) => [Math.min(low, height), Math.max(high, height)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const levelOf = (height: number): number => Math.cbrt((height - min) / (max - min)) * steps;
  return Uint8Array.from(heights, (height) => Math.min(steps - 1, levelOf(height)));
}

export function surface(settings: Settings): Program {
  const { surface: name = "rosenbrock", optimizer: kind = "sgd", learningRate = 0.001 } = settings;
  const { startX = -1.2, startY = 1 } = settings;
  const model: Walker = {
    x: new Parameter(Float32Array.of(Number(startX)), [], "float32"),
    y: new Parameter(Float32Array.of(Number(startY)), [], "float32"),
  };
  const optimizer = optimizers[kind](model, Number(learningRate));
  const step = (): Tensor => {
    const loss = surfaces[name](model.x, model.y);
    optimizer.step(loss.backward());
    return loss;
  };
  return programOf(model, optimizer, step, {});
}
