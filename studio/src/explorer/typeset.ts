// The part of the page that brings KaTeX and its fonts.

import katex from "katex";
import "katex/dist/katex.min.css";

/** A formula as markup. */
export function typeset(tex: string, block: boolean): string {
  return katex.renderToString(tex, {
    displayMode: block,
    throwOnError: false,
    output: "htmlAndMathml",
  });
}
