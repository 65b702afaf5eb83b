// A formula as markup. It is used in the page, for formulas with numbers, and when Studio is built, for those of its texts.

import katex from "katex";

/** Typeset by KaTeX; what it cannot read is shown as it is, in red. */
export function markup(tex: string, block: boolean): string {
  return katex.renderToString(tex, {
    displayMode: block,
    throwOnError: false,
    output: "htmlAndMathml",
  });
}
