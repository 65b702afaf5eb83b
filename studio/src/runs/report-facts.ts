// What a run's report holds, as far as it is what it should be: the file may be of anybody.

import { useEffect, useState } from "react";
import { askDetails, type RunRow } from "./connection.ts";

export interface Facts {
  readonly configuration: Fields;
  readonly environment: Fields;
  readonly model: readonly {
    readonly path: string;
    readonly layer: string;
    readonly outputs: string;
    readonly parameters: number;
  }[];
  readonly findings: readonly Finding[] | undefined;
  readonly classes: readonly string[];
  readonly confusion: readonly number[];
  readonly worst: readonly {
    readonly label: string;
    readonly predicted: string;
    readonly probability: number;
    readonly picture: string;
    readonly index: number;
  }[];
  readonly checkpoints: readonly {
    readonly name: string;
    readonly step: number;
    readonly bytes: number;
    readonly when: string;
  }[];
}

/** What a diagnosis found, with its meaning and what helps in both languages. */
export interface Finding {
  readonly name: string;
  readonly severity: string;
  readonly found: string;
  readonly en: FindingText;
  readonly zh: FindingText;
}

interface FindingText {
  readonly title: string;
  /** In English, too, where an older report has nothing else. */
  readonly found: string;
  readonly meaning: string;
  readonly help: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Asks for a run's details, and again when it was written anew. */
export function useFacts({ id, when }: RunRow): Facts | undefined {
  const [facts, setFacts] = useState<Facts>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `when` says that there is news
  useEffect(() => {
    let isOver = false;
    void askDetails(id)
      .then((details) => {
        if (!isOver) setFacts(factsIn(fields(details)));
      })
      .catch(() => {});
    return () => {
      isOver = true;
    };
  }, [id, when]);
  return facts;
}

function factsIn(details: Fields): Facts {
  const report = fields(details.report);
  const examination = fields(report.examination);
  const classes = list(examination.classes).map(text);
  const confusion = list(examination.confusion).map(Number);
  return {
    configuration: fields(report.configuration),
    environment: fields(report.environment),
    model: list(fields(report.model).rows).map((row) => {
      const { path, layer, outputs, parameters } = fields(row);
      return {
        path: text(path),
        layer: text(layer),
        outputs: list(outputs)
          .map((shape) => JSON.stringify(shape))
          .join(" "),
        parameters: Number(parameters),
      };
    }),
    findings: Array.isArray(report.findings)
      ? report.findings.map((finding) => findingIn(fields(finding), fields(details.chinese)))
      : undefined,
    classes,
    confusion: confusion.length === classes.length ** 2 && classes.length <= 60 ? confusion : [],
    worst: list(examination.worst)
      .slice(0, 60)
      .map((sample) => {
        const { label, predicted, probability, picture, index } = fields(sample);
        return {
          label: text(label),
          predicted: text(predicted),
          probability: Number(probability),
          picture: pictureIn(picture),
          index: Number(index),
        };
      }),
    checkpoints: list(details.checkpoints).map((entry) => {
      const { name, step, bytes, when } = fields(entry);
      return { name: text(name), step: Number(step), bytes: Number(bytes), when: text(when) };
    }),
  };
}

function findingIn(finding: Fields, chinese: Fields): Finding {
  const name = text(finding.name);
  const textOf = (from: Fields, found: unknown): FindingText => ({
    title: text(from.title) || name,
    found: text(found) || text(finding.found),
    meaning: text(from.meaning) || text(finding.meaning),
    help: text(from.help) || text(finding.help),
  });
  const zh = Object.hasOwn(chinese, name) ? fields(chinese[name]) : finding;
  return {
    name,
    severity: text(finding.severity),
    found: text(finding.found),
    en: textOf(finding, finding.found),
    zh: textOf(zh, finding.foundInChinese),
  };
}

/** A PNG in a `data:` URL; no other address is ever asked for. */
function pictureIn(value: unknown): string {
  return typeof value === "string" && /^data:image\/png;base64,[\w+/=]+$/.test(value) ? value : "";
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
