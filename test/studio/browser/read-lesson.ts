// A lesson from start to end, as a reader who leaves nothing out: every moment of the step, the next update, both pictures of
// the network, every setting, every picture beside the text with all its controls, and every answer.

import type { Locator, Page } from "playwright-core";
import type { Words } from "../../../studio/src/language/en.ts";

/** Reads the lesson that is open; gives back what was not as it should be. */
export async function readLesson(page: Page, words: Words): Promise<string[]> {
  const wrong: string[] = [];
  const explorer = page.locator(".explorer").first();
  await explorer.locator(".react-flow__node").first().waitFor();
  wrong.push(...(await stepThrough(page, explorer, words)));
  wrong.push(...(await lookFromBothSides(page, explorer)));
  for (const control of await page.locator("main .controls :is(input, select)").all())
    wrong.push(...(await tryControl(page, control)));
  for (const widget of await page.locator("main figure.widget").all())
    wrong.push(...(await operate(page, widget)));
  for (const question of await page.locator("main .question").all()) {
    await question.locator("summary").click();
    const answer = question.locator("details > p");
    if (!(await answer.isVisible())) wrong.push("an answer does not open");
  }
  await page.locator(".way-on").scrollIntoViewIfNeeded();
  await page.waitForFunction(
    () => Object.values(localStorage).some((kept) => kept.includes('"read"')),
    undefined,
    { timeout: 5000 },
  );
  return wrong;
}

/** Moment by moment to the end of the step, on to the next update and back. */
async function stepThrough(page: Page, explorer: Locator, words: Words): Promise<string[]> {
  const wrong: string[] = [];
  const button = (name: string): Locator => explorer.getByRole("button", { name, exact: true });
  const slider = explorer.getByRole("slider", { name: words.step });
  await slider.focus();
  await page.keyboard.press("Home");
  const end = Number(await slider.getAttribute("max"));
  const sentences = new Set<string>();
  for (let k = 0; k < end; k++) {
    await button(words.step).click();
    sentences.add(await explorer.locator(".narration").innerText());
  }
  if ((await slider.inputValue()) !== String(end))
    wrong.push(`stepping ended at ${await slider.inputValue()} of ${end}`);
  if (sentences.size < end / 2) wrong.push(`${end} moments have ${sentences.size} sentences`);
  await button(words.back).click();
  if ((await slider.inputValue()) !== String(end - 1)) wrong.push("there is no way back");
  await button(words.next).click();
  await explorer.getByText(`${words.iteration} 1`).first().waitFor();
  await button(words.previous).click();
  await explorer.getByText(`${words.iteration} 0`).first().waitFor();
  const node = explorer.locator(".react-flow__node").last();
  await node.focus();
  await page.keyboard.press("Enter");
  await explorer.locator(".inspector h2").first().waitFor();
  return wrong;
}

/** As neurons and back, where the network is small enough. */
async function lookFromBothSides(page: Page, explorer: Locator): Promise<string[]> {
  const views = explorer.locator(".graph-tools .switch button");
  if ((await views.count()) === 0) return [];
  await views.nth(1).click();
  const unit = explorer.locator(".neurons .unit").last();
  await unit.waitFor();
  await unit.focus();
  await page.keyboard.press("Enter");
  await views.nth(0).click();
  await explorer.locator(".react-flow__node").first().waitFor();
  return [];
}

/** Sets a slider to both ends and a choice to all there are, and then as it was. */
async function tryControl(page: Page, control: Locator): Promise<string[]> {
  const before = await control.inputValue();
  if (await control.evaluate((one) => one instanceof HTMLSelectElement)) {
    const options = await control
      .locator("option")
      .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
    for (const option of [...options, before]) {
      await control.selectOption(option);
      await isReady(page);
    }
    return [];
  }
  const wrong: string[] = [];
  for (const [key, end] of [
    ["End", "max"],
    ["Home", "min"],
  ] as const) {
    await control.focus();
    await page.keyboard.press(key);
    const [value, wanted] = [await control.inputValue(), await control.getAttribute(end)];
    if (Number(value) !== Number(wanted)) wrong.push(`a slider stops at ${value}, not ${wanted}`);
    await isReady(page);
  }
  await control.fill(before);
  await isReady(page);
  return wrong;
}

/** The program of new settings is there: the page shows its graph and no trouble. */
async function isReady(page: Page): Promise<void> {
  await page.locator(".explorer .react-flow__node").first().waitFor();
}

/** Operates all that a picture has to operate. */
async function operate(page: Page, widget: Locator): Promise<string[]> {
  const wrong: string[] = [];
  await widget.scrollIntoViewIfNeeded();
  await widget.locator("canvas, svg, table, output, .legend, img").first().waitFor();
  for (const choice of await widget.locator("select").all())
    wrong.push(...(await tryControl(page, choice)));
  for (const tick of await widget.locator("input[type=checkbox]").all()) {
    await tick.click();
    await tick.click();
  }
  for (const slider of await widget.locator("input[type=range]").all()) {
    if (await slider.isDisabled()) continue;
    await slider.focus();
    for (const key of ["End", "Home", "ArrowRight"]) await page.keyboard.press(key);
  }
  const buttons = widget.locator("button:enabled");
  const count = await buttons.count();
  for (let k = 0; k < count; k++) {
    await buttons.nth(k).click();
    if ((await buttons.count()) > k) await buttons.nth(k).click();
  }
  return wrong;
}
