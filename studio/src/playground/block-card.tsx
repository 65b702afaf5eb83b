// One block of the network: its head, by which it is dragged and whose buttons move, copy and remove it; its settings; the
// shape of what it gives; and what does not fit.

import type { DragEvent, ReactElement, ReactNode } from "react";
import type { Misfit } from "./blocks.ts";
import { activations, type Block, limits, poolings } from "./description.ts";
import { Choice, NumberChoice, Tick, Whole } from "./fields.tsx";
import { usePlaygroundWords } from "./words.ts";

/** What the buttons of a block do. */
export type BlockAction = "earlier" | "later" | "copy" | "remove";

interface CardFacts {
  readonly block: Block;
  readonly index: number;
  readonly count: number;
  /** Shape of what it gives; undefined where that is not known. */
  readonly shape: readonly number[] | undefined;
  readonly misfit: Misfit | undefined;
  readonly isFull: boolean;
  readonly dragging: Dragging;
  readonly onChange: (block: Block) => void;
  readonly onAction: (action: BlockAction) => void;
  /** Pictures of its units. */
  readonly children: ReactNode;
}

/** A block on its way to another place. */
export interface Dragging {
  readonly from: number | undefined;
  readonly over: number | undefined;
  readonly set: (from: number | undefined, over: number | undefined) => void;
  readonly drop: (to: number) => void;
}

const signs: Readonly<Record<BlockAction, ReactNode>> = {
  earlier: "←",
  later: "→",
  copy: (
    <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      <path d="M4.5 4.5h8v8h-8z M9.5 4V1.5h-8v8H4" fill="none" stroke="currentColor" />
    </svg>
  ),
  remove: "×",
};

export function BlockCard(facts: CardFacts): ReactElement {
  const { block, index, count, shape, misfit, isFull, dragging, onChange, onAction } = facts;
  const words = usePlaygroundWords();
  const name = `${index + 1}, ${words[block.kind]}`;
  const isOff: Partial<Record<BlockAction, boolean>> = {
    earlier: index === 0,
    later: index === count - 1,
    copy: isFull,
  };
  const isTarget = dragging.over === index && dragging.from !== index;
  const onDragOver = (event: DragEvent): void => {
    if (dragging.from === undefined) return;
    event.preventDefault();
    if (dragging.over !== index) dragging.set(dragging.from, index);
  };
  return (
    <fieldset
      className={`block ${misfit === undefined ? "" : "misfit"} ${isTarget ? "drop-here" : ""} ${dragging.from === index ? "dragged" : ""}`}
      aria-label={`${index + 1}: ${words[block.kind]}`}
      data-block={index}
      onDragOver={onDragOver}
      onDrop={(event) => {
        event.preventDefault();
        dragging.drop(index);
      }}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: by keyboard, blocks are moved by the buttons */}
      <div
        className="block-head"
        draggable
        title={words.dragToMove}
        onDragStart={(event) => {
          event.dataTransfer.effectAllowed = "move";
          event.dataTransfer.setData("text/plain", name);
          dragging.set(index, undefined);
        }}
        onDragEnd={() => dragging.set(undefined, undefined)}
      >
        <b>{words[block.kind]}</b>
        <span className="block-actions">
          {(Object.keys(signs) as BlockAction[]).map((action) => (
            <button
              key={action}
              type="button"
              className="quiet"
              data-action={action}
              disabled={isOff[action] ?? false}
              onClick={() => onAction(action)}
              aria-label={`${words.actions[action]}: ${name}`}
              title={words.actions[action]}
            >
              {signs[action]}
            </button>
          ))}
        </span>
      </div>
      <BlockFields block={block} onChange={onChange} />
      {misfit !== undefined && (
        <p className="misfit-text" role="alert">
          {words.misfits[misfit.reason]}
        </p>
      )}
      {shape !== undefined && misfit === undefined && (
        <span className="note shape">
          {words.gives} <b>{shape.join(" × ")}</b>
        </span>
      )}
      {facts.children}
    </fieldset>
  );
}

interface BlockFieldsFacts {
  readonly block: Block;
  readonly onChange: (block: Block) => void;
}

const dropouts = [0, 0.1, 0.2, 0.3, 0.5];

function BlockFields({ block, onChange }: BlockFieldsFacts): ReactElement {
  const words = usePlaygroundWords();
  const [least, most] = limits.width;
  return (
    <div className="block-fields">
      <Whole
        label={block.kind === "conv" ? words.channels : words.units}
        value={block.width}
        min={least}
        max={most}
        onChange={(width) => onChange({ ...block, width })}
      />
      <Choice
        label={words.activation}
        value={block.activation}
        choices={activations}
        names={words.activations}
        onChange={(activation) => onChange({ ...block, activation })}
      />
      {block.kind === "conv" && (
        <Choice
          label={words.pool}
          value={block.pool}
          choices={poolings}
          names={words.pools}
          onChange={(pool) => onChange({ ...block, pool })}
        />
      )}
      <NumberChoice
        label={words.dropout}
        value={block.dropout}
        choices={dropouts}
        zero={words.none}
        onChange={(dropout) => onChange({ ...block, dropout })}
      />
      <Tick
        label={words.batchNorm}
        value={block.batchNorm}
        onChange={(batchNorm) => onChange({ ...block, batchNorm })}
      />
    </div>
  );
}
