// How the training went inside: the size of updates beside the size of weights per layer, the size of gradients, and what a
// diagnosis found.

import { type ChineseFinding, chineseFindings } from "../inspect/findings-zh.ts";
import type { HealthLine, ReportData, ReportFinding } from "../train/report/report-data.ts";
import { chart, type Line } from "./charts.ts";
import { make, number, table } from "./dom.ts";
import { type Words, words } from "./words.ts";

const colors = ["first", "second", "third", "fourth", "fifth", "sixth"];

/** Ratios below and above which a layer is remarked on; 1e-3 is the usual advice (Karpathy, CS231n notes on training). */
const usual = { least: 1e-5, most: 1e-1 };

/** A chart of the ratios, one of gradients where they were recorded, a table of all parameters; undefined where nothing was measured. */
export function healthSection({ health }: ReportData, w: Words): HTMLElement | undefined {
  if (health.length === 0) return undefined;
  const paths = Object.keys(health[0].weights);
  const main = spread(
    paths.filter((path) => /weight/.test(path)),
    colors.length,
  );
  const chartOf = (title: string, look: Look): HTMLElement =>
    chart(linesOf(health, main, look), { title, xLabel: w.step, logarithmic: true });
  const section = make(
    "div",
    "",
    make("p", "note", w.healthNote),
    make("div", "charts wide", chartOf(w.ratio, ratioOf)),
  );
  if (health.some(({ gradients }) => gradients !== undefined))
    section.append(
      make("p", "note", w.gradientsNote),
      make("div", "charts wide", chartOf(w.gradients, gradientOf)),
    );
  section.append(parameterTable(health, paths, w));
  return section;
}

type Look = (line: HealthLine, path: string) => number | undefined;

function linesOf(health: readonly HealthLine[], paths: readonly string[], look: Look): Line[] {
  return paths.map((path, k) => {
    const points = health.flatMap((line) => {
      const value = look(line, path);
      return value === undefined ? [] : [[line.step, value] as const];
    });
    return { label: path, points, color: colors[k] };
  });
}

/** Size of a gradient; undefined where it was not recorded, or has no place on a logarithmic axis. */
function gradientOf({ gradients }: HealthLine, path: string): number | undefined {
  const norm = gradients?.[path] ?? 0; // null where it was no finite number
  return norm > 0 ? norm : undefined;
}

/** Size of an update beside the size of what it changes; undefined where there is nothing to compare with. */
function ratioOf({ weights, updates }: HealthLine, path: string): number | undefined {
  const ratio = updates[path] / weights[path];
  return Number.isFinite(ratio) ? ratio : undefined;
}

function parameterTable(
  health: readonly HealthLine[],
  paths: readonly string[],
  w: Words,
): HTMLElement {
  const rows = paths.map((path) => {
    const ratios = health.flatMap((line) => ratioOf(line, path) ?? []).sort((a, b) => a - b);
    const middle = ratios[ratios.length >> 1] ?? Number.NaN;
    const first = health[0].weights[path];
    const last = health.at(-1)!.weights[path];
    return [
      make("code", "", path),
      number(first),
      number(last),
      number(middle),
      verdict(middle, /weight/.test(path), w),
    ];
  });
  return table([w.parameter, w.normStart, w.normEnd, w.median, w.verdict], rows, [1, 2, 3]);
}

function verdict(ratio: number, isWeight: boolean, w: Words): HTMLElement | undefined {
  if (!isWeight || Number.isNaN(ratio)) return undefined; // biases begin at or near 0, where a ratio says little
  if (ratio === 0) return make("span", "mark warning", w.still);
  if (ratio < usual.least) return make("span", "mark warning", w.low);
  if (ratio > usual.most) return make("span", "mark warning", w.high);
  return make("span", "mark good", w.good);
}

/** At most `count` of some things, evenly from the first to the last. */
function spread<T>(things: readonly T[], count: number): T[] {
  if (things.length <= count) return [...things];
  return Array.from(
    { length: count },
    (_, k) => things[Math.round((k * (things.length - 1)) / (count - 1))],
  );
}

/** What a diagnosis found. */
export function findingList(findings: readonly ReportFinding[], w: Words): HTMLElement {
  const note = make("p", "note", w.findingsNote);
  if (findings.length === 0) return make("div", "", note, make("p", "mark good", w.noFindings));
  const items = findings.map((finding) => {
    const { name, severity, layer } = finding;
    const { title, meaning, help } = inWords(finding, w);
    const head = make("div", "", make("b", "", title), layer ? ` · ${layer}` : "");
    if (title !== name) head.append(make("span", "quiet", ` ${name}`));
    const advice = make("p", "", make("span", "quiet", `${w.help}: `), help);
    const kind = severity === "error" ? "bad" : severity === "warning" ? "warning" : "";
    return make(
      "div",
      `finding ${kind}`,
      head,
      foundText(finding, w),
      make("p", "", meaning),
      advice,
    );
  });
  return make("div", "", note, make("div", "findings", ...items));
}

/** What was found; in English where an older report has nothing else. */
function foundText({ found, foundInChinese }: ReportFinding, w: Words): HTMLElement {
  const chinese = w === words.zh ? foundInChinese : undefined;
  const text = make("p", "", chinese ?? found);
  if (chinese === undefined) text.lang = "en";
  return text;
}

/** A finding's other texts in the language of the words. */
function inWords(finding: ReportFinding, w: Words): ChineseFinding {
  const known = w === words.zh && Object.hasOwn(chineseFindings, finding.name);
  return known ? chineseFindings[finding.name] : { title: finding.name, ...finding };
}
