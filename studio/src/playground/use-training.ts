// The page's hold on the training worker: it opens descriptions, asks for looks as fast as they can be drawn but not
// faster, and keeps the newest one outside of React's state, so that only what shows it is drawn again.

import type { Remote } from "comlink";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { startTraining } from "../worker/training-client.ts";
import type { Look, Opened, TrainingWorker, Wanted } from "../worker/training-protocol.ts";
import type { Description } from "./description.ts";
import { type Problem, problemOf } from "./problems.ts";

/** Milliseconds between two looks while training, and the most between two while nothing changes. */
const betweenLooks = 70;
const longestRest = 4000;
/** Rest after a look by the time it took: the worker trains most of the time however large the network is. */
const restPerLook = 3;

/** The newest look, for whom it concerns. */
export class LookStore {
  #look: Look | undefined;
  readonly #listeners = new Set<() => void>();

  readonly get = (): Look | undefined => this.#look;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(look: Look | undefined): void {
    this.#look = look;
    for (const listener of this.#listeners) listener();
  }
}

/** One thing about the newest look; the component is drawn again where it changes. */
export function useLook<T>(store: LookStore, select: (look: Look) => T): T | undefined {
  return useSyncExternalStore(store.subscribe, () => {
    const look = store.get();
    return look === undefined ? undefined : select(look);
  });
}

export interface Training {
  readonly session: Remote<TrainingWorker> | undefined;
  readonly opened: Opened | undefined;
  /** Why the description could not be opened. */
  readonly problem: Problem | undefined;
  readonly store: LookStore;
  readonly play: () => void;
  readonly pause: () => void;
  readonly step: () => void;
  /** Begins anew with the same description: waiting, or training at once. */
  readonly reset: () => void;
  readonly again: () => void;
}

/** Trains a description; a new one begins a new run, which goes on training where the old one did. */
export function useTraining(description: Description, wanted: Wanted, speed: number): Training {
  const [session, setSession] = useState<Remote<TrainingWorker>>();
  const [opened, setOpened] = useState<Opened>();
  const [problem, setProblem] = useState<Problem>();
  const [round, setRound] = useState(0);
  const store = useMemo(() => new LookStore(), []);
  const latest = useRef({ wanted, playing: false, nudge: () => {} });
  latest.current.wanted = wanted;
  useEffect(() => {
    const started = startTraining();
    setSession(() => started.session);
    return started.end;
  }, []);
  useEffect(() => {
    session?.setSpeed(speed);
  }, [session, speed]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round begins anew
  useEffect(() => {
    if (session === undefined) return;
    return watch(session, description, latest.current, { setOpened, setProblem, store });
  }, [session, description, round, store]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is wanted has changed
  useEffect(() => latest.current.nudge(), [wanted]);
  const command =
    (playing: boolean, send: (worker: Remote<TrainingWorker>) => Promise<void>) => () => {
      latest.current.playing = playing;
      if (session !== undefined) send(session).then(() => latest.current.nudge());
    };
  const begin = (playing: boolean): void => {
    latest.current.playing = playing;
    setRound(round + 1);
  };
  return {
    ...{ session, opened, problem, store },
    play: command(true, (worker) => worker.play()),
    pause: command(false, (worker) => worker.pause()),
    step: command(false, (worker) => worker.step()),
    reset: () => begin(false),
    again: () => begin(true),
  };
}

interface Watched {
  wanted: Wanted;
  playing: boolean;
  nudge: () => void;
}

interface Outlets {
  readonly setOpened: (opened: Opened | undefined) => void;
  readonly setProblem: (problem: Problem | undefined) => void;
  readonly store: LookStore;
}

/** Opens a description and looks at its run until the function that it returns is called. */
function watch(
  session: Remote<TrainingWorker>,
  description: Description,
  watched: Watched,
  { setOpened, setProblem, store }: Outlets,
): () => void {
  let ended = false;
  /** Waits; true where it was cut short by news. */
  const pause = (milliseconds: number): Promise<boolean> =>
    new Promise((resume) => {
      const timer = setTimeout(() => resume(false), milliseconds);
      watched.nudge = () => {
        clearTimeout(timer);
        resume(true);
      };
    });
  const follow = async (): Promise<void> => {
    const opened = await session.open(description);
    if (ended) return;
    store.set(undefined);
    setOpened(opened);
    setProblem(undefined);
    if (watched.playing) await session.play();
    let rest = betweenLooks;
    while (!ended) {
      const { wanted } = watched;
      const asked = performance.now();
      const look = await session.look(wanted);
      if (ended) return;
      const shortest = Math.max(betweenLooks, restPerLook * (performance.now() - asked));
      const known = store.get();
      const isNew = known === undefined || known.step !== look.step || known.status !== look.status;
      store.set(look);
      if (look.status === "finished" || look.status === "failed") watched.playing = false;
      const quiet = look.status !== "running" && !isNew && wanted === watched.wanted;
      rest = quiet ? Math.min(longestRest, 2 * rest) : shortest;
      if (await pause(rest)) rest = betweenLooks;
    }
  };
  const begin = setTimeout(() => {
    follow().catch((error: unknown) => {
      if (ended) return;
      setOpened(undefined);
      setProblem(problemOf(error));
    });
  }, 120);
  return () => {
    ended = true;
    clearTimeout(begin);
    watched.nudge();
  };
}
