// What the playground's page and its training worker say to each other. The worker trains; the page asks for a look when
// it has drawn the last one, so that a slow page never has looks queueing up.

import type { ChineseFinding, Finding } from "chainrule/inspect";
import type { Description } from "../playground/description.ts";
import type { Problem } from "../playground/problems.ts";
import type { LeftOut } from "../playground/table-samples.ts";

/** What is known once a description is opened, before the first step. */
export interface Opened {
  /** Records to learn from and to test on: inputs one after another, and targets. */
  readonly train: Records;
  readonly test: Records;
  readonly shape: readonly number[];
  readonly classes: readonly string[] | undefined;
  readonly features: readonly string[];
  /** What of a table cannot be used. */
  readonly leftOut: LeftOut | undefined;
  /** The layers as text, and the number of trained numbers. */
  readonly layers: readonly string[];
  readonly parameters: number;
  readonly stepsPerEpoch: number;
}

export interface Records {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

export type TrainingStatus = "paused" | "running" | "finished" | "failed";

/** A finding, and what the library says of it in Chinese. */
export interface HealthFinding extends Finding {
  readonly chinese: ChineseFinding;
}

/** What a look should contain beside numbers and curves. */
export interface Wanted {
  /** Index of the test record whose activations are pictured, where inputs are no points of the plane. */
  readonly record: number;
  /** An image to picture the activations of instead, such as a drawn digit. */
  readonly image?: Float32Array | undefined;
  readonly pictures: boolean;
  readonly weights: boolean;
  readonly confusion: boolean;
  readonly health: boolean;
}

/** Curves by epoch; entries line up. */
export interface Curves {
  readonly epochs: readonly number[];
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly trainAccuracy: readonly number[];
  readonly testAccuracy: readonly number[];
}

/** Pictures of a block's units, one after another, each of `height × width` numbers. */
export interface Pictures {
  readonly units: number;
  /** Units of the block; pictures are of the first of them. */
  readonly all: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

/** The model's answer at each place of the plane, row by row from the top. */
export interface Plane {
  readonly side: number;
  /** For classes the likeliest one and its probability; for a number the number in `share`. */
  readonly winner: Uint8Array;
  readonly share: Float32Array;
}

/** A parameter, or its first elements. */
export interface ParameterLook {
  readonly path: string;
  readonly shape: readonly number[];
  readonly weight: Float32Array;
  /** Of the last step; zeros before the first. */
  readonly gradient: Float32Array;
  readonly weightNorm: number;
  readonly gradientNorm: number;
}

export interface Look {
  readonly status: TrainingStatus;
  /** Why the run failed. */
  readonly failure: Problem | undefined;
  readonly step: number;
  readonly epoch: number;
  /** Of the last step's batch, before its update. */
  readonly batchLoss: number | undefined;
  readonly learningRate: number;
  readonly curves: Curves;
  readonly plane: Plane | undefined;
  readonly pictures: readonly Pictures[] | undefined;
  readonly weights: readonly ParameterLook[] | undefined;
  /** Counts by true class (rows) and predicted class. */
  readonly confusion: readonly (readonly number[])[] | undefined;
  readonly health: readonly HealthFinding[] | undefined;
}

/** What the model says of an image, and how much each pixel matters to it: `|∂score/∂pixel|` of the likeliest class. */
export interface Prediction {
  readonly probabilities: readonly number[];
  readonly saliency: Float32Array;
}

/** The columns of a table, those of them that cannot be inputs, and its number of records. */
export interface TableFacts {
  readonly columns: readonly string[];
  readonly unreadable: readonly string[];
  readonly records: number;
}

export interface TrainingWorker {
  /** Reads CSV text as a table. Errors: where and why it is none. */
  columns(text: string): TableFacts;
  /** Builds data, model and run anew; the run waits before its first step. */
  open(description: Description): Promise<Opened>;
  play(): void;
  pause(): void;
  /** Does one update. */
  step(): void;
  /** Most updates per second; 0 for as many as there can be. */
  setSpeed(stepsPerSecond: number): void;
  look(wanted: Wanted): Promise<Look>;
  predict(image: Float32Array): Prediction;
  /** The step that would come next, for the explorer: the settings of the program "playground". */
  moment(): Promise<string>;
}
