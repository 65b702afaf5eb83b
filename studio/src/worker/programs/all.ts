// The programs of the lessons by name.

import type { Program } from "../program.ts";
import type { ProgramName, Settings } from "../protocol.ts";
import { playgroundProgram } from "../training-program.ts";
import { chain } from "./chain.ts";
import { deep } from "./deep.ts";
import { digits } from "./digits.ts";
import { linearRegression } from "./linear-regression.ts";
import { reluBce } from "./relu-bce.ts";
import { softmax } from "./softmax.ts";
import { surface } from "./surface.ts";
import { twoThreeOne } from "./two-three-one.ts";
import { xor } from "./xor.ts";

type MakeProgram = (settings: Settings) => Program | Promise<Program>;

const programs: Readonly<Record<ProgramName, MakeProgram>> = {
  "two-three-one": twoThreeOne,
  "linear-regression": linearRegression,
  "relu-bce": reluBce,
  digits,
  softmax,
  xor,
  surface,
  chain,
  deep,
  custom: playgroundProgram,
};

/** Builds a program. */
export function makeProgram(name: ProgramName, settings: Settings): Program | Promise<Program> {
  return programs[name](settings);
}
