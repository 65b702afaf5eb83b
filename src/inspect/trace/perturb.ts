// The finite-difference check of one element, on the spot: the forward graph behind it is copied in float64, with the
// element a little larger and a little smaller, `(L(x + h) − L(x − h)) / 2h`.

import { type DType, hostArray } from "../../core/dtype.ts";
import { giveBack } from "../../core/give-back.ts";
import { inOrder } from "../../ir/graph.ts";
import { Tensor } from "../../ir/tensor.ts";
import { constant } from "../../ops/leaf.ts";
import { valuesOf } from "./elements.ts";

/** The numeric derivative of `loss` by one element of `node`, where everything behind is computed in float64. */
export function numericDerivative(loss: Tensor, node: Tensor, element: number): number {
  const x = valuesOf(node)[element];
  const h = 1e-5 * Math.max(1, Math.abs(x));
  const leaves = new Map<Tensor, Tensor>(); // the same on both sides
  const [above, below] = [x + h, x - h].map((value) =>
    lossWith(loss, node, element, value, leaves),
  );
  for (const { value } of leaves.values()) giveBack(value!.buffer);
  return (above - below) / (2 * h);
}

function lossWith(
  loss: Tensor,
  node: Tensor,
  element: number,
  value: number,
  leaves: Map<Tensor, Tensor>,
): number {
  const copies = new Map<Tensor, Tensor>();
  for (const original of inOrder([loss], (tensor) => tensor === node)) {
    const copy = leaves.get(original) ?? copied(original, node, copies);
    copies.set(original, copy);
    if (copy.inputs.length === 0 && original !== node) leaves.set(original, copy);
  }
  const changed = copies.get(node);
  if (changed !== undefined) changed.value![element] = value;
  const [result] = valuesOf(copies.get(loss)!);
  if (changed !== undefined) giveBack(changed.value!.buffer);
  return result;
}

/** A node of the same op with float64 in place of float32. */
function copied(original: Tensor, leaf: Tensor, copies: ReadonlyMap<Tensor, Tensor>): Tensor {
  const dtype = wide(original.dtype);
  if (original === leaf || original.inputs.length === 0) {
    const data = hostArray(dtype, original.size);
    data.set(valuesOf(original));
    return constant(data, original.shape, dtype);
  }
  const inputs = original.inputs.map((input) => copies.get(input)!);
  const { attributes } = original;
  const own = "dtype" in attributes ? { ...attributes, dtype } : attributes;
  return new Tensor(original.definition, inputs, own, { shape: original.shape, dtype });
}

function wide(dtype: DType): DType {
  return dtype === "float32" ? "float64" : dtype;
}
