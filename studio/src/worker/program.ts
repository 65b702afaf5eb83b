// A program that the explorer can show: one training step of a model, on one batch, that can be traced and done.

import { nn, type Tensor } from "chainrule";

export interface Program {
  /** What changes from step to step, by path: parameters, and the optimizer's state. */
  readonly state: ReturnType<typeof nn.namedState>;
  /** Forward, loss, backward and update; returns the loss. */
  readonly step: (...inputs: Tensor[]) => Tensor;
  readonly inputs: readonly Tensor[];
  readonly names: readonly string[];
  /** Share of unseen data that is right with the present parameters. */
  readonly score?: () => number;
  /** What the model says of inputs given row by row, with the present parameters. */
  readonly predict?: (inputs: Tensor) => Tensor;
}

/** Puts a program together; names the model's layers, so that traces know their paths. */
export function programOf(
  model: object,
  optimizer: object,
  step: Program["step"],
  inputs: Readonly<Record<string, Tensor>>,
): Program {
  nn.named(model);
  const state = nn.namedState({ model, optimizer });
  return { state, step, inputs: Object.values(inputs), names: Object.keys(inputs) };
}
