// XOR: four points, two inputs, four hidden units, one logit. With no activation between its layers the network is a
// line, and no line separates the classes.

import { losses, nn, optim, seed, tensor } from "chainrule";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

const activations = {
  none: () => new nn.Identity(),
  tanh: () => new nn.Tanh(),
  relu: () => new nn.ReLU(),
  sigmoid: () => new nn.Sigmoid(),
} as const;

export function xor({
  learningRate = 0.5,
  activation = "none",
  hidden = 4,
  start = 4,
}: Settings): Program {
  seed(Number(start));
  const between = activations[activation as keyof typeof activations]();
  const model = new nn.Sequential(
    new nn.Linear(2, Number(hidden)),
    between,
    new nn.Linear(Number(hidden), 1),
  );
  const optimizer = new optim.SGD(model, { learningRate: Number(learningRate) });
  const program = programOf(
    model,
    optimizer,
    (x, t) => {
      const loss = losses.binaryCrossEntropyWithLogits(model.forward(x), t);
      optimizer.step(loss.backward());
      return loss;
    },
    {
      x: tensor([
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ]),
      t: tensor([[0], [1], [1], [0]]),
    },
  );
  return { ...program, predict: (inputs) => model.forward(inputs).sigmoid() };
}
