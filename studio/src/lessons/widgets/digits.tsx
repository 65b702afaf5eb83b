// The ten images of the step in the graph, what the network says of each, and how wrong it is.

import { type ReactElement, useEffect, useRef } from "react";
import { useText } from "../../language/language.ts";
import type { WidgetFacts } from "./all.ts";
import { channels, useColors } from "./colors.ts";
import { logitsOf, softmax } from "./layer-values.ts";

const side = 8;
const classes = Array.from({ length: 10 }, (_, digit) => digit);

export function Digits({ view }: WidgetFacts): ReactElement | null {
  const text = useText();
  const logits = view && logitsOf(view.trace);
  const images = view?.trace.nodes.find(({ name }) => name === "images")?.values;
  if (logits === undefined || images === undefined) return null;
  const p = softmax(logits);
  const word = text({ en: "image", zh: "图片" });
  return (
    <div className="fact-table">
      <table className="digits">
        <thead>
          <tr>
            <th scope="col">{word}</th>
            {classes.map((digit) => (
              <th key={digit} scope="col">
                {digit}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((digit) => {
            const row = p.slice(10 * digit, 10 * digit + 10);
            const best = row.indexOf(Math.max(...row));
            return (
              <tr key={digit}>
                <th scope="row">
                  <Picture
                    pixels={images.slice(64 * digit, 64 * digit + 64)}
                    label={`${word} ${digit}`}
                  />
                  {digit}
                </th>
                {row.map((share, k) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: a class is its number
                    key={k}
                    className={cellClass(k, digit, best)}
                    style={{ "--share": share } as React.CSSProperties}
                  >
                    {(100 * share).toFixed(0)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function cellClass(k: number, digit: number, best: number): string {
  if (k !== best) return "";
  return best === digit ? "right" : "wrong";
}

interface PictureFacts {
  readonly pixels: readonly number[];
  readonly label: string;
}

function Picture({ pixels, label }: PictureFacts): ReactElement {
  const place = useRef<HTMLCanvasElement>(null);
  const { paper, ink } = useColors();
  useEffect(() => {
    const context = place.current!.getContext("2d")!;
    const image = context.createImageData(side, side);
    const [from, to] = [channels(paper), channels(ink)];
    for (const [at, share] of pixels.entries()) {
      image.data.set([...from.map((one, k) => one + (to[k] - one) * share), 255], 4 * at);
    }
    context.putImageData(image, 0, 0);
  }, [pixels, paper, ink]);
  return <canvas ref={place} width={side} height={side} aria-label={label} role="img" />;
}
