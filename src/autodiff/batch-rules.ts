// Batching rules by kind of op: how the op of all examples is said with the op of one. Inputs that vary have the new
// axis 0; the others are repeated along it only where the op cannot do without.

import { type Batch, type ContractAxes, type OpKind, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { stack } from "../ops/concatenate.ts";

/** Records the op of `node` for all examples, from its batched inputs. */
type KindRule = (node: Tensor, inputs: readonly Tensor[], batch: Batch) => Tensor;

/** The same op on all inputs with the new axis. */
const same: KindRule = ({ definition, attributes }, inputs, batch) =>
  record(definition, repeated(inputs, batch), attributes);

/** The same op with its attribute `axis` moved behind the new axis. */
const alongAxis: KindRule = ({ definition, attributes }, inputs, batch) =>
  record(definition, repeated(inputs, batch), {
    ...attributes,
    axis: (attributes.axis as number) + 1,
  });

/** Rules by kind. Kinds without one have no inputs, or say themselves how (`batch` of the definition). */
export const batchRules: { readonly [K in OpKind]?: KindRule } = {
  scalar: same,
  cast: same,
  host: same,
  concatenate: alongAxis,
  scatterAdd: alongAxis,

  reshape: ({ definition, shape }, [x], { size }) =>
    record(definition, [x], { shape: [size, ...shape] }),

  reduce: ({ definition, attributes }, [x]) => {
    const axes = attributes.axes as readonly number[];
    return record(definition, [x], { ...attributes, axes: axes.map((axis) => axis + 1) });
  },

  contract: (node, [a, b], { varies }) => {
    if (varies[0] && varies[1]) return contractBoth(node, a, b);
    return varies[0] ? contractLeft(node, a, b) : contractRight(node, a, b);
  },

  gather: (node, [x, index], batch) =>
    batch.varies[0]
      ? alongAxis(node, [x, index], batch)
      : gatherShared(node, x, index, node.attributes.axis as number),

  // One draw serves all: each example takes its own part of it. A state of each example's own is a draw of its own.
  randomBits: ({ definition, shape }, [state], { size, varies }) => {
    if (!varies[0]) return record(definition, [state], { shape: [size, ...shape] });
    const draws = state.unbind(0).map((own) => record(definition, [own], { shape: [...shape] }));
    return stack(draws);
  },

  // A value that is the same for all stays so, whatever else the alias hangs on.
  alias: ({ definition, attributes }, inputs) => record(definition, inputs, attributes),
};

function repeated(inputs: readonly Tensor[], batch: Batch): Tensor[] {
  return inputs.map((x, k) => batch.all(x, batch.varies[k]));
}

type Pairs = ContractAxes["batch"];

function axesOf({ definition, attributes }: Tensor): ContractAxes {
  const { body } = definition;
  return (body as Extract<typeof body, { kind: "contract" }>).axes(attributes);
}

/** Moves the axes of the left and of the right operand. */
function moved(pairs: Pairs, left: number, right: number): number[][] {
  return pairs.map(([i, j]) => [i + left, j + right]);
}

function contractBoth(node: Tensor, a: Tensor, b: Tensor): Tensor {
  const { batch, contract } = axesOf(node);
  return record(node.definition, [a, b], {
    batch: [[0, 0], ...moved(batch, 1, 1)],
    contract: moved(contract, 1, 1),
  });
}

/** The new axis is a free one of a: it comes out behind the batch axes. */
function contractLeft(node: Tensor, a: Tensor, b: Tensor): Tensor {
  const { batch, contract } = axesOf(node);
  const product = record(node.definition, [a, b], {
    batch: moved(batch, 1, 0),
    contract: moved(contract, 1, 0),
  });
  return product.moveAxis(batch.length, 0);
}

/** The new axis is a free one of b: it comes out behind the free axes of a. */
function contractRight(node: Tensor, a: Tensor, b: Tensor): Tensor {
  const { batch, contract } = axesOf(node);
  const product = record(node.definition, [a, b], {
    batch: moved(batch, 0, 1),
    contract: moved(contract, 0, 1),
  });
  return product.moveAxis(a.rank - contract.length, 0);
}

/** All examples look up in one table: their indices are laid one after another, so that the table is not repeated. */
function gatherShared(node: Tensor, x: Tensor, index: Tensor, axis: number): Tensor {
  const beside = index.moveAxis(0, axis); // the axis of examples, then the axis of the index
  const { shape } = beside;
  const flat = beside.reshape([
    ...shape.slice(0, axis),
    shape[axis] * shape[axis + 1],
    ...shape.slice(axis + 2),
  ]);
  const picked = record(node.definition, [x, flat], node.attributes);
  return picked.reshape(shape).moveAxis(axis, 0);
}
