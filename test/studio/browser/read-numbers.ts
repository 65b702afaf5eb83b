// Reads numbers off the explorer as a reader does: chooses a node of the graph by keyboard, an element of it, and takes the
// texts of the panel; and those of the picture of neurons.

import type { Page } from "playwright-core";
import type { Words } from "../../../studio/src/language/en.ts";

/** Which numbers of a node. */
type Side = "value" | "adjoint";

/** What the panel says of the chosen element. */
interface Said {
  /** The place as in `[0, 1]`; nothing where there is one element. */
  readonly place: string;
  /** Of a node without inputs. */
  readonly single: string | undefined;
  /** The formula with numbers, in LaTeX. */
  readonly formula: string | undefined;
  readonly adjoint: string | undefined;
  readonly finite: string | undefined;
}

export class Reader {
  readonly wrong: string[] = [];
  readonly #page: Page;
  readonly #words: Words;
  /** Ids of nodes by title, in the order of the graph. */
  #nodes = new Map<string, string[]>();
  /** Elements of the chosen node. */
  #count = 0;

  constructor(page: Page, words: Words) {
    this.#page = page;
    this.#words = words;
  }

  /** Waits for the graph. */
  async open(): Promise<void> {
    const nodes = this.#page.locator(".react-flow__node[data-id]");
    await nodes.first().waitFor();
    const found = await nodes.evaluateAll((all) =>
      all.map((one) => [
        (one as HTMLElement).dataset.id!,
        one.querySelector(".op-title span")?.textContent ?? "",
      ]),
    );
    const ops = found
      .filter(([id]) => /^n\d+$/.test(id))
      .sort(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1)));
    this.#nodes = new Map();
    for (const [id, title] of ops) this.#nodes.set(title, [...(this.#nodes.get(title) ?? []), id]);
    this.#nodes.set(this.#words.loss, [ops.at(-1)![0]]);
  }

  /** Chooses a node by its title: which one of that title, in the order of computation. */
  async choose(title: string, which: number): Promise<void> {
    const id = this.#nodes.get(title)?.[which];
    if (id === undefined) throw new Error(`the graph has no ${title} number ${which}`);
    const node = this.#page.locator(`.react-flow__node[data-id="${id}"]`);
    if (!(await node.evaluate((one) => one.classList.contains("selected")))) {
      await node.focus();
      await this.#page.keyboard.press("Enter");
      await this.#page.locator(`.react-flow__node.selected[data-id="${id}"]`).waitFor();
    }
    this.#count = await this.#page.locator(".inspector .elements button").count();
  }

  /** Compares all elements of the chosen node: in the list, and one by one as the panel explains them. */
  async compare(
    name: string | undefined,
    expected: readonly number[] | undefined,
    side: Side,
  ): Promise<void> {
    if (name === undefined || expected === undefined) return;
    const buttons = this.#page.locator(".inspector .elements button");
    if (this.#count > 1) {
      const choice = this.#page.locator(".inspector .switch").first();
      await choice.getByRole("button", { name: this.#words[side], exact: true }).click();
    }
    if (this.#count > 1 || side === "value")
      this.#agree(`${name} in the list`, await buttons.allInnerTexts(), expected, 3);
    for (let k = 0; k < this.#count; k++) {
      if (this.#count > 1) await buttons.nth(k).click();
      const { single, formula, adjoint, finite } = await this.#said(k);
      if (side === "value") {
        if (single !== undefined) this.#agree(`${name}[${k}]`, [single], [expected[k]], 6);
        else this.#agree(`${name}[${k}]`, [formula ?? "nothing"], [expected[k]], 4);
      } else {
        this.#agree(`${name}[${k}]`, [adjoint ?? "nothing"], [expected[k]], 4);
        // Differences are taken in float64, at weights that are float32.
        this.#agree(`${name}[${k}] by differences`, [finite ?? "nothing"], [expected[k]], 6);
      }
    }
  }

  async compareLoss(expected: number): Promise<void> {
    await this.choose(this.#words.loss, 0);
    await this.compare("loss", [expected], "value");
    await this.compare("∂L/∂L", [1], "adjoint");
  }

  /** Compares the picture of neurons: units, adjoints, and the weights' gradients and new values. */
  async compareNeurons(
    units: readonly number[],
    adjoints: readonly number[],
    weights: readonly (readonly [gradient: readonly number[], after: readonly number[]])[],
  ): Promise<void> {
    const page = this.#page;
    const views = page.locator(".graph-tools .switch button");
    await views.nth(1).click();
    const texts = (selector: string): Promise<string[]> =>
      page.locator(`.neurons ${selector}`).allTextContents();
    await page.locator(".neurons .unit").first().waitFor();
    this.#agree("units", await texts(".unit text"), units, 3);
    this.#agree("adjoints below the units", await texts(".below"), [...adjoints, 1], 3);
    const afterwards = weights.flatMap(([, after]) => after);
    this.#agree("weights after the update", await texts(".weight text"), afterwards, 3);
    const slider = page.getByRole("slider", { name: this.#words.step });
    await slider.focus();
    for (let k = 0; k < 40 && !(await this.#isBackward()); k++)
      await page.keyboard.press("ArrowLeft");
    const gradients = weights.flatMap(([gradient]) => gradient);
    this.#agree("gradients on the way back", await texts(".weight text"), gradients, 2);
    await page.keyboard.press("End");
    await views.nth(0).click();
    await page.locator(".react-flow__node").first().waitFor();
  }

  async #isBackward(): Promise<boolean> {
    return (await this.#page.locator(".timeline output.is-backward").count()) > 0;
  }

  /** Goes on to the next iteration. */
  async update(): Promise<void> {
    await this.#page.getByRole("button", { name: this.#words.next, exact: true }).click();
    await this.#page.getByText(`${this.#words.iteration} 1`).first().waitFor();
  }

  /** What the panel says, once it speaks of the element. */
  async #said(element: number): Promise<Said> {
    const told = await this.#page.waitForFunction(
      ({ formula: heading, element, count }) => {
        const panel = document.querySelector(".inspector")!;
        const last = (inside: Element | null | undefined): string | undefined =>
          [...(inside?.querySelectorAll("annotation") ?? [])].at(-1)?.textContent ?? undefined;
        const adjoint = panel.querySelector("section.adjoint");
        const chosen = panel.querySelectorAll(".elements button")[element];
        if (adjoint === null || chosen?.ariaPressed !== "true") return null;
        if (adjoint.querySelector("annotation") === null) return null;
        const place = adjoint.querySelector("h3")!.textContent!.match(/\[[\d, ]+\]/)?.[0] ?? "";
        if (place === "" && count > 1) return null;
        if (place !== "" && !chosen.ariaLabel!.includes(place)) return null;
        const own = [...panel.querySelectorAll("section")].find((one) =>
          one.querySelector("h3")?.textContent?.startsWith(heading),
        );
        return {
          place,
          single: panel.querySelector(".single b")?.textContent ?? undefined,
          formula: last(own),
          adjoint: last(adjoint.querySelector(".formula")),
          finite: adjoint.querySelector(".finite b")?.textContent ?? undefined,
        };
      },
      { formula: this.#words.formula, element, count: this.#count },
    );
    return (await told.jsonValue()) as Said;
  }

  /** Notes where shown numbers are not the expected ones, rounded to so many digits. */
  #agree(
    what: string,
    shown: readonly string[],
    expected: readonly number[],
    digits: number,
  ): void {
    if (shown.length !== expected.length)
      this.wrong.push(`${what}: ${shown.length} numbers where there are ${expected.length}`);
    for (const [k, text] of shown.entries()) {
      const number = numberOf(text);
      const power = expected[k] === 0 ? -7 : Math.floor(Math.log10(Math.abs(expected[k])));
      const half = 0.5 * 10 ** (power - digits + 1);
      const rounding = 2e-6 * Math.abs(expected[k]) + 1e-8; // of float32
      if (!(Math.abs(number - expected[k]) <= half * 1.001 + rounding))
        this.wrong.push(`${what}: ${text} is shown where it is ${expected[k]}`);
    }
  }
}

/** The last number of a text, in LaTeX or as people write it. */
function numberOf(text: string): number {
  const plain = text.split("=").at(-1)!.replaceAll("−", "-").replaceAll("\\,", "");
  const [, digits, power] =
    plain.match(/(-?[\d.]+(?:e-?\d+)?)(?:\s*\\cdot\s*10\^\{(-?\d+)\})?\)?\s*$/) ?? [];
  return Number(digits) * 10 ** Number(power ?? 0);
}
