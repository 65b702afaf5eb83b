// Colours that a canvas can use: what a style's variable means on the page as it is, light or dark.

import { useEffect, useState } from "react";

/** Lines that are told apart by colour; runs beyond take them again. */
export const lineColors = 8;

/** The variable with a run's colour. */
export function colorOf(place: number): string {
  return `var(--line-${place % lineColors})`;
}

/** Colours of the present look; asking the browser makes it work out styles anew. */
const known = new Map<string, string>();
let knownLook = "";

/** The colour that an expression such as `var(--ink)` has on the page. */
export function resolved(color: string): string {
  const look = lookNow();
  if (look !== knownLook) known.clear();
  knownLook = look;
  const before = known.get(color);
  if (before !== undefined) return before;
  const probe = document.createElement("span");
  probe.style.color = color;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  known.set(color, found);
  return found;
}

/** Changes whenever the page turns light or dark, so that canvases are drawn again. */
export function useLook(): string {
  const [look, setLook] = useState(lookNow);
  useEffect(() => {
    const follow = (): void => setLook(lookNow());
    const observer = new MutationObserver(follow);
    observer.observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-theme"],
    });
    const query = matchMedia("(prefers-color-scheme: dark)");
    query.addEventListener("change", follow);
    return () => {
      observer.disconnect();
      query.removeEventListener("change", follow);
    };
  }, []);
  return look;
}

function lookNow(): string {
  return `${document.documentElement.dataset.theme} ${matchMedia("(prefers-color-scheme: dark)").matches}`;
}
