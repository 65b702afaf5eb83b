// Checkpoints with anything in them behind a right checksum: what is read is put into a run, or refused.

import fc from "fast-check";
import { ArrayDataset } from "../../src/data/index.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { nn } from "../../src/index.ts";
import { captureState, restoreState } from "../../src/train/checkpoints/capture.ts";
import { decodeCheckpoint } from "../../src/train/checkpoints/node-checkpoint-file.ts";
import type { TrainingState } from "../../src/train/checkpoints/training-state.ts";
import { partsOf } from "../../src/train/loop/begin.ts";
import { LiveRun } from "../../src/train/loop/live-run.ts";
import type { FuzzTarget } from "./engine/target.ts";

const train = new ArrayDataset({
  x: { data: new Float32Array(8), shape: [2] },
  y: { data: new Int32Array(4) },
});
const parts = partsOf(new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3)), { train });

function stateAt(batch: number): TrainingState {
  const run = new LiveRun(parts);
  run.cursor.batch = batch;
  run.done.steps = batch;
  return captureState(run);
}

function bytesOf({ tensors, facts }: { tensors: TrainingState["tensors"]; facts: object }) {
  const metadata = { sha256: "", format: "chainrule-checkpoint", version: "1", serial: "1" };
  return encodeSafetensors(tensors, { ...metadata, facts: JSON.stringify(facts) });
}

const whole = stateAt(1);

const target: FuzzTarget = {
  parse(bytes) {
    const { state } = decodeCheckpoint(bytes, "step.safetensors");
    restoreState(new LiveRun(parts), state);
  },
  seeds: [bytesOf(stateAt(0)), bytesOf(whole)],
  structured: fc
    .tuple(fc.constantFrom(...Object.keys(whole.facts)), fc.jsonValue())
    .map(([name, value]) => bytesOf({ ...whole, facts: { ...whole.facts, [name]: value } })),
  words: ['"serial":"', "facts", '\\"step\\":', '\\"cursor\\":', "null", "{}", "[]", "-1", "1e999"],
};
export default target;
