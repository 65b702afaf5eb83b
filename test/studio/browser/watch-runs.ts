// The page of runs: what real runs recorded is there to see, from one run or several, of this library or another framework;
// and what is asked of a run in progress, it does.

import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { type Stage, start } from "./stage.ts";
import { side } from "./written-runs.ts";

/** Looks at everything that the runs of the stage have recorded. */
export async function lookAtRuns(page: Page): Promise<string[]> {
  const wrong: string[] = [];
  const expect = (isRight: boolean, what: string): void => {
    if (!isRight) wrong.push(what);
  };
  const row = (name: string): Locator => page.locator(".runs-table tbody tr", { hasText: name });
  for (const name of ["digits-a", "digits-b", "foreign", "pictures"]) await row(name).waitFor();
  expect(/finished/.test(await row("digits-a").innerText()), "digits-a is not called finished");
  const scores = (await row("digits-b").innerText()).match(/\d[\d.]* ?%/);
  expect(scores !== null, "digits-b has no accuracy in the table");
  const settings = await page.locator(".runs-table thead").innerText();
  expect(/learningRate/.test(settings), "the setting in which the runs differ has no column");
  for (const name of ["digits-a", "digits-b", "foreign", "pictures"])
    await row(name).getByRole("checkbox").check();
  wrong.push(...(await lookAtCurves(page, row)));
  wrong.push(...(await lookAtParts(page)));
  wrong.push(...(await lookAtForeign(page)));
  return wrong;
}

/** Curves of all runs in their colours, over each axis, smoothed, filtered. */
async function lookAtCurves(page: Page, row: (name: string) => Locator): Promise<string[]> {
  const wrong: string[] = [];
  const chart = page.locator("figure.chart", { hasText: /^loss/ });
  await chart.locator("canvas").waitFor();
  for (const name of ["digits-a", "digits-b", "pictures"]) {
    if (!(await showsColor(chart, row(name)))) wrong.push(`the losses have no curve of ${name}`);
  }
  for (const axis of ["time", "epoch", "step"]) {
    await page.locator("main .choices select").first().selectOption(axis);
    if (!(await showsColor(chart, row("digits-b")))) wrong.push(`no curve over ${axis}`);
  }
  const smoothing = page.getByLabel("smoothing");
  await smoothing.focus();
  await page.keyboard.press("Home");
  if ((await smoothing.inputValue()) !== "0") wrong.push("curves cannot be shown as they are");
  const plot = chart.locator("section.plot");
  await plot.focus();
  const before = await fingerprint(plot);
  for (const key of ["+", "+", "ArrowRight"]) await page.keyboard.press(key);
  if (!(await changes(plot, before))) wrong.push("keys do not zoom into a chart");
  await page.keyboard.press("0");
  const filter = page.getByRole("searchbox", { name: "curves whose name contains" });
  await filter.fill("accuracy");
  await chart.waitFor({ state: "detached" });
  if ((await page.locator("figure.chart").count()) === 0) wrong.push("the filter leaves nothing");
  await filter.fill("");
  await row("digits-a").getByRole("checkbox").uncheck();
  await chart.locator("canvas").waitFor();
  if (await showsColor(chart, row("digits-a"), false))
    wrong.push("a run that is not shown has a curve");
  await row("digits-a").getByRole("checkbox").check();
  return wrong;
}

/** The other tabs, of a run of `chainrule train`. */
async function lookAtParts(page: Page): Promise<string[]> {
  const wrong: string[] = [];
  const expect = (isRight: boolean, what: string): void => {
    if (!isRight) wrong.push(what);
  };
  await open(page, "Layers", "digits-b");
  expect((await page.locator("table.layers tbody tr").count()) >= 4, "layers are missing");
  const flow = await page.locator(".flow").innerText();
  expect(/^arrives .*weight is [\d.e-]+ times that at /s.test(flow), `gradients flow: ${flow}`);
  const strip = page.locator("table.layers canvas").first();
  const gradients = await fingerprint(strip);
  await page.getByRole("tabpanel").locator(".choices select").last().selectOption("updates");
  expect(await changes(strip, gradients), "updates look the same as gradients");
  await open(page, "Distributions", "digits-b");
  const first = page.locator("figure.chart", { hasText: "weight" }).locator("canvas").first();
  await first.waitFor();
  const ridges = await fingerprint(first);
  await page.getByLabel("drawn as").selectOption("heat");
  expect(await changes(first, ridges), "histograms look the same as ridges and as a map");
  await open(page, "Log", "digits-b");
  expect((await rowsOf(page)) === 8, `the log has ${await rowsOf(page)} epochs of 8`);
  await open(page, "Images and text", "digits-b");
  expect(await areLoaded(page.locator(".worst img")), "the worst mistakes have no pictures");
  await open(page, "Images and text", "pictures");
  expect(await areLoaded(page.locator(".files img"), side), "a recorded image is not shown");
  const panel = page.getByRole("tabpanel");
  await panel.getByText("step 3 of *three* <script>alert(1)</script>").waitFor();
  const steps = panel.getByRole("slider").first();
  await steps.focus();
  await page.keyboard.press("Home");
  expect((await steps.inputValue()) === "0", "earlier images cannot be chosen");
  await open(page, "Model and machine", "digits-b");
  await panel.getByText(process.version).first().waitFor();
  await panel.locator("table.confusion").waitFor();
  const details = await panel.innerText();
  for (const fact of ["0.003", "Linear", "Checkpoints", process.version, "step "])
    expect(details.includes(fact), `the details do not say ${fact}`);
  expect((await panel.locator("table.confusion tbody tr").count()) === 10, "no confusion matrix");
  return wrong;
}

/** The event file of another framework; it ends with a restart from step 6, which takes back what it holds from there on. */
async function lookAtForeign(page: Page): Promise<string[]> {
  await open(page, "Distributions", "foreign");
  await page.locator("figure.chart", { hasText: "weights" }).locator("canvas").waitFor();
  const isTakenBack = (await page.locator("figure.chart", { hasText: "buckets" }).count()) === 0;
  await open(page, "Images and text", "foreign");
  await page.getByRole("tabpanel").getByRole("heading", { name: "picture", exact: true }).waitFor();
  await page.getByRole("tab", { name: "Curves" }).click();
  for (const tag of ["again", "lr"])
    await page.locator("figure.chart", { hasText: tag }).locator("section.plot").first().waitFor();
  return isTakenBack ? [] : ["what a restart took back is shown"];
}

/** Steers a run of `chainrule train` from the page: it waits, takes another rate, goes on, and ends with its run saved. */
export async function steer(stage: Stage, page: Page): Promise<string[]> {
  const folder = join(stage.runs, "live");
  const words = ["--epochs", "1000000", "--quiet", "--out", folder];
  const training = start("train", "digits", ...words);
  const ended = once(training, "exit");
  const wrong: string[] = [];
  try {
    const bar = page.locator(".live-bar", { hasText: "live" });
    const live = (): { step: number; status: string; learningRate: number } =>
      JSON.parse(readFileSync(join(folder, "live.json"), "utf8"));
    await bar.waitFor({ timeout: 60_000 });
    await bar.getByRole("button", { name: "Pause" }).click();
    await bar.getByText("paused").waitFor();
    const { step } = live();
    await bar.getByLabel("learning rate").fill("0.00325");
    await bar.getByRole("button", { name: "Set" }).click();
    await bar.getByText("0.00325").waitFor();
    if (live().learningRate !== 0.00325)
      wrong.push(`the rate of the run is ${live().learningRate}`);
    if (live().step !== step) wrong.push(`a paused run went on from ${step} to ${live().step}`);
    await bar.getByRole("button", { name: "Go on" }).click();
    await bar.getByText("training", { exact: true }).waitFor();
    await until(() => live().step > step);
    await bar.getByRole("button", { name: "Stop and save" }).click();
    await bar.getByRole("button", { name: "Stop now" }).click();
    await ended;
    await bar.waitFor({ state: "detached" });
    const state = JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as { status: string };
    const row = await page.locator(".runs-table tbody tr", { hasText: "live" }).innerText();
    if (!/stopped|interrupted/.test(row))
      wrong.push(`the table says "${row}" of a stopped run (${state.status})`);
    if (!existsSync(join(folder, "checkpoints"))) wrong.push("the stopped run saved nothing");
  } finally {
    training.kill("SIGKILL");
    await ended;
  }
  return wrong;
}

async function until(test: () => boolean): Promise<void> {
  for (let k = 0; k < 400; k++) {
    if (test()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("the run does not go on");
}

/** Opens a tab and chooses a run in it. */
async function open(page: Page, tab: string, run: string): Promise<void> {
  await page.getByRole("tab", { name: tab }).click();
  const panel = page.getByRole("tabpanel");
  const choice = panel.getByRole("combobox", { name: "run" }).first();
  const there = choice.locator("option", { hasText: run });
  await there.waitFor({ state: "attached" }).catch(async () => {
    throw new Error(`${tab} has no run ${run}: ${await panel.innerText()}`);
  });
  await choice.selectOption({ label: run });
}

function rowsOf(page: Page): Promise<number> {
  return page.getByRole("tabpanel").locator("tbody tr").count();
}

/** Whether there are pictures and all have been read, of a width where one is given. */
async function areLoaded(pictures: Locator, width?: number): Promise<boolean> {
  await pictures.first().waitFor();
  return pictures.evaluateAll(
    (all, wanted) =>
      all.every((one) => {
        const { naturalWidth } = one as HTMLImageElement;
        return wanted === null ? naturalWidth > 0 : naturalWidth === wanted;
      }),
    width ?? null,
  );
}

/** Whether a chart comes to show the colour that stands beside a run's name in the table, or to have lost it. */
async function showsColor(chart: Locator, row: Locator, wanted = true): Promise<boolean> {
  const color = await row
    .locator(".swatch")
    .evaluate((one) => getComputedStyle(one).backgroundColor);
  for (let k = 0; k < 40; k++) {
    const isThere = await chart.locator("canvas").first().evaluate(hasColor, color);
    if (isThere === wanted) return isThere;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return !wanted;
}

/** Whether a canvas has some pixels of a colour, in the page. */
function hasColor(canvas: Element, color: string): boolean {
  const { width, height } = canvas as HTMLCanvasElement;
  const [red, green, blue] = color.match(/[\d.]+/g)!.map(Number);
  const context = (canvas as HTMLCanvasElement).getContext("2d")!;
  const { data } = context.getImageData(0, 0, width, height);
  let count = 0;
  for (let k = 0; k < data.length; k += 4) {
    const distance =
      Math.abs(data[k] - red) + Math.abs(data[k + 1] - green) + Math.abs(data[k + 2] - blue);
    if (data[k + 3] > 200 && distance < 12) count++;
  }
  return count > 4;
}

/** What a picture looks like, as a number. */
function fingerprint(place: Locator): Promise<number> {
  return place.evaluate((one) => {
    const canvas = (one instanceof HTMLCanvasElement ? one : one.querySelector("canvas"))!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 7);
  });
}

async function changes(place: Locator, before: number): Promise<boolean> {
  for (let k = 0; k < 40; k++) {
    if ((await fingerprint(place)) !== before) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
