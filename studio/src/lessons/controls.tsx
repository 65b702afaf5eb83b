// The settings of a lesson: sliders and choices, all native elements.

import type { ReactElement } from "react";
import { useText } from "../language/language.ts";
import type { Settings } from "../worker/protocol.ts";
import type { ChoiceControl, Control, NumberControl } from "./lessons.ts";
import { words as own } from "./words.ts";

interface ControlsFacts {
  readonly controls: readonly Control[];
  readonly settings: Settings;
  readonly onChange: (settings: Settings) => void;
}

export function Controls({ controls, settings, onChange }: ControlsFacts): ReactElement {
  const text = useText();
  return (
    <fieldset className="controls" aria-label={text(own.settings)}>
      {controls.map((control) => {
        const value = settings[control.name];
        const onValue = (next: number | string): void =>
          onChange({ ...settings, [control.name]: next });
        return control.kind === "choice" ? (
          <Choice key={control.name} {...{ control, value, onValue }} />
        ) : (
          <Slider key={control.name} {...{ control, value, onValue }} />
        );
      })}
    </fieldset>
  );
}

interface OneFacts<C> {
  readonly control: C;
  readonly value: number | string;
  readonly onValue: (value: number | string) => void;
}

function Choice({ control, value, onValue }: OneFacts<ChoiceControl>): ReactElement {
  const text = useText();
  return (
    <label>
      {text(control.label)}
      <select value={String(value)} onChange={(event) => onValue(event.target.value)}>
        {control.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {text(choice.label)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Slider({ control, value, onValue }: OneFacts<NumberControl>): ReactElement {
  const text = useText();
  const { min, max, step } = control;
  return (
    <label>
      {text(control.label)}
      <input
        type="range"
        {...{ min, max, step, value }}
        onChange={(event) => onValue(Number(event.target.value))}
      />
      <output>{value}</output>
    </label>
  );
}
