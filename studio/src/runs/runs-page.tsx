// The page of runs: what is in training, all runs as a table, and what the chosen ones have recorded.

import { Tabs } from "@base-ui/react/tabs";
import { type ReactElement, type ReactNode, useMemo, useRef, useState } from "react";
import type { RunRow, Trouble } from "./connection.ts";
import { Curves } from "./curves.tsx";
import { Details } from "./details.tsx";
import { Distributions } from "./distributions.tsx";
import { Layers } from "./layers.tsx";
import { LiveBar } from "./live-bar.tsx";
import { LogTable } from "./log-table.tsx";
import { Notes } from "./notes.tsx";
import { Pictures } from "./pictures.tsx";
import "./runs.css";
import { Troubled } from "../shell/troubled.tsx";
import { RunsTable } from "./runs-table.tsx";
import type { ShownRun } from "./shown-run.ts";
import { type Runs, useRuns } from "./use-runs.ts";
import { useRunWords } from "./words.ts";

export default function RunsPage(): ReactElement {
  const words = useRunWords();
  const runs = useRuns();
  return (
    <div className="runs-page">
      <h1>{words.title}</h1>
      <p className="lead">{words.lead}</p>
      <Body runs={runs} />
    </div>
  );
}

function Body({ runs }: { readonly runs: Runs }): ReactElement {
  const words = useRunWords();
  const colors = useColors(runs.shown);
  const { rows, trouble } = runs;
  if (rows === undefined)
    return trouble === undefined ? (
      <p className="empty">{words.loading}</p>
    ) : (
      <Help trouble={trouble} />
    );
  const shown = rows.flatMap((row) => shownRun(row, runs, colors));
  return (
    <>
      {trouble === undefined ? null : (
        <p className="trouble" role="status">
          {trouble === "no key" ? words.noKey : words.lost}
        </p>
      )}
      {rows.length === 0 ? (
        <Command
          lead={words.noRuns}
          help={words.noRunsHelp}
          command="chainrule train digits --epochs 200"
        />
      ) : null}
      {rows.map((row) =>
        row.live === undefined ? null : (
          <LiveBar
            key={row.id}
            row={row}
            live={row.live}
            color={colors.get(row.id)}
            onAsked={runs.refresh}
          />
        ),
      )}
      {rows.length === 0 ? null : (
        <>
          <RunsTable rows={rows} shown={runs.shown} colors={colors} onShow={runs.show} />
          <Notes runs={shown} />
          <Troubled words={words.notShown} of={shown.map(({ id }) => id).join()}>
            <RunTabs shown={shown} tick={runs.tick} />
          </Troubled>
        </>
      )}
    </>
  );
}

function RunTabs({
  shown,
  tick,
}: {
  readonly shown: readonly ShownRun[];
  readonly tick: number;
}): ReactElement {
  const words = useRunWords();
  const names = ["curves", "layers", "distributions", "log", "pictures", "details"] as const;
  return (
    <Tabs.Root defaultValue="curves" className="tabs">
      <Tabs.List className="tab-list" aria-label={words.title}>
        {names.map((name) => (
          <Tabs.Tab key={name} value={name} className="tab">
            {words.tabs[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="curves">
        <Curves runs={shown} tick={tick} />
      </Tabs.Panel>
      <Tabs.Panel value="layers">
        <OneRun shown={shown} fits={({ data }) => data.updates.size > 0}>
          {(run) => <Layers run={run} />}
        </OneRun>
      </Tabs.Panel>
      <Tabs.Panel value="distributions">
        <OneRun shown={shown} fits={({ data }) => data.histograms.size > 0}>
          {(run) => <Distributions run={run} tick={tick} />}
        </OneRun>
      </Tabs.Panel>
      <Tabs.Panel value="log">
        <OneRun shown={shown} fits={({ data }) => data.epochs.length > 0}>
          {(run) => <LogTable run={run} />}
        </OneRun>
      </Tabs.Panel>
      <Tabs.Panel value="pictures">
        <OneRun
          shown={shown}
          fits={({ data, row }) =>
            data.pictures.size + data.texts.size > 0 || row.status === "finished"
          }
        >
          {(run) => <Pictures run={run} />}
        </OneRun>
      </Tabs.Panel>
      <Tabs.Panel value="details">
        <OneRun shown={shown} fits={({ row }) => row.recipe !== ""}>
          {(run) => <Details run={run} />}
        </OneRun>
      </Tabs.Panel>
    </Tabs.Root>
  );
}

interface OneRunFacts {
  readonly shown: readonly ShownRun[];
  /** Whether a run has what the tab shows: the first that has is shown first. */
  readonly fits: (run: ShownRun) => boolean;
  readonly children: (run: ShownRun) => ReactNode;
}

/** One of the runs that are shown, to look at closely. */
function OneRun({ shown, fits, children }: OneRunFacts): ReactElement {
  const words = useRunWords();
  const [chosen, setChosen] = useState("");
  const run = shown.find(({ id }) => id === chosen) ?? shown.find(fits) ?? shown[0];
  if (run === undefined) return <p className="empty">{words.nothingShown}</p>;
  return (
    <>
      {shown.length < 2 ? null : (
        <div className="choices">
          <label>
            {words.run}
            <select value={run.id} onChange={(event) => setChosen(event.target.value)}>
              {shown.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {children(run)}
    </>
  );
}

function Help({ trouble }: { readonly trouble: Trouble }): ReactElement {
  const words = useRunWords();
  const [lead, help] =
    trouble === "no key" ? [words.noKey, words.noKeyHelp] : [words.noServer, words.noServerHelp];
  return <Command lead={lead} help={help} command="chainrule studio runs/" />;
}

function Command({
  lead,
  help,
  command,
}: {
  readonly lead: string;
  readonly help: string;
  readonly command: string;
}): ReactElement {
  return (
    <section className="help">
      <h2>{lead}</h2>
      <p>{help}</p>
      <pre>
        <code>{command}</code>
      </pre>
    </section>
  );
}

/** A colour for each run that is shown, the same as long as it is, and none twice while there are enough. */
function useColors(shown: ReadonlySet<string>): ReadonlyMap<string, number> {
  const colors = useRef(new Map<string, number>());
  return useMemo(() => {
    const kept = new Map([...colors.current].filter(([id]) => shown.has(id)));
    for (const id of shown) if (!kept.has(id)) kept.set(id, freeColor(kept));
    colors.current = kept;
    return kept;
  }, [shown]);
}

function freeColor(colors: ReadonlyMap<string, number>): number {
  const used = new Set(colors.values());
  let color = 0;
  while (used.has(color)) color++;
  return color;
}

function shownRun(row: RunRow, runs: Runs, colors: ReadonlyMap<string, number>): ShownRun[] {
  const data = runs.dataOf(row.id);
  if (!runs.shown.has(row.id) || data === undefined) return [];
  return [{ id: row.id, name: row.name, color: colors.get(row.id)!, row, data }];
}
