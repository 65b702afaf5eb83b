// The page of a run's report: reads the data that is embedded in it and builds its sections, in English or Chinese. It is
// bundled into one script; `train/report-html.ts` puts script and data into a file.

import type { ReportData } from "../train/report/report-data.ts";
import { forgetCharts } from "./charts.ts";
import { type CurveChoice, curves, scoreText } from "./curves.ts";
import { type Child, duration, large, make, table, whole } from "./dom.ts";
import { confusionTable, worstExamples } from "./examples.ts";
import { findingList, healthSection } from "./health.ts";
import { named, settingName, type Words, words } from "./words.ts";

const data = JSON.parse(document.getElementById("data")!.textContent!) as ReportData;
const page = document.getElementById("page")!;
let language = firstLanguage();
let choice: CurveChoice = { smooth: true, logarithmic: false };

build();
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", build); // charts have the colours of the moment they were drawn
addEventListener("beforeprint", build);

/** The one that was chosen when the report was written, else the reader's. */
function firstLanguage(): "en" | "zh" {
  const { lang, dataset } = document.documentElement;
  const wanted = dataset.language === "reader" ? navigator.language : lang;
  return wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function build(): void {
  const top = document.scrollingElement?.scrollTop ?? 0;
  forgetCharts();
  const w = words[language];
  document.documentElement.lang = language;
  page.replaceChildren(
    ...[heading(w), numbers(w), ...sections(w)].filter((part) => part !== undefined),
  );
  document.scrollingElement?.scrollTo({ top });
}

function sections(w: Words): (HTMLElement | undefined)[] {
  const { examination, model, configuration, environment, findings } = data;
  return [
    section(w.curves, curves(data, w, choice), controls(w)),
    findings && section(w.findings, findingList(findings, w)),
    examination && section(w.confusion, confusionTable(examination, w)),
    examination && section(w.worst, worstExamples(examination, w)),
    section(w.health, healthSection(data, w)),
    model && section(w.model, modelTable(model, w)),
    make(
      "div",
      "pair",
      section(w.configuration, facts(configuration, w)),
      section(w.environment, facts(environment, w)),
    ),
  ];
}

function section(
  title: string,
  body: HTMLElement | undefined,
  extra?: Child,
): HTMLElement | undefined {
  if (body === undefined) return undefined;
  return make("section", "", make("header", "", make("h2", "", title), extra), body);
}

function heading(w: Words): HTMLElement {
  const button = make("button", "", w.language);
  button.addEventListener("click", () => {
    language = language === "en" ? "zh" : "en";
    build();
  });
  const { status = data.ended } = data;
  const chip = status && make("span", `chip ${status}`, named(status, w));
  const when =
    data.startedAt && `${w.started} ${new Date(data.startedAt).toLocaleString(language)}`;
  const about = [data.folder, when, data.library && `chainrule ${data.library}`].filter(Boolean);
  return make(
    "div",
    "heading",
    make(
      "div",
      "",
      make("h1", "", data.name, " ", chip || undefined),
      make("p", "quiet", about.join(" · ")),
    ),
    button,
  );
}

/** The numbers that people look for first. */
function numbers(w: Words): HTMLElement {
  const { results, model, epochs, steps } = data;
  const last = epochs.at(-1);
  const shown: [string, string][] = [];
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined) shown.push([named(name, w), scoreText(name, value)]);
  };
  add("testAccuracy", results.testAccuracy);
  add("testLoss", results.testLoss);
  if (shown.length === 0 && last !== undefined) {
    const scores = last.validation ?? last.train;
    const part = last.validation === undefined ? "train" : "validation";
    for (const name of Object.keys(scores).slice(0, 3))
      add(`${part}${name[0].toUpperCase()}${name.slice(1)}`, scores[name]);
  }
  const seconds = results.seconds ?? last?.seconds ?? steps.at(-1)?.seconds;
  if (seconds !== undefined) shown.push([w.time, duration(seconds)]);
  if (last !== undefined) shown.push([w.epochs, whole(last.epoch)], [w.steps, whole(last.step)]);
  const parameters = results.parameters ?? model?.parameters;
  if (parameters !== undefined) shown.push([w.parameterCount, large(parameters)]);
  const tiles = shown.map(([name, value]) =>
    make("div", "tile", make("div", "value", value), make("div", "quiet", name)),
  );
  return make("div", "tiles", ...tiles);
}

function controls(w: Words): HTMLElement {
  const box = (key: keyof CurveChoice, text: string): HTMLElement => {
    const input = make("input", "");
    input.type = "checkbox";
    input.checked = choice[key];
    input.addEventListener("change", () => {
      choice = { ...choice, [key]: input.checked };
      build();
    });
    return make("label", "", input, ` ${text}`);
  };
  return make("div", "controls", box("smooth", w.smooth), box("logarithmic", w.logarithmic));
}

function modelTable(model: NonNullable<ReportData["model"]>, w: Words): HTMLElement {
  const rows = model.rows.map((row): Child[] => {
    const name = make("span", `depth${Math.min(6, row.depth)}`, row.layer);
    const shapes = row.outputs.map((shape) => shape.join(" × ")).join(", ");
    const cost = row.flops === 0 ? "" : large(row.flops);
    const count = row.parameters === 0 ? "" : whole(row.parameters);
    return [name, make("code", "", row.path), shapes, count, cost];
  });
  const total = [make("b", "", w.total), "", "", whole(model.parameters), large(model.flops)];
  return table([w.layer, w.path, w.output, w.parameters, w.flops], [...rows, total], [2, 3, 4]);
}

/** Names and values; values of any kind as JSON. */
function facts(
  record: Readonly<Record<string, unknown>> | undefined,
  w: Words,
): HTMLElement | undefined {
  const entries = Object.entries(record ?? {});
  if (entries.length === 0) return undefined;
  const list = entries.flatMap(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const term = make("dt", "", settingName(name, w));
    term.title = name;
    return [term, make("dd", "", text)];
  });
  return make("dl", "", ...list);
}
