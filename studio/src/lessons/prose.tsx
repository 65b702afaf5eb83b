// A paragraph of a lesson: words, formulas between dollar signs, stressed words between asterisks, code between
// backticks, links to lessons.

import type { ReactElement } from "react";
import { Formula } from "../explorer/formula.tsx";

const parts = /\$([^$]+)\$|\*([^*]+)\*|`([^`]+)`|\[([^\]]+)\]\(([\w-]+)\)/g;

export function Prose({ text }: { readonly text: string }): ReactElement {
  const shown: (string | ReactElement)[] = [];
  let end = 0;
  for (const found of text.matchAll(parts)) {
    const [whole, formula, stressed, code, label, lesson] = found;
    const key = found.index;
    shown.push(joined(text.slice(end, key)));
    if (formula !== undefined) shown.push(<Formula key={key} tex={formula} />);
    else if (stressed !== undefined) shown.push(<em key={key}>{stressed}</em>);
    else if (code !== undefined) shown.push(<code key={key}>{code}</code>);
    else
      shown.push(
        <a key={key} href={`#/lessons/${lesson}`}>
          {label}
        </a>,
      );
    end = key + whole.length;
  }
  return <>{[...shown, joined(text.slice(end))]}</>;
}

/** Keeps a per cent sign on the line of its number. */
function joined(words: string): string {
  return words.replaceAll(" %", "\u00a0%");
}
