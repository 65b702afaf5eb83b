// The runs on the page: the list, asked for again and again, and the data of those that are shown.

import { type RefObject, startTransition, useCallback, useEffect, useRef, useState } from "react";
import { askRuns, type RunRow, type Trouble, takeKey } from "./connection.ts";
import { type Reading, startReading } from "./reading.ts";
import { RunData } from "./run-data.ts";

/** Milliseconds between two questions: while something is live, and otherwise. */
const [soon, later] = [1000, 5000];
/** Milliseconds between two drawings while files are read. */
const drawEvery = 400;
/** Runs that are shown at first. */
const shownFirst = 4;
const none: ReadonlySet<string> = new Set();

export interface Runs {
  /** Undefined until the first answer. */
  readonly rows: readonly RunRow[] | undefined;
  readonly trouble: Trouble | undefined;
  readonly shown: ReadonlySet<string>;
  readonly show: (ids: readonly string[], isShown: boolean) => void;
  readonly dataOf: (id: string) => RunData | undefined;
  /** Changes whenever data were added. */
  readonly tick: number;
  /** Asks at once. */
  readonly refresh: () => void;
}

export function useRuns(): Runs {
  const [rows, setRows] = useState<readonly RunRow[]>();
  const [trouble, setTrouble] = useState<Trouble>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>();
  const [tick, setTick] = useState(0);
  const [asked, setAsked] = useState(0);
  const data = useRef(new Map<string, RunData>());
  const reading = useReading(data);
  const drawing = useRef(0);
  const readAgain = useRef((_: readonly RunRow[]): void => {});
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` counts the wishes to ask at once
  useEffect(() => {
    takeKey();
    let timer = 0;
    let isOver = false;
    const askAgain = async (): Promise<void> => {
      let wait = later;
      try {
        const found = await askRuns();
        if (isOver) return;
        // In slices between which the page can answer.
        startTransition(() => {
          setRows(found);
          setTrouble(undefined);
          // Once: a run that begins later does not push another off the page.
          setChosen((before) => before ?? first(found));
        });
        // The list may be as it was, while a piece of a file did not come.
        readAgain.current(found);
        if (found.some(({ live }) => live !== undefined)) wait = soon;
      } catch (problem) {
        if (!isOver) setTrouble(problem as Trouble);
      }
      if (!isOver) timer = window.setTimeout(askAgain, wait);
    };
    void askAgain();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [asked]);
  const shown = chosen ?? none;
  const read = useCallback(
    (from: readonly RunRow[]): void => {
      const draw = (): void => {
        drawing.current ||= window.setTimeout(() => {
          drawing.current = 0;
          startTransition(() => setTick((count) => count + 1));
        }, drawEvery);
      };
      for (const row of from) {
        if (!shown.has(row.id)) continue;
        const known = data.current.get(row.id) ?? new RunData();
        data.current.set(row.id, known);
        void reading.current?.read(row, known, draw);
      }
    },
    [shown, reading],
  );
  useEffect(() => {
    readAgain.current = read;
    read(rows ?? []);
  }, [rows, read]);
  const show = useCallback((ids: readonly string[], isShown: boolean) => {
    setChosen((before) => {
      const next = new Set(before);
      for (const id of ids) {
        if (isShown) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  }, []);
  return {
    ...{ rows, trouble, shown, show, tick },
    dataOf: (id) => data.current.get(id),
    refresh: () => setAsked((count) => count + 1),
  };
}

/** A worker for as long as the page is open; the next one reads everything anew. */
function useReading(data: RefObject<Map<string, RunData>>): RefObject<Reading | undefined> {
  const reading = useRef<Reading>(undefined);
  useEffect(() => {
    const started = startReading();
    reading.current = started;
    return () => {
      started.end();
      data.current.clear();
    };
  }, [data]);
  return reading;
}

/** The runs that are shown where nobody has chosen; undefined while there is none to show. */
function first(rows: readonly RunRow[]): ReadonlySet<string> | undefined {
  const hasData = ({ files }: RunRow): boolean => files.some(({ bytes }) => bytes > 0);
  const whole = rows.filter((row) => row.status !== "damaged" && hasData(row));
  if (whole.length === 0) return undefined;
  return new Set(whole.slice(0, shownFirst).map(({ id }) => id));
}
