// The table from the op of a golden case to the library: single ops, layers, losses, and programs that train.

import { type Entry, fromFunction, fromLayer } from "../entry.ts";
import { binary } from "./binary.ts";
import { combo } from "./combo.ts";
import { convolution, convolutionLayers, positions } from "./convolution.ts";
import { higher } from "./higher.ts";
import { layerFunctions, layers } from "./layers.ts";
import { linalg } from "./linalg.ts";
import { losses } from "./losses.ts";
import { optim } from "./optim.ts";
import { recurrent } from "./recurrent.ts";
import { reduce } from "./reduce.ts";
import { schedules } from "./schedules.ts";
import { seeds } from "./seeds.ts";
import { shape } from "./shape.ts";
import { training } from "./train.ts";
import { unary } from "./unary.ts";

/** Ops as functions of tensors. */
const functions = {
  ...unary,
  ...binary,
  ...reduce,
  ...shape,
  ...linalg,
  ...losses,
  ...layerFunctions,
  ...convolution,
};

/** How each op is said with the library; an op that is not here is unsupported. */
export const table: Readonly<Record<string, Entry>> = {
  ...mapValues({ ...functions, ...higher, ...combo(functions) }, fromFunction),
  ...mapValues({ ...layers, ...convolutionLayers, ...recurrent }, fromLayer),
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
