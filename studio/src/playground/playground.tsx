// The playground: data, network and training side by side, what comes of them beneath, and an address that holds it all.

import {
  lazy,
  type ReactElement,
  type ReactNode,
  Suspense,
  useEffect,
  useMemo,
  useState,
} from "react";
import { usePageTitle } from "../shell/page-title.ts";
import type { Wanted } from "../worker/training-protocol.ts";
import { decode, encode } from "./address.ts";
import { CurvesView } from "./curves.tsx";
import { DataPanel } from "./data-panel.tsx";
import {
  type DataChoice,
  type Description,
  type DrawnPoint,
  forData,
  mostPoints,
  spiralDefault,
} from "./description.ts";
import { Panel, Tick } from "./fields.tsx";
import { Inside, type TabName } from "./inside.tsx";
import { NetworkPanel } from "./network-panel.tsx";
import { PlaneView } from "./plane-view.tsx";
import "./playground.css";
import { Toolbar } from "./toolbar.tsx";
import { TrainingPanel } from "./training-panel.tsx";
import { type Training, useTraining } from "./use-training.ts";
import { problemText, usePlaygroundWords } from "./words.ts";

const Explorer = lazy(() =>
  import("../explorer/explorer.tsx").then(({ Explorer }) => ({ default: Explorer })),
);

const place = "/playground";

export default function Playground({ route }: { readonly route: string }): ReactElement {
  const words = usePlaygroundWords();
  usePageTitle(words.title);
  const first = useMemo(() => fromRoute(route), [route]);
  const [description, setDescription] = useState(first.description);
  const [speed, setSpeed] = useState(1000);
  const [tab, setTab] = useState<TabName>(
    first.description.data.kind === "digits" ? "draw" : "weights",
  );
  const [record, setRecord] = useState(0);
  const [drawn, setDrawn] = useState<Float32Array>();
  const [shared, setShared] = useState<string>();
  const wanted = useMemo(
    (): Wanted => ({
      record,
      image: drawn,
      pictures: true,
      weights: tab === "weights",
      confusion: tab === "confusion",
      health: tab === "health",
    }),
    [record, drawn, tab],
  );
  const training = useTraining(description, wanted, speed);
  useEffect(() => keepInAddress(description), [description]);
  const change = (next: Description): void => {
    setDescription(next);
    setShared(undefined);
  };
  const chooseData = (data: DataChoice): void => {
    const isDigits = data.kind === "digits";
    if (isDigits !== (description.data.kind === "digits")) setTab(isDigits ? "draw" : "weights");
    setRecord(0);
    setDrawn(undefined);
    change(forData(description, data));
  };
  const share = (): void => {
    if (encode(description) === undefined) {
      setShared(words.tooLarge);
      return;
    }
    navigator.clipboard.writeText(location.href).then(
      () => setShared(words.copied),
      () => setShared(words.addressHere),
    );
  };
  return (
    <>
      <div className="playground">
        <h1>{words.title}</h1>
        <p className="lead">{words.lead}</p>
        {first.problem !== undefined && (
          <p className="problem" role="alert">
            {words.badAddress} <code>{first.problem}</code>
          </p>
        )}
        <Toolbar
          {...{ training, speed, shared }}
          epochs={description.epochs}
          onSpeed={setSpeed}
          onShare={share}
        />
        <Board {...{ description, training, change, chooseData, record, drawn }}>
          <Inside
            {...{ training, description, tab, record, drawn }}
            onTab={setTab}
            onRecord={setRecord}
            onDrawn={setDrawn}
          />
        </Board>
      </div>
      <Step training={training} batchSize={description.batchSize} />
    </>
  );
}

interface BoardFacts {
  readonly description: Description;
  readonly training: Training;
  readonly change: (description: Description) => void;
  readonly chooseData: (data: DataChoice) => void;
  readonly record: number;
  readonly drawn: Float32Array | undefined;
  readonly children: ReactNode;
}

/** The panels of what is trained, its answers, and the looks inside. */
function Board({
  description,
  training,
  change,
  chooseData,
  record,
  drawn,
  children,
}: BoardFacts): ReactElement {
  const { session, opened, store, problem } = training;
  const { data, blocks, seed } = description;
  const words = usePlaygroundWords();
  const [label, setLabel] = useState(0);
  const classifies = opened === undefined || opened.classes !== undefined;
  const isFewPoints = data.kind === "points" && opened === undefined;
  return (
    <div className="board">
      <DataPanel
        {...{ data, seed, opened, session, label }}
        onData={chooseData}
        onSeed={(next) => change({ ...description, seed: next })}
        onLabel={setLabel}
      />
      <NetworkPanel
        {...{ data, blocks, opened, store, record, drawn }}
        onBlocks={(next) => change({ ...description, blocks: next })}
      />
      <Answers {...{ data, training, label, chooseData }} />
      <TrainingPanel {...{ description, classifies }} onChange={change} />
      {problem !== undefined && !isFewPoints && (
        <p className="problem" role="alert">
          {problemText(words, problem)}
        </p>
      )}
      {children}
    </div>
  );
}

interface AnswersFacts {
  readonly data: DataChoice;
  readonly training: Training;
  readonly label: number;
  readonly chooseData: (data: DataChoice) => void;
}

function Answers({
  data,
  training: { opened, store },
  label,
  chooseData,
}: AnswersFacts): ReactElement {
  const words = usePlaygroundWords();
  const [showTest, setShowTest] = useState(false);
  const classifies = opened === undefined || opened.classes !== undefined;
  const isDrawn = data.kind === "points";
  const isPlane = isDrawn || (opened?.shape.length === 1 && opened.shape[0] === 2);
  const addPoint = (point: DrawnPoint): void => {
    if (data.kind === "points" && data.points.length < mostPoints)
      chooseData({ kind: "points", points: [...data.points, point] });
  };
  return (
    <Panel title={isPlane ? words.boundary : words.progress} className="answers">
      {isPlane && (
        <PlaneView
          {...{ opened, store, showTest }}
          {...(isDrawn && { drawing: { points: data.points, label, onPoint: addPoint } })}
        />
      )}
      {isPlane && <p className="note">{classifies ? words.boundaryNote : words.regressionNote}</p>}
      {isPlane && !isDrawn && (
        <Tick label={words.showTest} value={showTest} onChange={setShowTest} />
      )}
      <CurvesView store={store} classifies={classifies} />
    </Panel>
  );
}

/** The step that would come next, in the explorer. */
function Step({
  training: { session, opened },
  batchSize,
}: {
  readonly training: Training;
  readonly batchSize: number;
}): ReactElement {
  const words = usePlaygroundWords();
  const [moment, setMoment] = useState<string>();
  const settings = useMemo(() => ({ moment: moment ?? "" }), [moment]);
  return (
    <section className="playground-step" aria-label={words.explore}>
      <div className="row">
        <button
          type="button"
          className="button"
          disabled={opened === undefined}
          onClick={() => session?.moment().then(setMoment)}
        >
          {words.explore}
        </button>
        {moment !== undefined && (
          <button type="button" className="button" onClick={() => setMoment(undefined)}>
            {words.closeExplorer}
          </button>
        )}
      </div>
      <p className="note">
        {words.exploreNote} {batchSize > 8 && words.batchTooLarge}
      </p>
      {moment !== undefined && (
        <Suspense fallback={<p className="note">…</p>}>
          <Explorer program="custom" settings={settings} />
        </Suspense>
      )}
    </section>
  );
}

/** The description that an address holds, and what is wrong with it where it holds none. */
function fromRoute(route: string): {
  readonly description: Description;
  readonly problem?: string;
} {
  try {
    return { description: decode(route.slice(place.length).replace(/^\//, "")) };
  } catch (error) {
    return {
      description: spiralDefault,
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}

function keepInAddress(description: Description): void {
  const code = encode(description);
  const isStandard = code === encode(spiralDefault);
  history.replaceState(null, "", `#${place}${code === undefined || isStandard ? "" : `/${code}`}`);
}
