// Texts in the columns of a terminal, in which Chinese, Japanese and Korean characters and pictures are two wide.

/** East Asian wide characters and pictures (UAX #11), the usual ones. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text, or a list of characters, takes. */
export function columnsOf(text: Iterable<string>): number {
  let columns = 0;
  for (const character of text) columns += wide.test(character) ? 2 : 1;
  return columns;
}

/** A text with spaces behind it, to fill some columns. */
export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** A text with spaces before it, to fill some columns. */
export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - columnsOf(text))) + text;
}

/** The beginning of a text, in at most so many columns. */
export function cut(text: string, columns: number): string {
  const characters = [...text];
  while (columnsOf(characters) > columns) characters.pop();
  return characters.join("");
}

/** A text in at most `room` columns, on one line: a longer one loses its middle. */
export function shortened(text: string, room: number): string {
  const shown = [...text.replaceAll(/\p{Cc}/gu, "�")];
  if (columnsOf(shown) <= room) return shown.join("");
  const middle = shown.length >> 1;
  const [left, right] = [shown.slice(0, middle), shown.slice(middle)];
  while (columnsOf(left) + columnsOf(right) > room - 1) {
    if (columnsOf(left) >= columnsOf(right)) left.pop();
    else right.shift();
  }
  return `${left.join("")}…${right.join("")}`;
}
