// What `chainrule explain` traces: one training step on one sample, of a saved run, of a recipe that has not been trained,
// or of a module's own `explain` function.

import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Batch, type Dataset, gather } from "../data/node.ts";
import { ChainruleError, nn, optim, seed, setTarget, Tensor, tensor } from "../index.ts";
import type { ExplainedStep, ExplainFacts, TracedStep } from "../inspect/index.ts";
import { trace } from "../inspect/index.ts";
import { isLoader } from "../train/loop/feed.ts";
import { forwardOf, measure } from "../train/loop/measure.ts";
import { batchOf } from "../train/loop/outcome.ts";
import {
  checkRecipeData,
  checkTrainable,
  libraryVersion,
  optionsOf,
  probabilitiesOf,
  type Recipe,
  type RecipeData,
  type RecipeOptions,
} from "../train/node.ts";
import { type TensorBatch, taskOf } from "../train/task.ts";
import type { ExplainArguments } from "./explain.ts";
import { standingOf } from "./explain-standing.ts";
import { importAll, loadRecipe } from "./load-recipe.ts";
import type { Notice } from "./notice.ts";
import { revive } from "./saved.ts";

/** A step, and what its page says above it. */
export interface Explained {
  readonly traced: TracedStep;
  readonly facts: ExplainFacts;
}

/** Elements of each node that stand in the page's data; the page computes the others. */
const limit = 64;

/** A model with all that a step of it needs. */
interface Prepared {
  readonly recipe: Recipe;
  readonly options: RecipeOptions;
  readonly data: RecipeData;
  readonly model: nn.Layer;
  readonly weights: ExplainFacts["weights"];
  /** The run that it is of. */
  readonly directory?: string;
}

/** Finds what the word names, and traces it. Errors: those of recipes and runs, and `BAD_ARGUMENT` for a sample that is not there. */
export async function explained(
  word: string,
  given: ExplainArguments,
  notice: Notice,
): Promise<Explained> {
  const sample = given.sample ?? 0;
  if (existsSync(join(word, "run.json"))) {
    const { description, ...run } = await revive(word, given);
    const dataDir = given.dataDir === undefined ? {} : { dataDir: resolve(given.dataDir) };
    return stepOf(
      { ...run, options: { ...description.options, ...dataDir }, weights: "saved" },
      sample,
    );
  }
  if (given.target !== undefined) setTarget(given.target);
  const own = await ownStep(word, given, sample);
  return own ?? stepOf(await fresh(word, given, notice), sample);
}

/** The step of a module that exports `explain`. */
async function ownStep(
  word: string,
  { seed: chosen = 0, dataDir }: ExplainArguments,
  sample: number,
): Promise<Explained | undefined> {
  const path = resolve(word);
  if (!/\.[cm]?[jt]s$/.test(word) || !existsSync(path)) return undefined;
  const { explain } = await importAll(path);
  if (typeof explain !== "function") return undefined;
  seed(chosen);
  const folder = dataDir === undefined ? {} : { dataDir: resolve(dataDir) };
  const found = checkStep(await explain({ sample, seed: chosen, ...folder }), path);
  const traced = trace(found.step, found.inputs, { limit, names: found.names });
  const weights = traced.toJSON().nodes.filter(({ phase }) => phase === "parameter");
  const parameters = weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const title = found.title ?? basename(path);
  return { traced, facts: { ...factsOf(title, sample, parameters), weights: "fresh" } };
}

function checkStep(value: unknown, path: string): ExplainedStep {
  const step = value as Partial<ExplainedStep> | undefined;
  if (typeof step?.step === "function" && Array.isArray(step.inputs)) return step as ExplainedStep;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "explain",
    problem: `what \`explain\` of ${path} returned has no step with its inputs`,
    fix: "Return { step: (x, y) => { …; return loss; }, inputs: [x, y] }.",
    detail: { path },
  });
}

/** A recipe's model as it is before any training. */
async function fresh(word: string, given: ExplainArguments, notice: Notice): Promise<Prepared> {
  const { recipe } = await loadRecipe(word);
  const dataDir = given.dataDir === undefined ? {} : { dataDir: resolve(given.dataDir) };
  const options = optionsOf(recipe, { ...dataDir, seed: given.seed });
  const found = await Promise.resolve(
    recipe.data({ ...options, onProgress: (line) => notice.say(line) }),
  ).finally(() => notice.end());
  const data = checkRecipeData(found, recipe.name);
  seed(options.seed);
  const model = recipe.model(options, data);
  checkTrainable(model, recipe.name);
  return { recipe, options, data, model, weights: "fresh" };
}

/** The step that `fit` would do next, from where the run stands, if its batch were this one sample. */
async function stepOf(prepared: Prepared, sample: number): Promise<Explained> {
  const { recipe, data, model, weights, directory } = prepared;
  const set = samplesOf(data);
  if (sample >= set.size) throw noSample(sample, set.size);
  const { optimizer, generator, updates } = await standingOf(prepared, directory);
  const task = { ...taskOf("explain", set, recipe), metrics: {} };
  const batch = task.names.map((name) => set.read(name, [sample]));
  const traced = trace(
    (...fields) => {
      const inputs = batchOf(task, fields);
      const context = { training: true, generator };
      const outputs = forwardOf(task, model, inputs, context);
      const loss = measure(task, outputs, inputs).scores[0].value;
      const gradients = loss.backward();
      const { clip } = recipe;
      optimizer.step(
        clip === undefined ? gradients : optim.clipByGlobalNorm(gradients, clip).gradients,
      );
      return loss;
    },
    batch.map(({ data: values, shape, dtype }) => tensor(values, { shape, dtype })),
    { limit, names: task.names },
  );
  const title = recipe.name;
  const facts = factsOf(title, sample, nn.countParameters(model));
  return { traced, facts: { ...facts, weights, updates, ...(await seenIn(prepared, sample)) } };
}

/** Where samples have numbers: the training data, or where that makes its own batches, the test data. */
function samplesOf({ train, test }: RecipeData): Dataset {
  return isLoader(train) ? test : train;
}

/** The sample as people see it, and what the model makes of it. */
async function seenIn(
  { recipe, data, model }: Prepared,
  sample: number,
): Promise<Partial<ExplainFacts>> {
  const { classes, imageShape } = data;
  const set = samplesOf(data);
  const task = taskOf("explain", set, recipe);
  const fields = gather(set, [sample]);
  const x = fields[task.inputs[0]];
  const image = imageShape && { pixels: shades(x.data), shape: imageShape };
  const outputs = forwardOf(task, model, tensorsOf(fields), {});
  if (classes === undefined || !(outputs instanceof Tensor) || outputs.rank !== 2) return { image };
  const { dtype, shape } = outputs;
  const [probabilities] = probabilitiesOf({ dtype, shape, data: await outputs.data() }, recipe);
  const best = Math.max(...probabilities);
  return {
    image,
    actual: classes[fields[task.targets].data[0]],
    predicted: `${classes[probabilities.indexOf(best)]} (${(100 * best).toFixed(1)} %)`,
  };
}

function tensorsOf(fields: Batch): TensorBatch {
  const all = Object.entries(fields).map(([name, { data, shape, dtype }]) => {
    return [name, tensor(data, { shape, dtype })] as const;
  });
  return Object.fromEntries(all);
}

/** Pixels from 0 to 1, whatever they were scaled to, in three digits. */
function shades(data: ArrayLike<number>): number[] {
  const values = Array.from(data);
  const [low, high] = values.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [0, 0]);
  return values.map((x) => Number(((x - low) / (high - low || 1)).toFixed(3)));
}

function factsOf(title: string, sample: number, parameters: number): Omit<ExplainFacts, "weights"> {
  return { title, sample, parameters, library: libraryVersion() };
}

function noSample(sample: number, size: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "explain",
    problem: `there is no sample ${sample}: the data has ${size} samples`,
    fix: `Use --sample 0 to ${size - 1}.`,
    detail: { sample, size },
  });
}
