// The pages of Studio, a row each: where they are, when they are ready, and what a reader does there from start to end.

import type { Page } from "playwright-core";
import type { Words } from "../../../studio/src/language/en.ts";
import { lessons } from "../../../studio/src/lessons/lessons.ts";

/** A page to be tested. */
export interface PageRow {
  readonly name: string;
  /** What stands after `#` in the address. */
  readonly route: string;
  /** Selector of what is there when the page can be used. */
  readonly ready: string;
  /** What a reader does; gives back what was not as it should be. */
  readonly act?: (page: Page, words: Words) => Promise<readonly string[]>;
}

const node = ".react-flow__node";

/** All pages; `key` opens the page of runs. */
export function pagesOf(key: string): readonly PageRow[] {
  return [
    { name: "lessons", route: "/", ready: "main a[href^='#/lessons/']" },
    { name: "questions", route: "/questions", ready: "main h1" },
    ...lessons.map(({ id }) => ({
      name: `lesson ${id}`,
      route: `/lessons/${id}`,
      ready: `main h1 >> visible=true`,
      act: readLesson,
    })),
    { name: "playground", route: "/playground", ready: "main canvas", act: train },
    { name: "runs", route: `/runs?key=${key}`, ready: "main h1, main table, main canvas" },
  ];
}

/** Steps through a lesson's whole step, does the next update, and changes a setting. */
async function readLesson(page: Page, words: Words): Promise<string[]> {
  const wrong: string[] = [];
  const explorer = page.locator(".explorer").first();
  if ((await explorer.count()) > 0) {
    await explorer.locator(node).first().waitFor({ timeout: 15_000 });
    const button = (name: string) => explorer.getByRole("button", { name, exact: true });
    const slider = explorer.getByRole("slider", { name: words.step });
    await slider.focus();
    await page.keyboard.press("Home");
    const end = Number(await slider.getAttribute("max"));
    for (let k = 0; k < end && (await button(words.step).isEnabled()); k++) {
      if (Number(await slider.inputValue()) >= end) break;
      await button(words.step).click();
    }
    if ((await slider.inputValue()) !== String(end))
      wrong.push(`stepping ended at ${await slider.inputValue()} of ${end}`);
    await button(words.next).click();
    await explorer.getByText(`${words.iteration} 1`).first().waitFor({ timeout: 10_000 });
    await explorer
      .locator(node)
      .last()
      .click({ position: { x: 20, y: 12 }, force: true });
  }
  await changeSetting(page);
  await page.waitForTimeout(300);
  return wrong;
}

/** Moves the first control of the page. */
async function changeSetting(page: Page): Promise<void> {
  const control = page.locator("main .controls input, main .controls select").first();
  if ((await control.count()) === 0) return;
  await control.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
}

/** Trains for a moment. */
async function train(page: Page): Promise<string[]> {
  const button = page.locator("main .toolbar .primary");
  const play = await button.innerText();
  await button.click();
  await page.waitForTimeout(1200);
  if ((await button.innerText()) === play) return ["there is nothing to pause a training with"];
  await button.click();
  return [];
}
