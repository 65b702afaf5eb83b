// What the page and its worker say to each other. All computation is in the worker; the page only shows.

import type { ElementExplanation, GradientPath, StepTrace } from "chainrule/inspect";

/** Names of the programs that can be opened, and numbers they may be given, such as a depth or a learning rate. */
export type ProgramName =
  | "two-three-one"
  | "linear-regression"
  | "relu-bce"
  | "digits"
  | "softmax"
  | "xor"
  | "surface"
  | "chain"
  | "deep"
  /** A moment of the playground. */
  | "custom";
export type Settings = Readonly<Record<string, number | string>>;

/** A step as the page sees it: the trace, how many updates came before, and the losses so far. */
export interface View {
  readonly trace: StepTrace;
  readonly iteration: number;
  readonly losses: readonly number[];
}

/** An element with its formula, its adjoint, and where it can be had the derivative by finite differences. */
export type Explanation = ElementExplanation & { readonly numeric?: number };

/** What the explorer asks about single elements of a step; there is no answer where another step was asked for meanwhile. */
export interface StepAnswers {
  explain(node: number, element: number): Promise<Explanation | undefined>;
  paths(node: number, element: number): Promise<readonly GradientPath[] | undefined>;
  /** `count` elements of a node from number `from` on. */
  values(node: number, from: number, count: number): Promise<Float32Array | undefined>;
}

/** What a program went through when it ran by itself; one entry per update, the first is the start. */
export interface ProgramHistory {
  readonly losses: readonly number[];
  /** Parameters by path. */
  readonly parameters: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Share of unseen data that is right; empty where the program has none. */
  readonly scores: readonly number[];
}

/** What the worker offers. Each call answers with what there is to show. */
export interface StudioWorker {
  /** Builds a program anew and traces its first step. */
  open(program: ProgramName, settings: Settings): View | Promise<View>;
  /** Does so many updates, and traces the step after them. */
  advance(updates: number): View;
  /** Goes back to the state before an earlier iteration. */
  rewind(iteration: number): View;
  /** Sets one element of a parameter and traces the step again. */
  edit(parameter: string, element: number, value: number): View;
  explain(node: number, element: number): Explanation;
  paths(node: number, element: number): readonly GradientPath[];
  /** `count` elements of a node from number `from` on. */
  values(node: number, from: number, count: number): Float32Array;
  /** Runs a program by itself, beside the one that is open. */
  history(program: ProgramName, settings: Settings, updates: number): Promise<ProgramHistory>;
  /** The 2-norm of the first gradient of each weight matrix of a program. */
  gradientNorms(program: ProgramName, settings: Settings): Promise<readonly number[]>;
  /** What a program says of a grid of points, with parameters from its history. */
  predictions(
    program: ProgramName,
    settings: Settings,
    parameters: Readonly<Record<string, readonly number[]>>,
    xs: readonly number[],
    ys: readonly number[],
  ): Promise<Float32Array>;
  /** Heights of a surface of the `surface` program over a grid, in so many steps. */
  levels(surface: string, xs: readonly number[], ys: readonly number[], steps: number): Uint8Array;
}
