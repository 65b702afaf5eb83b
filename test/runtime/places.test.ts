// Errors say where: the layer by its path, and the user's line.

import { expect, it } from "vitest";
import { compile, nn, optim, type Tensor, tensor } from "../../src/index.ts";

/** A layer of the user's own, with a mistake in it. */
class Mistaken {
  readonly inner = new nn.Linear(3, 4);

  forward(x: Tensor): Tensor {
    return this.inner.forward(x);
  }
}

it("names the layer's path and the line of the program", () => {
  const model = new nn.Sequential(new nn.Linear(2, 5), new Mistaken());
  new optim.SGD(model, { learningRate: 0.1 });
  const step = compile((x: Tensor) => model.forward(x));
  expect(() => step(tensor([[1, 2]]))).toThrow(
    /^Linear: .*received float32\[1, 5\].* In model\.layers\.1\.inner \(Linear 3→4\), at places\.test\.ts:\d+\.$/,
  );
});

it("names the layer for errors of ops inside it", () => {
  const odd = { forward: (x: Tensor): Tensor => x.matmul(tensor([[1], [2], [3]])) };
  const model = new nn.Sequential(new nn.Residual(odd));
  expect(() => model.forward(tensor([[1, 2]]))).toThrow(
    /inner sizes differ: \[1, 2\] × \[3, 1\] has 2 ≠ 3\..* In .*Residual.*, at places\.test\.ts:\d+\.$/,
  );
});
