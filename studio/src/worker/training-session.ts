// The playground's session: opens a description, steers its run, and says what there is to see of it.

import { data, nn } from "chainrule";
import { chineseFindings, diagnose } from "chainrule/inspect";
import { layersOf } from "../playground/layers.ts";
import { readDescription } from "../playground/read-description.ts";
import type { Samples } from "../playground/samples.ts";
import { readTable, unreadable } from "../playground/table-samples.ts";
import { Looks } from "./training-looks.ts";
import { momentOf } from "./training-program.ts";
import type {
  HealthFinding,
  Look,
  Opened,
  Prediction,
  Records,
  TableFacts,
  TrainingWorker,
  Wanted,
} from "./training-protocol.ts";
import { TrainingRun } from "./training-run.ts";

/** Records that a diagnosis looks at, and milliseconds between two of them. */
const probed = 64;
const betweenDiagnoses = 1500;

interface Diagnosed {
  readonly step: number;
  readonly when: number;
  readonly findings: readonly HealthFinding[];
}

export class TrainingSession implements TrainingWorker {
  #run: TrainingRun | undefined;
  #looks: Looks | undefined;
  #diagnosed: Diagnosed | undefined;
  #speed = 0;
  /** How often something was opened; only the newest counts. */
  #openings = 0;

  async open(given: Parameters<TrainingWorker["open"]>[0]): Promise<Opened> {
    this.#openings++;
    const opening = this.#openings;
    await this.#run?.end();
    this.#run = undefined;
    this.#diagnosed = undefined;
    const run = await TrainingRun.open(readDescription(given));
    if (opening !== this.#openings) throw new Error("Another description was opened meanwhile.");
    run.speed = this.#speed;
    this.#run = run;
    this.#looks = new Looks(run);
    run.start();
    const { train, test, shape, classes, features, leftOut } = run.samples;
    const { layers } = layersOf(run.description.blocks, shape, classes?.length ?? 1);
    return {
      train: recordsOf(train),
      test: recordsOf(test),
      shape,
      classes,
      features,
      leftOut,
      layers: layers.map(({ kind }) => kind),
      parameters: nn.countParameters(run.model),
      stepsPerEpoch: run.batches.length,
    };
  }

  columns(text: string): TableFacts {
    const table = readTable(text);
    return { columns: table.names, unreadable: unreadable(table), records: table.size };
  }

  play(): void {
    this.#run?.play();
  }

  pause(): void {
    this.#run?.pause();
  }

  step(): void {
    this.#run?.advance();
  }

  setSpeed(stepsPerSecond: number): void {
    this.#speed = stepsPerSecond;
    if (this.#run !== undefined) this.#run.speed = stepsPerSecond;
  }

  async look({ record, image, pictures, weights, confusion, health }: Wanted): Promise<Look> {
    const run = this.#opened();
    const looks = this.#looks!;
    const seen = pictures ? looks.pictures(record, image) : undefined;
    const { step, status, failure, batchLoss, learningRate } = run;
    return {
      ...{ status, failure, step, batchLoss, learningRate },
      epoch: step / run.batches.length,
      curves: run.curves.curves,
      plane: seen?.plane,
      pictures: seen?.pictures,
      weights: weights ? looks.weights() : undefined,
      confusion: confusion ? await looks.confusion() : undefined,
      health: health ? await this.#findings(run) : undefined,
    };
  }

  predict(image: Float32Array): Prediction {
    return this.#looks!.predict(image);
  }

  async moment(): Promise<string> {
    return momentOf(this.#opened());
  }

  /** What a diagnosis finds; repeated as the run goes on, but not at each look. */
  async #findings(run: TrainingRun): Promise<readonly HealthFinding[]> {
    const known = this.#diagnosed;
    const isFresh =
      known !== undefined &&
      (known.step === run.step || performance.now() - known.when < betweenDiagnoses);
    if (isFresh) return known.findings;
    const drawn = { batchSize: probed, shuffle: true }; // as the run draws: a table may be in the order of its classes
    const [batch] = data.batches(run.samples.train, drawn).pass(0);
    const diagnosis = await diagnose(run.model, batch, {
      loss: run.loss,
      optimizer: run.optimizer,
      train: run.samples.train,
      test: run.samples.test,
      trials: false,
    });
    const findings = diagnosis.findings.map((finding) => ({
      ...finding,
      chinese: chineseFindings[finding.name],
    }));
    this.#diagnosed = { step: run.step, when: performance.now(), findings };
    return findings;
  }

  #opened(): TrainingRun {
    if (this.#run === undefined) throw new Error("No run is open.");
    return this.#run;
  }
}

function recordsOf(set: Samples["train"]): Records {
  const numbersOf = (field: "inputs" | "targets"): Float32Array =>
    Float32Array.from(data.column(set, field).data as Float32Array);
  return { inputs: numbersOf("inputs"), targets: numbersOf("targets") };
}
