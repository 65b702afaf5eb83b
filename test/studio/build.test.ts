// What the build takes out of the worker of lessons: only what nothing in it calls, by names that are still those of files.
// And what it puts into their texts: the formulas, typeset.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lateWebAssembly } from "../../studio/late-webassembly.ts";
import { leftOut } from "../../studio/left-out.ts";
import { markup } from "../../studio/src/explorer/markup.ts";
import { knowFormulas, knownFormula } from "../../studio/src/explorer/typeset-before.ts";
import { withFormulas } from "../../studio/typeset-texts.ts";

const list = new URL("../../src/ops/all.ts", import.meta.url).pathname;
const entry = "/worker.ts";

type Hook = (this: { error(text: string): never }, ...given: unknown[]) => unknown;

const context = {
  error(text: string): never {
    throw new Error(text);
  },
};

/** The plugin in a build that begins at a file. */
function build(from: string): {
  readonly transform: (code: string, id: string) => { readonly code: string } | null;
  readonly finish: (code: string) => void;
} {
  const plugin = leftOut(entry);
  (plugin.buildStart as Hook).call(context, { input: { main: from } });
  const { handler } = plugin.transform as unknown as { readonly handler: Hook };
  return {
    transform: (code, id) => handler.call(context, code, id) as { readonly code: string } | null,
    finish: (code) => {
      const modules = { "lesson.ts": { code } };
      (plugin.generateBundle as Hook).call(context, {}, { "a.js": { type: "chunk", modules } });
    },
  };
}

describe("the worker of lessons", () => {
  const all = readFileSync(list, "utf8");

  it("has no methods of the files that are left out, and all others", () => {
    const { code } = build(`/studio${entry}`).transform(all, list)!;
    expect(code).not.toContain("linalg/svd");
    expect(code).toContain("./power");
    expect(all).toContain("linalg/svd");
  });

  it("is not built where something in it calls such a method", () => {
    const { transform, finish } = build(`/studio${entry}`);
    transform(all, list);
    expect(() => finish("const y = x.sigmoid().svd();")).toThrow(/lesson\.ts calls \.svd\(\)/);
    expect(() => finish("const y = x.sigmoid().matmul(w);")).not.toThrow();
  });

  it("is not built where a file that is named has another name now", () => {
    const { transform } = build(`/studio${entry}`);
    expect(() => transform(all.replace("linalg/svd", "linalg/singular"), list)).toThrow(/svd/);
  });

  it("alone does without", () => {
    expect(build("/studio/index.html").transform(all, list)).toBeNull();
  });

  it("has everything in a development server, which has no input", () => {
    for (const plugin of [leftOut(entry), lateWebAssembly("/src", entry)])
      expect(() => (plugin.buildStart as Hook).call(context, {})).not.toThrow();
  });
});

describe("the formulas of texts", () => {
  it("come typeset with their text, each once", () => {
    const text = String.raw`export const a = { en: "By $\\frac{a}{b}$ and \"$x$\".", zh: "$x$" };`;
    const code = withFormulas(text);
    expect(code).toContain(text);
    const given: Record<string, string> = JSON.parse(code.match(/knowFormulas\((.*)\);/)![1]);
    expect(Object.keys(given)).toEqual(["\\frac{a}{b}", "x"]);
    expect(given.x).toBe(markup("x", false));
    knowFormulas(given);
    expect(knownFormula("x")).toContain("katex");
    expect(knownFormula("y")).toBeUndefined();
  });

  it("leave texts without any as they are", () => {
    expect(withFormulas('export const price = "5 $";')).toBe('export const price = "5 $";');
  });
});
