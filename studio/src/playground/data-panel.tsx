// What there is to learn from: a set of points by a rule, drawn points, digits, or a table of the user's own.

import type { Remote } from "comlink";
import { type ReactElement, useState } from "react";
import type { Opened, TrainingWorker } from "../worker/training-protocol.ts";
import { classColor, useDark } from "./colors.ts";
import { type DataChoice, limits, planeSets, spiralDefault } from "./description.ts";
import { Choice, Panel, Slider, Whole } from "./fields.tsx";
import { exampleTable, TableInput } from "./table-input.tsx";
import { usePlaygroundWords } from "./words.ts";

interface DataPanelFacts {
  readonly data: DataChoice;
  readonly seed: number;
  readonly opened: Opened | undefined;
  readonly session: Remote<TrainingWorker> | undefined;
  readonly onData: (data: DataChoice) => void;
  readonly onSeed: (seed: number) => void;
  /** The class of the next point that is drawn. */
  readonly label: number;
  readonly onLabel: (label: number) => void;
}

const kinds = ["plane", "digits", "points", "table"] as const;

export function DataPanel(facts: DataPanelFacts): ReactElement {
  const words = usePlaygroundWords();
  const { data, seed, opened, onData, onSeed } = facts;
  const [kept, setKept] = useState<Partial<Record<DataChoice["kind"], DataChoice>>>({});
  const choose = (kind: DataChoice["kind"]): void => {
    setKept({ ...kept, [data.kind]: data });
    onData(kept[kind] ?? beginnings[kind]);
  };
  return (
    <Panel title={words.data} className="data">
      <Choice
        label={words.data}
        value={data.kind}
        choices={kinds}
        names={words.dataKinds}
        onChange={choose}
      />
      {data.kind === "plane" && <PlaneFields data={data} onData={onData} />}
      {data.kind === "points" && <DrawFields {...facts} data={data} />}
      {data.kind === "digits" && <p className="note">{words.digitsNote}</p>}
      {data.kind === "table" && <TableInput {...facts} data={data} />}
      <Whole
        label={words.seed}
        value={seed}
        min={limits.seed[0]}
        max={limits.seed[1]}
        onChange={onSeed}
      />
      {opened !== undefined && (
        <p className="note">
          {words.records(opened.train.targets.length, opened.test.targets.length)}
        </p>
      )}
    </Panel>
  );
}

const beginnings: Readonly<Record<DataChoice["kind"], DataChoice>> = {
  plane: spiralDefault.data,
  digits: { kind: "digits" },
  points: { kind: "points", points: [] },
  table: { kind: "table", text: exampleTable, target: "grows" },
};

interface PlaneFieldsFacts {
  readonly data: DataChoice & { readonly kind: "plane" };
  readonly onData: (data: DataChoice) => void;
}

function PlaneFields({ data, onData }: PlaneFieldsFacts): ReactElement {
  const words = usePlaygroundWords();
  return (
    <>
      <fieldset className="sets">
        <legend className="visually-hidden">{words.data}</legend>
        {planeSets.map((set) => (
          <label key={set} className={set === data.set ? "chosen" : ""}>
            <input
              type="radio"
              name="set"
              className="visually-hidden"
              checked={set === data.set}
              onChange={() => onData({ ...data, set })}
            />
            <SetPicture set={set} />
            <span>{words.sets[set]}</span>
          </label>
        ))}
      </fieldset>
      <Slider
        label={words.noise}
        value={data.noise}
        min={0}
        max={0.5}
        step={0.01}
        onChange={(noise) => onData({ ...data, noise })}
      />
      <Slider
        label={words.count}
        value={data.count}
        min={50}
        max={2000}
        step={50}
        onChange={(count) => onData({ ...data, count })}
      />
    </>
  );
}

/** A few strokes that remind of a set. */
const strokes: Readonly<
  Record<(typeof planeSets)[number], readonly (readonly [path: string, label: number])[]>
> = {
  spiral: [
    ["M16 16c4 0 5-6-1-7-8-1-10 9-4 13 9 6 19-3 16-13", 0],
    ["M16 16c-4 0-5 6 1 7 8 1 10-9 4-13-9-6-19 3-16 13", 1],
  ],
  circles: [
    ["M13 16a3 3 0 1 0 6 0a3 3 0 1 0-6 0", 0],
    ["M5 16a11 11 0 1 0 22 0a11 11 0 1 0-22 0", 1],
  ],
  moons: [
    ["M4 18a8 8 0 0 1 16 0", 0],
    ["M12 14a8 8 0 0 0 16 0", 1],
  ],
  xor: [
    ["M7 7l6 6M19 19l6 6", 0],
    ["M25 7l-6 6M13 19l-6 6", 1],
  ],
  gaussians: [
    ["M13 8a3 3 0 1 0 6 0a3 3 0 1 0-6 0", 0],
    ["M5 22a3 3 0 1 0 6 0a3 3 0 1 0-6 0", 1],
    ["M21 22a3 3 0 1 0 6 0a3 3 0 1 0-6 0", 2],
  ],
  slope: [
    ["M5 25h.1M12 25h.1M5 18h.1M12 18h.1M5 11h.1M19 25h.1", 1],
    ["M26 5h.1M19 5h.1M26 12h.1M19 12h.1M12 5h.1M26 19h.1", 0],
  ],
  hills: [
    ["M8 8h.1M8 4h.1M4 8h.1M12 8h.1M8 12h.1M24 24h.1M24 20h.1M20 24h.1M28 24h.1M24 28h.1", 1],
    ["M24 8h.1M24 4h.1M20 8h.1M28 8h.1M24 12h.1M8 24h.1M8 20h.1M4 24h.1M12 24h.1M8 28h.1", 0],
  ],
};

function SetPicture({ set }: { readonly set: (typeof planeSets)[number] }): ReactElement {
  const isDark = useDark();
  return (
    <svg viewBox="0 0 32 32" width="36" height="36" aria-hidden="true">
      {strokes[set].map(([path, label]) => (
        <path
          key={path}
          d={path}
          fill="none"
          stroke={classColor(label, isDark)}
          strokeWidth="3"
          strokeLinecap="round"
        />
      ))}
    </svg>
  );
}

interface DrawFieldsFacts extends DataPanelFacts {
  readonly data: DataChoice & { readonly kind: "points" };
}

function DrawFields({ data, onData, label, onLabel, opened }: DrawFieldsFacts): ReactElement {
  const words = usePlaygroundWords();
  const isDark = useDark();
  return (
    <>
      <p className="note">{words.drawNote}</p>
      <fieldset className="classes">
        <legend>{words.drawClass}</legend>
        {[0, 1, 2].map((one) => (
          <label key={one} className={one === label ? "chosen" : ""}>
            <input
              type="radio"
              name="class"
              className="visually-hidden"
              checked={one === label}
              onChange={() => onLabel(one)}
            />
            <i style={{ background: classColor(one, isDark) }} />
            {one}
          </label>
        ))}
        <button
          type="button"
          className="button"
          onClick={() => onData({ kind: "points", points: [] })}
          disabled={data.points.length === 0}
        >
          {words.clear}
        </button>
      </fieldset>
      {opened === undefined && <p className="note">{words.problems.fewPoints}</p>}
    </>
  );
}
