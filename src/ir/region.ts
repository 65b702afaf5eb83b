// Regions: which layer is at work while a node is recorded. A region is a tag on nodes, not a nested graph; the path
// of a layer comes from the root that an optimizer, `fit` or `named(model)` has walked.

import { locateErrorsBy } from "../core/errors.ts";
import { explained } from "../core/explain.ts";

const paths = new WeakMap<object, string>();
const active: (Region | undefined)[] = [];

/** A layer call in progress. */
export interface Region {
  readonly owner: object;
  /** The layer in words, e.g. `Linear 128→10`. */
  readonly label: string;
}

/** Runs `body` inside the region of a layer; nodes recorded meanwhile carry it. */
export function inRegion<T>(owner: object, label: string, body: () => T): T {
  return inRegionOf({ owner, label }, () => {
    try {
      return body();
    } catch (error) {
      throw explained(label, undefined, error);
    }
  });
}

/** Runs `body` in the region of a node that it records anew. */
export function inRegionOf<T>(region: Region | undefined, body: () => T): T {
  active.push(region);
  try {
    return body();
  } finally {
    active.pop();
  }
}

/** The innermost layer call in progress. */
export function currentRegion(): Region | undefined {
  return active.at(-1);
}

/** Remembers the path of a layer, e.g. `model.layers.2`. */
export function setPath(owner: object, path: string): void {
  paths.set(owner, path);
}

/** Text for messages: `model.layers.2 (Linear 128→10)`, or the label alone where no path is known. */
export function describeRegion(region: Region | undefined): string | undefined {
  if (region === undefined) return undefined;
  const path = paths.get(region.owner);
  return path === undefined ? region.label : `${path} (${region.label})`;
}

locateErrorsBy(() => describeRegion(currentRegion()));
