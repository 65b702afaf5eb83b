// The first page: what this is, the lessons with how far the reader is, and the questions.

import { type ReactElement, useMemo } from "react";
import { useText, useWords } from "../language/language.ts";
import "./lessons.css";
import { type LessonEntry, lessons } from "./lessons.ts";
import { type Progress, readProgress } from "./progress.ts";
import { words as own } from "./words.ts";

export function LessonList(): ReactElement {
  const words = useWords();
  const text = useText();
  const progress = useMemo(readProgress, []);
  const read = lessons.filter(({ id }) => progress.get(id) === "read").length;
  return (
    <div className="lesson-list">
      <h1>{words.name}</h1>
      <p className="lead">{words.tagline}</p>
      <div className="lesson-list-title">
        <h2>{words.lessons}</h2>
        {read > 0 && (
          <p className="lesson-count">
            {read} / {lessons.length} {text(own.of)}
            <progress value={read} max={lessons.length} aria-label={text(own.of)} />
          </p>
        )}
      </div>
      <ol>
        {lessons.map((lesson, k) => (
          <Card key={lesson.id} lesson={lesson} number={k + 1} state={progress.get(lesson.id)} />
        ))}
        <li>
          <a className="lesson-questions" href="#/questions">
            <small>?</small>
            <b>{text(own.questions)}</b>
            <span>{text(own.questionsSummary)}</span>
          </a>
        </li>
      </ol>
    </div>
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
      </a>
    </li>
  );
}
