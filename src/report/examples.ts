// The model on data it has not learnt from: the confusion matrix with counts and colours, and the samples it does worst on.

import type { Examination, WorstExample } from "../train/report/report-data.ts";
import { make, number, percent, whole } from "./dom.ts";
import type { Words } from "./words.ts";

/** The matrix; undefined where nothing is classified. */
export function confusionTable(found: Examination, w: Words): HTMLElement | undefined {
  const { classes, confusion } = found;
  if (classes === undefined || confusion === undefined) return undefined;
  const size = classes.length;
  const at = (truth: number, said: number): number => confusion[truth * size + said];
  const sum = (count: (k: number) => number): number =>
    classes.reduce((total, _, k) => total + count(k), 0);
  const heads = classes.map((name) => make("th", "cell", name));
  const rows = classes.map((name, truth) => {
    const all = sum((said) => at(truth, said));
    const cells = classes.map((_, said) => cell(at(truth, said), all, truth === said));
    const recall = make("td", "number margin", percent(at(truth, truth) / all));
    return make("tr", "", make("th", "row", name), ...cells, recall);
  });
  const precisions = classes.map((_, said) => {
    const share = at(said, said) / sum((truth) => at(truth, said));
    return make("td", "cell margin", Number.isFinite(share) ? `${(100 * share).toFixed(1)}` : "–");
  });
  const matrix = make(
    "table",
    "matrix",
    make(
      "thead",
      "",
      make("tr", "", make("th", "row", ""), ...heads, make("th", "number", w.recall)),
    ),
    make("tbody", "", ...rows),
    make("tfoot", "", make("tr", "", make("th", "row", `${w.precision} %`), ...precisions)),
  );
  const beside = make("div", "beside", make("div", "scroll", matrix), mistakes(classes, at, w));
  return make("div", "", make("p", "note", w.confusionNote), beside);
}

/** The pairs of classes that are confused most, at most eight. */
function mistakes(
  classes: readonly string[],
  at: (truth: number, said: number) => number,
  w: Words,
): HTMLElement | undefined {
  const pairs = classes.flatMap((_, truth) =>
    classes.map((_, said) => ({ truth, said, count: truth === said ? 0 : at(truth, said) })),
  );
  const most = pairs.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  if (most.length === 0) return undefined;
  const items = most.slice(0, 8).map(({ truth, said, count }) => {
    const text = make("span", "quiet", ` ${w.takenFor} `);
    const times = make("span", "times", `${whole(count)} ×`);
    return make("li", "", times, make("b", "", classes[truth]), text, make("b", "", classes[said]));
  });
  return make("div", "mistakes", make("h3", "", w.mistakes), make("ul", "", ...items));
}

/** A count; its colour is stronger the larger its share of the row is, and a mistake has another than a hit. */
function cell(count: number, all: number, isHit: boolean): HTMLElement {
  const share = all === 0 ? 0 : count / all;
  const level = count === 0 ? 0 : Math.max(1, Math.ceil(10 * Math.sqrt(share)));
  const kind = count === 0 ? "empty" : `${isHit ? "hit" : "miss"} level${level}`;
  return make("td", `cell ${kind}`, count === 0 ? "·" : whole(count));
}

/** Pictures, or rows, of the worst samples. */
export function worstExamples(found: Examination, w: Words): HTMLElement {
  const { worst, classes } = found;
  if (worst.length === 0) return make("p", "note", w.noExamples);
  const note = make("p", "note", classes === undefined ? w.worstValues : w.worstNote);
  const cards = worst.map((example) => card(example, w));
  return make("div", "", note, make("div", "cards", ...cards));
}

function card(example: WorstExample, w: Words): HTMLElement {
  const { index, label, predicted, probability, loss, picture } = example;
  const certainty = probability === undefined ? "" : ` ${Math.round(100 * probability)} %`;
  const line = (word: string, text: string, more = ""): HTMLElement =>
    make("div", "", make("span", "quiet", `${word} `), make("b", "", text), more);
  return make(
    "div",
    "card",
    picture === undefined ? undefined : image(picture, `#${index}`),
    make(
      "div",
      "facts",
      line(w.isLabel, label),
      line(w.saidLabel, predicted, certainty),
      make("div", "quiet", `${number(loss)} · #${index}`),
    ),
  );
}

function image(source: string, text: string): HTMLElement {
  const element = make("img", "");
  if (source.startsWith("data:image/png;base64,")) element.src = source;
  element.alt = text;
  return element;
}
