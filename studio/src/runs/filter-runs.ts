// The filter of the table of runs: words that any cell must contain, and comparisons of a column with a number or a word,
// such as `learningRate<0.01 accuracy>=0.95 finished`. All of them have to hold.

/** A cell as the filter sees it. */
export interface FilterCell {
  /** Names of the column, such as the one that is shown and the one in files. */
  readonly names: readonly string[];
  readonly key: string | number;
  readonly text: string;
}

type Test = (cells: readonly FilterCell[]) => boolean;

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Whether the cells of a row pass a filter, which is made of once for all rows. */
export function filterOf(text: string): Test {
  const tests = text.trim().toLowerCase().split(/\s+/).filter(Boolean).map(testOf);
  return (cells) => tests.every((test) => test(cells));
}

function testOf(term: string): Test {
  const [, name, sign, value] = term.match(/^([^<>=!]+)(<=|>=|!=|<|>|=)(.+)$/) ?? [];
  if (name === undefined) return (cells) => cells.some(({ text }) => contains(text, term));
  const isSame = (cell: FilterCell): boolean =>
    numberIn(value) === cell.key || cell.text.toLowerCase() === value;
  return (cells) => {
    const cell = cells.find(({ names }) => names.some((own) => own.toLowerCase() === name));
    const named = cell ?? cells.find(({ names }) => names.some((own) => contains(own, name)));
    if (named === undefined) return false;
    if (sign === "=") return isSame(named);
    if (sign === "!=") return !isSame(named);
    return typeof named.key === "number" && comparisons[sign](named.key, numberIn(value));
  };
}

/** `0.01`, `1e-3`, `95%`. */
function numberIn(text: string): number {
  return text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
}

function contains(text: string, part: string): boolean {
  return text.toLowerCase().includes(part);
}
