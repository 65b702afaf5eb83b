// Formulas that were typeset before the page was opened: the build does it for those of the lessons' texts. Their pages stand
// at once and do not move, and wait for KaTeX only where a formula with numbers is asked for.

import "katex/dist/katex.min.css";

const markups = new Map<string, string>();

/** Takes formulas of a text, by their source. The build writes the call. */
export function knowFormulas(typeset: Readonly<Record<string, string>>): void {
  for (const [tex, markup] of Object.entries(typeset)) markups.set(tex, markup);
}

/** The markup of a formula within a line, where it is known. */
export function knownFormula(tex: string): string | undefined {
  return markups.get(tex);
}

/** The fonts that nearly all formulas need; a page that waits for longer is better shown without. */
export async function formulaFonts(milliseconds = 400): Promise<void> {
  const fonts = ["1em KaTeX_Main", "italic 1em KaTeX_Math"].map((font) =>
    document.fonts.load(font),
  );
  const late = new Promise<void>((end) => setTimeout(end, milliseconds));
  await Promise.race([Promise.allSettled(fonts), late]);
}
