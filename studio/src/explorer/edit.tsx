// A weight to change by hand: by a slider or a number, with the step computed again at once.

import { type ReactElement, useRef, useState } from "react";
import { useWords } from "../language/language.ts";
import { shown } from "./numbers.ts";
import { useExplorerWords } from "./words.ts";

/** What has been changed by hand, and how to change it. */
export interface Editing {
  readonly set: (parameter: string, element: number, value: number) => void;
  /** The value before the change, where there was one. */
  readonly original: (parameter: string, element: number) => number | undefined;
}

interface EditFacts {
  readonly editing: Editing;
  readonly parameter: string;
  readonly element: number;
  readonly value: number;
}

export function Edit({ editing, parameter, element, value }: EditFacts): ReactElement {
  const words = useWords();
  const more = useExplorerWords();
  const [{ text, known }, setText] = useState(() => textOf(value));
  const [middle] = useState(value);
  /** Numbers that were set here, and that come back as the value until the last one has. */
  const own = useRef(new Set<number>());
  if (known !== value) {
    setText(own.current.has(value) ? { text, known: value } : textOf(value));
    if (Math.fround(Number(text)) === value) own.current.clear();
  }
  const original = editing.original(parameter, element);
  const reach = Math.max(2, 2 * Math.abs(middle));
  const set = (next: string): void => {
    setText({ text: next, known });
    if (next.trim() === "" || !Number.isFinite(Number(next))) return;
    own.current.add(Math.fround(Number(next)));
    editing.set(parameter, element, Number(next));
  };
  return (
    <div className="edit">
      <label>
        {words.edit}
        <input
          type="range"
          min={middle - reach}
          max={middle + reach}
          step={reach / 200}
          value={Number(text)}
          onChange={(event) => set(shortened(event.target.value))}
        />
      </label>
      <input
        className="number"
        value={text}
        inputMode="decimal"
        aria-label={words.edit}
        onChange={(event) => set(event.target.value)}
      />
      {original !== undefined && original !== value && (
        <p className="facts">
          {more.edited}: {shown(original, 6)} → {shown(value, 6)}{" "}
          <button
            type="button"
            className="button"
            onClick={() => editing.set(parameter, element, original)}
          >
            {more.reset}
          </button>
        </p>
      )}
    </div>
  );
}

/** A value that came from elsewhere, as one would type it. */
function textOf(value: number): { readonly text: string; readonly known: number } {
  return { text: String(Number(value.toPrecision(6))), known: value };
}

function shortened(text: string): string {
  return String(Number(Number(text).toPrecision(4)));
}
