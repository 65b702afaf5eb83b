// One training run of a description: data, model, optimizer and `fit`, with what is remembered of it for looking at. The
// gradients of the last step are kept beside the parameters by an optimizer that writes them down before it steps.

import { data, nn, type optim, type Parameter, State, type Tensor } from "chainrule";
import { type EpochRecord, FitControl, fit, type Optimizer } from "chainrule/train";
import type { Description } from "../playground/description.ts";
import { layersOf } from "../playground/layers.ts";
import { lossOf, modelOf, optimizerOf, penaltyOf, scheduleOf } from "../playground/model.ts";
import { type Problem, problemOf, Refusal } from "../playground/problems.ts";
import { type Samples, samplesOf } from "../playground/samples.ts";
import { CurveKeeper } from "./training-curves.ts";
import { Pace } from "./training-pace.ts";
import type { TrainingStatus } from "./training-protocol.ts";

type Gradients = Parameters<Optimizer["step"]>[0];
type AnyOptimizer = optim.Optimizer<string, string>;

export class TrainingRun {
  readonly description: Description;
  readonly samples: Samples;
  readonly model: nn.Sequential;
  /** Indices of the layers that end blocks, and of the last. */
  readonly ends: readonly number[];
  readonly optimizer: AnyOptimizer;
  readonly loss: (outputs: Tensor, targets: Tensor) => Tensor;
  readonly batches: data.Batches<"inputs" | "targets">;
  readonly gradients: ReadonlyMap<Parameter, State>;
  readonly curves: CurveKeeper = new CurveKeeper();
  step = 0;
  batchLoss: number | undefined;
  #status: TrainingStatus = "paused";
  #failure: Problem | undefined;
  readonly #control = new FitControl();
  readonly #pace = new Pace();
  #done: Promise<void> = Promise.resolve();

  static async open(description: Description): Promise<TrainingRun> {
    const samples = await samplesOf(description);
    if (needsTwo(description, samples))
      throw new Refusal("batchOfOne", "Batch norm needs batches of two records or more.");
    return new TrainingRun(description, samples);
  }

  private constructor(description: Description, samples: Samples) {
    const { batchSize, seed } = description;
    this.description = description;
    this.samples = samples;
    const { model, ends } = modelOf(description, samples);
    this.model = nn.named(model);
    this.ends = ends;
    this.optimizer = optimizerOf(description.optimizer, model);
    this.loss = lossOf(description, samples.classes);
    // Batch norm has no variance for a batch of one.
    const dropLast = samples.train.size % batchSize === 1;
    this.batches = data.batches(samples.train, { batchSize, seed, shuffle: true, dropLast });
    const copies = [...nn.parameters(model).values()].map(copyOf);
    this.gradients = new Map(copies);
  }

  /** Begins the run, which waits for `play` or `advance`. */
  start(): void {
    this.#control.pause();
    this.#done = this.#fit();
  }

  get status(): TrainingStatus {
    if (this.#status !== "paused") return this.#status;
    return this.#control.status === "running" ? "running" : "paused";
  }

  /** Most steps per second; 0 for no limit. */
  set speed(stepsPerSecond: number) {
    this.#pace.set(stepsPerSecond);
  }

  get failure(): Problem | undefined {
    return this.#failure;
  }

  get learningRate(): number {
    return this.#control.learningRate ?? this.optimizer.learningRate;
  }

  play(): void {
    this.#pace.begin();
    if (this.#status === "paused") this.#control.resume();
  }

  pause(): void {
    if (this.#status === "paused") this.#control.pause();
  }

  advance(): void {
    if (this.#status === "paused") this.#control.step();
  }

  /** Ends the run and waits for the step in progress. */
  async end(): Promise<void> {
    this.#pace.set(0);
    if (this.#status === "paused") this.#control.stop();
    await this.#done;
  }

  async #fit(): Promise<void> {
    const { description, samples, model } = this;
    const { epochs, seed, clip } = description;
    const penalty = penaltyOf(description, model);
    const schedule = scheduleOf(description.schedule);
    try {
      await fit(model, {
        train: this.batches,
        validation: samples.test,
        optimizer: this.#observed(),
        loss: (outputs: Tensor, targets: Tensor) => {
          const loss = this.loss(outputs, targets);
          return penalty === undefined ? loss : { fit: loss, penalty: penalty() };
        },
        epochs,
        seed,
        control: this.#control,
        callbacks: [
          { onStep: (event) => this.#heard(event), onEpoch: (record) => this.#keep(record) },
        ],
        ...(schedule !== undefined && { schedule }),
        ...(clip > 0 && { clip }),
      });
      this.#status = "finished";
    } catch (error) {
      this.#status = "failed";
      this.#failure = problemOf(error);
    }
  }

  #heard({ step, batch }: { step: number; batch: { loss: number } }): Promise<void> | undefined {
    this.step = step;
    this.batchLoss = batch.loss;
    return this.#pace.wait();
  }

  #keep({ epoch, train, validation }: EpochRecord): void {
    // The loss without what the weights add to it, so that both curves mean the same.
    const lossOfFit = (scores: EpochRecord["train"]): number => scores.fit ?? scores.loss;
    this.curves.add({
      epoch,
      train: lossOfFit(train),
      test: validation === undefined ? Number.NaN : lossOfFit(validation),
      trainAccuracy: train.accuracy ?? Number.NaN,
      testAccuracy: validation?.accuracy ?? Number.NaN,
    });
  }

  /** The optimizer, with each step's gradients written down before it. */
  #observed(): Optimizer {
    const { optimizer, gradients } = this;
    return {
      get learningRate() {
        return optimizer.learningRate;
      },
      set learningRate(rate) {
        optimizer.learningRate = rate;
      },
      step(found: Gradients) {
        for (const [parameter, copy] of gradients) {
          const gradient = found.get(parameter);
          if (gradient !== undefined) copy.assign(gradient);
        }
        optimizer.step(found);
      },
      stateTensors: () => optimizer.stateTensors(),
    };
  }
}

/** A parameter with a place of its shape for its gradient. */
function copyOf(parameter: Parameter): [Parameter, State] {
  return [parameter, new State(new Float32Array(parameter.size), parameter.shape, "float32")];
}

/** Whether a layer would have one value per channel in each batch, of which there is no variance. */
function needsTwo({ batchSize, blocks }: Description, { shape, classes }: Samples): boolean {
  const { layers } = layersOf(blocks, shape, classes?.length ?? 1);
  return batchSize === 1 && layers.some((layer) => layer.kind === "batchNorm" && !layer.image);
}
