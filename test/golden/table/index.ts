// The table from the op of a golden case to the library: single ops, layers, losses, and programs that train.

import { type Entry, fromFunction, fromLayer, fromUncompiled } from "../entry.ts";
import { binary } from "./binary.ts";
import { combo } from "./combo.ts";
import { convolution, convolutionLayers, positions } from "./convolution.ts";
import { higher } from "./higher.ts";
import { layerFunctions, layers } from "./layers.ts";
import { linalg, sorting } from "./linalg.ts";
import { losses } from "./losses.ts";
import { norms } from "./norms.ts";
import { optim } from "./optim.ts";
import { recurrent } from "./recurrent.ts";
import { reduce } from "./reduce.ts";
import { schedules } from "./schedules.ts";
import { seeds } from "./seeds.ts";
import { dynamicShape, shape } from "./shape.ts";
import { training } from "./train.ts";
import { transformer } from "./transformer.ts";
import { unary } from "./unary.ts";

/** Ops as functions of tensors. */
const functions = {
  ...unary,
  ...binary,
  ...reduce,
  ...shape,
  ...linalg,
  ...sorting,
  ...losses,
  ...layerFunctions,
  ...norms,
  ...convolution,
};

/** How each op is said with the library; an op that is not here is unsupported. */
export const table: Readonly<Record<string, Entry>> = {
  ...mapValues({ ...functions, ...higher, ...combo(functions) }, fromFunction),
  ...mapValues({ ...layers, ...convolutionLayers, ...recurrent, ...transformer }, fromLayer),
  ...mapValues(dynamicShape, fromUncompiled),
  ...positions,
  ...optim,
  ...schedules,
  ...training,
  ...seeds,
};

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (a: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
