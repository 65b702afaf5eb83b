// What a diagnosis found before the first step, as lines under the heading of a run: what makes training fail or harms it,
// with what helps. What is only good to know is in the report.

import type { Finding } from "../inspect/index.ts";
import { colorsFor, plural, widthOf, wrap } from "./text.ts";

/** Findings at most; one mistake often shows in several. */
const findingsShown = 4;

/** Lines without the last line's end; "" where nothing is wrong. */
export function findingsText(findings: readonly Finding[], stream: NodeJS.WriteStream): string {
  const wrong = findings.filter(({ severity }) => severity !== "info");
  const shown = wrong.slice(0, findingsShown).map((finding) => findingText(finding, stream));
  const more = wrong.length - shown.length;
  if (more > 0) shown.push(`  ${plural(more, "more finding")} in the report\n`);
  return shown.join("\n");
}

function findingText(finding: Finding, stream: NodeJS.WriteStream): string {
  const { name, severity, layer, found, help } = finding;
  const colors = colorsFor(stream);
  const paint = severity === "error" ? colors.red : colors.yellow;
  const place = layer ? ` in ${layer}` : "";
  const room = widthOf(stream) - 4;
  const lines = [...wrap(found, room), ...wrap(`What helps: ${help}`, room)];
  const body = lines.map((line) => `    ${line}\n`).join("");
  return `  ${paint(severity)}  ${colors.bold(name)}${place}\n${body}`;
}
