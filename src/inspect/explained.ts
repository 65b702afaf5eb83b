// What `chainrule explain` shows: a step that a module of yours offers, and what the page says about the step it holds.

import type { Tensor } from "../ir/tensor.ts";
import type { TensorData } from "../ops/leaf.ts";

/** What the command line asked for. */
export interface ExplainRequest {
  /** Number of the sample to trace a step of. */
  readonly sample: number;
  readonly seed: number;
  /** Folder with data sets, where one was named. */
  readonly dataDir?: string;
}

/**
 * A step to explain, as for `trace`. `chainrule explain module.ts` calls the module's function `explain(request)`, which
 * returns this or a promise of it:
 *
 * `export const explain = ({ sample }: ExplainRequest): ExplainedStep => ({ step, inputs: [x, y], names: ["x", "y"] })`
 */
export interface ExplainedStep {
  /** Forward, loss, backward and update; returns the loss. */
  step(...inputs: Tensor[]): Tensor;
  readonly inputs: readonly (Tensor | TensorData)[];
  readonly names?: readonly string[];
  /** What it is, in a few words; default: the module's file. */
  readonly title?: string;
}

/** What the page of a step says above it. */
export interface ExplainFacts {
  readonly title: string;
  /** Where the weights are from: a saved run, or a fresh start. */
  readonly weights: "saved" | "fresh";
  readonly sample: number;
  readonly parameters: number;
  /** Updates that the optimizer had done: its moments, step count and learning rate are those after them. Default: 0. */
  readonly updates?: number;
  /** Version of the library that made the page. */
  readonly library: string;
  /** Class of the sample, and what the model takes it for. */
  readonly actual?: string;
  readonly predicted?: string;
  /** The sample as a picture: channels one after the other, by rows, from 0 to 1. */
  readonly image?: {
    readonly pixels: readonly number[];
    readonly shape: readonly [channels: number, height: number, width: number];
  };
}
