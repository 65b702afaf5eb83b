// The training step of `fit`, compiled: forward, backward, clip, update. With `accumulate` it is one compiled part for each
// batch, which adds gradients, and one for the update.

import type { Gradients } from "../../autodiff/gradients.ts";
import type { Batch } from "../../data/dataset.ts";
import { assignAll, type StateTensor } from "../../ir/state.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { namedState } from "../../nn/walk.ts";
import { isFiniteNumber } from "../../ops/compose/classify.ts";
import { Generator } from "../../ops/random.ts";
import {
  Accumulator,
  clipByGlobalNorm,
  type ExponentialMovingAverage,
  globalNorm,
} from "../../optim/index.ts";
import { type Compiled, compile } from "../../runtime/compile.ts";
import type { Optimizer } from "../fit.ts";
import type { Model, Task } from "../task.ts";
import type { GradientNorms } from "./gradient-norms.ts";
import { forwardOf, measure } from "./measure.ts";
import { batchOf, feedsOf, flatten, type Layout, type Outcome, outcomeOf } from "./outcome.ts";

/** What a step is made of. */
export interface StepParts {
  readonly model: Model<unknown>;
  readonly task: Task;
  readonly optimizer: Optimizer;
  /** Source of dropout's masks. */
  readonly generator: Generator;
  readonly average: ExponentialMovingAverage | undefined;
  /** Batches in one step. */
  readonly accumulate: number;
  readonly clip: number | undefined;
  /** Whether the norm of the gradients is wanted without clipping, too. */
  readonly gradientNorm: boolean;
  /** Gives the norm of each parameter's gradient, where a callback has asked for them. */
  readonly gradientNorms: GradientNorms | undefined;
  /** Whether a step with a loss or gradients that are not finite leaves everything as it was. */
  readonly undoNonFinite: boolean;
}

/** What a step gave: an outcome per batch, and the norm of its gradients before clipping. */
export interface StepResult {
  readonly outcomes: readonly Outcome[];
  readonly gradientNorm: number | undefined;
  /** The norm of each parameter's gradient, not read yet; see `GradientNorms`. */
  readonly gradientNorms: Tensor | undefined;
}

/** A compiled step. */
export interface TrainStep {
  /** What the outcomes hold; known once a step was done. */
  readonly layout: Layout;
  /** Does a step; the answer is a promise on targets whose values arrive later. */
  run(batches: readonly Batch[]): StepResult | Promise<StepResult>;
}

type Part = Compiled<Tensor[], Tensor[]>;

/** Makes the step that `fit` repeats. */
export function trainStep(parts: StepParts): TrainStep {
  return parts.accumulate === 1 ? new SingleStep(parts) : new AccumulatedStep(parts);
}

/** First draw of masks: far from the draws of initial weights, shuffles and splits of the same seed. */
const firstMaskDraw = 0x102 * 2 ** 32;

/** The source of dropout's masks for a seed. */
export function maskGenerator(seed: number): Generator {
  const generator = new Generator();
  generator.restore({ seed, draw: firstMaskDraw });
  return generator;
}

class SingleStep implements TrainStep {
  layout!: Layout;
  readonly #parts: StepParts;
  readonly #step: Part;

  constructor(parts: StepParts) {
    this.#parts = parts;
    const step = (...fields: Tensor[]): Tensor[] =>
      guarded(parts, () => {
        const { tensors, layout, gradients } = learned(parts, fields);
        this.layout = layout;
        return [...tensors, ...updated(parts, gradients)];
      });
    this.#step = compile(step, { name: "fit's training step" });
  }

  run([batch]: readonly Batch[]): StepResult | Promise<StepResult> {
    const { task } = this.#parts;
    const tensors = this.#step(...feedsOf(task, batch));
    const norms = this.#parts.gradientNorms && tensors.pop();
    const outcome = outcomeOf(this.layout, tensors, samplesIn(task, batch));
    const norm = withNorm(this.#parts) ? tensors.at(-1) : undefined;
    if (outcome instanceof Promise) return later([outcome], norm, norms);
    return { outcomes: [outcome], gradientNorm: norm?.value?.[0], gradientNorms: norms };
  }
}

class AccumulatedStep implements TrainStep {
  layout!: Layout;
  readonly #parts: StepParts;
  readonly #add: Part;
  readonly #update: Part;

  constructor(parts: StepParts) {
    this.#parts = parts;
    const sums = new Accumulator(parts.model);
    const add = (fields: readonly Tensor[]): Tensor[] => {
      const { tensors, layout, gradients } = learned(parts, fields);
      this.layout = layout;
      const [place] = layout.weights;
      const { names, targets } = parts.task;
      const weight = place < 0 ? fields[names.indexOf(targets)].shape[0] : tensors[place];
      sums.add(gradients, parts.undoNonFinite ? spoiledBy(tensors[0], weight) : weight);
      return tensors;
    };
    const { undoNonFinite, model } = parts;
    const step = (...fields: Tensor[]): Tensor[] =>
      undoNonFinite
        ? undone(
            [model],
            () => add(fields),
            ([loss]) => [loss],
          )
        : add(fields);
    this.#add = compile(step, { name: "fit's training step" });
    this.#update = compile(() => guarded(parts, () => updated(parts, sums.take())), {
      name: "fit's update",
    });
  }

  run(batches: readonly Batch[]): StepResult | Promise<StepResult> {
    const { task } = this.#parts;
    const outcomes = batches.map((batch) => {
      const tensors = this.#add(...feedsOf(task, batch));
      return outcomeOf(this.layout, tensors, samplesIn(task, batch));
    });
    const tensors = this.#update();
    const norms = this.#parts.gradientNorms && tensors.pop();
    const [norm] = tensors;
    if (outcomes.some((outcome) => outcome instanceof Promise)) return later(outcomes, norm, norms);
    const gradientNorm = norm?.value?.[0];
    return { outcomes: outcomes as Outcome[], gradientNorm, gradientNorms: norms };
  }
}

/** Forward and backward of a batch. */
function learned(
  { model, task, generator }: StepParts,
  fields: readonly Tensor[],
): { tensors: Tensor[]; layout: Layout; gradients: Gradients } {
  const batch = batchOf(task, fields);
  const outputs = forwardOf(task, model, batch, { training: true, generator }); // forward
  const measured = measure(task, outputs, batch); // loss
  const gradients = measured.scores[0].value.backward(); // backward
  return { ...flatten(measured), gradients };
}

/** Clip and update; gives the norm of the gradients, then those of each parameter, where they are wanted. */
function updated(parts: StepParts, gradients: Gradients): Tensor[] {
  const { optimizer, average, gradientNorms } = parts;
  const norms = gradientNorms?.recorded(gradients);
  const { gradients: limited, norm } = clipped(gradients, parts);
  optimizer.step(limited);
  average?.update();
  return [norm, norms].filter((tensor) => tensor !== undefined);
}

function withNorm({ clip, gradientNorm, undoNonFinite }: StepParts): boolean {
  return clip !== undefined || gradientNorm || undoNonFinite;
}

function clipped(
  gradients: Gradients,
  parts: StepParts,
): { readonly gradients: Gradients; readonly norm: Tensor | undefined } {
  if (parts.clip !== undefined) return clipByGlobalNorm(gradients, parts.clip);
  return { gradients, norm: withNorm(parts) ? globalNorm(gradients) : undefined };
}

/** A batch's weight, or NaN where its loss is not finite: the gradients' norm then tells of it, and the update is undone. */
function spoiledBy(loss: Tensor, weight: number | Tensor): Tensor {
  return isFiniteNumber(loss).where(weight, Number.NaN);
}

/** Records a step that changes nothing where its loss, the first result, or the norm of its gradients is not finite. */
function guarded(parts: StepParts, step: () => Tensor[]): Tensor[] {
  const { model, optimizer, average } = parts;
  const optimizerState = { stateTensors: () => optimizer.stateTensors?.() ?? new Map() };
  const place = parts.gradientNorms === undefined ? -1 : -2; // of the norm, behind which stand those of each parameter
  return parts.undoNonFinite
    ? undone([model, optimizerState, average ?? {}], step, (all) => [all[0], all.at(place)!])
    : step();
}

/** Records something so that the state of `owners` stays as it was where one of its numbers is not finite. */
function undone(
  owners: readonly object[],
  step: () => Tensor[],
  numbersOf: (results: readonly Tensor[]) => readonly Tensor[],
): Tensor[] {
  const states = new Set<StateTensor>(owners.flatMap((owner) => [...namedState(owner).values()]));
  const before = [...states].map((state) => [state, state.node] as const);
  const results = step();
  const isSound = numbersOf(results)
    .map(isFiniteNumber)
    .reduce((a, b) => a.logicalAnd(b));
  const changed = before.filter(([state, old]) => state.node !== old);
  assignAll(changed.map(([{ slot, node }, old]) => ({ slot, value: isSound.where(node, old) })));
  return results;
}

function samplesIn({ targets }: Task, batch: Batch): number {
  return batch[targets].shape[0];
}

async function later(
  outcomes: readonly (Outcome | Promise<Outcome>)[],
  norm: Tensor | undefined,
  norms: Tensor | undefined,
): Promise<StepResult> {
  const gradientNorm = await norm?.item();
  return { outcomes: await Promise.all(outcomes), gradientNorm, gradientNorms: norms };
}
