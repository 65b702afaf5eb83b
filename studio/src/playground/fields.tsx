// The playground's small controls: native elements with a label.

import type { ReactElement, ReactNode } from "react";
import { useId, useState } from "react";

interface ChoiceFacts<Name extends string> {
  readonly label: string;
  readonly value: Name;
  readonly choices: readonly Name[];
  /** What each choice is called; default: itself. */
  readonly names?: Readonly<Record<Name, string>>;
  readonly onChange: (value: Name) => void;
}

export function Choice<Name extends string>({
  label,
  value,
  choices,
  names,
  onChange,
}: ChoiceFacts<Name>): ReactElement {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Name)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {names?.[choice] ?? choice}
          </option>
        ))}
      </select>
    </label>
  );
}

interface NumberChoiceFacts {
  readonly label: string;
  readonly value: number;
  readonly choices: readonly number[];
  /** What 0 is called. */
  readonly zero?: string;
  readonly onChange: (value: number) => void;
}

/** A number out of some; the present one is among them even if it came from an address. */
export function NumberChoice({
  label,
  value,
  choices,
  zero = "0",
  onChange,
}: NumberChoiceFacts): ReactElement {
  const all = [...new Set([...choices, value])].sort((a, b) => a - b);
  const names = Object.fromEntries(all.map((one) => [String(one), one === 0 ? zero : String(one)]));
  return (
    <Choice
      {...{ label, names }}
      value={String(value)}
      choices={all.map(String)}
      onChange={(text) => onChange(Number(text))}
    />
  );
}

interface SliderFacts {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}

export function Slider({ label, value, min, max, step, onChange }: SliderFacts): ReactElement {
  return (
    <label className="field slider">
      <span>
        {label} <output>{value}</output>
      </span>
      <input
        type="range"
        {...{ min, max, step, value }}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </label>
  );
}

interface WholeFacts {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

/** A whole number by hand. What is no number within range stands there while it is typed, but is not taken. */
export function Whole({ label, value, min, max, onChange }: WholeFacts): ReactElement {
  const [draft, setDraft] = useState<string>();
  return (
    <label className="field">
      <span>{label}</span>
      <input
        type="number"
        inputMode="numeric"
        {...{ min, max }}
        value={draft ?? value}
        onBlur={() => setDraft(undefined)}
        onChange={({ target }) => {
          setDraft(target.value);
          const given = target.valueAsNumber;
          if (Number.isInteger(given) && given >= min && given <= max) onChange(given);
        }}
      />
    </label>
  );
}

interface TickFacts {
  readonly label: string;
  readonly value: boolean;
  readonly onChange: (value: boolean) => void;
}

export function Tick({ label, value, onChange }: TickFacts): ReactElement {
  return (
    <label className="field tick">
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}</span>
    </label>
  );
}

/** A part of the page with its heading. */
export function Panel({
  title,
  className,
  children,
}: {
  readonly title: string;
  readonly className: string;
  readonly children: ReactNode;
}): ReactElement {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
