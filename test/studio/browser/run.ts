// Studio in a real Chromium: every page in both languages, light and dark, by axe-core and from 360 px to 4K; every lesson
// from start to end; by keyboard alone; with reduced motion; and the page of `chainrule explain` from disk. Bytes of the
// first load are bounded; times are printed, since they depend on the machine. Prints `N passed, N failed`.

import type { BrowserContextOptions, Page } from "playwright-core";
import { en } from "../../../studio/src/language/en.ts";
import { zh } from "../../../studio/src/language/zh.ts";
import { countBytes, longTasks, observeTasks, overflows, violations, watch } from "./checks.ts";
import { type PageRow, pagesOf } from "./pages.ts";
import { openStage, type Stage } from "./stage.ts";

/** How many pages are open at a time. */
const atOnce = 3;

/** Largest first load of a lesson in kB of 1000 bytes, compressed: page, worker, formulas and their fonts. */
const firstLoad = 430;

type Looks = "English, light" | "简体中文, dark";
const looks: Readonly<Record<Looks, BrowserContextOptions>> = {
  "English, light": { locale: "en-US", colorScheme: "light" },
  "简体中文, dark": { locale: "zh-CN", colorScheme: "dark" },
};

interface Case {
  readonly name: string;
  readonly check: () => Promise<readonly string[]>;
}

const stage = await openStage();
const start = performance.now();
const only = process.argv[2];
const cases = casesOf(stage).filter(({ name }) => only === undefined || name.includes(only));
const failures: string[] = [];
try {
  const waiting = cases.toReversed();
  await Promise.all(Array.from({ length: atOnce }, () => work(waiting)));
} finally {
  await stage.close();
}
for (const failure of failures) console.error(failure);
const failed = new Set(failures.map((line) => line.split("\n")[0])).size;
console.log(`${((performance.now() - start) / 1000).toFixed(0)} s in Chromium`);
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function work(waiting: Case[]): Promise<void> {
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, check } = next;
    const wrong = await check().catch((error: Error) => [error.message]);
    if (wrong.length > 0) failures.push([name, ...wrong.map((line) => `    ${line}`)].join("\n"));
  }
}

function casesOf({ key }: Stage): Case[] {
  const visits = pagesOf(key).flatMap((row) =>
    (Object.keys(looks) as Looks[]).map((look) => ({
      name: `${row.name}, ${look}`,
      check: () => visit(row, look),
    })),
  );
  return [
    ...visits,
    { name: "by keyboard alone", check: byKeyboard },
    { name: "with reduced motion", check: withReducedMotion },
    { name: "first load", check: weighFirstLoad },
    { name: "an explained step from disk", check: openExplained },
  ];
}

/** Opens a page in a context of its own and closes it at the end. */
async function inPage<T>(
  options: BrowserContextOptions,
  body: (page: Page) => Promise<T>,
): Promise<T> {
  const viewport = { width: 1280, height: 900 };
  const context = await stage.browser.newContext({ viewport, ...options });
  try {
    context.setDefaultTimeout(15_000);
    return await body(await context.newPage());
  } finally {
    await context.close();
  }
}

/** A page from its opening to the end of what can be done there. */
function visit({ route, ready, act }: PageRow, look: Looks): Promise<string[]> {
  return inPage(looks[look], async (page) => {
    const seen = watch(page, stage.site);
    await page.goto(`${stage.site}#${route}`);
    await page.locator(ready).first().waitFor({ timeout: 15_000 });
    const language = await page.evaluate(() => document.documentElement.lang);
    const wrong =
      language === looks[look].locale?.replace("en-US", "en") ? [] : [`lang=${language}`];
    wrong.push(...((await act?.(page, look === "English, light" ? en : zh)) ?? []));
    wrong.push(...(await violations(page)));
    if (look === "English, light") wrong.push(...(await overflows(page)));
    return [...wrong, ...seen];
  });
}

/** From the top of a lesson to a node of its graph and through the step, without a pointer. */
function byKeyboard(): Promise<string[]> {
  return inPage({}, async (page) => {
    await page.goto(`${stage.site}#/lessons/two-three-one`);
    await page.locator(".react-flow__node").first().waitFor();
    const wrong: string[] = [];
    let reached = false;
    for (let k = 0; k < 80 && !reached; k++) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const { outlineStyle, boxShadow } = getComputedStyle(element);
        const inner = element.firstElementChild;
        const within = inner === null ? "none" : getComputedStyle(inner).outlineStyle;
        const isSeen = outlineStyle !== "none" || boxShadow !== "none" || within !== "none";
        return {
          isNode: element.classList.contains("react-flow__node"),
          isSeen,
          is: element.outerHTML.slice(0, 90),
        };
      });
      if (!focus.isSeen && !focus.is.startsWith("<body"))
        wrong.push(`focus is not seen on ${focus.is}`);
      reached = focus.isNode;
    }
    if (!reached) return [...wrong, "the keyboard does not reach the graph"];
    await page.keyboard.press("Enter");
    await page.locator(".inspector h3").first().waitFor({ timeout: 5000 });
    const slider = page.getByRole("slider", { name: en.step }).first();
    await slider.focus();
    const before = await slider.inputValue();
    await page.keyboard.press("ArrowLeft");
    if ((await slider.inputValue()) === before)
      wrong.push("arrow keys do not move through the step");
    return wrong;
  });
}

function withReducedMotion(): Promise<string[]> {
  return inPage({ reducedMotion: "reduce" }, async (page) => {
    await page.goto(`${stage.site}#/lessons/two-three-one`);
    await page.locator(".react-flow__node").first().waitFor();
    await page.getByRole("button", { name: en.play, exact: true }).first().click();
    await page.waitForTimeout(400);
    const moving = await page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === "running").length,
    );
    return moving === 0 ? [] : [`${moving} animations run`];
  });
}

/** What is fetched before a lesson can be used, and how long that takes here. */
function weighFirstLoad(): Promise<string[]> {
  return inPage({}, async (page) => {
    const bytes = countBytes(page.context());
    await page.addInitScript(observeTasks);
    const begin = performance.now();
    await page.goto(`${stage.site}#/lessons/two-three-one`);
    await page.locator(".react-flow__node").first().waitFor();
    const usable = performance.now() - begin;
    const kilobytes = (await bytes()) / 1000;
    await page.waitForTimeout(500);
    const tasks = await longTasks(page);
    console.log(
      `first load ${kilobytes.toFixed(0)} kB compressed, usable after ${usable.toFixed(0)} ms, tasks over 50 ms: ${tasks.join(", ") || "none"}`,
    );
    return kilobytes <= firstLoad ? [] : [`${kilobytes.toFixed(0)} kB are more than ${firstLoad}`];
  });
}

/** The page of a saved run's step: everything works from the file alone. */
function openExplained(): Promise<string[]> {
  return inPage({ locale: "en-US" }, async (page) => {
    const address = `file://${stage.explained}`;
    const seen = watch(page, address);
    const begin = performance.now();
    await page.goto(address);
    await page.locator(".react-flow__node").first().waitFor();
    console.log(
      `explained step: its graph is there after ${(performance.now() - begin).toFixed(0)} ms`,
    );
    await page.locator(".react-flow__node:has-text('weight')").first().click();
    await page.getByText(en.check).first().waitFor({ timeout: 15_000 });
    await page.getByRole("button", { name: en.next, exact: true }).click();
    await page.getByText(`${en.iteration} 1`).first().waitFor({ timeout: 15_000 });
    return [...(await violations(page)), ...(await overflows(page)), ...seen];
  });
}
