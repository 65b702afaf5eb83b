// The controls of time: within a step from moment to moment, and from update to update. Playing goes on into the next
// iteration.

import { type ReactElement, useEffect, useState } from "react";
import { useWords } from "../language/language.ts";
import type { Moment } from "./graph-model.ts";
import { useExplorerWords } from "./words.ts";

interface TimelineFacts {
  readonly moments: readonly Moment[];
  /** Numbers of moments at which to stop, the first of them 0. */
  readonly stops: readonly number[];
  readonly at: number;
  readonly onSeek: (at: number) => void;
  readonly iteration: number;
  /** Goes to the step of an iteration: to its start, or to where everything is known. */
  readonly onIteration?: (iteration: number, toStart: boolean) => void;
  readonly onRestart?: () => void;
}

/** Milliseconds that a moment is shown while playing at speed 1. */
const beat = 1100;

export function Timeline(facts: TimelineFacts): ReactElement {
  const { moments, stops, at, onSeek, iteration, onIteration } = facts;
  const words = useWords();
  const more = useExplorerWords();
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const place = stops.findLastIndex((stop) => stop <= at);
  const isEnd = place >= stops.length - 1;
  useEffect(() => {
    if (!playing) return;
    if (isEnd && onIteration === undefined) return setPlaying(false);
    const timer = setTimeout(
      () => (isEnd ? onIteration!(iteration + 1, true) : onSeek(stops[place + 1])),
      beat / speed,
    );
    return () => clearTimeout(timer);
  }, [playing, speed, place, isEnd, stops, iteration, onSeek, onIteration]);
  const phase = at === 0 ? "forward" : moments[at - 1].kind;
  const forward = (): void => {
    if (!isEnd) onSeek(stops[place + 1]);
    else onIteration?.(iteration + 1, true);
  };
  const play = (): void => {
    if (!playing && isEnd) onSeek(0);
    setPlaying(!playing);
  };
  return (
    <fieldset className="timeline" aria-label={words.step}>
      <button
        type="button"
        className="button"
        onClick={() => onSeek(0)}
        disabled={at === 0}
        aria-label={more.toStart}
        title={more.toStart}
      >
        <svg viewBox="0 0 14 12" width="14" height="12" aria-hidden="true">
          <path
            d="M1 1v10M13 1 4 6l9 5z"
            fill="currentColor"
            stroke="currentColor"
            strokeLinejoin="round"
          />
        </svg>
      </button>
      <button
        type="button"
        className="button"
        onClick={() => onSeek(stops[Math.max(0, place - 1)])}
        disabled={at === 0}
      >
        {words.back}
      </button>
      <button type="button" className="button primary" onClick={play}>
        {playing ? words.pause : words.play}
      </button>
      <button
        type="button"
        className="button"
        onClick={forward}
        disabled={isEnd && onIteration === undefined}
      >
        {words.step}
      </button>
      <input
        type="range"
        className={`is-${phase}`}
        min={0}
        max={stops.length - 1}
        value={place}
        aria-label={words.step}
        aria-valuetext={`${words.phases[phase]}, ${place} / ${stops.length - 1}`}
        onChange={(event) => onSeek(stops[Number(event.target.value)])}
      />
      <output className={`phase is-${phase}`}>{words.phases[phase]}</output>
      <label className="speed">
        <span className="visually-hidden">{more.speed}</span>
        <select value={speed} onChange={(event) => setSpeed(Number(event.target.value))}>
          {[0.5, 1, 2, 4].map((times) => (
            <option key={times} value={times}>
              {times}×
            </option>
          ))}
        </select>
      </label>
      {onIteration !== undefined && <Iterations {...facts} onIteration={onIteration} />}
    </fieldset>
  );
}

function Iterations({
  iteration,
  onIteration,
  onRestart,
}: TimelineFacts & Required<Pick<TimelineFacts, "onIteration">>): ReactElement {
  const words = useWords();
  return (
    <span className="iterations">
      <span className="iteration">
        {words.iteration} {iteration}
      </span>
      <button
        type="button"
        className="button"
        onClick={() => onIteration(iteration - 1, false)}
        disabled={iteration === 0}
      >
        {words.previous}
      </button>
      <button type="button" className="button" onClick={() => onIteration(iteration + 1, false)}>
        {words.next}
      </button>
      <button type="button" className="button" onClick={onRestart}>
        {words.restart}
      </button>
    </span>
  );
}
