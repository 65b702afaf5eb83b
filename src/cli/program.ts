// The commands and their options. Values are checked here, so that a wrong one is a usage error with the reason.

import { Console } from "node:console";
import { Command, InvalidArgumentError, Option } from "commander";
import { targets } from "../index.ts";
import { libraryVersion, optimizerNames, recipes } from "../train/node.ts";
import { colorsFor, widthOf } from "./text.ts";

/** Columns that `runs` can be sorted by. */
const runOrders = [
  "name",
  "recipe",
  "status",
  "accuracy",
  "loss",
  "time",
  "parameters",
  "when",
] as const;

const description = "Train neural networks by backpropagation, in TypeScript.";

/** What people do first; side by side in 80 columns. */
const examples: readonly (readonly [words: string, what: string])[] = [
  ["train digits", "embedded digits, a few seconds"],
  ["train mnist --epochs 10 --seed 1", "downloads MNIST on first use"],
  ["train ./my-recipe.ts --json", "your own recipe"],
  ["train mnist --out run --resume", "goes on where it was ended"],
  ["evaluate runs/digits-…", "accuracy and confusion matrix"],
  ["predict runs/digits-… --index 3", "one test image, class by class"],
  ["runs --sort accuracy", "all runs, the best first"],
  ["report runs/digits-… --open", "curves and mistakes as a page"],
  ["studio", "watch runs, and what they learn"],
];

function examplesText(width: number): string {
  const commands = examples.map(([words]) => `  $ chainrule ${words}`);
  const side = Math.max(...commands.map((command) => command.length)) + 3;
  const isWide = examples.every(([, what]) => side + what.length <= width);
  const lines = examples.map(([, what], k) =>
    isWide ? commands[k].padEnd(side) + what : `${commands[k]}\n      ${what}`,
  );
  return ["\nExamples:", ...lines].join("\n");
}

/** Makes the program; each command's code is loaded when it runs. */
export function makeProgram(): Command {
  const program = new Command("chainrule")
    .description(description)
    .version(libraryVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", examplesText(widthOf(process.stdout)))
    .showSuggestionAfterError()
    .showHelpAfterError("Run with --help for all options.")
    .configureOutput({ outputError: (text, write) => write(colorsFor(process.stderr).red(text)) })
    .configureHelp({ helpWidth: widthOf(process.stdout), minWidthToWrap: 12 })
    .hook("preAction", (_, command) => keepOutputPure(command.opts()))
    .exitOverride();
  addTrain(program);
  addEvaluate(program);
  addPredict(program);
  addRuns(program);
  addReport(program);
  addExplain(program);
  addStudio(program);
  addDoctor(program);
  return program;
}

function addTrain(program: Command): void {
  const names = Object.keys(recipes).join(", ");
  commandOf(program, "train")
    .description("train a model and save the run")
    .argument("<recipe>", `${names}, or a path to a TypeScript or JavaScript module`)
    .option("-e, --epochs <n>", "passes over the training data", whole(1))
    .option("-b, --batch-size <n>", "samples per step", whole(1))
    .option("-l, --learning-rate <x>", "step size of the optimizer", positive)
    .addOption(new Option("--optimizer <name>", "optimizer").choices([...optimizerNames]))
    .option("--hidden <sizes>", "widths of the hidden layers: 128 or 128,64 or none", sizes)
    .option("-s, --seed <n>", "seed of weights, order and dropout", whole(0))
    .addOption(targetOption())
    .option("-d, --data-dir <folder>", "folder with the data files (default: CHAINRULE_DATA)")
    .option("-o, --out <folder>", "run directory (default: runs/<recipe>-<time>)")
    .addOption(new Option("--overwrite", "replace the run that --out holds").conflicts("resume"))
    .option("--resume", "continue the run that --out holds, or start it where there is none")
    .option(
      "--checkpoint-every <n>",
      "save what continuing needs every n steps, or every n seconds: 500 or 30s (default: 10s)",
      rhythm,
    )
    .option("--json", "print one line of JSON on stdout, everything else on stderr")
    .option("-q, --quiet", "print no progress")
    .addOption(
      new Option(
        "--studio",
        "then serve the web app with the run until Ctrl-C; where there is no terminal, say how to",
      ).conflicts("json"),
    )
    .option("--no-open", "with --studio, do not open the browser")
    .addHelpText("after", "\nWhat is not given is the recipe's own choice.")
    .action(async (recipe, options) => (await import("./train.ts")).train(recipe, options));
}

function addEvaluate(program: Command): void {
  commandOf(program, "evaluate")
    .description("measure a saved run on its test data")
    .argument("<run>", "run directory")
    .addOption(targetOption())
    .option("-d, --data-dir <folder>", "folder with the data files (default: as in training)")
    .option("--json", "print one line of JSON on stdout")
    .action(async (run, options) => (await import("./evaluate.ts")).evaluateRun(run, options));
}

function addPredict(program: Command): void {
  commandOf(program, "predict")
    .description("show what a saved run predicts")
    .argument("<run>", "run directory")
    .option("-i, --index <n...>", "numbers of test samples (default: 0)", indices)
    .option("--input <file.json>", "samples from a JSON file: arrays of input values")
    .addOption(targetOption())
    .option("-d, --data-dir <folder>", "folder with the data files (default: as in training)")
    .option("--json", "print one line of JSON on stdout")
    .action(async (run, options) => (await import("./predict.ts")).predictRun(run, options));
}

function addRuns(program: Command): void {
  const runs = commandOf(program, "runs")
    .description("list runs, or compare some")
    .argument("[folders...]", "folders with runs (default: runs)")
    .addOption(new Option("--sort <column>", "what to sort by (default: when)").choices(runOrders))
    .option("--reverse", "sort the other way round")
    .option("--json", "print one line of JSON on stdout")
    .action(async (folders, options) => (await import("./runs.ts")).listRunsIn(folders, options));
  commandOf(runs, "compare")
    .description("show what differs between runs: settings and results")
    .argument("<runs...>", "run directories")
    .option("--all", "show the settings that are the same, too")
    .option("--json", "print one line of JSON on stdout")
    .action(async (names, _, command) =>
      (await import("./runs.ts")).compareRuns(names, command.optsWithGlobals()),
    );
}

function addReport(program: Command): void {
  commandOf(program, "report")
    .description("write a run's report as an HTML page that holds all it needs")
    .argument("<run>", "run directory")
    .addOption(
      new Option(
        "--lang <language>",
        "language it opens in (default: the one of the browser that shows it)",
      ).choices(["en", "zh"]),
    )
    .option("--open", "show it in the browser")
    .option("--json", "print one line of JSON on stdout")
    .action(async (run, options) => (await import("./report.ts")).reportRun(run, options));
}

function addStudio(program: Command): void {
  commandOf(program, "studio")
    .description("serve the web app to this machine: lessons, playground, and these runs, live")
    .argument("[runs...]", "folders with runs or event files (default: runs)")
    .option("-p, --port <n>", "port (default: the first free one from 6310 on)", portNumber)
    .option("--no-open", "do not open the browser")
    .action(async (folders, options) => (await import("./studio.ts")).studio(folders, options));
}

function addExplain(program: Command): void {
  commandOf(program, "explain")
    .description("write one training step, with every number, as an HTML page to explore")
    .argument(
      "<what>",
      "a run directory, a recipe, or a module (a recipe, or one that exports `explain`)",
    )
    .option("-n, --sample <n>", "number of the training sample (default: 0)", whole(0))
    .option("-o, --out <file.html>", "where to write it (default: explain-<recipe>.html)")
    .option("-s, --seed <n>", "seed of fresh weights", whole(0))
    .addOption(targetOption())
    .option("-d, --data-dir <folder>", "folder with the data files (default: CHAINRULE_DATA)")
    .option("--open", "show it in the browser")
    .option("--json", "print one line of JSON on stdout")
    .action(async (what, options) => (await import("./explain.ts")).explainStep(what, options));
}

function addDoctor(program: Command): void {
  commandOf(program, "doctor")
    .description("say what this machine offers and what is used")
    .option("--json", "print one line of JSON on stdout")
    .action(async (options) => (await import("./doctor.ts")).doctor(options));
}

/** With `--json`, what a recipe prints goes to stderr too. */
function keepOutputPure({ json }: { readonly json?: boolean }): void {
  if (json) globalThis.console = new Console(process.stderr);
}

function commandOf(program: Command, name: string): Command {
  return program.command(name).helpOption("-h, --help", "print this help");
}

function targetOption(): Option {
  return new Option("-t, --target <name>", "what to compute on (default: wasm)").choices([
    ...targets,
  ]);
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}

function portNumber(text: string): number {
  const port = whole(0)(text);
  if (port <= 65535) return port;
  throw new InvalidArgumentError("It must be at most 65535; 0 stands for any that is free.");
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0, such as 0.001.");
}

function rhythm(text: string): { everySteps: number } | { everySeconds: number } {
  const [, number, unit] = text.match(/^(\d+(?:\.\d+)?)(s?)$/) ?? [];
  const value = Number(number);
  if (value > 0 && unit === "s") return { everySeconds: value };
  if (value > 0 && Number.isSafeInteger(value)) return { everySteps: value };
  throw new InvalidArgumentError("It must be steps, such as 500, or seconds, such as 30s.");
}

function sizes(text: string): number[] {
  return text === "none" ? [] : text.split(",").map(whole(1));
}

function indices(text: string, before: readonly number[] = []): number[] {
  return [...before, ...text.split(",").map(whole(0))];
}
