// Comma-separated values as RFC 4180 has them, and what is met in the wild: tabs and other delimiters, LF, CRLF and CR, a
// byte order mark, runs of blanks. Text may come in pieces of any size; a row is given as soon as it is complete, with
// its line, so that an error can say where. Nothing here knows what cells mean.

import { ChainruleError } from "../../core/errors.ts";

/** How cells are written. */
export interface CsvFormat {
  /** One character between cells; a blank means runs of blanks. */
  readonly delimiter: string;
  /** The character around cells that hold delimiters or line breaks; null: none is special. */
  readonly quote: string | null;
}

/** One row: its cells as text, and the line of the file where it begins, counted from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Most characters of a cell, so that a quote that is never closed does not swallow a large file. */
const longestCell = 2 ** 24;
const mostCells = 2 ** 20;

const [lineFeed, carriageReturn] = [10, 13];

/** Where in a row the next character stands. */
type Place = "start" | "plain" | "quoted" | "quote" | "closed";

/** Cuts text into rows of cells. Blank lines are passed over. Errors: `BAD_FILE` with line and column. */
export class CsvParser {
  readonly #format: CsvFormat;
  readonly #name: string;
  readonly #delimiter: number;
  readonly #quote: number;
  /** A blank as delimiter: any number of them is one. */
  readonly #runs: boolean;
  #place: Place = "start";
  #line = 1;
  #rowLine = 1;
  #quoteLine = 1;
  #cells: string[] = [];
  /** What of the present cell came before the present piece of text, or before a doubled quote. */
  #cell = "";
  #blank = true;
  #afterReturn = false;
  #begun = false;

  constructor(format: CsvFormat, name: string) {
    this.#format = format;
    this.#name = name;
    this.#delimiter = format.delimiter.charCodeAt(0);
    this.#quote = format.quote === null ? -1 : format.quote.charCodeAt(0);
    this.#runs = format.delimiter === " ";
  }

  /** Takes the next piece of text and gives the rows that it completes. */
  push(text: string): CsvRow[] {
    const rows: CsvRow[] = [];
    let at = this.#begun || text.charCodeAt(0) !== 0xfeff ? 0 : 1;
    this.#begun ||= text.length > 0;
    while (at < text.length && !this.#atRow()) at = this.#steps[this.#place](text, at, rows);
    at = this.#wholeLines(text, at, rows);
    while (at < text.length) at = this.#steps[this.#place](text, at, rows);
    return rows;
  }

  /** Says that no more text comes; gives the last row where no line break ends it. */
  end(): CsvRow[] {
    if (this.#place === "quoted") throw this.#unclosed();
    const rows: CsvRow[] = [];
    if (this.#cells.length > 0 || !this.#blank) this.#endRow(rows);
    return rows;
  }

  #atRow(): boolean {
    return this.#place === "start" && this.#cells.length === 0 && !this.#afterReturn;
  }

  /** Whole lines without anything special, which most are, need no look at each character. */
  #wholeLines(text: string, at: number, rows: CsvRow[]): number {
    const end = text.lastIndexOf("\n") + 1;
    const lines = text.slice(at, end);
    const { quote, delimiter } = this.#format;
    if (end <= at || this.#runs || (quote !== null && lines.includes(quote))) return at;
    if (/\r(?!\n)/.test(lines)) return at;
    for (const line of lines.slice(0, -1).split("\n")) {
      const plain = line.endsWith("\r") ? line.slice(0, -1) : line;
      if (plain.length > longestCell) throw this.#tooLong();
      const cells = plain.split(delimiter);
      if (cells.length > mostCells) throw this.#tooMany();
      if (plain !== "") rows.push({ line: this.#line, cells });
      this.#line++;
    }
    this.#rowLine = this.#line;
    return end;
  }

  /** What each place does with the text from `at` on; gives where the next step begins. */
  readonly #steps: Readonly<Record<Place, (text: string, at: number, rows: CsvRow[]) => number>> = {
    start: (text, at) => {
      const code = text.charCodeAt(at);
      if (code === lineFeed && this.#afterReturn) {
        this.#afterReturn = false;
        return at + 1;
      }
      this.#afterReturn = false;
      if (this.#runs && code === this.#delimiter) return at + 1;
      this.#place = code === this.#quote ? "quoted" : "plain";
      if (this.#place === "plain") return at;
      this.#blank = false;
      this.#quoteLine = this.#line;
      return at + 1;
    },
    plain: (text, at, rows) => {
      let end = at;
      for (; end < text.length; end++) {
        const code = text.charCodeAt(end);
        if (code === this.#delimiter || code === lineFeed || code === carriageReturn) break;
      }
      this.#extend(text, at, end);
      if (end > at) this.#blank = false;
      return end === text.length ? end : this.#separator(text.charCodeAt(end), end, rows);
    },
    quoted: (text, at) => {
      const close = text.indexOf(this.#format.quote!, at);
      const end = close < 0 ? text.length : close;
      for (let k = text.indexOf("\n", at); k >= 0 && k < end; k = text.indexOf("\n", k + 1))
        this.#line++;
      this.#extend(text, at, end);
      if (close >= 0) this.#place = "quote";
      return end + (close < 0 ? 0 : 1);
    },
    quote: (text, at) => {
      const doubled = text.charCodeAt(at) === this.#quote;
      if (doubled) this.#cell += this.#format.quote;
      this.#place = doubled ? "quoted" : "closed";
      return doubled ? at + 1 : at;
    },
    closed: (text, at, rows) => {
      const code = text.charCodeAt(at);
      if (code !== this.#delimiter && code !== lineFeed && code !== carriageReturn)
        throw this.#afterQuote(text[at]);
      return this.#separator(code, at, rows);
    },
  };

  #extend(text: string, from: number, to: number): void {
    if (this.#cell.length + to - from > longestCell) throw this.#tooLong();
    this.#cell = this.#cell === "" ? text.slice(from, to) : this.#cell + text.slice(from, to);
  }

  #separator(code: number, at: number, rows: CsvRow[]): number {
    if (code === this.#delimiter) {
      this.#endCell();
      this.#blank = false;
      return at + 1;
    }
    this.#endRow(rows);
    this.#line++;
    this.#rowLine = this.#line;
    this.#afterReturn = code === carriageReturn;
    return at + 1;
  }

  #endCell(): void {
    if (this.#cells.length === mostCells) throw this.#tooMany();
    this.#cells.push(this.#cell);
    this.#cell = "";
    this.#place = "start";
  }

  #endRow(rows: CsvRow[]): void {
    const inCell = this.#place === "quote" || this.#place === "closed";
    const trailing = this.#runs && this.#cell === "" && !inCell; // blanks before the line's end
    if (!this.#blank && !trailing) this.#endCell();
    if (!this.#blank) rows.push({ line: this.#rowLine, cells: this.#cells });
    this.#cells = [];
    this.#cell = "";
    this.#blank = true;
    this.#place = "start";
  }

  #bad(problem: string, fix: string): ChainruleError {
    const column = this.#cells.length + 1;
    return new ChainruleError({
      code: "BAD_FILE",
      op: "csv",
      problem: `${this.#name}, line ${this.#line}, column ${column}: ${problem}`,
      fix,
      detail: { file: this.#name, line: this.#line, column },
    });
  }

  #tooMany(): ChainruleError {
    return this.#bad(`has more than ${mostCells} cells`, "Check the delimiter.");
  }

  #afterQuote(character: string): ChainruleError {
    return this.#bad(
      `a cell in quotes is followed by ${JSON.stringify(character)}`,
      "Double each quote within a cell, or pass `quote: null` where quotes are ordinary characters.",
    );
  }

  #unclosed(): ChainruleError {
    return this.#bad(
      `the file ends within a cell whose quote was opened in line ${this.#quoteLine}`,
      "Close the quote, or pass `quote: null` where quotes are ordinary characters.",
    );
  }

  #tooLong(): ChainruleError {
    const opened =
      this.#place === "quoted" ? `; its quote was opened in line ${this.#quoteLine}` : "";
    return this.#bad(
      `a cell has more than ${longestCell} characters${opened}`,
      "Pass `quote: null` where quotes are ordinary characters, and check the delimiter.",
    );
  }
}

/** The delimiter of a file by its first line: a tab where it has one outside of quotes, else what it has most of `,`, `;` and `|`. */
export function delimiterOf(text: string, quote: string | null): string {
  const line = text.split(/\r?\n|\r/, 1)[0];
  const parts = quote === null ? [line] : line.split(quote).filter((_, k) => k % 2 === 0);
  const plain = parts.join("");
  if (plain.includes("\t")) return "\t"; // sentences have commas, but hardly tabs
  const counts = [",", ";", "|"].map((mark) => ({ mark, count: plain.split(mark).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).mark;
}
