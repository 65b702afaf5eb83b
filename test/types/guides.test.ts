// The programs of the READMEs and of docs/training.md pass the strict type checker; that they run is another test.

import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const folder = resolve(import.meta.dirname, "../..");

/** Programs by the path of a file that there is not. */
const programs = new Map(
  ["README.md", "docs/training.md"].flatMap((page) => {
    const text = readFileSync(resolve(folder, page), "utf8");
    return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match, k): [string, string] => [
      resolve(folder, `test/types/${basename(page, ".md")}-${k + 1}.ts`),
      match[1],
    ]);
  }),
);

function check(): ReadonlyMap<string, readonly string[]> {
  const config = ts.readConfigFile(resolve(folder, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version, ...rest) => {
    const text = programs.get(resolve(name));
    return text === undefined
      ? read(name, version, ...rest)
      : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...programs.keys()], options, host);
  const messagesOf = (file: string): string[] =>
    program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  return new Map([...programs.keys()].map((file) => [basename(file), messagesOf(file)]));
}

describe("programs of guides", () => {
  const found = check();

  test.each([...found.keys()])("%s has no type error", (file) => {
    expect(found.get(file)).toEqual([]);
  });
});
