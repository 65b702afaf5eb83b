// The chain rule on one expression: `L = (σ(w x + b) − t)²`, all of it single numbers.

import { optim, Parameter, tensor } from "chainrule";
import { type Program, programOf } from "../program.ts";
import type { Settings } from "../protocol.ts";

export function chain({ learningRate = 0.5, w = 2, b = -1 }: Settings): Program {
  const model = {
    w: new Parameter(Float32Array.of(Number(w)), [], "float32"),
    b: new Parameter(Float32Array.of(Number(b)), [], "float32"),
  };
  const optimizer = new optim.SGD(model, { learningRate: Number(learningRate) });
  return programOf(
    model,
    optimizer,
    (x, t) => {
      const loss = model.w.mul(x).add(model.b).sigmoid().sub(t).square();
      optimizer.step(loss.backward());
      return loss;
    },
    { x: tensor(1.5), t: tensor(0.2) },
  );
}
