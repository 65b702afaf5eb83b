// The pages of Studio, a row each: where they are, when they are ready, and what a reader does there from start to end.

import type { Page } from "playwright-core";
import type { Words } from "../../../studio/src/language/en.ts";
import { lessons } from "../../../studio/src/lessons/lessons.ts";
import { readLesson } from "./read-lesson.ts";

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
    { name: "playground", route: "/playground", ready: "main canvas", act: openTabs },
    {
      name: "runs",
      route: `/runs?key=${key}`,
      ready: "main h1, main table, main canvas",
      act: openTabs,
    },
  ];
}

/** Opens one tab after the other, and the first again. */
async function openTabs(page: Page): Promise<string[]> {
  const tabs = page.getByRole("tab");
  await tabs.first().waitFor();
  const count = await tabs.count();
  for (let k = count - 1; k >= 0; k--) {
    await tabs.nth(k).click();
    await page.getByRole("tabpanel").locator(":scope > *").first().waitFor();
  }
  return [];
}
