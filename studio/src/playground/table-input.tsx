// A table of the user's own, pasted or from a file: it is read by the library's CSV reader in the worker.

import type { Remote } from "comlink";
import { type ReactElement, useEffect, useState } from "react";
import type { Opened, TableFacts, TrainingWorker } from "../worker/training-protocol.ts";
import { type DataChoice, mostText, type TableData } from "./description.ts";
import { Choice, Tick } from "./fields.tsx";
import { problemOf } from "./problems.ts";
import { usePlaygroundWords } from "./words.ts";

interface TableInputFacts {
  readonly data: TableData;
  readonly opened: Opened | undefined;
  readonly onData: (data: DataChoice) => void;
  readonly session: Remote<TrainingWorker> | undefined;
}

export function TableInput({ data, opened, onData, session }: TableInputFacts): ReactElement {
  const words = usePlaygroundWords();
  const [text, setText] = useState(data.text);
  const [facts, setFacts] = useState<TableFacts>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    // What an address holds, or what was chosen before, is known to the worker only.
    session?.columns(data.text).then(setFacts, () => {});
  }, [session, data.text]);
  const use = (given: string): void => {
    if (given.length > mostText) {
      setProblem(words.tableTooLarge);
      return;
    }
    session?.columns(given).then(
      (found) => {
        setProblem(undefined);
        setFacts(found);
        const target = found.columns.includes(data.target) ? data.target : found.columns.at(-1)!;
        onData({ kind: "table", text: given, target });
      },
      (error: unknown) => setProblem(problemOf(error).message),
    );
  };
  const open = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    if (file.size > mostText) {
      setProblem(words.tableTooLarge);
      return;
    }
    const read = await file.text();
    setText(read);
    use(read);
  };
  const columns = facts?.columns ?? [];
  const targets = columns.includes(data.target) ? columns : [...columns, data.target];
  return (
    <>
      <p className="note">{words.tableNote}</p>
      <label className="field tall">
        <span>{words.tableText}</span>
        <textarea
          rows={6}
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <div className="row">
        <button type="button" className="button" onClick={() => use(text)}>
          {words.useTable}
        </button>
        <label className="button file">
          {words.openFile}
          <input
            type="file"
            accept=".csv,.tsv,.txt,text/csv"
            className="visually-hidden"
            onChange={(event) => open(event.target.files?.[0])}
          />
        </label>
      </div>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <Choice
        label={words.target}
        value={data.target}
        choices={targets}
        onChange={(target) => onData({ ...data, target })}
      />
      {facts !== undefined && <Inputs {...{ data, facts, onData }} />}
      <LeftOutNotes opened={opened} />
    </>
  );
}

/** The columns that are inputs, to be taken out and in. */
function Inputs({
  data,
  facts: { columns, unreadable },
  onData,
}: Pick<TableInputFacts, "data" | "onData"> & { readonly facts: TableFacts }): ReactElement {
  const words = usePlaygroundWords();
  const without = data.without ?? [];
  const choose = (name: string, isIn: boolean): void =>
    onData({ ...data, without: isIn ? without.filter((one) => one !== name) : [...without, name] });
  return (
    <fieldset className="table-inputs">
      <legend>{words.tableInputs}</legend>
      {columns
        .filter((name) => name !== data.target && !unreadable.includes(name))
        .map((name) => (
          <Tick
            key={name}
            label={name}
            value={!without.includes(name)}
            onChange={(isIn) => choose(name, isIn)}
          />
        ))}
    </fieldset>
  );
}

/** What of the table the network does not get. */
function LeftOutNotes({ opened }: Pick<TableInputFacts, "opened">): ReactElement | null {
  const words = usePlaygroundWords();
  const { columns = [], records = 0 } = opened?.leftOut ?? {};
  return (
    <>
      {columns.length > 0 && <p className="note">{words.leftOutColumns(columns.join(", "))}</p>}
      {records > 0 && <p className="note">{words.leftOutRecords(records)}</p>}
    </>
  );
}

/** A small table to begin with: whether seedlings grow, by light and water. */
export const exampleTable: string = makeExample();

function makeExample(): string {
  const lines = Array.from({ length: 120 }, (_, k) => {
    const light = 1 + 10 * ((k * 0.7549) % 1); // evenly over the plane, as R₂ does (Roberts 2018)
    const water = 5 + 48 * ((k * 0.5698) % 1);
    const grows = (light - 6) ** 2 / 9 + (water - 29) ** 2 / 200 < 1;
    return `${light.toFixed(1)},${water.toFixed(1)},${grows ? "yes" : "no"}`;
  });
  return `light,water,grows\n${lines.join("\n")}\n`;
}
