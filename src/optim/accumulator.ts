// Gradient accumulation: sums gradients over several small batches, so that one step acts as on a large one.

import { Gradients } from "../autodiff/gradients.ts";
import { hostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Assignment } from "../ir/engine.ts";
import { assignAll, type Parameter, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { currentTrace } from "../ir/trace.ts";
import { zeros } from "../ops/leaf.ts";
import { checkPositive } from "./options.ts";
import { findParameters, type Trainable } from "./parameters.ts";

/**
 * Sums gradients between calls, compiled or not: `accumulator.add(loss.backward())` for each small batch, then
 * `optimizer.step(accumulator.take())`. With losses that are means, this is the gradient of the mean over all batches.
 * Batches that fit into one compiled step need none: `first.backward().add(second.backward()).scale(0.5)`.
 */
export class Accumulator {
  readonly #sums: ReadonlyMap<Parameter, State>;
  readonly #paths: ReadonlyMap<string, Parameter>;
  /** Sum of the losses by weight, and of the weights. */
  readonly #loss: State;
  readonly #weight: State;
  /** Parameters that have had a gradient; others stay as they are. */
  readonly #seen = new Set<Parameter>();
  /** Whether a compiled step takes the sums of those seen when it was recorded. */
  #isRecorded = false;
  /** Whether weights are tensors, whose sum may be 0. */
  #isWeighted = false;

  constructor(model: Trainable) {
    this.#paths = findParameters(model);
    const sums = [...this.#paths.values()].map((parameter) => {
      const { shape, dtype } = parameter;
      return [parameter, new State(hostArray(dtype, sizeOf(shape)), shape, dtype)] as const;
    });
    this.#sums = new Map(sums);
    this.#loss = new State(Float64Array.of(0), [], "float32");
    this.#weight = new State(Float64Array.of(0), [], "float32");
  }

  /** Adds gradients; `weight` is the number of samples where batches differ in size, or the sum of their weights, a scalar. */
  add(gradients: Gradients, weight: number | Tensor = 1): void {
    if (typeof weight === "number") checkPositive("Accumulator.add", { weight });
    else this.#isWeighted = true;
    const sums = [...gradients].map(([parameter, g]): Assignment => {
      const sum = this.#sums.get(parameter) ?? unknown(parameter);
      if (this.#isRecorded && !this.#seen.has(parameter)) throw addedLate(parameter);
      this.#seen.add(parameter);
      return { slot: sum.slot, value: sum.add(scaled(g, weight)) };
    });
    const loss = scaled(gradients.loss.reshape([]).cast("float32"), weight);
    assignAll(
      [
        ...sums,
        { slot: this.#loss.slot, value: this.#loss.add(loss) },
        {
          slot: this.#weight.slot,
          value: this.#weight.add(typeof weight === "number" ? weight : weight.cast("float32")),
        },
      ],
      [gradients.loss],
    );
  }

  /** The mean of the gradients by weight, with the mean loss; the sums start again at 0. */
  take(): Gradients {
    if (this.#seen.size === 0) throw nothingAdded();
    if (currentTrace() !== undefined) this.#isRecorded = true;
    const sum = this.#weight.node;
    const weight = this.#isWeighted ? sum.equal(0).where(1, sum) : sum;
    const means = [...this.#seen].map((parameter) => {
      const g = this.#sums.get(parameter)!;
      return [parameter, g.div(weight.cast(g.dtype))] as const;
    });
    const gradients = new Gradients(this.#loss.div(weight), new Map(means));
    const all = [...means.map(([parameter]) => this.#sums.get(parameter)!), this.#loss];
    const cleared = [...all, this.#weight].map(({ slot, shape, dtype }): Assignment => {
      return { slot, value: zeros(shape, dtype) };
    });
    assignAll(cleared, [gradients.loss, ...means.map(([, g]) => g)]);
    return gradients;
  }

  /** State for checkpoints: `sum.path` for each parameter, the summed loss and weight. */
  stateTensors(): Map<string, State> {
    const sums = [...this.#paths].map(([path, parameter]) => {
      return [`sum.${path}`, this.#sums.get(parameter)!] as const;
    });
    return new Map([["loss", this.#loss], ["weight", this.#weight], ...sums]);
  }
}

function scaled(x: Tensor, weight: number | Tensor): Tensor {
  if (typeof weight !== "number") return x.mul(weight.cast(x.dtype));
  return weight === 1 ? x : x.mul(weight);
}

function unknown({ shape }: Parameter): never {
  throw new ChainruleError({
    code: "PARAMETER_NOT_FOUND",
    op: "Accumulator.add",
    problem: `the gradients hold a parameter of shape [${shape}] that the accumulator's model has not`,
    fix: "Make the accumulator with the model that is trained.",
    detail: { shape },
  });
}

function addedLate({ shape }: Parameter): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Accumulator.add",
    problem: `a parameter of shape [${shape}] has its first gradient after a compiled step took the sums, which does not know it`,
    fix: "Add one batch that reaches every parameter before the first compiled take().",
    detail: { shape },
  });
}

function nothingAdded(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Accumulator.take",
    problem: "nothing has been added",
    fix: "Call accumulator.add(loss.backward()) for each batch first.",
  });
}
