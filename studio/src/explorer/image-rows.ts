// Tensors with an image in each row: a step's images as rows, the weights that they are multiplied by, and the adjoints and
// new values of these. They are shown as images, so that each unit's weights look as what they weigh.

import type { StepTrace, TraceNode } from "chainrule/inspect";

/** What of a step says it. */
interface StepOnImages {
  readonly nodes: readonly Pick<
    TraceNode,
    "id" | "op" | "phase" | "name" | "shape" | "inputs" | "adjoint"
  >[];
  readonly updates: readonly Pick<StepTrace["updates"][number], "before" | "after">[];
}

/** The shape `[rows, height, width]` in which such a tensor is shown, by the number of its node. */
export function imageRows({
  nodes,
  updates,
}: StepOnImages): ReadonlyMap<number, readonly number[]> {
  const images = nodes.find(({ phase, name }) => phase === "input" && /^images?$/.test(name ?? ""));
  const [height, width] = imageSize(images?.shape ?? []);
  if (images === undefined || height < 5) return new Map();
  const found = new Set([images.id]);
  for (const { id, op, inputs } of nodes)
    if (op === "reshape" && found.has(inputs[0])) found.add(id);
  for (const { op, phase, inputs } of nodes)
    if (op === "contract" && phase === "forward" && inputs.some((id) => found.has(id)))
      for (const id of inputs) found.add(id);
  for (const id of [...found]) found.add(nodes[id].adjoint ?? id);
  for (const { before, after } of updates) if (found.has(before)) found.add(after);
  const rows = [...found].flatMap((id) => {
    const [count, length, ...others] = nodes[id].shape;
    const isRow = others.length === 0 && length === height * width;
    return isRow ? [[id, [count, height, width]] as const] : [];
  });
  return new Map(rows);
}

/** Height and width: of images that are rows already, those of a square. */
function imageSize(shape: readonly number[]): readonly [height: number, width: number] {
  if (shape.length > 2) return [shape.at(-2)!, shape.at(-1)!];
  const side = Math.sqrt(shape.at(-1) ?? 0);
  return Number.isInteger(side) ? [side, side] : [0, 0];
}
