// What the layers of a model say before anything is computed: how strong dropout is, and how many records batch norm sees.

import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../nn/batch-norm.ts";
import { Dropout, Dropout1d, Dropout2d, Dropout3d } from "../nn/dropout.ts";
import { walk } from "../nn/walk.ts";
import { type Finding, finding, percent } from "./finding.ts";

/** Srivastava et al. (2014) find 0.5 best for hidden units and little use beyond 0.6. */
const strongest = 0.6;
/** With batches of 2 batch norm has a tenth more errors than with 32, and learning is unstable (Wu & He 2018). */
const fewRecords = 4;

const dropouts = [Dropout, Dropout1d, Dropout2d, Dropout3d] as const;
const norms = [BatchNorm1d, BatchNorm2d, BatchNorm3d] as const;

/** Checks the layers of a model for batches of so many records. */
export function checkModel(model: object, records: number): Finding[] {
  const found: Finding[] = [];
  for (const [path, owner] of walk(model).owners) {
    if (dropouts.some((kind) => owner instanceof kind)) {
      const { p } = owner as Dropout;
      const text = {
        en: `It makes ${percent(p)} of its inputs 0 in each step.`,
        zh: `它在每一步都把 ${percent(p)} 的输入置为 0。`,
      };
      if (p > strongest) found.push(finding("dropout-too-strong", "warning", text, { p }, path));
    }
    if (records < fewRecords && norms.some((kind) => owner instanceof kind)) {
      const severity = records === 1 ? "error" : "warning";
      const text = {
        en: `It takes its statistics from ${records} ${records === 1 ? "record" : "records"}.`,
        zh: `它的统计量只来自 ${records} 条记录。`,
      };
      found.push(finding("small-norm-batch", severity, text, { records }, path));
    }
  }
  return found;
}
