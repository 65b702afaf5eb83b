// Pictures of every page of Studio, light and dark, in both languages, for looking at and for the README: as WebP, which
// Chromium itself compresses, in docs/images. `npm run screenshots [folder]`; needs `npm run build` and Chromium.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { pagesOf } from "../test/studio/browser/pages.ts";
import { openStage } from "../test/studio/browser/stage.ts";

const folder = process.argv[2] ?? "docs/images";
const width = 1280;
const quality = 64;
const looks = [
  { name: "light-en", locale: "en-US", colorScheme: "light" },
  { name: "dark-en", locale: "en-US", colorScheme: "dark" },
  { name: "light-zh", locale: "zh-CN", colorScheme: "light" },
  { name: "dark-zh", locale: "zh-CN", colorScheme: "dark" },
] as const;

mkdirSync(folder, { recursive: true });
const stage = await openStage();
try {
  const explained = await stage.prepared();
  await Promise.all(looks.map((look) => picturesOf(look, explained)));
} finally {
  await stage.close();
}

/** All pages in one look; and a lesson on a wide screen, where the graph stands beside the text. */
async function picturesOf(
  { name, ...look }: (typeof looks)[number],
  explained: string,
): Promise<void> {
  const context = await stage.browser.newContext({ viewport: { width, height: 860 }, ...look });
  for (const row of pagesOf(stage.key)) {
    const page = await context.newPage();
    await page.goto(`${stage.site}#${row.route}`);
    await page.locator(row.ready).first().waitFor();
    await prepare(page, row.name);
    await picture(page, `studio-${row.name.replaceAll(" ", "-")}-${name}`);
    await page.close();
  }
  const page = await context.newPage();
  await page.goto(`file://${explained}`);
  await page.locator(".react-flow__node").first().waitFor();
  await page.waitForTimeout(1500);
  await chooseWeight(page);
  await picture(page, `studio-explain-${name}`);
  await page.setViewportSize({ width: 1920, height: 1000 });
  await page.goto(`${stage.site}#/lessons/two-three-one`);
  await page.locator(".react-flow__node").first().waitFor();
  await page.waitForTimeout(2000);
  await goBack(page);
  await picture(page, `studio-wide-${name}`);
  if (name === "light-en" || name === "dark-zh") await report(page, name);
  await context.close();
}

/** Waits until there is something to see: a graph with its formulas and a chosen weight, or a network that has learned. */
async function prepare(page: Page, name: string): Promise<void> {
  if (name.startsWith("lesson ")) await page.locator(".react-flow__node").first().waitFor();
  await page.waitForTimeout(name === "lessons" ? 4500 : 2000);
  if (name === "playground") {
    await page.locator("main .toolbar .primary").click();
    await page.waitForTimeout(4500);
  }
  await chooseWeight(page);
}

/** Brings the graph into the window, and shows the panel of a weight. */
async function chooseWeight(page: Page): Promise<void> {
  const nodes = page.locator(".react-flow__node");
  if ((await nodes.count()) === 0) return;
  await page
    .locator(".explorer")
    .first()
    .evaluate((one) => {
      scrollTo(0, one.getBoundingClientRect().top + scrollY - 120);
    });
  const weights = page.locator(".react-flow__node:has(.parameter)");
  const chosen = (await weights.count()) > 0 ? weights.first() : nodes.first();
  await chosen.click({ position: { x: 20, y: 12 }, force: true });
  await page.waitForTimeout(900);
}

/** The upper part of a run's report. */
async function report(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 1120, height: 1600 });
  await page.goto(`file://${join(stage.runs, "digits-a", "report.html")}`);
  const button = page.getByRole("button", { name: "中文" });
  if (name.endsWith("zh") && (await button.count()) > 0) await button.click();
  await page.waitForTimeout(600);
  await picture(page, `report-${name}`);
}

/** Goes to the middle of the backward pass, and shows the panel of the op that it has reached. */
async function goBack(page: Page): Promise<void> {
  const slider = page.locator(".timeline input[type=range]");
  await slider.focus();
  await page.keyboard.press("End");
  for (let k = 0; k < 7; k++) await page.keyboard.press("ArrowLeft");
  await page.locator(".react-flow__node:has(.is-backward)").first().click();
  await page.waitForTimeout(900);
}

/** Writes what is in the window, at one pixel per CSS pixel. */
async function picture(page: Page, name: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality });
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, "base64"));
}
