// What an exported program is written from: the same facts from which the worker builds its run.

import type { Records } from "../../worker/training-protocol.ts";
import type { Description, LossName } from "../description.ts";
import { kernel, type LayerFacts } from "../layers.ts";

export interface ProgramFacts {
  readonly description: Description;
  readonly layers: readonly LayerFacts[];
  /** The loss that is used; see `lossNameOf`. */
  readonly loss: LossName;
  readonly shape: readonly number[];
  readonly classes: readonly string[] | undefined;
  readonly train: Records;
  readonly test: Records;
}

/** The length of a run in steps, and whether the last batch of a pass is left out (batch norm needs two records). */
export function lengthOf({ description: { batchSize, epochs }, train }: ProgramFacts): {
  readonly steps: number;
  readonly dropLast: boolean;
} {
  const records = train.targets.length;
  const dropLast = records % batchSize === 1;
  const perEpoch = dropLast ? Math.floor(records / batchSize) : Math.ceil(records / batchSize);
  return { steps: perEpoch * epochs, dropLast };
}

/** Numbers as text of at most four places, in lines of about a hundred characters. */
export function numberLines(values: ArrayLike<number>, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (let k = 0; k < values.length; k++) {
    const text = `${Number(values[k].toFixed(4))}, `;
    if (line.length + text.length > 98 - indent.length) {
      lines.push(indent + line.trimEnd());
      line = "";
    }
    line += text;
  }
  if (line !== "") lines.push(indent + line.trimEnd());
  return lines.join("\n");
}

/** How many numbers one unit of a layer with weights reads, by which its first weights are scaled. */
export function fanIn(layer: LayerFacts & { readonly kind: "linear" | "conv" }): number {
  return layer.kind === "linear" ? layer.inputs : layer.inputs * kernel * kernel;
}

/** Indents every line that is not empty. */
export function indented(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}
