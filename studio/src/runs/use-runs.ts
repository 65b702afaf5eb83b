// The runs on the page: the list, asked for again and again, and the data of those that are shown.

import { useEffect, useMemo, useRef, useState } from "react";
import { askRuns, type RunRow, type Trouble, takeKey } from "./connection.ts";
import { RunReader } from "./read-run.ts";
import type { RunData } from "./run-data.ts";

/** Milliseconds between two questions: while something is live, and otherwise. */
const [soon, later] = [1000, 5000];
/** Milliseconds between two drawings while files are read. */
const drawEvery = 400;
/** Runs that are shown at first. */
const shownFirst = 4;

export interface Runs {
  /** Undefined until the first answer. */
  readonly rows: readonly RunRow[] | undefined;
  readonly trouble: Trouble | undefined;
  readonly shown: ReadonlySet<string>;
  readonly show: (id: string, isShown: boolean) => void;
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
  const readers = useRef(new Map<string, RunReader>());
  const drawing = useRef(0);
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
        setRows(found);
        setTrouble(undefined);
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
  const shown = useMemo(() => chosen ?? first(rows ?? []), [chosen, rows]);
  useEffect(() => {
    const draw = (): void => {
      drawing.current ||= window.setTimeout(() => {
        drawing.current = 0;
        setTick((count) => count + 1);
      }, drawEvery);
    };
    for (const row of rows ?? []) {
      if (!shown.has(row.id)) continue;
      const reader = readers.current.get(row.id) ?? new RunReader();
      readers.current.set(row.id, reader);
      void reader.read(row, draw).catch(() => {});
    }
  }, [rows, shown]);
  return {
    ...{ rows, trouble, shown, tick },
    show(id, isShown) {
      const next = new Set(shown);
      if (isShown) next.add(id);
      else next.delete(id);
      setChosen(next);
    },
    dataOf: (id) => readers.current.get(id)?.data,
    refresh: () => setAsked((count) => count + 1),
  };
}

function first(rows: readonly RunRow[]): ReadonlySet<string> {
  const whole = rows.filter(({ status }) => status !== "damaged");
  return new Set(whole.slice(0, shownFirst).map(({ id }) => id));
}
