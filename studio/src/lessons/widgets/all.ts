// The pictures of the lessons by name; each is fetched when a lesson needs it.

import { type ComponentType, lazy } from "react";
import type { ProgramName, Settings, View } from "../../worker/protocol.ts";
import type { WidgetName } from "../lessons.ts";

/** Heights in pixels that are kept free for pictures: where their parts stand below each other, and side by side. */
export const rooms: Readonly<Record<WidgetName, readonly [narrow: number, wide: number]>> = {
  boundary: [712, 372],
  clipping: [318, 293],
  descent: [780, 401],
  digits: [480, 480],
  "digits-training": [564, 272],
  "gradient-norms": [358, 333],
  logits: [158, 158],
  race: [800, 763],
};

/** What a picture is given: the lesson's program and settings, and the step in the graph once there is one. */
export interface WidgetFacts {
  readonly program: ProgramName;
  readonly settings: Settings;
  readonly view: View | undefined;
}

export const widgets: Readonly<Record<WidgetName, ComponentType<WidgetFacts>>> = {
  boundary: lazy(async () => ({ default: (await import("./boundary.tsx")).Boundary })),
  clipping: lazy(async () => ({ default: (await import("./clipping.tsx")).Clipping })),
  descent: lazy(async () => ({ default: (await import("./descent.tsx")).Descent })),
  digits: lazy(async () => ({ default: (await import("./digits.tsx")).Digits })),
  "digits-training": lazy(async () => ({
    default: (await import("./digits-training.tsx")).DigitsTraining,
  })),
  "gradient-norms": lazy(async () => ({
    default: (await import("./gradient-norms.tsx")).GradientNorms,
  })),
  logits: lazy(async () => ({ default: (await import("./logits.tsx")).Logits })),
  race: lazy(async () => ({ default: (await import("./race.tsx")).Race })),
};
