// The programs of the lessons by name. Those that need more than tensors and layers are fetched when they are opened.

import type { Program } from "../program.ts";
import type { ProgramName, Settings } from "../protocol.ts";
import { chain } from "./chain.ts";
import { deep } from "./deep.ts";
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
  digits: async (settings) => (await import("./digits.ts")).digits(settings),
  softmax,
  xor,
  surface,
  chain,
  deep,
  custom: async (settings) => (await import("../training-program.ts")).playgroundProgram(settings),
};

/** Builds a program. */
export function makeProgram(name: ProgramName, settings: Settings): Program | Promise<Program> {
  return programs[name](settings);
}
