// The network, block by block from left to right: what each one is, and a picture of each of its units.

import { memo, type ReactElement, useRef } from "react";
import type { Opened, Pictures } from "../worker/training-protocol.ts";
import { BlockCard } from "./block-card.tsx";
import { largest } from "./colors.ts";
import { type Block, conv, type DataChoice, dense, mostBlocks } from "./description.ts";
import { Panel } from "./fields.tsx";
import { Heat } from "./heat.tsx";
import { layersOf } from "./layers.ts";
import { useBlocks } from "./use-blocks.ts";
import { type LookStore, useLook } from "./use-training.ts";
import { usePlaygroundWords } from "./words.ts";

interface NetworkFacts {
  readonly data: DataChoice;
  readonly blocks: readonly Block[];
  readonly opened: Opened | undefined;
  readonly store: LookStore;
  readonly onBlocks: (blocks: readonly Block[]) => void;
  /** The test record that pictures are of, where the input is an image. */
  readonly record: number;
  /** A drawn image that they are of instead. */
  readonly drawn: Float32Array | undefined;
}

export function NetworkPanel(facts: NetworkFacts): ReactElement {
  const { data, opened, store, record, drawn } = facts;
  const words = usePlaygroundWords();
  const isImage = data.kind === "digits";
  const isPlane = opened?.shape.length === 1 && opened.shape[0] === 2;
  const place = useRef<HTMLDivElement>(null);
  const row = useBlocks(facts.blocks, isImage, facts.onBlocks, place);
  const { blocks, misfit, change, arrived } = row;
  const lastConv = blocks.findLastIndex(({ kind }) => kind === "conv");
  const isFull = blocks.length >= mostBlocks;
  const note = isPlane ? words.unitsOfPlane : isImage ? words.unitsOfImage : words.unitsOfRecord;
  const shapes = opened && layersOf(blocks, opened.shape, 1).shapes;
  return (
    <Panel title={words.network} className="network">
      <div className="blocks" ref={place}>
        <InputCard {...{ opened, record, drawn }} />
        {blocks.map((block, k) => (
          <BlockCard
            // Blocks have no names of their own; their places are what tells them apart.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            key={k}
            {...{ block, isFull }}
            index={k}
            count={blocks.length}
            shape={misfit === undefined || k < misfit.block ? shapes?.[k] : undefined}
            misfit={misfit?.block === k ? misfit : undefined}
            dragging={row.dragging}
            onChange={(changed) => change(blocks.with(k, changed))}
            onAction={(action) => row.act(k, action)}
          >
            {misfit === undefined && <Units store={store} index={k} />}
          </BlockCard>
        ))}
        <div className="block output">
          <b>{words.output}</b>
          <span className="note">
            {opened?.classes === undefined ? words.oneNumber : words.outputs(opened.classes.length)}
          </span>
          {opened?.classes !== undefined && (
            <span className="note names">{opened.classes.join(" · ")}</span>
          )}
        </div>
      </div>
      <p className="visually-hidden" aria-live="polite">
        {arrived !== undefined &&
          blocks[arrived] !== undefined &&
          words.movedTo(words[blocks[arrived].kind], arrived + 1, blocks.length)}
      </p>
      {misfit !== undefined && <p className="note">{words.misfitNote}</p>}
      <div className="row">
        <button
          type="button"
          className="button"
          disabled={isFull}
          onClick={() => change([...blocks, dense(8)])}
        >
          {words.addDense}
        </button>
        {isImage && (
          <button
            type="button"
            className="button"
            disabled={isFull || lastConv >= 2}
            onClick={() => change(blocks.toSpliced(lastConv + 1, 0, conv(8)))}
          >
            {words.addConv}
          </button>
        )}
        {opened !== undefined && (
          <span className="note">{words.parameters(opened.parameters)}</span>
        )}
      </div>
      <p className="note">{note}</p>
    </Panel>
  );
}

interface InputFacts {
  readonly opened: Opened | undefined;
  readonly record: number;
  /** A drawn image that they are of instead. */
  readonly drawn: Float32Array | undefined;
}

function InputCard({ opened, record, drawn }: InputFacts): ReactElement {
  const words = usePlaygroundWords();
  const shape = opened?.shape ?? [2];
  return (
    <div className="block input">
      <b>{words.input}</b>
      <span className="note">
        {shape.length === 3 ? words.image(shape[1], shape[2]) : words.inputs(shape[0])}
      </span>
      {opened !== undefined && opened.features.length > 0 && (
        <span className="note names">{opened.features.slice(0, 8).join(" · ")}</span>
      )}
      {shape.length === 3 && opened !== undefined && (
        <Heat
          values={drawn ?? recordOf(opened, record)}
          height={shape[1]}
          width={shape[2]}
          scale={1}
          label={
            drawn === undefined ? `${words.record} ${opened.test.targets[record]}` : words.drawDigit
          }
        />
      )}
    </div>
  );
}

/** The image of a test record. */
function recordOf({ test, shape }: Opened, record: number): Float32Array {
  const size = shape.reduce((n, length) => n * length, 1);
  return test.inputs.subarray(record * size, (record + 1) * size);
}

const Units = memo(function Units({
  store,
  index,
}: {
  readonly store: LookStore;
  readonly index: number;
}): ReactElement {
  const words = usePlaygroundWords();
  const pictures = useLook(store, (look) => look.pictures?.[index]);
  if (pictures === undefined) return <div className="units" />;
  const { units, all, height, width } = pictures;
  return (
    <div className={`units ${height === 1 ? "single" : ""}`}>
      {Array.from({ length: units }, (_, unit) => (
        <Heat
          // biome-ignore lint/suspicious/noArrayIndexKey: units have no other name
          key={unit}
          {...{ height, width }}
          values={pictureOf(pictures, unit)}
          scale={scaleOf(pictures)}
          smooth={height > 20}
          label={words.unit(unit + 1)}
        />
      ))}
      {all > units && <span className="note">{words.moreUnits(all - units)}</span>}
    </div>
  );
});

function pictureOf({ values, height, width }: Pictures, unit: number): Float32Array {
  return values.subarray(unit * height * width, (unit + 1) * height * width);
}

const scales = new WeakMap<Pictures, number>();

/** One scale for all units of a block, so that they can be compared. */
function scaleOf(pictures: Pictures): number {
  const scale = scales.get(pictures) ?? largest(pictures.values);
  scales.set(pictures, scale);
  return scale;
}
