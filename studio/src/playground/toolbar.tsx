// Train, pause, one step, reset, speed; how far the run is; share and the way to the explorer.

import type { ReactElement } from "react";
import { shown } from "../explorer/numbers.ts";
import { Choice } from "./fields.tsx";
import { type Training, useLook } from "./use-training.ts";
import { problemText, usePlaygroundWords } from "./words.ts";

interface ToolbarFacts {
  readonly training: Training;
  readonly epochs: number;
  readonly speed: number;
  readonly onSpeed: (speed: number) => void;
  readonly onShare: () => void;
  /** What came of sharing. */
  readonly shared: string | undefined;
}

export type Speed = "0" | "1" | "10" | "100" | "1000";
const speeds: readonly Speed[] = ["1", "10", "100", "1000", "0"];

export function Toolbar({
  training,
  epochs,
  speed,
  onSpeed,
  onShare,
  shared,
}: ToolbarFacts): ReactElement {
  const words = usePlaygroundWords();
  const { store, opened } = training;
  const status = useLook(store, (look) => look.status) ?? "paused";
  const step = useLook(store, (look) => look.step) ?? 0;
  const epoch = useLook(store, (look) => look.epoch) ?? 0;
  const batchLoss = useLook(store, (look) => look.batchLoss);
  const failure = useLook(store, (look) => look.failure);
  const isOver = status === "finished" || status === "failed";
  return (
    <div className="toolbar">
      <div className="row">
        <button
          type="button"
          className="button primary"
          disabled={opened === undefined}
          onClick={status === "running" ? training.pause : isOver ? training.again : training.play}
        >
          {status === "running" ? `❚❚ ${words.pause}` : `▶ ${isOver ? words.again : words.play}`}
        </button>
        <button
          type="button"
          className="button"
          disabled={opened === undefined || isOver}
          onClick={training.step}
        >
          {words.step}
        </button>
        <button
          type="button"
          className="button"
          disabled={opened === undefined}
          onClick={training.reset}
        >
          {words.reset}
        </button>
        <Choice
          label={words.speed}
          value={String(speed) as Speed}
          choices={speeds}
          names={words.speeds}
          onChange={(one) => onSpeed(Number(one))}
        />
        <dl className="facts">
          <Fact name={words.epoch} value={`${Math.floor(epoch)} / ${epochs}`} />
          <Fact name={words.stepCount} value={String(step)} />
          <Fact name={words.loss} value={batchLoss === undefined ? "—" : shown(batchLoss, 3)} />
        </dl>
        <span className={`status is-${status}`} role="status">
          {words.status[status]}
        </span>
        <button type="button" className="button" onClick={onShare}>
          {words.share}
        </button>
      </div>
      {shared !== undefined && (
        <p className="note" role="status">
          {shared}
        </p>
      )}
      {failure !== undefined && (
        <p className="problem" role="alert">
          {problemText(words, failure)}
        </p>
      )}
    </div>
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
