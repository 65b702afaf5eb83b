// Typesets the formulas of the lessons when Studio is built: a text brings its formulas as markup, so that a page neither
// waits for KaTeX nor moves when it comes.

import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { markup } from "./src/explorer/markup.ts";

const store = fileURLToPath(new URL("src/explorer/typeset-before.ts", import.meta.url));

export function typesetTexts(): Plugin {
  return {
    name: "typeset-texts",
    enforce: "pre",
    transform: {
      filter: { id: /\/studio\/src\/lessons\/(texts\/[\w-]+\.ts|widgets\/logits\.tsx)$/ },
      handler: (code) => ({ code: withFormulas(code), map: null }),
    },
  };
}

/** The module with its formulas, those between dollar signs in its strings, handed to the page. */
export function withFormulas(code: string): string {
  const found = code.match(/"(?:[^"\\\n]|\\.)*"/g) ?? [];
  const sources = found.flatMap((literal) => {
    const text: string = JSON.parse(literal);
    return [...text.matchAll(/\$([^$]+)\$/g)].map(([, tex]) => tex);
  });
  if (sources.length === 0) return code;
  const known = Object.fromEntries(sources.map((tex) => [tex, markup(tex, false)]));
  // At the end, so that the lines of the text keep their numbers; an import counts from the beginning anyway.
  return `${code}\nimport { knowFormulas } from ${JSON.stringify(store)};\nknowFormulas(${JSON.stringify(known)});\n`;
}
