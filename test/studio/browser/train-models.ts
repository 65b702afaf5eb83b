// Training in the playground as a user does it, by its buttons: the network that the page suggests for a set of data learns
// it.

import type { Page } from "playwright-core";
import { en } from "../../../studio/src/playground/words-en.ts";
import { longTasks } from "./checks.ts";

/** Trains the spiral, which the page opens with. */
export function trainSpiral(page: Page): Promise<string[]> {
  return train(page, "spiral", 0.98);
}

/** Chooses the digits, and trains the network that comes with them. */
export async function trainDigits(page: Page): Promise<string[]> {
  await page.getByRole("combobox", { name: en.data }).selectOption("digits");
  await page.getByText(en.records(1437, 360)).waitFor();
  return train(page, "digits", 0.95);
}

async function train(page: Page, name: string, wanted: number): Promise<string[]> {
  await page.getByRole("combobox", { name: en.speed }).selectOption("0");
  const before = (await longTasks(page)).length;
  const begin = performance.now();
  await page.getByRole("button", { name: en.play }).click();
  const status = page.locator(".toolbar .status");
  await page.locator(".toolbar .status.is-running").waitFor();
  await page.locator(".toolbar .status.is-finished").waitFor({ timeout: 120_000 });
  const seconds = (performance.now() - begin) / 1000;
  const tasks = (await longTasks(page)).slice(before);
  const accuracies = page.locator("figure.curve").filter({ hasText: en.accuracies });
  const accuracy = Number(await accuracies.locator(".of-test + b").innerText());
  console.log(
    `${name}: ${(100 * accuracy).toFixed(1)} % after ${await stepsOf(page)} steps and ${seconds.toFixed(1)} s; tasks over 50 ms: ${tasks.join(", ") || "none"}`,
  );
  const wrong: string[] = [];
  if ((await status.innerText()) !== en.status.finished) wrong.push("it did not finish");
  if (!(accuracy >= wanted)) wrong.push(`${accuracy} on unseen data is less than ${wanted}`);
  return wrong;
}

function stepsOf(page: Page): Promise<string> {
  return page
    .locator(".toolbar .facts div")
    .filter({ hasText: en.stepCount })
    .locator("dd")
    .innerText();
}
