// The playground's session: opens a description, steers its run, and says what there is to see of it.

import { data, nn } from "chainrule";
import { chineseFindings, diagnose } from "chainrule/inspect";
import { layersOf } from "../playground/layers.ts";
import { readDescription } from "../playground/read-description.ts";
import type { Samples } from "../playground/samples.ts";
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
    const { train, test, shape, classes, features } = run.samples;
    const { layers } = layersOf(run.description.blocks, shape, classes?.length ?? 1);
    return {
      train: recordsOf(train),
      test: recordsOf(test),
      shape,
      classes,
      features,
      layers: layers.map(({ kind }) => kind),
      parameters: nn.countParameters(run.model),
      stepsPerEpoch: run.batches.length,
    };
  }

  columns(text: string): TableFacts {
    const { names, size } = data.parseCsv(text);
    return { columns: names, records: size };
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
    const batch = firstRecords(run.samples.train, probed);
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

function firstRecords(set: Samples["train"], count: number): data.Batch<"inputs" | "targets"> {
  return data.gather(
    set,
    Int32Array.from({ length: Math.min(count, set.size) }, (_, k) => k),
  );
}

function recordsOf(set: Samples["train"]): Records {
  const { inputs, targets } = firstRecords(set, set.size);
  return {
    inputs: Float32Array.from(inputs.data as Float32Array),
    targets: Float32Array.from(targets.data as Float32Array),
  };
}
