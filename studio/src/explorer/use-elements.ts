// Elements of nodes beyond those that a step's data holds: a page asks for them when it draws them.

import type { StepTrace } from "chainrule/inspect";
import { useEffect, useMemo, useState } from "react";
import type { StepAnswers } from "../worker/protocol.ts";
import type { Elements } from "./columns.ts";

/** `count` elements of a node from number `from` on. */
export type ElementsOf = (node: number, from: number, count: number) => Elements;

/** Gives elements as they are asked for while drawing; those that have to be fetched come with a later drawing. */
export function useElements(trace: StepTrace, answers: Pick<StepAnswers, "values">): ElementsOf {
  const known = useMemo(() => new Known(trace), [trace]);
  const [, setArrived] = useState(0);
  useEffect(() => {
    for (const { key, node, from, count } of known.takeWanted()) {
      void answers.values(node, from, count).then((values) => {
        if (values === undefined) return;
        known.parts.set(key, values);
        setArrived((arrived) => arrived + 1);
      });
    }
  });
  return (node, from, count) => known.elements(node, from, count);
}

interface Part {
  readonly key: string;
  readonly node: number;
  readonly from: number;
  readonly count: number;
}

/** What was fetched of one trace, and what is wanted. */
class Known {
  readonly parts = new Map<string, Float32Array | undefined>();
  readonly #trace: StepTrace;
  #wanted: Part[] = [];

  constructor(trace: StepTrace) {
    this.#trace = trace;
  }

  elements(node: number, from: number, count: number): Elements {
    const { values, sampled } = this.#trace.nodes[node];
    if (sampled === undefined) return values.slice(from, from + count);
    const key = `${node} ${from} ${count}`;
    if (!this.parts.has(key)) {
      this.parts.set(key, undefined);
      this.#wanted.push({ key, node, from, count });
    }
    return this.parts.get(key);
  }

  takeWanted(): readonly Part[] {
    const wanted = this.#wanted;
    this.#wanted = [];
    return wanted;
  }
}
