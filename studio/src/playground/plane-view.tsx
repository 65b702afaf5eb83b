// The plane: what the network answers at every place, below the points of the data. Where the points are drawn by the
// user, it takes clicks, and arrow keys with Enter.

import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  useEffect,
  useRef,
  useState,
} from "react";
import type { Opened, Plane, Records } from "../worker/training-protocol.ts";
import { classColor, mix, paintSigned, paletteOf, useDark } from "./colors.ts";
import { type DrawnPoint, reach } from "./description.ts";
import { type LookStore, useLook } from "./use-training.ts";
import { usePlaygroundWords } from "./words.ts";

interface PlaneFacts {
  readonly opened: Opened | undefined;
  readonly store: LookStore;
  readonly showTest: boolean;
  /** Points that are being drawn, and what happens with a new one. */
  readonly drawing?: {
    readonly points: readonly DrawnPoint[];
    readonly label: number;
    readonly onPoint: (point: DrawnPoint) => void;
  };
}

/** Side of the picture in canvas pixels. */
const side = 480;
/** The number that has the full colour: tables are standardised, and sets by a rule go to 3. */
const numberScale = 3;

export function PlaneView({ opened, store, showTest, drawing }: PlaneFacts): ReactElement {
  const words = usePlaygroundWords();
  const isDark = useDark();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cross, setCross] = useState<readonly [x: number, y: number]>();
  const plane = useLook(store, (look) => look.plane);
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    context.fillStyle = isDark ? "#14171c" : "#ffffff";
    context.fillRect(0, 0, side, side);
    if (plane !== undefined) paintPlane(context, plane, opened?.classes !== undefined, isDark);
    if (drawing !== undefined) {
      for (const [x, y, label] of drawing.points)
        paintPoint(context, x, y, classColor(label, isDark), label, false);
      if (opened !== undefined && isOf(opened, drawing.points))
        paintRecords(context, opened, opened.test, isDark, true);
    } else if (opened !== undefined) {
      paintRecords(context, opened, opened.train, isDark, false);
      if (showTest) paintRecords(context, opened, opened.test, isDark, true);
    }
    if (cross !== undefined) paintCross(context, cross, isDark);
  }, [plane, opened, showTest, drawing, isDark, cross]);
  const interaction = drawing === undefined ? {} : handlers(drawing, cross, setCross);
  return (
    <canvas
      ref={canvas}
      className="plane"
      width={side}
      height={side}
      role={drawing === undefined ? "img" : "application"}
      aria-label={drawing === undefined ? words.boundary : words.drawNote}
      {...interaction}
    />
  );
}

/** Whether what is opened are these points, and not those of a moment ago. */
function isOf({ train, test }: Opened, points: readonly DrawnPoint[]): boolean {
  return train.targets.length + test.targets.length === points.length;
}

type Drawing = NonNullable<PlaneFacts["drawing"]>;
type Cross = readonly [x: number, y: number] | undefined;

function handlers(
  { label, onPoint }: Drawing,
  cross: Cross,
  setCross: (cross: Cross) => void,
): object {
  const round = (x: number): number => Math.round(Math.max(-reach, Math.min(reach, x)) * 100) / 100;
  return {
    tabIndex: 0,
    onClick: ({
      nativeEvent: { offsetX, offsetY },
      currentTarget,
    }: MouseEvent<HTMLCanvasElement>) => {
      const { clientWidth: w, clientHeight: h } = currentTarget;
      onPoint([
        round((offsetX / w) * 2 * reach - reach),
        round(reach - (offsetY / h) * 2 * reach),
        label,
      ]);
    },
    onFocus: () => setCross(cross ?? [0, 0]),
    onBlur: () => setCross(undefined),
    onKeyDown: (event: KeyboardEvent) => {
      const [x, y] = cross ?? [0, 0];
      const moves: Readonly<Record<string, readonly [number, number]>> = {
        ArrowLeft: [-0.1, 0],
        ArrowRight: [0.1, 0],
        ArrowUp: [0, 0.1],
        ArrowDown: [0, -0.1],
      };
      const move = moves[event.key];
      if (move !== undefined) setCross([round(x + move[0]), round(y + move[1])]);
      else if (event.key === "Enter" || event.key === " ") onPoint([x, y, label]);
      else return;
      event.preventDefault();
    },
  };
}

/** Paints answers by way of a small picture that is stretched. */
function paintPlane(
  context: CanvasRenderingContext2D,
  plane: Plane,
  classifies: boolean,
  isDark: boolean,
): void {
  const small = new OffscreenCanvas(plane.side, plane.side);
  const inner = small.getContext("2d")!;
  const image = inner.createImageData(plane.side, plane.side);
  if (classifies) {
    const { paper, classes } = paletteOf(isDark);
    for (let k = 0; k < plane.winner.length; k++) {
      mix(image.data, k, paper, classes[plane.winner[k] % 10], 0.12 + 0.4 * plane.share[k] ** 2);
    }
  } else {
    paintSigned(image.data, plane.share, numberScale, isDark);
  }
  inner.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, side, side);
}

function paintRecords(
  context: CanvasRenderingContext2D,
  { classes }: Opened,
  { inputs, targets }: Records,
  isDark: boolean,
  isTest: boolean,
): void {
  for (let k = 0; k < targets.length; k++) {
    const target = targets[k];
    const color = classes === undefined ? numberColor(target, isDark) : classColor(target, isDark);
    paintPoint(
      context,
      inputs[2 * k],
      inputs[2 * k + 1],
      color,
      classes === undefined ? 0 : target,
      isTest,
    );
  }
}

/** The colour of a number as the plane has it, but never as pale as paper. */
function numberColor(value: number, isDark: boolean): string {
  const { paper, positive, negative } = paletteOf(isDark);
  const pixel = new Uint8ClampedArray(4);
  const share = Math.max(0.25, Math.min(1, Math.abs(value) / numberScale));
  mix(pixel, 0, paper, value < 0 ? negative : positive, share);
  return `rgb(${pixel.slice(0, 3).join(" ")})`;
}

/** A circle, a square or a triangle by class, so that colour is not all that tells them apart. */
function paintPoint(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  color: string,
  label: number,
  isTest: boolean,
): void {
  const [px, py] = [((x + reach) / (2 * reach)) * side, ((reach - y) / (2 * reach)) * side];
  const r = 4.5;
  context.beginPath();
  if (label % 3 === 0) context.arc(px, py, r, 0, 2 * Math.PI);
  else if (label % 3 === 1) context.rect(px - r * 0.9, py - r * 0.9, 1.8 * r, 1.8 * r);
  else {
    context.moveTo(px, py - 1.2 * r);
    context.lineTo(px + 1.1 * r, py + 0.8 * r);
    context.lineTo(px - 1.1 * r, py + 0.8 * r);
    context.closePath();
  }
  context.fillStyle = color;
  context.strokeStyle = isTest ? "#10141a" : "#ffffff";
  context.lineWidth = isTest ? 1.6 : 1;
  context.fill();
  context.stroke();
}

function paintCross(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  isDark: boolean,
): void {
  const [px, py] = [((x + reach) / (2 * reach)) * side, ((reach - y) / (2 * reach)) * side];
  context.strokeStyle = isDark ? "#ffffff" : "#000000";
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(px - 9, py);
  context.lineTo(px + 9, py);
  context.moveTo(px, py - 9);
  context.lineTo(px, py + 9);
  context.stroke();
}
