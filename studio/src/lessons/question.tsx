// Something to try, with the answer folded away.

import type { ReactElement } from "react";
import { type Both, useText } from "../language/language.ts";
import { Prose } from "./prose.tsx";
import { words as own } from "./words.ts";

export function Question({
  ask,
  answer,
}: {
  readonly ask: Both;
  readonly answer: Both;
}): ReactElement {
  const text = useText();
  return (
    <section className="question" aria-label={text(own.tryIt)}>
      <p>
        <b>{text(own.tryIt)}</b> <Prose text={text(ask)} />
      </p>
      <details>
        <summary>{text(own.answer)}</summary>
        <p>
          <Prose text={text(answer)} />
        </p>
      </details>
    </section>
  );
}
