// Each parameter as a matrix of weights beside the matrix of its gradients.

import type { ReactElement } from "react";
import { shown } from "../explorer/numbers.ts";
import type { ParameterLook } from "../worker/training-protocol.ts";
import { largest } from "./colors.ts";
import { Heat } from "./heat.tsx";
import { type LookStore, useLook } from "./use-training.ts";
import { usePlaygroundWords } from "./words.ts";

export function WeightsTab({ store }: { readonly store: LookStore }): ReactElement {
  const words = usePlaygroundWords();
  const weights = useLook(store, (look) => look.weights);
  return (
    <div className="weights">
      <p className="note">{words.weightsNote}</p>
      {weights?.map((parameter) => (
        <Parameter key={parameter.path} parameter={parameter} />
      ))}
    </div>
  );
}

function Parameter({ parameter }: { readonly parameter: ParameterLook }): ReactElement {
  const words = usePlaygroundWords();
  const { path, shape, weight, gradient, weightNorm, gradientNorm } = parameter;
  const [height, width] = pictureShape(shape, weight.length);
  const cell = Math.min(16, 224 / height, 448 / width);
  const all = shape.reduce((n, length) => n * length, 1);
  return (
    <article className="parameter">
      <h3>
        <code>{path}</code> <small>{shape.join(" × ")}</small>
      </h3>
      {all > weight.length && <p className="note">{words.firstElements(weight.length, all)}</p>}
      <div className="pair">
        {(
          [
            ["weight", weight, weightNorm],
            ["gradient", gradient, gradientNorm],
          ] as const
        ).map(([name, values, norm]) => (
          <figure key={name} className={`of-${name}`}>
            <div style={{ width: cell * width }}>
              <Heat {...{ values, height, width }} label={`${words[name]} ${path}`} />
            </div>
            <figcaption>
              {words[name]}: {words.norm} <b>{shown(norm, 3)}</b>, {words.largest}{" "}
              <b>{shown(largest(values), 3)}</b>
            </figcaption>
          </figure>
        ))}
      </div>
    </article>
  );
}

/** Rows and columns for a parameter: outputs down, everything else across; a vector lies on its side. */
function pictureShape(shape: readonly number[], elements: number): [height: number, width: number] {
  if (shape.length < 2) return [1, elements];
  const width = shape.slice(1).reduce((n, length) => n * length, 1);
  return [Math.max(1, Math.floor(elements / width)), Math.min(width, elements)];
}
