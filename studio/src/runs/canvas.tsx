// A canvas as wide as its place and as sharp as the screen, drawn again when either or the theme changes.

import { type ReactElement, useEffect, useRef } from "react";
import { useIsSeen } from "../shell/is-seen.ts";
import { useLook } from "./colors.ts";
import { drawNot, drawSoon } from "./drawing.ts";

/** What draws: lengths are CSS pixels. */
export type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

export function Canvas({
  draw,
  height,
  label,
}: {
  readonly draw: Draw;
  readonly height: number;
  readonly label: string;
}): ReactElement {
  const place = useRef<HTMLCanvasElement>(null);
  const look = useLook();
  const isSeen = useIsSeen(place);
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours come from `look`
  useEffect(() => {
    if (!isSeen) return;
    const canvas = place.current!;
    const redraw = (): void => {
      const width = canvas.clientWidth;
      const scale = devicePixelRatio;
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      const context = canvas.getContext("2d")!;
      context.scale(scale, scale);
      context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
      draw(context, width, height);
    };
    const resize = new ResizeObserver(() => drawSoon(redraw));
    resize.observe(canvas);
    return () => {
      drawNot(redraw);
      resize.disconnect();
    };
  }, [draw, height, look, isSeen]);
  return <canvas ref={place} className="canvas" style={{ height }} role="img" aria-label={label} />;
}
