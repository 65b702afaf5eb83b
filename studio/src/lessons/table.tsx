// A table of a lesson, such as what was printed, what is right, and why.

import type { ReactElement } from "react";
import { useText } from "../language/language.ts";
import type { Table } from "./lessons.ts";
import { Prose } from "./prose.tsx";

export function FactTable({
  table: { caption, columns, rows },
}: {
  readonly table: Table;
}): ReactElement {
  const text = useText();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="fact-table" aria-label={text(caption)} tabIndex={0}>
      <table>
        <caption>{text(caption)}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.en} scope="col">
                {text(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...rest]) => (
            <tr key={typeof first === "string" ? first : first.en}>
              <FirstCell text={typeof first === "string" ? first : text(first)} />
              {rest.map((cell, k) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its column
                <td key={k} data-label={text(columns[k + 1])}>
                  <Prose text={typeof cell === "string" ? cell : text(cell)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The first cell of a row heads it, unless it is nothing but a formula, which has no words to be announced. */
function FirstCell({ text }: { readonly text: string }): ReactElement {
  const content = <Prose text={text} />;
  return /^\$[^$]+\$$/.test(text) ? <td>{content}</td> : <th scope="row">{content}</th>;
}
