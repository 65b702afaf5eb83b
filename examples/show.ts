// How the examples print: numbers of one width, and tables with aligned columns. Nothing here
// computes.

/** What every example's `main` takes. */
export interface ExampleOptions {
  /** Receives the printed lines; default: the console. */
  readonly print?: (line: string) => void;
}

/** A number with a fixed number of decimals and a proper minus sign, none on zero. */
export function fixed(x: number, decimals = 6): string {
  const text = x.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** Very small and very large numbers in short: three significant digits. */
export function short(x: number): string {
  if (x === 0 || (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e4)) return fixed(x, 6);
  return x.toExponential(2).replace("e-", "e−");
}

/** A vector `(1.0, 2.0)`. */
export function vector(xs: ArrayLike<number>, decimals = 6): string {
  return `(${Array.from(xs, (x) => fixed(x, decimals)).join(", ")})`;
}

/** Rows under headings; columns of numbers are aligned right, others left. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const columns = headings.map((title, k) => {
    const cells = rows.map((row) => row[k]);
    const width = Math.max(...[title, ...cells].map((cell) => [...cell].length));
    return { width, right: cells.every((cell) => /^[−\d.e %]*$/.test(cell)) };
  });
  const line = (row: readonly string[]): string =>
    row.map((cell, k) => place(cell, columns[k].width, columns[k].right)).join("  ");
  const rule = columns.map(({ width }) => "─".repeat(width)).join("  ");
  return [line(headings), rule, ...rows.map(line)].map((text) => `  ${text.trimEnd()}`);
}

/** A heading with an empty line before it. */
export function heading(text: string): string[] {
  return ["", text, "─".repeat([...text].length)];
}

function place(cell: string, width: number, right: boolean): string {
  const gap = " ".repeat(width - [...cell].length);
  return right ? gap + cell : cell + gap;
}
