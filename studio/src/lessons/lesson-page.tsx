// A lesson: its sections in order, and at the end the way on. Its text, the explorer and the pictures come when needed.

import { lazy, type ReactElement, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Awaited } from "../explorer/awaited.tsx";
import { formulaFonts } from "../explorer/typeset-before.ts";
import { useText, useWords } from "../language/language.ts";
import { usePageTitle } from "../shell/page-title.ts";
import { thrown } from "../shell/troubled.tsx";
import type { Settings, View } from "../worker/protocol.ts";
import { Controls } from "./controls.tsx";
import "./lessons.css";
import { type Lesson, type LessonEntry, lessons, type Section } from "./lessons.ts";
import { Picture } from "./picture.tsx";
import { noteProgress } from "./progress.ts";
import { Prose } from "./prose.tsx";
import { Question } from "./question.tsx";
import { FactTable } from "./table.tsx";
import { words as own } from "./words.ts";

const fetchExplorer = (): Promise<typeof import("../explorer/explorer.tsx")> =>
  import("../explorer/explorer.tsx");

const Explorer = lazy(async () => ({ default: (await fetchExplorer()).Explorer }));

export function LessonPage({ lesson: entry }: { readonly lesson: LessonEntry }): ReactElement {
  const text = useText();
  const words = useWords();
  const [lesson, setLesson] = useState<Lesson>();
  usePageTitle(text(entry.title));
  useEffect(() => {
    let current = true;
    noteProgress(entry.id, "begun");
    const fonts = formulaFonts();
    entry.load().then(
      async (loaded) => {
        fetchExplorer().catch(() => {}); // what does not arrive is said where it is shown
        await fonts;
        if (current) setLesson(loaded);
      },
      (error: unknown) => current && setLesson(() => thrown(error)),
    );
    return () => {
      current = false;
    };
  }, [entry]);
  return (
    <article className="lesson staged">
      <h1>{text(entry.title)}</h1>
      {lesson === undefined ? <p>{words.loading}</p> : <Sections lesson={lesson} />}
      {lesson !== undefined && <WayOn id={entry.id} />}
    </article>
  );
}

function Sections({ lesson }: { readonly lesson: Lesson }): ReactElement {
  const [settings, setSettings] = useState(lesson.settings);
  const [view, setView] = useState<View>();
  const look = useCallback((next: View) => setView(next), []);
  return (
    <>
      {staged(lesson.sections).map((group, k) => {
        const facts = { lesson, settings, view, onSettings: setSettings, onView: look };
        const shown = group.map((section, j) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: sections have no other name, and never move
          <OneSection key={`${k} ${j}`} section={section} {...facts} />
        ));
        return group.at(-1)!.kind === "step" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: nor do groups
          <div key={k} className="stage">
            {shown}
          </div>
        ) : (
          shown
        );
      })}
    </>
  );
}

/** The sections in groups: the live graph with its heading and controls, which stand beside the text where there is room. */
function staged(sections: readonly Section[]): Section[][] {
  const groups: Section[][] = [];
  for (const section of sections) {
    const group = [section];
    const belongs = ["controls", "heading"];
    while (section.kind === "step" && belongs.includes(groups.at(-1)?.at(-1)?.kind ?? "")) {
      group.unshift(groups.pop()![0]);
    }
    groups.push(group);
  }
  return groups;
}

interface SectionFacts {
  readonly section: Section;
  readonly lesson: Lesson;
  readonly settings: Settings;
  readonly view: View | undefined;
  readonly onSettings: (settings: Settings) => void;
  readonly onView: (view: View) => void;
}

function OneSection({
  section,
  lesson,
  settings,
  view,
  onSettings,
  onView,
}: SectionFacts): ReactElement {
  const text = useText();
  if (section.kind === "text" || section.kind === "lead")
    return (
      <p className={section.kind === "lead" ? "lead" : undefined}>
        <Prose text={text(section.text)} />
      </p>
    );
  if (section.kind === "heading") return <h2>{text(section.text)}</h2>;
  if (section.kind === "table") return <FactTable table={section.table} />;
  if (section.kind === "question") return <Question ask={section.ask} answer={section.answer} />;
  if (section.kind === "controls") {
    return <Controls controls={lesson.controls} settings={settings} onChange={onSettings} />;
  }
  if (section.kind === "widget")
    return <Picture program={lesson.program} {...{ section, settings, view }} />;
  return (
    <div className="live">
      <Suspense fallback={<Awaited />}>
        <Explorer program={lesson.program} settings={settings} onView={onView} />
      </Suspense>
    </div>
  );
}

/** The lessons before and after; being seen, it notes that the lesson was read. */
function WayOn({ id }: { readonly id: string }): ReactElement {
  const text = useText();
  const place = useRef<HTMLElement>(null);
  const at = lessons.findIndex((one) => one.id === id);
  useEffect(() => {
    const seen = new IntersectionObserver(
      ([{ isIntersecting }]) => isIntersecting && noteProgress(id, "read"),
    );
    seen.observe(place.current!);
    return () => seen.disconnect();
  }, [id]);
  return (
    <nav className="way-on" aria-label={text(own.all)} ref={place}>
      <Way to={lessons[at - 1]} words={text(own.previous)} />
      <a className="way-all" href="#/lessons">
        {text(own.all)}
      </a>
      <Way to={lessons[at + 1] ?? questionsEntry} words={text(own.next)} />
    </nav>
  );
}

/** After the last lesson come the questions. */
const questionsEntry = { id: "questions", title: own.questions };

function Way({
  to,
  words,
}: {
  readonly to: Pick<LessonEntry, "id" | "title"> | undefined;
  readonly words: string;
}): ReactElement {
  const text = useText();
  if (to === undefined) return <span />;
  return (
    <a href={to === questionsEntry ? "#/questions" : `#/lessons/${to.id}`}>
      <small>{words}</small>
      {text(to.title)}
    </a>
  );
}
