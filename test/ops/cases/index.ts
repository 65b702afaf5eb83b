// All matrix cases of functions.

import type { MatrixCase } from "../matrix.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { layers } from "./layers.ts";
import { linear } from "./linear.ts";
import { lossCases } from "./losses.ts";
import { moving } from "./moving.ts";
import { networks } from "./networks.ts";
import { reductions } from "./reductions.ts";
import { transforms } from "./transforms.ts";

export const functionCases: readonly MatrixCase[] = [
  ...elementwise,
  ...reductions,
  ...moving,
  ...indexing,
  ...linear,
  ...networks,
  ...lossCases,
  ...transforms,
  ...layers,
];
