// By keyboard alone: Tab reaches all that can be operated, each place is seen when it has the focus, and the keys do what
// the pointer does.

import type { Page } from "playwright-core";
import { en } from "../../../studio/src/language/en.ts";
import { en as words } from "../../../studio/src/playground/words-en.ts";

/** Most presses of Tab on one page. */
const most = 400;

/** Goes through the whole page by Tab; gives back what is not seen when it has the focus, and what was not reached. */
export async function tabThrough(page: Page): Promise<string[]> {
  const wrong = new Set<string>();
  await page.evaluate(() => {
    scrollTo(0, 0);
    (document.activeElement as HTMLElement | null)?.blur();
  });
  for (let k = 0; k < most; k++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(noteFocus);
    if (focus.isOver) break;
    if (!focus.isSeen) wrong.add(`focus is not seen on ${focus.is}`);
  }
  const missed = await page.evaluate(missedByFocus);
  for (const one of missed) wrong.add(`Tab does not reach ${one}`);
  return [...wrong].slice(0, 8);
}

interface Focus {
  readonly isOver: boolean;
  readonly isSeen: boolean;
  readonly is: string;
}

/** In the page: marks what has the focus, and looks whether that is seen. */
function noteFocus(): Focus {
  const element = document.activeElement as HTMLElement;
  const is = element.outerHTML.slice(0, 110);
  if (element === document.body || element.dataset.reached !== undefined)
    return { isOver: true, isSeen: true, is };
  element.dataset.reached = "";
  const marks = (one: Element | null): boolean => {
    if (one === null) return false;
    const { outlineStyle, boxShadow } = getComputedStyle(one);
    return outlineStyle !== "none" || boxShadow !== "none";
  };
  // A field that is hidden for its label, or a node around its box, is marked there.
  const label = element.closest("label");
  const isSeen = [element, element.firstElementChild, label, element.nextElementSibling].some(
    marks,
  );
  return { isOver: false, isSeen, is };
}

/** In the page: what can be operated, is seen, and never had the focus. */
function missedByFocus(): string[] {
  const all = document.querySelectorAll<HTMLElement>(
    "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [tabindex='0']",
  );
  return [...all]
    .filter(
      (one) => one.tabIndex >= 0 && one.dataset.reached === undefined && one.checkVisibility(),
    )
    .filter((one) => {
      if (!(one instanceof HTMLInputElement) || one.type !== "radio") return true;
      // Of a group of radio buttons, Tab reaches one; arrows reach the others.
      const group = document.querySelectorAll<HTMLElement>(`input[name="${one.name}"]`);
      return ![...group].some(({ dataset }) => dataset.reached !== undefined);
    })
    .map((one) => one.outerHTML.slice(0, 110));
}

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let k = 0; k < most; k++) {
    if (await page.evaluate((wanted) => document.activeElement!.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}

/** A lesson: to a node of the graph, an element of it, its links, and through the step. */
export async function exploreByKeys(page: Page): Promise<string[]> {
  const wrong = await tabThrough(page);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await tabTo(page, ".react-flow__node");
  for (let k = 0; k < 2; k++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator(".inspector .adjoint .katex").first().waitFor();
  await tabTo(page, ".inspector .elements button:nth-of-type(2)");
  await page.keyboard.press("Enter");
  await page.locator(".inspector .elements button:nth-of-type(2)[aria-pressed=true]").waitFor();
  await page.locator(".inspector .adjoint").waitFor();
  await tabTo(page, ".inspector .node-link");
  const before = await page.locator(".inspector h2").innerText();
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    (old) => (document.querySelector(".inspector h2") as HTMLElement | null)?.innerText !== old,
    before,
  );
  const slider = page.getByRole("slider", { name: en.step }).first();
  await slider.focus();
  const end = await slider.inputValue();
  await page.keyboard.press("ArrowLeft");
  if ((await slider.inputValue()) === end) wrong.push("arrow keys do not move through the step");
  return wrong;
}

/** The playground: trains, pauses, changes the network, draws a point, and looks at each tab. */
export async function playByKeys(page: Page): Promise<string[]> {
  await page.locator(".toolbar .primary:enabled").waitFor();
  const wrong = await tabThrough(page);
  await page.locator(".toolbar .primary").focus();
  await page.keyboard.press("Enter");
  await page.locator(".toolbar .status.is-running").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".toolbar .status.is-paused").waitFor();
  const tabs = page.getByRole("tab");
  await tabs.first().focus();
  for (let k = 1; k < (await tabs.count()); k++) {
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    const chosen = await tabs.nth(k).getAttribute("aria-selected");
    if (chosen !== "true") wrong.push(`keys do not open tab ${k}`);
  }
  await page.getByRole("combobox", { name: words.data }).focus();
  await page.keyboard.press("ArrowDown"); // points that are drawn
  if ((await page.getByRole("combobox", { name: words.data }).inputValue()) === "digits")
    await page.keyboard.press("ArrowDown");
  const canvas = page.locator("canvas.plane[tabindex='0']");
  await canvas.focus();
  for (const key of ["ArrowLeft", "Enter", "ArrowRight", "ArrowRight", "Enter"])
    await page.keyboard.press(key);
  await page
    .getByRole("button", { name: words.clear })
    .first()
    .and(page.locator(":enabled"))
    .waitFor();
  return wrong;
}

/** The page of runs: which are shown, each tab, a chart, sorting. */
export async function watchByKeys(page: Page): Promise<string[]> {
  await page.locator("figure.chart canvas").first().waitFor();
  const wrong = await tabThrough(page);
  const box = page.locator(".runs-table input[type=checkbox]:enabled").first();
  await box.focus();
  const before = await box.isChecked();
  await page.keyboard.press("Space");
  if ((await box.isChecked()) === before) wrong.push("Space does not choose a run");
  await page.keyboard.press("Space");
  const heads = page.locator(".runs-table thead button");
  await heads.first().focus();
  await page.keyboard.press("Enter");
  await page.locator(".runs-table th[aria-sort=ascending]").waitFor();
  const tabs = page.getByRole("tab");
  await tabs.first().focus();
  for (let k = 1; k < (await tabs.count()); k++) {
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    if ((await tabs.nth(k).getAttribute("aria-selected")) !== "true")
      wrong.push(`keys do not open tab ${k}`);
  }
  return wrong;
}
