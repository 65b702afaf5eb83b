// Building the page: elements with classes and children, never HTML from text; and numbers as people write them.

/** What an element can hold. */
export type Child = Node | string | undefined;

/** Makes an element: `make("td", "number", "12")`. Texts stay texts. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A table with a heading row; cells of columns in `numeric` stand on the right. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly Child[])[],
  numeric: readonly number[],
): HTMLElement {
  const kind = (k: number): string => (numeric.includes(k) ? "number" : "");
  const head = make("tr", "", ...heads.map((text, k) => make("th", kind(k), text)));
  const body = rows.map((cells) =>
    make("tr", "", ...cells.map((cell, k) => make("td", kind(k), cell))),
  );
  const whole = make("table", "", make("thead", "", head), make("tbody", "", ...body));
  return make("div", "scroll", whole);
}

/** Four digits: `0.0312`, `2.302`, `1.2e-5`. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(1).replace("e+", "e");
  if (Number.isInteger(value)) return whole(value);
  return size < 1 ? value.toFixed(4) : size < 100 ? value.toFixed(3) : value.toFixed(1);
}

/** A whole number with separators. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A fraction as percent. */
export function percent(fraction: number): string {
  return Number.isFinite(fraction) ? `${(100 * fraction).toFixed(2)} %` : "–";
}

/** Whether a score is a fraction that people read as percent. */
export function isShare(name: string): boolean {
  return /accuracy/i.test(name);
}

/** A large count with a unit prefix: `1.2 M`. */
export function large(value: number): string {
  const units = ["", " k", " M", " G", " T"];
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const scaled = value / 1000 ** power;
  return `${power === 0 ? whole(scaled) : scaled.toPrecision(3)}${units[power]}`;
}

/** A duration: `0.4 s`, `3 min 05 s`, `2 h 07 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const two = (n: number): string => String(n).padStart(2, "0");
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  const minutes = Math.round(s / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
