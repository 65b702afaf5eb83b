// The bridge to the explorer: the step that a run would do next, as text, and the program made of that text. It holds the
// description, the values of all state, and the batch.

import { type HostArray, nn, type Tensor, tensor } from "chainrule";
import { lossOf, modelOf, optimizerOf, penaltyOf } from "../playground/model.ts";
import { readDescription } from "../playground/read-description.ts";
import { type Program, programOf } from "./program.ts";
import type { Settings } from "./protocol.ts";
import type { TrainingRun } from "./training-run.ts";

/** What a moment's text holds. */
interface MomentFacts {
  readonly description: unknown;
  readonly shape: readonly number[];
  readonly classes: readonly string[] | undefined;
  /** The bytes of each value in base64, which is a quarter of what numbers as text would be. */
  readonly state: Readonly<Record<string, string>>;
  readonly learningRate: number;
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
}

/** The next step of a run as text. */
export function momentOf(run: TrainingRun): string {
  const { description, samples, model, optimizer, batches, step } = run;
  const [batch] = batches.pass(Math.floor(step / batches.length), { skip: step % batches.length });
  const named = [...nn.namedState({ model, optimizer })];
  const state = named.map(([path, one]) => [path, toBase64(one.dataSync())] as const);
  const facts: MomentFacts = {
    description,
    shape: samples.shape,
    classes: samples.classes,
    state: Object.fromEntries(state),
    learningRate: run.learningRate,
    inputs: numbers(batch.inputs.data),
    targets: numbers(batch.targets.data),
  };
  return JSON.stringify(facts);
}

/** The program of a moment. Errors: an `Error` where the text is no moment. */
export function playgroundProgram(settings: Settings): Program {
  const facts = JSON.parse(String(settings.moment)) as MomentFacts;
  const description = readDescription(facts.description);
  const { model } = modelOf(description, facts);
  const optimizer = optimizerOf(description.optimizer, model);
  optimizer.learningRate = facts.learningRate;
  for (const [path, state] of nn.namedState({ model, optimizer }))
    state.set(fromBase64(facts.state[path], state.dataSync()));
  const loss = lossOf(description, facts.classes);
  const penalty = penaltyOf(description, model);
  const step = (inputs: Tensor, targets: Tensor): Tensor => {
    const fit = loss(model.forward(inputs, { training: true }), targets);
    const whole = penalty === undefined ? fit : fit.add(penalty());
    optimizer.step(whole.backward());
    return whole;
  };
  return programOf(model, optimizer, step, tensorsOf(facts));
}

function tensorsOf({
  shape,
  classes,
  inputs,
  targets,
}: MomentFacts): Record<"inputs" | "targets", Tensor> {
  const records = inputs.length / shape.reduce((n, length) => n * length, 1);
  return {
    inputs: tensor([...inputs], { shape: [records, ...shape] }),
    targets:
      classes === undefined
        ? tensor([...targets], { shape: [records, 1] })
        : tensor(Int32Array.from(targets), { shape: [records] }),
  };
}

function numbers(values: HostArray): number[] {
  return Array.from(values as ArrayLike<number>);
}

/** Bytes that are made letters at a time: calls take so many arguments. */
const piece = 32_768;

function toBase64({ buffer, byteOffset, byteLength }: HostArray): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const letters: string[] = [];
  for (let at = 0; at < byteLength; at += piece)
    letters.push(String.fromCharCode(...bytes.subarray(at, at + piece)));
  return btoa(letters.join(""));
}

/** Fills an array of the type and length that is wanted. Errors: an `Error` where the text holds no such array. */
function fromBase64(text: string, array: HostArray): HostArray {
  const letters = atob(text);
  if (letters.length !== array.byteLength) throw new Error(`state: ${letters.length} bytes`);
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let k = 0; k < bytes.length; k++) bytes[k] = letters.charCodeAt(k);
  return array;
}
