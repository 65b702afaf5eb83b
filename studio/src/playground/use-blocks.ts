// The row of blocks while it is being rearranged: one that does not fit stays on the page with the reason, and the network
// that trains is the last one that did.

import { type RefObject, useEffect, useRef, useState } from "react";
import type { BlockAction, Dragging } from "./block-card.tsx";
import { duplicated, type Misfit, misfitOf, moved, removed } from "./blocks.ts";
import type { Block } from "./description.ts";

export interface Row {
  readonly blocks: readonly Block[];
  readonly misfit: Misfit | undefined;
  readonly change: (blocks: readonly Block[]) => void;
  readonly act: (index: number, action: BlockAction) => void;
  readonly dragging: Dragging;
  /** Where a block has just come to, for those who do not see it. */
  readonly arrived: number | undefined;
}

/** `place` is the element with the blocks, in which the focus follows a block that is moved. */
export function useBlocks(
  given: readonly Block[],
  isImage: boolean,
  onBlocks: (blocks: readonly Block[]) => void,
  place: RefObject<HTMLElement | null>,
): Row {
  const [draft, setDraft] = useState({ blocks: given, of: given });
  const blocks = draft.of === given ? draft.blocks : given;
  const [{ from, over }, setDrag] = useState<Pick<Dragging, "from" | "over">>({
    from: undefined,
    over: undefined,
  });
  const [arrived, setArrived] = useState<number>();
  const follow = useFollowingFocus(place);
  const change = (next: readonly Block[]): void => {
    setDraft({ blocks: next, of: given });
    if (misfitOf(next, isImage) === undefined) onBlocks(next);
  };
  const move = (index: number, to: number): void => {
    change(moved(blocks, index, to));
    setArrived(to);
  };
  /** Does it, and says where the block is afterwards. */
  const done = (index: number, action: BlockAction): number => {
    if (action === "copy") {
      change(duplicated(blocks, index));
      return index + 1;
    }
    if (action === "remove") {
      change(removed(blocks, index));
      return Math.min(index, blocks.length - 2);
    }
    const to = action === "earlier" ? index - 1 : index + 1;
    move(index, to);
    return to;
  };
  return {
    blocks,
    misfit: misfitOf(blocks, isImage),
    change,
    act: (index, action) => follow(done(index, action), action),
    dragging: {
      ...{ from, over },
      set: (source, target) => setDrag({ from: source, over: target }),
      drop: (to) => {
        if (from !== undefined && from !== to) move(from, to);
        setDrag({ from: undefined, over: undefined });
      },
    },
    arrived,
  };
}

/** Puts the focus on the same button of the block's new place, or on its neighbour where that one is off. */
function useFollowingFocus(
  place: RefObject<HTMLElement | null>,
): (index: number, action: BlockAction) => void {
  const wanted = useRef<{ readonly index: number; readonly action: BlockAction }>(undefined);
  useEffect(() => {
    if (wanted.current === undefined) return;
    const { index, action } = wanted.current;
    wanted.current = undefined;
    const card = place.current?.querySelector(`[data-block="${index}"]`);
    const same = card?.querySelector<HTMLElement>(`[data-action="${action}"]:enabled`);
    (same ?? card?.querySelector<HTMLElement>("[data-action]:enabled"))?.focus();
  });
  return (index, action) => {
    wanted.current = { index, action };
  };
}
