// Writes one of everything with `SummaryWriter` and lets TensorBoard's own Python package read it back, restart included.
// Needs a Python with tensorboard: `PYTHON=/path/to/venv/bin/python npm run check-tensorboard`; without one it says so and
// is content.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nn, seed } from "../src/index.ts";
import { SummaryWriter } from "../src/train/node.ts";

const reader = `
import sys, io, json
try:
    from tensorboard.backend.event_processing import event_accumulator as ea
    from tensorboard.util import tensor_util
except ImportError:
    print("no tensorboard"); sys.exit(0)
run = ea.EventAccumulator(sys.argv[1], size_guidance={ea.SCALARS: 0, ea.TENSORS: 0}); run.Reload()
array = lambda tag: tensor_util.make_ndarray(run.Tensors(tag)[0].tensor_proto)
loss = [(e.step, e.value) for e in run.Scalars("loss")]
assert loss == [(1, 1.0), (2, 2.0), (3, 30.0), (4, 40.0)], loss
histogram = array("weights")
assert histogram.shape == (5, 3) and histogram[:, 2].tolist() == [1, 1, 1, 1, 2], histogram
width, height, png = array("picture")
assert (width, height, png[1:4]) == (b"3", b"2", b"PNG"), (width, height)
assert array("about").item() == b"**bold**", array("about")
names = {node.name: node.op for node in run.Graph().node}
assert names["layers/0/weight"] == "Parameter" and names["layers/1/relu"] == "relu", names
assert "_hparams_/session_start_info" in run.Tags()["tensors"], run.Tags()
import tensorboard
print("read back by tensorboard", tensorboard.__version__)
`;

const folder = mkdtempSync(join(tmpdir(), "chainrule-tensorboard-"));
try {
  write(folder);
  const python = process.env.PYTHON ?? "python3";
  const { status, stdout, stderr, error } = spawnSync(python, ["-c", reader, folder], {
    encoding: "utf8",
  });
  if (error !== undefined) console.log(`${python} is not there: not checked`);
  else if (status !== 0) throw new Error(`TensorBoard reads something else:\n${stderr}`);
  else
    console.log(
      stdout.trim() === "no tensorboard"
        ? `${python} has no tensorboard: not checked`
        : stdout.trim(),
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function write(run: string): void {
  seed(1);
  const model = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU());
  const writer = new SummaryWriter(run);
  for (let step = 1; step <= 4; step++) writer.scalar("loss", step, step);
  writer.histogram("weights", [0, 1, 2, 3, 4, 5], 1, { buckets: 5 });
  writer.image("picture", { dtype: "float32", shape: [2, 3], data: new Float32Array(6) }, 1);
  writer.text("about", "**bold**");
  writer.graph(model, { shape: [2, 4] });
  writer.hparams({ rate: 0.1 }, ["loss"]);
  writer.close();
  const again = new SummaryWriter(run, { purgeStep: 3 });
  for (const step of [3, 4]) again.scalar("loss", 10 * step, step);
  again.close();
}
