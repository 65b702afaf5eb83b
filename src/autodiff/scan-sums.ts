// Gradients of what is the same in all turns are sums over the turns. Where a turn's part is a product, the sum is one
// product of the stacked operands with an axis more to sum over, made after the loop: far faster than adding up a product
// in each turn. Likewise where it is a sum over what is stacked anyway.

import { type Attributes, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";

/** A part that is added up after the loop: views and reshapes, which are linear, of a product or a sum. */
export interface Deferred {
  readonly core: Tensor;
  /** From the core outwards. */
  readonly moves: readonly Tensor[];
}

/** How a part can be added up after the loop, if that is better. `isHeld`: whether a value is stacked anyway. */
export function deferred(part: Tensor, isHeld: (t: Tensor) => boolean): Deferred | undefined {
  const moves: Tensor[] = [];
  let core = part;
  while (isMove(core)) {
    moves.unshift(core);
    [core] = core.inputs;
  }
  const { body } = core.definition;
  const isProduct = body.kind === "contract";
  if (!isProduct && (body.kind !== "reduce" || body.combine !== "add")) return undefined;
  // What is stacked for the purpose should be less than what would be added in each turn.
  const fresh = core.inputs.filter((x) => !isHeld(x));
  const copied = fresh.reduce((sum, { size }) => sum + size, 0);
  return copied === 0 || (isProduct && 2 * copied <= 3 * core.size) ? { core, moves } : undefined;
}

/** The sum over all turns, from stacked operands. */
export function summedAfter({ core, moves }: Deferred, stackOf: (t: Tensor) => Tensor): Tensor {
  const kind = core.definition.body.kind as keyof typeof deeper;
  const attributes = deeper[kind](core.attributes);
  const whole = record(core.definition, core.inputs.map(stackOf), attributes).reshape(core.shape);
  return moves.reduce((x, move) => record(move.definition, [x], move.attributes), whole);
}

/** Attributes of the same product or sum, also over a new axis in front. */
const deeper = {
  contract: ({ batch, contract, ...others }: Attributes): Attributes => ({
    ...others,
    batch: (batch as Pairs).map(([a, b]) => [a + 1, b + 1]),
    contract: [[0, 0], ...(contract as Pairs).map(([a, b]) => [a + 1, b + 1])],
  }),
  reduce: ({ axes, ...others }: Attributes): Attributes => ({
    ...others,
    axes: [0, ...(axes as readonly number[]).map((axis) => axis + 1)],
  }),
};

type Pairs = readonly (readonly number[])[];

function isMove({ definition: { body }, inputs, attributes, shape, dtype }: Tensor): boolean {
  if (body.kind !== "view") return body.kind === "reshape";
  return body.view(inputs[0], { shape, dtype }, attributes).fill === undefined;
}
