// From results of single processes to one table: medians over processes, ratios, and marks on rows that are not sound.

import { median } from "./median.mjs";
import { percent, rounded } from "./numbers.mjs";
import { peers } from "./peers.mjs";
import { flopsOf, workloads } from "./workloads.mjs";

/** Largest relative difference of one of the first losses from the median of the peers. */
const tolerance = 2e-3;

/** One row per peer, in order of the results, which are of one workload. */
export function summarise(results) {
  const groups = new Map();
  for (const result of results) {
    groups.set(result.peer, [...(groups.get(result.peer) ?? []), result]);
  }
  const rows = [...groups.values()].map(rowOf);
  const comparable = rows.filter(({ peer, losses }) => losses && !peers[peer].like);
  const own = rows.filter(({ peer }) => peer.startsWith("chainrule"));
  for (const row of rows) {
    row.problem ??= lossProblem(row, comparable);
    row.ratios = Object.fromEntries(
      own.map(({ peer, milliseconds }) => [peer, row.milliseconds / milliseconds]),
    );
  }
  return rows;
}

/** What `--json` prints of a row. */
export function lineOf(row) {
  const { peer, workload, milliseconds, gflops, peak, megabytes, firstStep, problem } = row;
  const { library, variant } = peers[peer];
  return {
    library,
    variant,
    workload,
    msPerStep: milliseconds ?? null,
    gflops: gflops ?? null,
    peakRssMB: megabytes ?? null,
    coldMs: firstStep ?? null,
    ofPeak: gflops === undefined ? null : gflops / peak,
    ...(problem === undefined ? {} : { problem }),
  };
}

const columns = [
  ["workload", (row) => row.workload],
  ["library", (row) => titleOf(row)],
  ["ms per step", (row) => timeOf(row)],
  ["÷ chainrule wasm", (row) => rounded(row.ratios["chainrule-wasm"])],
  ["÷ chainrule native", (row) => rounded(row.ratios["chainrule-native"])],
  ["GFLOP/s", (row) => rounded(row.gflops)],
  ["of 128-bit peak", (row) => percent(row.gflops / row.peak)],
  ["cold start ms", (row) => row.firstStep.toFixed(0)],
  ["peak MB", (row) => row.megabytes.toFixed(0)],
  ["loss", (row) => row.problem ?? `${rounded(row.lossFirst)} → ${rounded(row.lossLast)}`],
];

/** The rows as a Markdown table, with notes on the marks used. */
export function table(rows) {
  const lines = [
    `| ${columns.map(([name]) => name).join(" | ")} |`,
    `|---|---|${"--:|".repeat(columns.length - 3)}---|`,
  ];
  for (const row of rows) lines.push(`| ${cellsOf(row).join(" | ")} |`);
  lines.push(
    "",
    ...new Set(rows.map(({ workload }) => `${workload}: ${workloads[workload].title}`)),
  );
  const text = lines.join("\n");
  const notes = Object.entries(marks)
    .filter(([mark]) => text.includes(mark))
    .map(([mark, note]) => `${mark} ${note}`);
  return notes.length === 0 ? text : `${text}\n\n${notes.join("\n")}`;
}

const marks = {
  "~": "other processes used more than a quarter of a core meanwhile",
  "†": "fewer than 7 timed blocks: too slow for the time given",
  "≈": "the same work by other mathematics, so losses are not compared",
};

function cellsOf(row) {
  if (row.milliseconds !== undefined) return columns.map(([, cell]) => cell(row));
  return [row.workload, titleOf(row), ...Array(columns.length - 3).fill("–"), row.problem];
}

function titleOf({ peer, version }) {
  const { library, variant, like } = peers[peer];
  return `${library}${version ? ` ${version}` : ""} \`${variant}\`${like ? " ≈" : ""}`;
}

function timeOf({ busy, milliseconds, few }) {
  return `${busy ? "~" : ""}${rounded(milliseconds)}${few ? "†" : ""}`;
}

function rowOf(group) {
  const { workload, peer } = group[0];
  const sound = group.filter(({ ok }) => ok);
  const failed = group.find(({ ok }) => !ok);
  if (sound.length === 0) return { workload, peer, problem: `failed: ${failed.error}` };
  const middle = (field) => median(sound.map((result) => result[field]));
  const milliseconds = middle("milliseconds");
  return {
    workload,
    peer,
    version: sound[0].version,
    milliseconds,
    gflops: flopsOf(workloads[workload]) / milliseconds / 1e6,
    peak: middle("peak"),
    firstStep: middle("firstStepMilliseconds"),
    megabytes: middle("peakMegabytes"),
    losses: sound[0].losses,
    lossFirst: sound[0].lossFirst,
    lossLast: sound[0].lossLast,
    few: sound.some(({ blocks }) => blocks < 7),
    busy: sound.some(({ otherLoad }) => otherLoad > 0.25),
    problem: failed === undefined ? undefined : `failed once: ${failed.error}`,
  };
}

/** A row counts only where the loss falls and its first values are those of the other peers. */
function lossProblem({ peer, losses, lossFirst, lossLast }, comparable) {
  if (losses === undefined) return undefined;
  for (let k = 0; k < losses.length && !peers[peer].like; k++) {
    const others = comparable.map((row) => row.losses[k]).filter((loss) => loss !== undefined);
    const expected = median(others);
    if (Math.abs(losses[k] - expected) > tolerance * Math.abs(expected)) {
      return `wrong: loss ${k + 1} is ${losses[k].toPrecision(6)}, others have ${expected.toPrecision(6)}`;
    }
  }
  return lossLast < lossFirst ? undefined : `wrong: the loss rose to ${lossLast.toPrecision(4)}`;
}
