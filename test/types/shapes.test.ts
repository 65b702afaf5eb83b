// Shapes in types: the type checker finds the shape of each accepted program and refuses each rejected one with a message
// that names the sizes.

import { resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { accepted, rejected } from "./programs.ts";

const folder = resolve(import.meta.dirname, "../..");
const file = resolve(folder, "test/types/checked.ts");
const head = `import { add, eye, mul, nn, random, sqrt, Tensor, tensor, zeros } from "../../src/index.ts";
declare const plain: Tensor;
declare const batch: number;
declare const anyShape: readonly number[];
void [add, eye, mul, nn, random, sqrt, Tensor, tensor, zeros, plain, batch, anyShape];
`;
const programs = [...accepted, ...rejected];
const source = `${head}${programs.map(({ text }, k) => `export const p${k} = ${text};`).join("\n")}\n`;

/** One program of all texts: the checker reads the library's types once. */
function check(): { readonly types: readonly string[]; readonly messages: readonly string[][] } {
  const config = ts.readConfigFile(resolve(folder, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version, ...rest) =>
    resolve(name) === file
      ? ts.createSourceFile(name, source, version)
      : read(name, version, ...rest);
  const program = ts.createProgram([file], options, host);
  const checked = program.getSourceFile(file)!;
  const checker = program.getTypeChecker();
  const lines = checked.statements.filter(ts.isVariableStatement).slice(-programs.length);
  const diagnostics = program.getSemanticDiagnostics(checked);
  return {
    types: lines.map((line) => {
      const [{ name }] = line.declarationList.declarations;
      return checker.typeToString(checker.getTypeAtLocation(name));
    }),
    messages: lines.map((line) =>
      diagnostics
        .filter(({ start = 0 }) => start >= line.pos && start < line.end)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    ),
  };
}

describe("shapes in types", () => {
  const { types, messages } = check();

  test.each(accepted.map((program, k) => [program.text, program.type, k] as const))(
    "%s: %s",
    (_text, type, k) => {
      expect(messages[k]).toEqual([]);
      expect(types[k]).toBe(type);
    },
  );

  test.each(rejected.map((program, k) => [program.text, program.message, k] as const))(
    "%s: %s",
    (_text, message, k) => {
      const found = messages[accepted.length + k];
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(message);
    },
  );
});
