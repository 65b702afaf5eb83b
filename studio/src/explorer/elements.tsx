// The elements of a node, one of which is chosen: few as a table of numbers, many as a heat map in tiles, with a histogram
// of all.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useWords } from "../language/language.ts";
import type { StepAnswers } from "../worker/protocol.ts";
import { paintTiles, type Tiles, tilesOf } from "./heat-map.ts";
import { imageRows } from "./image-rows.ts";
import { placeOf, shown } from "./numbers.ts";
import { useExplorerWords } from "./words.ts";

interface ElementsFacts {
  readonly trace: StepTrace;
  readonly node: TraceNode;
  readonly element: number;
  readonly onChoose: (element: number) => void;
  readonly answers: StepAnswers;
  /** The node whose numbers are shown: the node itself, or its adjoint. */
  readonly of: TraceNode;
}

/** Elements that are shown as numbers. */
const few = 40;

export function Elements(facts: ElementsFacts): ReactElement {
  const { values, sampled } = facts.of;
  if (sampled === undefined && values.length <= few) return <Numbers {...facts} />;
  return (
    <>
      <HeatMap {...facts} />
      <Statistics node={facts.of} />
    </>
  );
}

function Numbers({ of: { shape, values }, element, onChoose }: ElementsFacts): ReactElement {
  const words = useWords();
  const columns = Math.min(shape.at(-1) ?? 1, 5);
  const largest = Math.max(...values.map(Math.abs), 1e-12);
  return (
    <fieldset
      className="elements"
      style={{ gridTemplateColumns: `repeat(${columns}, 1fr)` }}
      aria-label={words.value}
    >
      {values.map((value, k) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: elements have no other name
          key={k}
          type="button"
          aria-pressed={k === element}
          aria-label={`${words.element} ${placeOf(k, shape)}: ${shown(value, 3)}`}
          style={{ "--share": Math.abs(value) / largest } as React.CSSProperties}
          className={value < 0 ? "negative" : ""}
          onClick={() => onChoose(k)}
        >
          {shown(value, 3)}
        </button>
      ))}
    </fieldset>
  );
}

function HeatMap({ trace, node, of, element, onChoose, answers }: ElementsFacts): ReactElement {
  const words = useExplorerWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const pictures = useMemo(() => imageRows(trace), [trace]);
  const tiles = tilesOf(pictures.get(of.id) ?? of.shape, element);
  const [part, setPart] = useState<{
    readonly node: TraceNode;
    readonly tiles: Tiles;
    readonly data: Float32Array;
  }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: tiles are a function of the shape and the first element
  useEffect(() => {
    let isWanted = true;
    answers
      .values(of.id, tiles.from, tiles.count)
      .then((data) => isWanted && data !== undefined && setPart({ node: of, tiles, data }));
    return () => {
      isWanted = false;
    };
  }, [of, tiles.from, tiles.count, answers]);
  useEffect(() => {
    if (part?.node === of)
      paintTiles(canvas.current!, part.tiles, part.data, of.statistics, element);
  }, [part, of, element]);
  const size = of.shape.reduce((a, b) => a * b, 1);
  const choose = (next: number): void => onChoose(Math.max(0, Math.min(size - 1, next)));
  const onKey = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -tiles.columns,
      ArrowDown: tiles.columns,
    };
    if (moves[event.key] === undefined) return;
    event.preventDefault();
    choose(element + moves[event.key]);
  };
  const onPointer = ({ clientX, clientY, currentTarget }: PointerEvent): void => {
    const box = currentTarget.getBoundingClientRect();
    const found = tiles.elementAt(
      (clientX - box.left) / box.width,
      (clientY - box.top) / box.height,
    );
    if (found !== undefined) choose(found);
  };
  const value = part?.node === of ? part.data[element - part.tiles.from] : undefined;
  const text = `${placeOf(element, node.shape)}${value === undefined ? "" : ` = ${shown(value)}`}`;
  return (
    <div className="heat-map">
      <div
        role="slider"
        tabIndex={0}
        aria-label={words.chooseElement}
        aria-valuemin={0}
        aria-valuemax={size - 1}
        aria-valuenow={element}
        aria-valuetext={text}
        title={words.chooseElement}
        onKeyDown={onKey}
        onPointerDown={onPointer}
      >
        <canvas ref={canvas} style={{ aspectRatio: `${tiles.width} / ${tiles.height}` }} />
      </div>
      <output>{text}</output>
      {tiles.count < size && <p className="facts">{words.largePart}</p>}
    </div>
  );
}

function Statistics({ node: { statistics, shape } }: { readonly node: TraceNode }): ReactElement {
  const words = useExplorerWords();
  const { min, max, mean, std, zeros, nonFinite, histogram } = statistics;
  const most = Math.max(...histogram, 1);
  return (
    <div className="statistics">
      <div
        className="histogram"
        role="img"
        aria-label={`${words.histogram}: ${shown(min, 3)} … ${shown(max, 3)}`}
      >
        {histogram.map((count, k) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: bins have no other name
          <i key={k} style={{ height: `${(100 * count) / most}%` }} />
        ))}
      </div>
      <div className="ends">
        <span>{shown(min, 3)}</span>
        <span>{shown(max, 3)}</span>
      </div>
      <p className="facts">
        {shape.reduce((a, b) => a * b, 1).toLocaleString()} {words.elements} · {words.mean}{" "}
        {shown(mean, 3)} · {words.spread} {shown(std, 3)}
        {zeros > 0 && ` · ${words.zeros} ${shown(100 * zeros, 3)} %`}
        {nonFinite > 0 && ` · ${words.nonFinite}: ${nonFinite}`}
      </p>
    </div>
  );
}
