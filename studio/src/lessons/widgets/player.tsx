// Play, pause and a slider over the updates of a run that is already computed.

import { type ReactElement, type ReactNode, useEffect, useState } from "react";
import { useText } from "../../language/language.ts";
import { words as own } from "../words.ts";

interface PlayerFacts {
  readonly at: number;
  readonly end: number;
  readonly onSeek: (at: number) => void;
  /** Updates per picture while playing. */
  readonly stride: number;
  readonly children?: ReactNode;
}

/** Milliseconds per picture. */
const beat = 50;

export function Player({ at, end, onSeek, stride, children }: PlayerFacts): ReactElement {
  const text = useText();
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    if (at >= end) return setPlaying(false);
    const timer = setTimeout(() => onSeek(Math.min(end, at + stride)), beat);
    return () => clearTimeout(timer);
  }, [playing, at, end, stride, onSeek]);
  const toggle = (): void => {
    if (at >= end) onSeek(0);
    setPlaying(!playing);
  };
  return (
    <div className="player">
      <button type="button" className="button primary" onClick={toggle}>
        {text(playing ? own.pause : own.play)}
      </button>
      <label>
        {text(own.updates)}
        <input
          type="range"
          min={0}
          max={end}
          value={at}
          onChange={(event) => onSeek(Number(event.target.value))}
        />
        <output>{at}</output>
      </label>
      <span>{children}</span>
    </div>
  );
}
