// How activation functions respond to a batch: units of a ReLU that are 0 throughout, and elements of sigmoids and tanhs
// that are near their ends. They are found in the graph, so functions called by hand count as well as layers.

import { inOrder } from "../ir/graph.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Call } from "../nn/calls.ts";
import { Conv1d } from "../nn/conv.ts";
import { walk } from "../nn/walk.ts";

/** One activation function in a forward pass. */
export interface ActivationMeasure {
  /** Path of the layer that called it; "" for the model itself. */
  readonly path: string;
  readonly kind: "relu" | "sigmoid" | "tanh";
  /** Units of a ReLU (channels, or features), elements of the others. */
  readonly units: number;
  /** Share of units that are 0 for the whole batch, or of elements whose derivative is below 4 % of the largest. */
  readonly idle: number;
}

/** Elements of the functions whose derivative, `y (1 − y)` and `1 − y²`, is below 4 % of the largest: ¼ and 1. */
const nearEnds: Readonly<Record<"sigmoid" | "tanh", (y: Tensor) => Tensor>> = {
  sigmoid: (y) => y.mul(y.neg().add(1)).less(0.01),
  tanh: (y) => y.square().neg().add(1).less(0.04),
};

/** What is to be measured. */
interface Asked extends Omit<ActivationMeasure, "idle"> {
  readonly idle: Tensor;
}

/** The activations of one forward pass, as tensors to compute. */
export class Activations {
  readonly #measured: readonly Asked[];

  constructor(model: object, calls: readonly Call[], outputs: readonly Tensor[]) {
    const flat = [...walk(model).owners.values()].some((owner) => owner instanceof Conv1d);
    const last = outputs.map(behindViews);
    this.#measured = inOrder(outputs).flatMap((y): Asked[] => {
      const kind = y.definition.name;
      const call = innermost(calls, y);
      const path = call === undefined ? "" : pathOf(call);
      if (kind === "relu" && y.rank > 1 && y.shape[0] > 0) {
        const axis = y.rank > 3 || (y.rank === 3 && flat) ? 1 : y.rank - 1;
        return [{ path, kind, units: y.shape[axis], idle: deadShare(y, axis) }];
      }
      // The last activation may be sure of its answer, and approximations of GELU use tanh otherwise.
      const counts = !last.includes(y) && !/GELU/i.test(y.region?.label ?? "");
      if ((kind !== "sigmoid" && kind !== "tanh") || !counts) return [];
      return [{ path, kind, units: y.size, idle: nearEnds[kind](y).cast("float32").mean() }];
    });
  }

  get tensors(): readonly Tensor[] {
    return this.#measured.map(({ idle }) => idle);
  }

  /** What was measured; `take` gives the numbers in the order of `tensors`. */
  read(take: () => number): ActivationMeasure[] {
    return this.#measured.map((one) => ({ ...one, idle: take() }));
  }
}

/** Share of the indices of an axis at which nothing is above 0. */
function deadShare(y: Tensor, axis: number): Tensor {
  const others = y.shape.flatMap((_, k) => (k === axis ? [] : [k]));
  return y.max({ axis: others }).lessEqual(0).cast("float32").mean();
}

/** The tensor whose elements a reshaped, cast or renamed one has. */
export function behindViews(tensor: Tensor): Tensor {
  const { kind } = tensor.definition.body;
  const through = kind === "reshape" || kind === "alias" || kind === "cast";
  return through && tensor.inputs.length > 0 ? behindViews(tensor.inputs[0]) : tensor;
}

/** The innermost call during which a node was recorded. */
export function innermost(calls: readonly Call[], { id }: Tensor): Call | undefined {
  return calls.findLast(({ first, end }) => first <= id && id < end);
}

/** The path of a call with its class, e.g. `layers.1 (ReLU)`; "" for the model itself. */
export function pathOf({ path, owner }: Call): string {
  const { name } = owner.constructor;
  return path === "" || name === "Object" ? path : `${path} (${name})`;
}
