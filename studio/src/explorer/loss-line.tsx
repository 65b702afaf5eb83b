// The losses so far: the last one as a number, and all as a line once there are two. The chart is fetched then.

import { lazy, type ReactElement, Suspense } from "react";
import { useWords } from "../language/language.ts";
import { useExplorerWords } from "./words.ts";

const LossPlot = lazy(() =>
  import("./loss-plot.tsx").then(({ LossPlot }) => ({ default: LossPlot })),
);

export function LossLine({ losses }: { readonly losses: readonly number[] }): ReactElement {
  const shared = useWords();
  const words = useExplorerWords();
  return (
    <figure className="loss-line">
      <figcaption>
        {shared.loss} <b>{losses.at(-1)?.toPrecision(5)}</b>
      </figcaption>
      {losses.length > 1 ? (
        <Suspense>
          <LossPlot losses={losses} />
        </Suspense>
      ) : (
        <p className="empty">{words.lossLater}</p>
      )}
    </figure>
  );
}
