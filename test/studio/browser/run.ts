// Studio in a real Chromium: every page in both languages, light and dark, by axe-core, on all screens and on paper; every
// lesson from start to end, with the numbers of the golden networks; training to the accuracies that are promised; runs of
// the real library, live ones steered; by keyboard alone; with reduced motion; a large model's memory; and the page of
// `chainrule explain` from disk. Bytes of the first load are bounded; times are printed, since they depend on the machine.
// Prints `N passed, N failed`. `jiti test/studio/browser/run.ts [part of a case's name]`.

import type { Browser, Page } from "playwright-core";
import { en } from "../../../studio/src/language/en.ts";
import { zh } from "../../../studio/src/language/zh.ts";
import {
  countBytes,
  longTasks,
  misfits,
  misprints,
  observeShifts,
  observeTasks,
  shifted,
  tasksIn,
  violations,
  watch,
} from "./checks.ts";
import { exploreByKeys, playByKeys, watchByKeys } from "./keyboard.ts";
import { exploreLarge, MemoryWatch, millionRoute } from "./large-model.ts";
import { type PageRow, pagesOf } from "./pages.ts";
import { checkNumbers, hasGolden, networks } from "./seeds.ts";
import { inPage, openStage, type Stage } from "./stage.ts";
import { trainDigits, trainSpiral } from "./train-models.ts";
import { lookAtRuns, steer } from "./watch-runs.ts";

/** How many pages are open at a time. */
const atOnce = 3;

/** Largest first load of a lesson in kB of 1000 bytes, compressed: page, worker, formulas and their fonts. */
const firstLoad = 350;

/** Most that a lesson may move by itself while it comes: a third of what browsers' makers call good. */
const mostShift = 0.03;

/** Largest memory in bytes of a tab with a model of a million parameters; `benchmarks/studio-memory.mjs` shows it stage by stage. */
const largestTab = 500e6;

/** Longest task on the page's thread while it trains, in ms of processor time: generous, since this is no benchmark. */
const longestTask = 200;

interface Case {
  readonly name: string;
  /** Whether it runs by itself, before the others: pages at work beside it delay the collector, and would be weighed too. */
  readonly alone?: boolean;
  readonly check: () => Promise<readonly string[]>;
}

const stage = await openStage();
const start = performance.now();
const only = process.argv[2];
const cases = casesOf(stage).filter(({ name }) => only === undefined || name.includes(only));
const failures: string[] = [];
if (!hasGolden) console.log("no golden folder: numbers are compared with those printed with it");
try {
  const waiting = cases.filter(({ alone }) => alone !== true).toReversed();
  await work(cases.filter(({ alone }) => alone === true));
  await Promise.all(Array.from({ length: atOnce }, () => work(waiting)));
} finally {
  await stage.close();
}
for (const failure of failures) console.error(failure);
console.log(`${((performance.now() - start) / 1000).toFixed(0)} s in Chromium`);
console.log(`${cases.length - failures.length} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);

async function work(waiting: Case[]): Promise<void> {
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, check } = next;
    const begin = performance.now();
    const wrong = await check().catch((error: Error) => [error.message]);
    if (process.env.VERBOSE !== undefined)
      console.log(`${((performance.now() - begin) / 1000).toFixed(1)} s ${name}`);
    if (wrong.length > 0) failures.push([name, ...wrong.map((line) => `    ${line}`)].join("\n"));
  }
}

/** The cases, long ones first. */
function casesOf(stage: Stage): Case[] {
  const { key } = stage;
  const runs = `/runs?key=${key}`;
  const on =
    (route: string, ready: string, body: (page: Page) => Promise<readonly string[]>) => () =>
      opened(stage, route, ready, body);
  return [
    { name: "digits are learnt", check: () => train(trainDigits) },
    { name: "the spiral is learnt", check: () => train(trainSpiral) },
    { name: "a million parameters", check: weighLargeModel, alone: true },
    ...networks.map((network) => ({
      name: `numbers of ${network.lesson}`,
      check: on(`/lessons/${network.lesson}`, ".react-flow__node", (page) =>
        checkNumbers(page, network),
      ),
    })),
    ...pagesOf(key).map((row) => ({ name: row.name, check: () => visit(row) })),
    {
      name: "runs as recorded",
      check: async () => {
        await stage.prepared();
        return opened(stage, runs, ".runs-table", lookAtRuns);
      },
    },
    { name: "a live run is steered", check: on(runs, ".runs-table", (page) => steer(stage, page)) },
    {
      name: "keyboard alone: explorer",
      check: on("/lessons/two-three-one", ".react-flow__node", exploreByKeys),
    },
    { name: "keyboard alone: playground", check: on("/playground", "main canvas", playByKeys) },
    { name: "keyboard alone: runs", check: on(runs, ".runs-table", watchByKeys) },
    { name: "languages and themes of the browser", check: startAsTheBrowser },
    { name: "with reduced motion", check: withReducedMotion },
    { name: "first load", check: weighFirstLoad },
    { name: "lessons stand still", check: standStill },
    { name: "an explained step from disk", check: openExplained },
  ];
}

/** Opens a page in English, watches it, and does something there. */
function opened(
  stage: Stage,
  route: string,
  ready: string,
  body: (page: Page) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  return inPage(stage, {}, async (page) => {
    const seen = watch(page, stage.site);
    await page.addInitScript(observeTasks);
    await page.goto(`${stage.site}#${route}`);
    await page.locator(ready).first().waitFor();
    const wrong = await body(page).catch((error: Error) => [error.message]);
    return [...wrong, ...seen];
  });
}

/** A page from its opening to the end of what can be done there; then on all screens, and in all languages and themes. */
function visit({ route, ready, act }: PageRow): Promise<readonly string[]> {
  return opened(stage, route, ready, async (page) => {
    const wrong = [...((await act?.(page, en)) ?? [])];
    await page.emulateMedia({ reducedMotion: "reduce" }); // colours of the new theme at once
    for (const [language, words] of [
      ["en", en],
      ["zh", zh],
    ] as const) {
      await page.locator("header select").first().selectOption(language);
      await page.locator(`html[lang^=${language}]`).waitFor({ state: "attached" });
      if (!(await page.locator("header nav").getByText(words.playground).isVisible()))
        wrong.push(`the page is not in ${language}`);
      for (const theme of ["light", "dark"]) {
        await page.locator("header select").nth(1).selectOption(theme);
        const found = await violations(page);
        wrong.push(...found.map((one) => `${language}, ${theme}: ${one}`));
      }
      wrong.push(...(await misfits(page)).map((one) => `${language}: ${one}`));
    }
    return [...wrong, ...(await misprints(page))];
  });
}

/** A reader whose browser is in Chinese and dark gets the page so at once. */
function startAsTheBrowser(): Promise<string[]> {
  return inPage(stage, { locale: "zh-CN", colorScheme: "dark" }, async (page) => {
    await page.goto(stage.site);
    await page.locator("header nav").getByText(zh.playground).waitFor();
    return page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      const light = (text: string): number => Number(text.match(/\d+/)![0]);
      const wrong = document.documentElement.lang === "zh-CN" ? [] : ["lang is not zh-CN"];
      return light(color) > light(backgroundColor) ? wrong : [...wrong, "the page is light"];
    });
  });
}

/** In a browser of its own, so that the tab's process is its own. */
function weighLargeModel(): Promise<readonly string[]> {
  return inOwnBrowser(async (browser) => {
    return opened({ ...stage, browser }, millionRoute, "main canvas", async (page) => {
      const watch = await MemoryWatch.of(browser);
      const wrong = await exploreLarge(page);
      watch.end();
      const megabytes = watch.most / 1e6;
      console.log(`a million parameters: the tab had ${megabytes.toFixed(0)} MB for itself`);
      return watch.most < largestTab ? wrong : [...wrong, `the tab took ${megabytes} MB`];
    });
  });
}

/** Trains in a browser of its own, whose tasks can be told apart. */
function train(learn: (page: Page) => Promise<string[]>): Promise<readonly string[]> {
  return inOwnBrowser((browser) =>
    opened({ ...stage, browser }, "/playground", "main canvas", async (page) => {
      await browser.startTracing(page, { categories: ["toplevel"] });
      const wrong = await learn(page);
      const tasks = tasksIn(await browser.stopTracing());
      console.log(
        `    longest tasks of the page in ms of processor time: ${tasks.slice(0, 5).join(", ")}`,
      );
      return tasks[0] > longestTask ? [...wrong, `the page stood still for ${tasks[0]} ms`] : wrong;
    }),
  );
}

async function inOwnBrowser<T>(body: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await stage.launch();
  try {
    return await body(browser);
  } finally {
    await browser.close();
  }
}

function withReducedMotion(): Promise<string[]> {
  return inPage(stage, { reducedMotion: "reduce" }, async (page) => {
    await page.goto(`${stage.site}#/lessons/two-three-one`);
    await page.locator(".react-flow__node").first().waitFor();
    const slider = page.getByRole("slider", { name: en.step }).first();
    const before = await slider.inputValue();
    await page.getByRole("button", { name: en.play, exact: true }).first().click();
    await page.waitForFunction(
      (old) => document.querySelector<HTMLInputElement>(".timeline input")!.value !== old,
      before,
    );
    const moving = await page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === "running").length,
    );
    return moving === 0 ? [] : [`${moving} animations run`];
  });
}

/** What is fetched before a lesson can be used, and how long that takes here. */
function weighFirstLoad(): Promise<string[]> {
  return inPage(stage, {}, async (page) => {
    const bytes = countBytes(page.context());
    await page.addInitScript(observeTasks);
    const begin = performance.now();
    await page.goto(`${stage.site}#/lessons/two-three-one`);
    await page.locator(".react-flow__node").first().waitFor();
    const usable = performance.now() - begin;
    const kilobytes = (await bytes()) / 1000;
    const tasks = await longTasks(page);
    console.log(
      `first load ${kilobytes.toFixed(0)} kB compressed, usable after ${usable.toFixed(0)} ms, tasks over 50 ms: ${tasks.join(", ") || "none"}`,
    );
    return kilobytes <= firstLoad ? [] : [`${kilobytes.toFixed(0)} kB are more than ${firstLoad}`];
  });
}

/** Lessons stand where they are first seen: formulas, graph and pictures have their room before they come. */
function standStill(): Promise<string[]> {
  return inPage(stage, {}, async (page) => {
    await page.addInitScript(observeShifts);
    const wrong: string[] = [];
    for (const lesson of ["chain-rule", "linear-regression", "optimizers"]) {
      await page.goto("about:blank");
      await page.goto(`${stage.site}#/lessons/${lesson}`);
      await page.locator(".react-flow__node").first().waitFor();
      if (await page.locator(".formula.pending").count())
        wrong.push(`${lesson} has formulas that the build did not typeset`);
      const sum = await shifted(page);
      if (sum > mostShift) wrong.push(`${lesson} moves by ${sum.toFixed(3)}`);
    }
    return wrong;
  });
}

/** The page of a saved run's step: everything works from the file alone. */
async function openExplained(): Promise<string[]> {
  const address = `file://${await stage.prepared()}`;
  return inPage(stage, {}, async (page) => {
    const seen = watch(page, address);
    const begin = performance.now();
    await page.goto(address);
    await page.locator(".react-flow__node").first().waitFor();
    console.log(
      `explained step: its graph is there after ${(performance.now() - begin).toFixed(0)} ms`,
    );
    await page.locator(".react-flow__node:has-text('weight')").first().click();
    await page.getByText(en.check).first().waitFor();
    await page.getByRole("button", { name: en.next, exact: true }).click();
    await page.getByText(`${en.iteration} 1`).first().waitFor();
    return [...(await violations(page)), ...(await misfits(page)), ...seen];
  });
}
