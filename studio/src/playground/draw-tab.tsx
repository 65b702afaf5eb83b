// A pad to draw a digit on, what the network sees of it, its prediction, and which pixels the prediction depends on.

import type { Remote } from "comlink";
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Opened, Prediction, TrainingWorker } from "../worker/training-protocol.ts";
import { useDark } from "./colors.ts";
import { digitOf, digitSide, ink, inkLine, padSide } from "./drawn-digit.ts";
import { Slider } from "./fields.tsx";
import { Heat } from "./heat.tsx";
import { type LookStore, useLook } from "./use-training.ts";
import { usePlaygroundWords } from "./words.ts";

interface DrawFacts {
  readonly session: Remote<TrainingWorker> | undefined;
  readonly opened: Opened | undefined;
  readonly store: LookStore;
  /** The test digit that the units' pictures are of. */
  readonly record: number;
  readonly onRecord: (record: number) => void;
  /** What was drawn, as the network sees it. */
  readonly drawn: Float32Array | undefined;
  readonly onDrawn: (digit: Float32Array | undefined) => void;
}

const pixels = digitSide * digitSide;

export function DrawTab({
  session,
  opened,
  store,
  record,
  onRecord,
  drawn,
  onDrawn,
}: DrawFacts): ReactElement {
  const words = usePlaygroundWords();
  const [pad, setPad] = useState<Uint8Array>();
  const step = useLook(store, (look) => look.step);
  const [prediction, setPrediction] = useState<Prediction>();
  const digit = useMemo(() => drawn ?? testDigit(opened, record), [drawn, opened, record]);
  const draw = (next: Uint8Array | undefined): void => {
    setPad(next);
    onDrawn(next === undefined ? undefined : digitOf(next));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each step the model answers differently
  useEffect(() => {
    let isLate = false;
    if (digit !== undefined)
      session?.predict(digit).then(
        (found) => isLate || setPrediction(found),
        () => {},
      );
    return () => {
      isLate = true;
    };
  }, [session, digit, step]);
  const last = Math.max(0, (opened?.test.targets.length ?? 1) - 1);
  const choose = (next: number): void => {
    draw(undefined);
    onRecord(next);
  };
  return (
    <div className="draw">
      <div>
        <h3>{words.drawDigit}</h3>
        <Pad pad={pad} onPad={draw} />
        <p className="note">{words.drawDigitNote}</p>
        <div className="row">
          <button
            type="button"
            className="button"
            onClick={() => draw(new Uint8Array(padSide ** 2))}
          >
            {words.clear}
          </button>
        </div>
        <Slider
          label={words.fromTest}
          value={record}
          min={0}
          max={last}
          step={1}
          onChange={choose}
        />
      </div>
      <figure>
        <h3>{words.seen}</h3>
        {digit !== undefined && (
          <Heat
            values={digit}
            height={digitSide}
            width={digitSide}
            scale={1}
            label={words.seen}
            className="big"
          />
        )}
      </figure>
      <figure>
        <h3>{words.saliency}</h3>
        {prediction !== undefined && (
          <Heat
            values={prediction.saliency}
            height={digitSide}
            width={digitSide}
            label={words.saliency}
            className="big"
          />
        )}
        <figcaption className="note">{words.saliencyNote}</figcaption>
      </figure>
      <div>
        <h3>{words.prediction}</h3>
        {prediction !== undefined && (
          <Bars probabilities={prediction.probabilities} classes={opened?.classes ?? []} />
        )}
        {step === 0 && <p className="note">{words.untrained}</p>}
      </div>
    </div>
  );
}

function testDigit(opened: Opened | undefined, record: number): Float32Array | undefined {
  if (opened?.shape.length !== 3) return undefined;
  return opened.test.inputs.slice(record * pixels, (record + 1) * pixels);
}

interface PadFacts {
  readonly pad: Uint8Array | undefined;
  readonly onPad: (pad: Uint8Array) => void;
}

const zoom = 7;

function Pad({ pad, onPad }: PadFacts): ReactElement {
  const words = usePlaygroundWords();
  const isDark = useDark();
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<readonly [number, number]>(undefined);
  const [cursor, setCursor] = useState<readonly [row: number, column: number]>();
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    context.fillStyle = isDark ? "#1c2027" : "#ffffff";
    context.fillRect(0, 0, padSide * zoom, padSide * zoom);
    context.fillStyle = isDark ? "#7db0ff" : "#1f5fc4";
    pad?.forEach((one, k) => {
      if (one === 1)
        context.fillRect((k % padSide) * zoom, Math.floor(k / padSide) * zoom, zoom, zoom);
    });
    if (cursor !== undefined) {
      context.strokeStyle = isDark ? "#ffffff" : "#000000";
      context.lineWidth = 2;
      context.strokeRect(cursor[1] * zoom - 4, cursor[0] * zoom - 4, 8, 8);
    }
  }, [pad, isDark, cursor]);
  const draw = (to: readonly [number, number]): void => {
    const next = pad?.slice() ?? new Uint8Array(padSide ** 2);
    if (last.current === undefined) ink(next, to[0], to[1]);
    else inkLine(next, last.current, to);
    last.current = to;
    onPad(next);
  };
  const placeOf = ({
    nativeEvent: { offsetX, offsetY },
    currentTarget,
  }: PointerEvent<HTMLCanvasElement>): readonly [number, number] => [
    (offsetY / currentTarget.clientHeight) * padSide,
    (offsetX / currentTarget.clientWidth) * padSide,
  ];
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const from = cursor ?? [padSide / 2, padSide / 2];
    const to = [0, 1].map((k) => Math.max(1, Math.min(padSide - 1, from[k] + move[k]))) as [
      number,
      number,
    ];
    setCursor(to);
    if (event.shiftKey) draw(to);
    else last.current = undefined;
  };
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: the pad takes arrow keys itself
    <canvas
      ref={canvas}
      className="pad"
      width={padSide * zoom}
      height={padSide * zoom}
      tabIndex={0}
      role="application"
      aria-label={words.drawDigitNote}
      onFocus={() => setCursor([padSide / 2, padSide / 2])}
      onBlur={() => setCursor(undefined)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        last.current = undefined;
        draw(placeOf(event));
      }}
      onPointerMove={(event) => event.buttons === 1 && draw(placeOf(event))}
      onPointerUp={() => {
        last.current = undefined;
      }}
    />
  );
}

function Bars({
  probabilities,
  classes,
}: {
  readonly probabilities: readonly number[];
  readonly classes: readonly string[];
}): ReactElement {
  const best = probabilities.indexOf(Math.max(...probabilities));
  return (
    <ol className="bars">
      {probabilities.map((p, k) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: classes are numbers
        <li key={k} className={k === best ? "best" : ""}>
          <span>{classes[k]}</span>
          <meter
            {...{ min: 0, max: 1, value: p }}
            aria-label={classes[k]}
            style={{ "--share": p } as React.CSSProperties}
          />
          <output>{(100 * p).toFixed(1)} %</output>
        </li>
      ))}
    </ol>
  );
}
