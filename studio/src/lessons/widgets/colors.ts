// The page's colours as a canvas understands them; they follow the theme.

import { useEffect, useState } from "react";

const tokens = {
  paper: "var(--paper)",
  raised: "var(--raised)",
  line: "var(--line)",
  ink: "var(--ink)",
  soft: "var(--soft)",
  forward: "var(--forward)",
  backward: "var(--backward)",
  update: "var(--update)",
  violet: "light-dark(#7a3fb0, #c9a0ff)",
  /** How far a picture is filled in: from nothing to much. */
  low: "light-dark(#f4f7fc, #1a2029)",
  high: "light-dark(#b5cdf3, #2d4a78)",
} as const;

export type Colors = Readonly<Record<keyof typeof tokens, string>>;

export function useColors(): Colors {
  const [colors, setColors] = useState(resolved);
  useEffect(() => {
    const follow = (): void => setColors(resolved());
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const theme = new MutationObserver(follow);
    dark.addEventListener("change", follow);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      dark.removeEventListener("change", follow);
      theme.disconnect();
    };
  }, []);
  return colors;
}

/** Lets the browser work out what a token is in the present theme. */
function resolved(): Colors {
  const probe = document.body.appendChild(document.createElement("span"));
  const entries = Object.entries(tokens).map(([name, token]) => {
    probe.style.color = token;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries) as Colors;
}

/** Red, green and blue of a resolved colour. */
export function channels(color: string): readonly [number, number, number] {
  const [r, g, b] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}
