// Pipelines as text, for the console: their steps in order, from what `describe` says of them.

import type { Json } from "../../core/json.ts";

type Described = Readonly<Record<string, Json>>;

/** The steps of a pipeline: `dataset → shuffle → map augmented`. */
export function textOfStages(stages: Json): string {
  return (stages as readonly Described[]).map((stage) => named(stage.stage, stage)).join(" → ");
}

/** The steps of a loader: `dataset → shuffle → batch 64`. */
export function textOfLoader(described: Json): string {
  const about = described as Described;
  const before = Array.isArray(about.of) ? textOfStages(about.of) : textOfLoader(about.of);
  return `${before} → ${named(about.kind, about)}`;
}

/** A step with the setting that says most of it: its function, or a number. */
function named(kind: Json, about: Described): string {
  const setting = [about.function, about.batchSize, about.times, about.count, about.buffer].find(
    (value) => typeof value === "number" || (typeof value === "string" && value !== ""),
  );
  return setting === undefined ? String(kind) : `${kind} ${setting}`;
}
