// What shapes in types cost in an editor: a model of 30 layers in the language service that editors use. After each change
// of one size: the time until errors are found again, and until a hover and a completion are answered.
//
//     node benchmarks/editor.mjs

import { resolve } from "node:path";
import ts from "typescript";
import { median } from "./median.mjs";

const folder = resolve(import.meta.dirname, "..");
const file = resolve(folder, "benchmarks/thirty-layers.ts");
const tick = "x.";

/** A program with `layers` layers; `typed` or with all shapes unknown. */
function program(layers, width, typed) {
  const size = typed ? (n) => n : (n) => `${n} as number`;
  const body = Array.from({ length: layers - 1 }, (_, k) =>
    k % 2 === 1
      ? "  new nn.ReLU(),"
      : `  new nn.Linear(${size(k === 0 ? 784 : width)}, ${size(width)}),`,
  );
  return `import { nn, zeros } from "../src/index.ts";
const model = new nn.Sequential(
${body.join("\n")}
  new nn.Linear(${size(width)}, ${size(10)}),
);
export const x = model.forward(zeros([${size(32)}, ${size(784)}]));
export const y = x.softmax().sum({ axis: -1 });
`;
}

function service(text) {
  const state = { text, version: 0 };
  const config = ts.readConfigFile(resolve(folder, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const host = {
    getScriptFileNames: () => [file],
    getScriptVersion: (name) => (name === file ? String(state.version) : "0"),
    getScriptSnapshot: (name) => {
      const content = name === file ? state.text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  };
  const change = (next) => Object.assign(state, { text: next, version: state.version + 1 });
  return { service: ts.createLanguageService(host), state, change };
}

function milliseconds(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function measure(typed) {
  const { service: editor, state, change } = service(program(30, 128, typed));
  const opened = milliseconds(() => editor.getSemanticDiagnostics(file));
  const times = { errors: [], hover: [], completion: [] };
  for (let k = 1; k <= 15; k++) {
    change(program(30, 128 + k, typed));
    times.errors.push(milliseconds(() => editor.getSemanticDiagnostics(file)));
    change(program(30, 228 + k, typed));
    const at = state.text.indexOf("export const x") + "export const ".length;
    times.hover.push(milliseconds(() => editor.getQuickInfoAtPosition(file, at)));
    change(program(30, 328 + k, typed));
    const dot = state.text.lastIndexOf(tick) + tick.length;
    times.completion.push(milliseconds(() => editor.getCompletionsAtPosition(file, dot, {})));
  }
  return {
    opened,
    ...Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)])),
  };
}

for (const typed of [true, false]) {
  const row = Object.entries(measure(typed)).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`);
  process.stdout.write(
    `30 layers, ${typed ? "literal sizes" : "sizes unknown"}: ${row.join(", ")}\n`,
  );
}
