// A program run by itself, away from the step under study: its losses, its parameters and its score after each update,
// for charts and paths. And the gradients of its layers at the start.

import { compile, tensor } from "chainrule";
import { trace } from "chainrule/inspect";
import type { ProgramHistory, ProgramName, Settings } from "../protocol.ts";
import { makeProgram } from "./all.ts";

/** Does so many updates of a program and keeps what it went through; entry 0 is the start. */
export async function historyOf(
  name: ProgramName,
  settings: Settings,
  updates: number,
): Promise<ProgramHistory> {
  const { state, step, inputs, score } = await makeProgram(name, settings);
  const watched = [...state].filter(([path]) => path.startsWith("model."));
  const parameters: Record<string, number[][]> = Object.fromEntries(
    watched.map(([path]) => [path, []]),
  );
  const losses: number[] = [];
  const scores: number[] = [];
  const run = compile(step);
  for (let k = 0; k <= updates; k++) {
    for (const [path, slot] of watched) parameters[path].push(Array.from(slot.dataSync(), Number));
    if (score !== undefined) scores.push(score());
    losses.push(run(...inputs).itemSync());
  }
  return { losses, parameters, scores };
}

/** What a program says of points, with parameters from its history. Row by row over the grid of `xs` and `ys`. */
export async function predictionsOf(
  name: ProgramName,
  settings: Settings,
  parameters: Readonly<Record<string, readonly number[]>>,
  xs: readonly number[],
  ys: readonly number[],
): Promise<Float32Array> {
  const { state, predict } = await makeProgram(name, settings);
  for (const [path, values] of Object.entries(parameters)) state.get(path)!.set([...values]);
  const points = ys.flatMap((y) => xs.map((x) => [x, y]));
  return predict!(tensor(points)).dataSync() as Float32Array;
}

/** The 2-norm of the loss's gradient for each weight matrix, in the order of the layers. */
export async function gradientNorms(
  name: ProgramName,
  settings: Settings,
): Promise<readonly number[]> {
  const { step, inputs } = await makeProgram(name, settings);
  const { nodes, updates } = trace(step, inputs).toJSON();
  return updates
    .filter(({ name: path, gradient }) => path.endsWith("weight") && gradient !== undefined)
    .filter(({ gradient }) => nodes[gradient!].shape.length === 2)
    .map(({ gradient }) => Math.hypot(...nodes[gradient!].values));
}
