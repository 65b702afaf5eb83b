// Two classes on four points: a hidden layer of three ReLU units, a sigmoid, and binary cross-entropy written out, so
// that the graph shows each of its operations. The weights are those of the example program 03.

import { nn, optim, tensor } from "chainrule";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

export function reluBce({ learningRate = 0.1 }: Settings): Program {
  const hidden = new nn.Linear(2, 3);
  const output = new nn.Linear(3, 1);
  hidden.weight.set([0.1, 0.4, 0.2, 0.5, 0.3, 0.6]);
  hidden.bias!.set([0.1, 0.2, 0.3]);
  output.weight.set([0.7, -0.8, 0.9]);
  output.bias!.set([0.1]);
  const model = new nn.Sequential(hidden, new nn.ReLU(), output, new nn.Sigmoid());
  const optimizer = new optim.SGD(model, { learningRate: Number(learningRate) });
  const program = programOf(
    model,
    optimizer,
    (x, t) => {
      const y = model.forward(x);
      const ones = t.mul(y.log());
      const zeros = tensor(1).sub(t).mul(tensor(1).sub(y).log());
      const loss = ones.add(zeros).mean().neg();
      optimizer.step(loss.backward());
      return loss;
    },
    {
      x: tensor([
        [1, 2],
        [2, 3],
        [3, 4],
        [4, 5],
      ]),
      t: tensor([[0], [0], [1], [1]]),
    },
  );
  return { ...program, predict: (inputs) => model.forward(inputs) };
}
