// A matrix as a picture: one pixel per number, blue for positive and orange for negative ones.

import { type ReactElement, useLayoutEffect, useRef } from "react";
import { largest, paintSigned, useDark } from "./colors.ts";

interface HeatFacts {
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
  /** What counts as full colour; default: the largest value. */
  readonly scale?: number;
  readonly label: string;
  /** Whether neighbouring pixels run into each other. */
  readonly smooth?: boolean;
  readonly className?: string;
}

export function Heat({
  values,
  height,
  width,
  scale,
  label,
  smooth = false,
  className = "",
}: HeatFacts): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = useDark();
  useLayoutEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const image = context.createImageData(width, height);
    paintSigned(image.data, values.subarray(0, width * height), scale ?? largest(values), isDark);
    context.putImageData(image, 0, 0);
  }, [values, height, width, scale, isDark]);
  return (
    <canvas
      ref={canvas}
      {...{ width, height }}
      className={`heat ${smooth ? "" : "sharp"} ${className}`}
      role="img"
      aria-label={label}
      title={label}
    />
  );
}
