// What the kill test trains: small, and with everything that a continued run must get right. Order of samples, augmentation
// and dropout are random; Adam remembers moments, batch norm remembers averages, and the learning rate falls.

import { nn, type Tensor } from "chainrule";
import { digits } from "chainrule/data";
import { defineRecipe, type Recipe } from "chainrule/train";

/** Mirrors half of the images and moves all by a little noise, anew in each step. Shape: `[N, 64] → [N, 64]`. */
class Augment {
  readonly noise: nn.GaussianNoise = new nn.GaussianNoise(0.05);

  forward(x: Tensor, context: nn.Context = {}): Tensor {
    if (context.training !== true) return x;
    const images: Tensor = x.reshape([x.shape[0], 8, 8]);
    const chosen = context.generator!.bernoulli([x.shape[0], 1, 1], 0.5);
    const mirrored = images.add(images.flip(2).sub(images).mul(chosen));
    return this.noise.forward(mirrored.reshape([x.shape[0], 64]), context);
  }
}

const recipe: Recipe = defineRecipe({
  name: "kill",
  data: () => digits(),
  model: ({ hidden: [width] }) =>
    new nn.Sequential(
      new Augment(),
      new nn.Linear(64, width),
      new nn.BatchNorm1d(width),
      new nn.ReLU(),
      new nn.Dropout(0.3),
      new nn.Linear(width, 10),
    ),
  schedule:
    ({ learningRate }, steps) =>
    (step) =>
      learningRate * (1 - step / steps),
  defaults: { epochs: 20, batchSize: 64, hidden: [128], learningRate: 0.01 },
});
export default recipe;
