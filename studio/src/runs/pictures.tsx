// Images and texts that a run has recorded, and the model's worst mistakes.

import { type ReactElement, useEffect, useMemo, useState } from "react";
import { useFacts } from "./report-facts.ts";
import type { PicturesAt, TextAt } from "./run-news.ts";
import type { ShownRun } from "./shown-run.ts";
import { short } from "./text.ts";
import { useRunWords } from "./words.ts";

export function Pictures({ run }: { readonly run: ShownRun }): ReactElement {
  const words = useRunWords();
  const facts = useFacts(run.row);
  const worst = (facts?.worst ?? []).filter(
    ({ picture, label, predicted }) => picture !== "" && label !== predicted,
  );
  const { pictures, texts } = run.data;
  const tags = [...pictures].filter(([tag]) => worst.length === 0 || tag !== "worst examples");
  if (worst.length + tags.length + texts.size === 0)
    return <p className="empty">{words.picturesNone}</p>;
  return (
    <>
      {worst.length === 0 ? null : (
        <section>
          <h2>{words.worst}</h2>
          <p className="note">{words.worstLead}</p>
          <ul className="worst">
            {worst.map(({ index, label, predicted, probability, picture }) => (
              <li key={index}>
                <img src={picture} alt={`${words.isReally} ${label}`} />
                <span>
                  {words.isReally} <b>{label}</b>
                </span>
                <span>
                  {words.says} <b>{predicted}</b>
                  {Number.isFinite(probability) ? ` ${(100 * probability).toFixed(0)} %` : ""}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {tags.map(([tag, list]) => (
        <OverSteps key={tag} title={tag} list={list}>
          {(entry) => <Files entry={entry} tag={tag} />}
        </OverSteps>
      ))}
      {[...texts].map(([tag, list]) => (
        <OverSteps key={tag} title={tag} list={list}>
          {({ text }: TextAt) => <TextCard text={text} />}
        </OverSteps>
      ))}
    </>
  );
}

interface OverStepsFacts<T> {
  readonly title: string;
  readonly list: readonly T[];
  readonly children: (entry: T) => ReactElement;
}

/** One of the steps at which something was recorded; the last one at first. */
function OverSteps<T extends { readonly step: number }>({
  title,
  list,
  children,
}: OverStepsFacts<T>): ReactElement {
  const words = useRunWords();
  const [chosen, setChosen] = useState<number>();
  const place = Math.min(chosen ?? list.length - 1, list.length - 1);
  return (
    <section>
      <h2>{title}</h2>
      {list.length < 2 ? null : (
        <label className="at-step">
          {words.atStep} <output>{short(list[place].step)}</output>
          <input
            type="range"
            min={0}
            max={list.length - 1}
            value={place}
            onChange={(event) => setChosen(Number(event.target.value))}
          />
        </label>
      )}
      {children(list[place])}
    </section>
  );
}

function Files({ entry, tag }: { readonly entry: PicturesAt; readonly tag: string }): ReactElement {
  const addresses = useAddresses(entry);
  return (
    <div className="files">
      {addresses.map((address, k) => (
        <img key={address} src={address} alt={`${tag} ${k + 1}`} />
      ))}
    </div>
  );
}

/** Addresses of pictures in memory, for as long as they are shown. Only as pictures: an SVG could not run script there either. */
function useAddresses({ files }: PicturesAt): readonly string[] {
  const addresses = useMemo(
    () =>
      files.map((bytes) =>
        URL.createObjectURL(new Blob([bytes as BlobPart], { type: "image/png" })),
      ),
    [files],
  );
  useEffect(
    () => () => {
      for (const address of addresses) URL.revokeObjectURL(address);
    },
    [addresses],
  );
  return addresses;
}

/** Markdown as it was written; a table of `| setting | value |` as one. */
function TextCard({ text }: { readonly text: string }): ReactElement {
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.match(/^\| (.*) \|$/)?.[1].split(" | "));
  const isTable = rows.length > 2 && rows.every((row, k) => k === 1 || row !== undefined);
  if (!isTable) return <pre className="text">{text}</pre>;
  return (
    <table className="text">
      <tbody>
        {rows.slice(2).map((row) => (
          <tr key={row!.join()}>
            {row!.map((cell) => (
              <td key={cell}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
