// A run in training: how far it is, and what can be asked of it. Stopping asks once more, since it cannot be taken back.

import { type FormEvent, type ReactElement, useState } from "react";
import { type LiveState, type RunRow, steer, type Wanted } from "./connection.ts";
import { Swatch } from "./runs-table.tsx";
import { short, span } from "./text.ts";
import { useRunWords } from "./words.ts";

interface LiveFacts {
  readonly row: RunRow;
  readonly live: LiveState;
  readonly color: number | undefined;
  readonly onAsked: () => void;
}

export function LiveBar({ row, live, color, onAsked }: LiveFacts): ReactElement {
  const words = useRunWords();
  const [isUnheard, setUnheard] = useState(false);
  const [isSure, setSure] = useState(false);
  const isPaused = live.status === "paused";
  const ask = async (wanted: Wanted): Promise<void> => {
    setSure(false);
    setUnheard(!(await steer(row.id, wanted).catch(() => false)));
    setTimeout(onAsked, 250);
  };
  const share = live.steps === undefined ? (live.epoch - 1) / live.epochs : live.step / live.steps;
  return (
    <section className="live-bar" aria-label={`${words.live}: ${row.name}`}>
      <h2>
        <Swatch place={color} />
        {row.name}{" "}
        <span className={`mark ${isPaused ? "paused" : "live"}`}>
          {words.statuses[live.status === "running" ? "live" : live.status]}
        </span>
      </h2>
      <progress value={Math.min(1, share)} max={1} aria-label={words.live} />
      <dl>
        <Fact
          name={words.epoch}
          value={`${short(Math.min(live.epoch, live.epochs))} ${words.of} ${short(live.epochs)}`}
        />
        <Fact
          name={words.step}
          value={`${short(live.step)}${live.steps === undefined ? "" : ` ${words.of} ${short(live.steps)}`}`}
        />
        <Fact name={words.axes.time} value={span(live.seconds)} />
        <Fact name={words.rate} value={short(live.learningRate)} />
      </dl>
      <div className="asks">
        <button
          type="button"
          className="button primary"
          disabled={live.status === "stopping"}
          onClick={() => ask({ paused: !isPaused })}
        >
          {isPaused ? words.resume : words.pause}
        </button>
        <RateForm onSet={(learningRate) => ask({ learningRate })} />
        {isSure ? (
          <>
            <button type="button" className="button" onClick={() => ask({ stop: true })}>
              {words.stopSure}
            </button>
            <button type="button" className="button" onClick={() => setSure(false)}>
              {words.cancel}
            </button>
          </>
        ) : (
          <button
            type="button"
            className="button"
            disabled={live.status === "stopping"}
            onClick={() => setSure(true)}
          >
            {words.stop}
          </button>
        )}
      </div>
      <p role="status">{isUnheard ? words.unheard : ""}</p>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function RateForm({ onSet }: { readonly onSet: (rate: number) => void }): ReactElement {
  const words = useRunWords();
  const [text, setText] = useState("");
  const rate = Number(text);
  const isRate = text.trim() !== "" && Number.isFinite(rate) && rate > 0 && rate < 1e6;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isRate) onSet(rate);
    setText("");
  };
  return (
    <form onSubmit={submit}>
      <label>
        {words.rate}
        <input
          inputMode="decimal"
          size={8}
          value={text}
          placeholder="0.001"
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <button type="submit" className="button" disabled={!isRate}>
        {words.set}
      </button>
    </form>
  );
}
