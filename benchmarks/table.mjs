// From results of single processes to one table: medians over processes, ratios, and marks on rows that are not sound.

import { median } from "./median.mjs";
import { peers } from "./peers.mjs";
import { flopsOf, workloads } from "./workloads.mjs";

/** Largest relative difference of one of the first losses from the median of the peers. */
const tolerance = 1e-3;

/** One row per workload and peer, in order of the results. */
export function summarise(results) {
  const groups = groupBy(results, keyOf);
  const rows = [...groups.values()].map(rowOf);
  for (const row of rows) {
    const same = rows.filter(
      ({ workload, losses }) => workload === row.workload && losses !== undefined,
    );
    row.problem ??= lossProblem(row, same);
    const own = same.find(({ peer }) => peer === "chainrule");
    row.ratio =
      own === undefined || row.milliseconds === undefined
        ? undefined
        : row.milliseconds / own.milliseconds;
  }
  return rows;
}

/** The rows as a Markdown table, with notes on the marks used. */
export function table(rows) {
  const head =
    "| workload | library | ms per step | × chainrule | GFLOP/s | first step ms | peak MB | loss |";
  const lines = [head, "|---|---|--:|--:|--:|--:|--:|---|"];
  for (const row of rows) lines.push(`| ${cells(row).join(" | ")} |`);
  lines.push("", ...[...new Set(rows.map(({ workload }) => workload))].map(describe));
  const text = lines.join("\n");
  const notes = Object.entries(marks)
    .filter(([mark]) => text.includes(mark))
    .map(([mark, note]) => `${mark} ${note}`);
  return notes.length === 0 ? text : `${text}\n\n${notes.join("\n")}`;
}

const marks = {
  "~": "other processes used more than a quarter of a core meanwhile",
  "†": "fewer than 7 timed blocks: too slow for the time given",
};

function keyOf({ workload, peer }) {
  return `${workload} ${peer}`;
}

function groupBy(values, key) {
  const groups = new Map();
  for (const value of values) {
    const name = key(value);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(value);
  }
  return groups;
}

function rowOf(group) {
  const { workload, peer } = group[0];
  const failed = group.find(({ ok }) => !ok);
  if (failed !== undefined) return { workload, peer, problem: `failed: ${failed.error}` };
  const middle = (field) => median(group.map((result) => result[field]));
  return {
    workload,
    peer,
    version: group[0].version,
    milliseconds: middle("milliseconds"),
    firstStep: middle("firstStepMilliseconds"),
    megabytes: middle("peakMegabytes"),
    losses: group[0].losses,
    lossFirst: group[0].lossFirst,
    lossLast: group[0].lossLast,
    few: group.some(({ blocks }) => blocks < 7),
    busy: group.some(({ otherLoad }) => otherLoad > 0.25),
  };
}

/** A row counts only where the loss falls and its first values are those of the other peers. */
function lossProblem({ losses, lossFirst, lossLast }, same) {
  for (let k = 0; k < losses.length; k++) {
    const others = same.map((row) => row.losses[k]).filter((loss) => loss !== undefined);
    const expected = median(others);
    if (Math.abs(losses[k] - expected) > tolerance * Math.abs(expected)) {
      return `wrong: loss ${k + 1} is ${losses[k].toPrecision(6)}, others have ${expected.toPrecision(6)}`;
    }
  }
  return lossLast < lossFirst ? undefined : `wrong: the loss rose to ${lossLast.toPrecision(4)}`;
}

function cells({
  workload,
  peer,
  version,
  milliseconds,
  ratio,
  firstStep,
  megabytes,
  problem,
  few,
  busy,
  ...row
}) {
  const title = `${peers[peer].title}${version === undefined ? "" : ` ${version}`}`;
  if (milliseconds === undefined) return [workload, title, "–", "–", "–", "–", "–", problem];
  const time = `${busy ? "~" : ""}${milliseconds.toPrecision(3)}${few ? "†" : ""}`;
  const speed = (flopsOf(workload) / milliseconds / 1e6).toPrecision(3);
  const loss = problem ?? `${row.lossFirst.toPrecision(3)} → ${row.lossLast.toPrecision(3)}`;
  const factor = ratio === undefined ? "–" : ratio.toPrecision(3);
  return [workload, title, time, factor, speed, firstStep.toFixed(0), megabytes.toFixed(0), loss];
}

function describe(id) {
  return `${id}: ${workloads[id].title}`;
}
