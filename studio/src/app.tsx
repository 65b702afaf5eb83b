// The frame: a header with the places to go, the language and the theme, and the page that the address names.

import { lazy, type ReactElement, Suspense, useEffect, useState } from "react";
import {
  initialLanguage,
  keepLanguage,
  type Language,
  LanguageContext,
  useWords,
} from "./language/language.ts";
import { LessonList } from "./lessons/lesson-list.tsx";
import { LessonPage } from "./lessons/lesson-page.tsx";
import { lessons } from "./lessons/lessons.ts";
import { QuestionsPage } from "./lessons/questions-page.tsx";
import { Header } from "./shell/header.tsx";
import { initialTheme, keepTheme, type Theme } from "./shell/theme.ts";
import { Troubled } from "./shell/troubled.tsx";

const Playground = lazy(() => import("./playground/playground.tsx"));

/** Loaded when it is opened: lessons need no tables of runs. */
const RunsPage = lazy(() => import("./runs/runs-page.tsx"));

export function App(): ReactElement {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const [theme, setTheme] = useState<Theme>(initialTheme);
  const route = useRoute();
  useEffect(() => keepLanguage(language), [language]);
  useEffect(() => keepTheme(theme), [theme]);
  return (
    <LanguageContext value={language}>
      <Header {...{ language, setLanguage, theme, setTheme, route }} />
      <main id="content">
        <Page route={route} />
      </main>
    </LanguageContext>
  );
}

/** A page that cannot be shown, for instance because a part of it did not arrive, leaves the header to go on from. */
function Page({ route }: { readonly route: string }): ReactElement {
  const words = useWords();
  return (
    <Troubled words={words.pageTrouble} of={route}>
      <Place route={route} />
    </Troubled>
  );
}

function Place({ route }: { readonly route: string }): ReactElement {
  if (route === "/questions") return <QuestionsPage />;
  if (/^\/playground(\/|$)/.test(route)) {
    return (
      <Suspense>
        <Playground key={route} route={route} />
      </Suspense>
    );
  }
  if (route.startsWith("/runs"))
    return (
      <Suspense>
        <RunsPage />
      </Suspense>
    );
  const lesson = lessons.find(({ id }) => route === `/lessons/${id}`);
  return lesson === undefined ? <LessonList /> : <LessonPage key={lesson.id} lesson={lesson} />;
}

/** The part of the address after `#`, which is the page. */
function useRoute(): string {
  const [route, setRoute] = useState(location.hash.slice(1));
  useEffect(() => {
    const follow = (): void => {
      setRoute(location.hash.slice(1));
      scrollTo(0, 0);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
