// The first page: what this is, the lessons with how far the reader is, the questions, and the other pages.

import { type ReactElement, useMemo } from "react";
import { type Both, useText, useWords } from "../language/language.ts";
import { usePageTitle } from "../shell/page-title.ts";
import { Hero } from "./hero.tsx";
import "./lessons.css";
import { type LessonEntry, lessons } from "./lessons.ts";
import { type Progress, readProgress } from "./progress.ts";
import { SketchOf } from "./sketches.tsx";
import { words as own } from "./words.ts";

/** The parts of the course, each with the first lesson of the next one. */
const parts = [
  { title: own.firstPart, from: "chain-rule", until: "relu-bce" },
  { title: own.secondPart, from: "relu-bce", until: "activations" },
  { title: own.thirdPart, from: "activations", until: "" },
] as const;

const placeOf = (id: string): number => lessons.findIndex((lesson) => lesson.id === id);

export function LessonList(): ReactElement {
  const words = useWords();
  const text = useText();
  const progress = useMemo(readProgress, []);
  usePageTitle();
  const read = lessons.filter(({ id }) => progress.get(id) === "read").length;
  return (
    <div className="lesson-list">
      <Hero />
      <div className="lesson-list-title">
        <h2>{words.lessons}</h2>
        {read > 0 && (
          <p className="lesson-count">
            {read} / {lessons.length} {text(own.of)}
            <progress value={read} max={lessons.length} aria-label={text(own.of)} />
          </p>
        )}
      </div>
      {parts.map(({ title, from, until }) => {
        const [first, end] = [placeOf(from), until === "" ? lessons.length : placeOf(until)];
        return (
          <section key={from}>
            <h3>{text(title)}</h3>
            <ol>
              {lessons.slice(first, end).map((lesson, k) => (
                <Card
                  key={lesson.id}
                  lesson={lesson}
                  number={first + k + 1}
                  state={progress.get(lesson.id)}
                />
              ))}
              {until === "" && (
                <Way
                  sketch="questions"
                  to="questions"
                  title={own.questions}
                  summary={own.questionsSummary}
                />
              )}
            </ol>
          </section>
        );
      })}
      <section>
        <h3>{text(own.ownPart)}</h3>
        <ul>
          <Way
            sketch="playground"
            to="playground"
            title={words.playground}
            summary={own.playgroundSummary}
          />
          <Way sketch="runs" to="runs" title={words.runs} summary={own.runsSummary} />
          <Way
            sketch="explorer"
            to="lessons/digits"
            title={own.explorer}
            summary={own.explorerSummary}
          />
        </ul>
      </section>
    </div>
  );
}

interface WayFacts {
  readonly sketch: string;
  readonly to: string;
  readonly title: Both | string;
  readonly summary: Both;
}

/** A card that leads to another page. */
function Way({ sketch, to, title, summary }: WayFacts): ReactElement {
  const text = useText();
  return (
    <li>
      <a className="lesson-way" href={`#/${to}`}>
        <b>{typeof title === "string" ? title : text(title)}</b>
        <span>{text(summary)}</span>
        <SketchOf id={sketch} />
      </a>
    </li>
  );
}

interface CardFacts {
  readonly lesson: LessonEntry;
  readonly number: number;
  readonly state: Progress | undefined;
}

function Card({ lesson: { id, title, summary }, number, state }: CardFacts): ReactElement {
  const text = useText();
  return (
    <li>
      <a href={`#/lessons/${id}`}>
        <small>
          {number}
          {state !== undefined && (
            <i className={state}>{state === "read" ? `✓ ${text(own.read)}` : text(own.begun)}</i>
          )}
        </small>
        <b>{text(title)}</b>
        <span>{text(summary)}</span>
        <SketchOf id={id} />
      </a>
    </li>
  );
}
