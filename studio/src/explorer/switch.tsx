// A choice between two views of the same thing.

import type { ReactElement } from "react";

interface SwitchFacts {
  readonly label: string;
  /** What the two choices are called: off, and on. */
  readonly names: readonly [off: string, on: string];
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

export function Switch({ label, names, isOn, onChange }: SwitchFacts): ReactElement {
  return (
    <fieldset className="switch" aria-label={label}>
      {names.map((name, k) => (
        <button
          key={name}
          type="button"
          aria-pressed={isOn === (k === 1)}
          onClick={() => onChange(k === 1)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
