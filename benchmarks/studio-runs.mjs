// The page of runs with long runs: two logs of 100,000 steps and an event file of 22 MB, opened, panned, zoomed, smoothed
// and written to while they are shown. Prints times, frames, the longest tasks of the page's thread, and memory.
// `node benchmarks/studio-runs.mjs [--json] [command]`; needs `npm run build` and Chromium.

import { spawn } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { chromiumPath } from "../test/browser/chromium.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);
const isJson = words.includes("--json");
const command = words.find((word) => !word.startsWith("--")) ?? join(root, "dist/cli/main.js");
const points = 100_000;

const executablePath = chromiumPath();
const folder = mkdtempSync(join(tmpdir(), "chainrule-runs-"));
const server = await serve(await writeRuns(join(folder, "runs")));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const figures = await measure();
  console.log(isJson ? JSON.stringify(figures) : table(figures));
} finally {
  await browser.close();
  server.child.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function measure() {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  await page.addInitScript(watch);
  const figures = {};
  const begin = performance.now();
  await page.goto(server.address);
  await page.locator(".runs-table tbody tr").first().waitFor();
  figures["list shown, ms"] = performance.now() - begin;
  await page.locator(".plot .u-over").first().waitFor();
  await settled(page);
  figures["all read, s"] = (performance.now() - begin) / 1000;
  figures.opening = await take(page);

  const chart = await page.locator(".plot .u-over").first().boundingBox();
  const [left, right, y] = [chart.x + 20, chart.x + chart.width - 20, chart.y + 80];
  await drag(page, left + 150, right - 150, y, 12); // chooses a range
  await page.waitForTimeout(300);
  await take(page);
  for (let k = 0; k < 6; k++) await drag(page, k % 2 ? left : right, k % 2 ? right : left, y, 45);
  figures.panning = await take(page);

  await page.locator(".plot").first().focus();
  for (const key of ["+", "+", "+", "-", "-", "ArrowLeft", "ArrowRight", "+", "-", "0"]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(50);
  }
  figures.zooming = await take(page);

  const slider = page.locator(".runs-page .choices input[type=range]").first();
  await slider.focus();
  for (let k = 0; k < 30; k++) await page.keyboard.press("ArrowRight");
  await page.waitForTimeout(300);
  figures.smoothing = await take(page);

  for (const axis of ["time", "epoch", "step"]) {
    await page.locator(".runs-page .choices select").first().selectOption(axis);
    await page.waitForTimeout(250);
  }
  for (const box of await page.locator(".runs-page .choices input[type=checkbox]").all()) {
    await box.click();
    await page.waitForTimeout(250);
    await box.click();
  }
  await page.waitForTimeout(250);
  figures.axes = await take(page);

  const live = goOn(join(folder, "runs/long-a"));
  await page.waitForTimeout(6000);
  clearInterval(live);
  figures.live = await take(page);

  for (const tab of await page.locator(".tab").all()) {
    await tab.click();
    await page.waitForTimeout(400);
  }
  figures.tabs = await take(page);
  figures["memory of the tab, MB"] = await memory();
  return figures;
}

/** In the page: notes the time of each frame, and tasks over 50 ms. */
function watch() {
  const seen = { frames: [], tasks: [] };
  globalThis.seen = seen;
  const next = (time) => {
    seen.frames.push(time);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(Math.round(duration));
  }).observe({ type: "longtask", buffered: true });
}

/** What was noted since the last call. */
async function take(page) {
  const { frames, tasks } = await page.evaluate(() => {
    const { frames, tasks } = globalThis.seen;
    globalThis.seen.frames = frames.slice(-1);
    globalThis.seen.tasks = [];
    return { frames, tasks };
  });
  const gaps = frames.slice(1).map((time, k) => time - frames[k]);
  gaps.sort((a, b) => a - b);
  const at = (share) => round(gaps[Math.min(gaps.length - 1, Math.floor(share * gaps.length))]);
  return {
    frames: gaps.length,
    median: at(0.5),
    p95: at(0.95),
    longest: at(1),
    tasksOver50: tasks,
  };
}

/** Until all files are read and drawn. */
async function settled(page) {
  for (let calm = 0; calm < 4; ) {
    await page.waitForTimeout(250);
    const isReading = await page.locator(".reading").count();
    calm = isReading > 0 ? 0 : calm + 1;
  }
}

async function drag(page, from, to, y, steps) {
  await page.mouse.move(from, y);
  await page.mouse.down();
  await page.mouse.move(to, y, { steps });
  await page.mouse.up();
}

/** Resident memory of the process that shows the page. */
async function memory() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(readFileSync(`/proc/${id}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]));
  return Math.round(Math.max(...sizes) / 1000);
}

async function writeRuns(runs) {
  for (const [name, rate] of [
    ["long-a", 0.01],
    ["long-b", 0.003],
  ]) {
    const run = join(runs, name);
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, "metrics.jsonl"), log(rate));
    const report = {
      format: "chainrule-report",
      version: 1,
      name,
      startedAt: new Date().toISOString(),
    };
    const facts = { ...report, configuration: { learningRate: rate }, environment: {} };
    writeFileSync(join(run, "report.json"), JSON.stringify(facts));
  }
  const entry = join(dirname(command), "../train/node.js");
  const { SummaryWriter } = await import(pathToFileURL(entry).href);
  const writer = new SummaryWriter(join(runs, "events"));
  for (let step = 1; step <= points; step++)
    for (const tag of ["loss", "accuracy", "grad/norm", "lr"])
      writer.scalar(tag, wave(step, tag.length / 100), step);
  writer.close();
  return runs;
}

function log(rate) {
  let lines = "";
  for (let step = 1; step <= points; step++) lines += line(step, rate);
  return lines;
}

/** A step of the log, and each thousandth the end of an epoch. */
function line(step, rate) {
  const [loss, accuracy] = [wave(step, rate), 1 - wave(step, rate) / 3];
  const place = { step, epoch: Math.ceil(step / 1000), seconds: step / 500 };
  const facts = {
    learningRate: rate,
    train: { loss, accuracy },
    gradientNorm: 2 * wave(step + 7, rate),
  };
  const own = JSON.stringify({ kind: "step", ...place, ...facts });
  const health = {
    weights: { "layers.0.weight": 1, "layers.2.weight": 1 },
    updates: { "layers.0.weight": loss / 1000, "layers.2.weight": loss / 300 },
  };
  if (step % 1000 > 0)
    return step % 50 > 0
      ? `${own}\n`
      : `${own}\n${JSON.stringify({ kind: "health", ...place, ...health })}\n`;
  const epoch = {
    kind: "epoch",
    ...place,
    learningRate: rate,
    train: { loss, accuracy },
    validation: { loss: 1.1 * loss, accuracy },
  };
  return `${own}\n${JSON.stringify(epoch)}\n`;
}

function wave(step, rate) {
  return (
    Math.exp(-step * rate * 3e-3) +
    0.05 * (1 + Math.sin(step * 12.9898) * Math.cos(step / 977)) +
    0.01
  );
}

/** Trains on, as far as the page can see: 500 steps a second. */
function goOn(run) {
  let step = points;
  const seconds = Date.now();
  return setInterval(() => {
    let lines = "";
    for (let k = 0; k < 50; k++) lines += line(++step, 0.01);
    appendFileSync(join(run, "metrics.jsonl"), lines);
    const place = { epoch: Math.ceil(step / 1000), epochs: 200, step, steps: 200_000 };
    const state = {
      process: process.pid,
      status: "running",
      ...place,
      seconds: (Date.now() - seconds) / 1000,
      learningRate: 0.01,
      at: Date.now(),
    };
    writeFileSync(join(run, "live.json"), JSON.stringify(state));
  }, 100);
}

async function serve(runs) {
  const child = spawn(process.execPath, [command, "studio", runs, "--no-open", "--port", "0"]);
  let text = "";
  for await (const piece of child.stdout) {
    text += piece;
    const address = text.match(/http:\/\/127\.0\.0\.1:\d+\/#\/runs\?key=[0-9a-f]+/)?.[0];
    if (address !== undefined) return { child, address };
  }
  throw new Error(`chainrule studio did not start: ${text}`);
}

function table(figures) {
  const lines = [["", "frames", "median ms", "p95 ms", "longest ms", "tasks > 50 ms"]];
  const plain = [];
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === "number") plain.push(`${name}: ${round(value)}`);
    else {
      const { frames, median, p95, longest, tasksOver50 } = value;
      lines.push([name, frames, median, p95, longest, tasksOver50.join(", ") || "none"]);
    }
  }
  const size = statSync(join(folder, "runs/long-a/metrics.jsonl")).size;
  const head = `two logs of ${(size / 1e6).toFixed(0)} MB, an event file of ${(eventBytes() / 1e6).toFixed(0)} MB, ${points} points per curve`;
  return [head, ...plain, ...lines.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}

function eventBytes() {
  const events = join(folder, "runs/events");
  return readdirSync(events).reduce((sum, name) => sum + statSync(join(events, name)).size, 0);
}

function round(value) {
  return Math.round(10 * value) / 10;
}
