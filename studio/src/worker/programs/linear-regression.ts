// A linear model by gradient descent. `data: "one"` is the tutorials' single sample, `y = W·x + b` for x = (1, 2) and
// target 3 with half the squared error; `"line"` is five points on y = 2x + 1 with the mean squared error, which starts at
// w = 0, b = 0; `"slope"` is the same with b = 1 given, so that the loss is a parabola, 11 (w − 2)².

import { losses, nn, optim, type Tensor, tensor } from "chainrule";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

const points = [1, 2, 3, 4, 5];

export function linearRegression({ data = "line", learningRate = 0.05 }: Settings): Program {
  if (data === "one") return oneSample(Number(learningRate));
  return fivePoints(Number(learningRate), data === "line");
}

function oneSample(learningRate: number): Program {
  const model = new nn.Linear(2, 1);
  model.weight.set([0.1, 0.2]);
  model.bias!.set([0.3]);
  const lossOf = (x: Tensor, t: Tensor): Tensor => model.forward(x).sub(t).square().sum().mul(0.5);
  return descending(model, learningRate, lossOf, { x: tensor([[1, 2]]), t: tensor([[3]]) });
}

function fivePoints(learningRate: number, bias: boolean): Program {
  const model = new nn.Linear(1, 1, { bias });
  model.weight.set([0]);
  model.bias?.set([0]);
  const lossOf = (x: Tensor, t: Tensor): Tensor => losses.meanSquaredError(model.forward(x), t);
  const above = bias ? 1 : 0;
  const targets = points.map((x) => [2 * x + above]);
  return descending(model, learningRate, lossOf, {
    x: tensor(points.map((x) => [x])),
    t: tensor(targets),
  });
}

function descending(
  model: nn.Linear,
  learningRate: number,
  lossOf: (x: Tensor, t: Tensor) => Tensor,
  inputs: Readonly<Record<string, Tensor>>,
): Program {
  const optimizer = new optim.SGD(model, { learningRate });
  const step = (x: Tensor, t: Tensor): Tensor => {
    const loss = lossOf(x, t);
    optimizer.step(loss.backward());
    return loss;
  };
  return programOf(model, optimizer, step, inputs);
}
