// Rows of blocks as data: moving, copying and removing them, and what does not fit in a row, so that the page can say it.

import type { Block } from "./description.ts";

/** Poolings of an 8×8 image before it is a single pixel. */
export const mostPoolings = 3;

/** Why a row of blocks is no network, and at which block it fails. */
export interface Misfit {
  readonly block: number;
  readonly reason: "convAfterDense" | "convOnNumbers" | "poolings";
}

/** The block that moved to another place; the others close up. */
export function moved(blocks: readonly Block[], from: number, to: number): Block[] {
  return blocks.toSpliced(from, 1).toSpliced(to, 0, blocks[from]);
}

/** A copy of a block, behind it. */
export function duplicated(blocks: readonly Block[], at: number): Block[] {
  return blocks.toSpliced(at + 1, 0, blocks[at]);
}

export function removed(blocks: readonly Block[], at: number): Block[] {
  return blocks.toSpliced(at, 1);
}

/** The first block that does not fit. */
export function misfitOf(blocks: readonly Block[], isImage: boolean): Misfit | undefined {
  let poolings = 0;
  for (const [block, { kind, pool }] of blocks.entries()) {
    if (kind !== "conv") continue;
    if (!isImage) return { block, reason: "convOnNumbers" };
    if (blocks.slice(0, block).some((before) => before.kind === "dense"))
      return { block, reason: "convAfterDense" };
    if (pool !== "none") poolings++;
    if (poolings > mostPoolings) return { block, reason: "poolings" };
  }
  return undefined;
}
