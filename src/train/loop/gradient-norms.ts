// The norm of each parameter's gradient in a step: one small vector that the compiled step computes where a callback has
// asked for it, and that is read only for the steps where somebody looks.

import type { Gradients } from "../../autodiff/gradients.ts";
import type { Parameter } from "../../ir/state.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { parameters } from "../../nn/walk.ts";
import { stack } from "../../ops/concatenate.ts";
import { zeros } from "../../ops/leaf.ts";
import { literal } from "../../ops/operand.ts";

/** Stands for the norm of a parameter that has no gradient: frozen, or not reached. */
const none = -1;

/** The norms of the gradients of a model's parameters. */
export class GradientNorms {
  readonly #parameters: ReadonlyMap<string, Parameter>;

  constructor(model: object) {
    this.#parameters = parameters(model);
  }

  /** Records `‖∂loss/∂p‖₂` for each parameter p, in the order of the model. Shape: `[P]`. */
  recorded(gradients: Gradients): Tensor {
    const all = new Map(gradients);
    const dtype = [...all.values()].some((g) => g.dtype === "float64") ? "float64" : "float32";
    const norms = [...this.#parameters.values()].map((parameter) => {
      const g = all.get(parameter);
      // Written as in `globalNorm`, so that a step with both sums the squares once.
      return g === undefined ? literal(none, dtype) : g.mul(g).sum().sqrt().cast(dtype);
    });
    return norms.length === 0 ? zeros([0], dtype) : stack(norms);
  }

  /** The norms by the paths of the parameters that have a gradient. */
  async read(norms: Tensor): Promise<Readonly<Record<string, number>>> {
    const values = await norms.data();
    const paths = [...this.#parameters.keys()];
    return Object.fromEntries(
      paths.flatMap((path, k) => (values[k] === none ? [] : [[path, Number(values[k])] as const])),
    );
  }
}
