// What stands in place of a part of the page that could not be shown: a run's files may say anything, and a script may fail
// to arrive; neither must blank the page.

import { Component, type ReactNode } from "react";

interface TroubledFacts {
  /** What is said; the problem follows. */
  readonly words: string;
  /** With another one, showing is tried again. */
  readonly of: string;
  readonly children: ReactNode;
}

interface TroubledState {
  readonly problem: string | undefined;
  readonly of: string;
}

export class Troubled extends Component<TroubledFacts, TroubledState> {
  override state: TroubledState = { problem: undefined, of: this.props.of };

  static getDerivedStateFromError(error: unknown): Partial<TroubledState> {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  static getDerivedStateFromProps(
    { of }: TroubledFacts,
    state: TroubledState,
  ): TroubledState | null {
    return of === state.of ? null : { problem: undefined, of };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (problem === undefined) return this.props.children;
    return (
      <p className="trouble" role="alert">
        {this.props.words} <code>{problem.slice(0, 300)}</code>
      </p>
    );
  }
}

/** Throws; as the update of a state, where the next drawing does, so that what failed to arrive is said in its place. */
export function thrown(error: unknown): never {
  throw error;
}
