// Which class is taken for which, on the test records.

import type { CSSProperties, ReactElement } from "react";
import type { Opened } from "../worker/training-protocol.ts";
import { type LookStore, useLook } from "./use-training.ts";
import { usePlaygroundWords } from "./words.ts";

export function ConfusionTab({
  store,
  opened,
}: {
  readonly store: LookStore;
  readonly opened: Opened | undefined;
}): ReactElement {
  const words = usePlaygroundWords();
  const counts = useLook(store, (look) => look.confusion);
  const classes = opened?.classes;
  if (classes === undefined) return <p className="note">{words.confusionNone}</p>;
  if (counts === undefined || counts.length !== classes.length) return <p className="note">…</p>;
  const style = (truth: number, predicted: number): CSSProperties => {
    const all = counts[truth].reduce((a, b) => a + b, 0);
    const share = all === 0 ? 0 : counts[truth][predicted] / all;
    return { "--share": share } as CSSProperties;
  };
  return (
    <div className="confusion">
      <p className="note">{words.confusionNote}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">
              {words.truth} ＼ {words.predicted}
            </th>
            {classes.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((name, truth) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {classes.map((other, predicted) => (
                <td
                  key={other}
                  className={truth === predicted ? "right" : "wrong"}
                  style={style(truth, predicted)}
                >
                  {counts[truth][predicted]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
