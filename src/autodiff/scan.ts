// The op behind loops inside a step. The function is recorded once, and the loop is one piece of graph, so that a thousand
// turns compile like one. Its derivative, its tangents and its form for many examples are loops again, by the rules
// beside this file, so each can be differentiated further.

import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import { type Loop, loopAttributes, loopKey, loopOf, loopType } from "../ir/scan.ts";
import type { Tensor } from "../ir/tensor.ts";
import { backwards } from "./scan-backward.ts";
import { closed } from "./scan-closed.ts";
import { batched, forwards, type LoopResult } from "./scan-forward.ts";
import { activeArguments } from "./scan-kept.ts";

export const scanOp: OpDefinition = defineOp({
  name: "scan",
  doc: "A result of a loop: a carry after the last turn, or what the turns gave, stacked along axis 0.",
  formula: "(c_{t+1}, y_t) = f(c_t, x_t)",
  body: { kind: "scan" },
  type: loopType,
  joint: {
    key: loopKey,
    vjp: (gs, node, wanted) => backwards(gs, node, wanted, loopResults),
  },
  jvp: (given, inputs, _, attributes) => {
    const active = activeArguments(
      loopOf(attributes),
      given.map((tangent) => tangent !== null),
    );
    const found = forwards(attributes, inputs, given, active);
    return found && loopResult(found);
  },
  batch: (inputs, attributes, batch) => {
    if (!batch.varies.includes(true)) return record(scanOp, inputs, attributes);
    const found = batched(attributes, inputs, batch);
    const result = loopResult(found);
    return found.output < found.loop.carries ? result : result.moveAxis(1, 0);
  },
  samples: [],
});

function loopResult(result: LoopResult): Tensor {
  const { loop, inputs } = closed(result);
  return record(scanOp, inputs, loopAttributes(loop, result.output));
}

/** The results of a loop: final carries, then stacks. */
export function loopResults(open: Loop, given: readonly Tensor[]): Tensor[] {
  const { loop, inputs } = closed({ loop: open, inputs: given });
  return loop.body.outputs.map((_, k) => record(scanOp, inputs, loopAttributes(loop, k)));
}
