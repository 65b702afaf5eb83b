// Three classes, one sample: softmax and cross-entropy, written out operation by operation or as the library's one loss.
// Both hand the logits the same gradient, p − y.

import { losses, nn, optim, type Tensor, tensor } from "chainrule";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

export function softmax({ learningRate = 0.5, form = "steps", label = 1 }: Settings): Program {
  const model = new nn.Linear(2, 3);
  model.weight.set([0.5, -0.2, 0.1, 0.3, -0.4, 0.6]);
  model.bias!.set([0, 0, 0]);
  const optimizer = new optim.SGD(model, { learningRate: Number(learningRate) });
  const oneHot = [0, 1, 2].map((k) => (k === Number(label) ? 1 : 0));
  return programOf(
    model,
    optimizer,
    (x, y) => {
      const z = model.forward(x); // [1, 3]
      const loss = form === "steps" ? writtenOut(z, y) : losses.crossEntropy(z, y);
      optimizer.step(loss.backward());
      return loss;
    },
    { x: tensor([[1, 2]]), y: tensor([oneHot]) },
  );
}

function writtenOut(z: Tensor, y: Tensor): Tensor {
  const e = z.exp();
  const p = e.div(e.sum({ axis: 1, keepDims: true }));
  return p.log().mul(y).sum().neg();
}
