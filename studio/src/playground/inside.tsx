// The lower half of the page: one look inside at a time, chosen by tabs. Only the chosen one is computed.

import { Tabs } from "@base-ui/react/tabs";
import type { ReactElement } from "react";
import { CodeTab } from "./code-tab.tsx";
import { ConfusionTab } from "./confusion-tab.tsx";
import type { Description } from "./description.ts";
import { DrawTab } from "./draw-tab.tsx";
import { HealthTab } from "./health-tab.tsx";
import type { Training } from "./use-training.ts";
import { WeightsTab } from "./weights-tab.tsx";
import { usePlaygroundWords } from "./words.ts";

export type TabName = "weights" | "confusion" | "health" | "draw" | "code";

interface InsideFacts {
  readonly training: Training;
  readonly description: Description;
  readonly tab: TabName;
  readonly onTab: (tab: TabName) => void;
  readonly record: number;
  readonly onRecord: (record: number) => void;
  /** A drawn digit, as the network sees it. */
  readonly drawn: Float32Array | undefined;
  readonly onDrawn: (digit: Float32Array | undefined) => void;
}

export function Inside(facts: InsideFacts): ReactElement {
  const words = usePlaygroundWords();
  const { training, description, tab, onTab, record, onRecord, drawn, onDrawn } = facts;
  const { session, opened, store } = training;
  const isDigits = description.data.kind === "digits";
  const names: readonly TabName[] = isDigits
    ? ["draw", "weights", "confusion", "health", "code"]
    : ["weights", "confusion", "health", "code"];
  const contents: Readonly<Record<TabName, () => ReactElement>> = {
    weights: () => <WeightsTab store={store} />,
    confusion: () => <ConfusionTab {...{ store, opened }} />,
    health: () => <HealthTab store={store} />,
    draw: () => <DrawTab {...{ session, opened, store, record, onRecord, drawn, onDrawn }} />,
    code: () => <CodeTab {...{ description, opened }} />,
  };
  return (
    <section className="panel inside" aria-label={words.inside}>
      <Tabs.Root value={tab} onValueChange={(value) => onTab(value as TabName)}>
        <Tabs.List className="tabs" aria-label={words.inside}>
          {names.map((name) => (
            <Tabs.Tab key={name} value={name} className="tab">
              {words.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {names.map((name) => (
          <Tabs.Panel key={name} value={name} className="tab-panel">
            {name === tab && contents[name]()}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </section>
  );
}
