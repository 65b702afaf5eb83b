// What has to be said of the files of the runs that are shown: how far they are read, and what could not be.

import type { ReactElement } from "react";
import type { Damage } from "./run-news.ts";
import { bytesOf, type ShownRun } from "./shown-run.ts";
import { bytes, short } from "./text.ts";
import { type RunWords, useRunWords } from "./words.ts";

/** Notes that are shown at most. */
const most = 6;

export function Notes({ runs }: { readonly runs: readonly ShownRun[] }): ReactElement {
  const words = useRunWords();
  const isRead = ({ data, row }: ShownRun): boolean => data.bytes >= bytesOf(row);
  const reading = runs.filter((run) => !isRead(run) && run.data.damage.length === 0);
  const notes = runs.flatMap((run) => notesOf(run, words));
  return (
    <>
      {reading
        .filter(({ data, row }) => bytesOf(row) - data.bytes > 1 << 18) // the rest is there in a moment
        .map((run) => (
          <p key={run.id} className="reading">
            <progress
              value={run.data.bytes}
              max={bytesOf(run.row)}
              aria-label={words.readingBytes(run.name, "", "")}
            />
            {words.readingBytes(run.name, bytes(run.data.bytes), bytes(bytesOf(run.row)))}
          </p>
        ))}
      {notes.length === 0 ? null : (
        <ul className="notes">
          {notes.slice(0, most).map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function notesOf({ name, row, data }: ShownRun, words: RunWords): string[] {
  const notes = data.damage.map((damage) => damageText(name, damage, words));
  if (data.oddLines > 0) notes.push(words.oddLines(name, short(data.oddLines)));
  if (data.isThinned) notes.push(words.thinned(name));
  if (bytesOf(row) === 0) notes.push(words.nothingRecorded(name));
  return notes;
}

function damageText(name: string, { kind, file, byte }: Damage, words: RunWords): string {
  const text = kind === "record" ? words.damagedRecord : words.damagedLine;
  return text(name, file, short(byte));
}
