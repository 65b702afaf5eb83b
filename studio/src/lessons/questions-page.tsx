// What readers of the tutorials ask, answered in a few sentences, with the lessons where the answer can be seen.

import { type ReactElement, useEffect, useState } from "react";
import { formulaFonts } from "../explorer/typeset-before.ts";
import { useText, useWords } from "../language/language.ts";
import { usePageTitle } from "../shell/page-title.ts";
import { thrown } from "../shell/troubled.tsx";
import "./lessons.css";
import { lessons } from "./lessons.ts";
import { Prose } from "./prose.tsx";
import type { Answered } from "./texts/questions.ts";
import { words as own } from "./words.ts";

export function QuestionsPage(): ReactElement {
  const text = useText();
  const words = useWords();
  usePageTitle(text(own.questions));
  const [questions, setQuestions] = useState<readonly Answered[]>();
  useEffect(() => {
    const fonts = formulaFonts();
    import("./texts/questions.ts").then(
      async (loaded) => {
        await fonts;
        setQuestions(loaded.questions);
      },
      (error: unknown) => setQuestions(() => thrown(error)),
    );
  }, []);
  return (
    <article className="lesson questions">
      <h1>{text(own.questions)}</h1>
      <p className="lead">{text(own.questionsSummary)}</p>
      {questions === undefined ? (
        <p>{words.loading}</p>
      ) : (
        questions.map((one) => <Entry key={one.ask.en} {...one} />)
      )}
    </article>
  );
}

function Entry({ ask, answer, see }: Answered): ReactElement {
  const text = useText();
  return (
    <section>
      <h2>{text(ask)}</h2>
      {answer.map((paragraph) => (
        <p key={paragraph.en}>
          <Prose text={text(paragraph)} />
        </p>
      ))}
      <ul className="see">
        {lessons
          .filter(({ id }) => see.includes(id))
          .map(({ id, title }) => (
            <li key={id}>
              <a href={`#/lessons/${id}`}>{text(title)}</a>
            </li>
          ))}
      </ul>
    </section>
  );
}
