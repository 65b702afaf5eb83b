// The network that tutorials work by hand: 2 inputs, 3 hidden units, 1 output, sigmoid twice, half the squared error.

import { nn, optim, tensor } from "chainrule";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

export function twoThreeOne({ learningRate = 0.1 }: Settings): Program {
  const hidden = new nn.Linear(2, 3, { bias: false });
  const output = new nn.Linear(3, 1, { bias: false });
  hidden.weight.set([0.1, 0.4, 0.2, 0.5, 0.3, 0.6]);
  output.weight.set([0.7, 0.8, 0.9]);
  const model = new nn.Sequential(hidden, new nn.Sigmoid(), output, new nn.Sigmoid());
  const optimizer = new optim.SGD(model, { learningRate: Number(learningRate) });
  return programOf(
    model,
    optimizer,
    (x, t) => {
      const loss = model.forward(x).sub(t).square().sum().mul(0.5);
      optimizer.step(loss.backward());
      return loss;
    },
    { x: tensor([[0.5, 0.8]]), t: tensor([[0.7]]) },
  );
}
