// Runs that no training is needed for: the folder of another framework's event file, and pictures and texts as
// `SummaryWriter` writes them.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SummaryWriter } from "../../../src/train/node.ts";
import { foreignEvents } from "../../formats/foreign-events.ts";

/** Pixels of a side of the picture. */
export const side = 12;

/** Writes both into a folder. */
export function writeRuns(folder: string): void {
  const foreign = join(folder, "foreign");
  mkdirSync(foreign, { recursive: true });
  writeFileSync(join(foreign, "events.out.tfevents.1700000000.elsewhere.1.0"), foreignEvents);
  const writer = new SummaryWriter(join(folder, "pictures"));
  for (let step = 1; step <= 3; step++) {
    const data = Float32Array.from({ length: side ** 2 }, (_, k) => (k % (step + 1)) / step);
    writer.image("stripes", { data, shape: [1, side, side], dtype: "float32" }, step);
    writer.text("remark", `step ${step} of *three* <script>alert(1)</script>`, step);
    writer.scalar("loss", 1 / step, step);
  }
  writer.close();
}
