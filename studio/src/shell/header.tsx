// The header: name, places, language and theme.

import type { ReactElement } from "react";
import { useWords } from "../language/language.ts";
import { Choices, type ChoicesFacts } from "./choices.tsx";
import "./header.css";

interface HeaderFacts extends ChoicesFacts {
  readonly route: string;
}

export function Header({
  language,
  setLanguage,
  theme,
  setTheme,
  route,
}: HeaderFacts): ReactElement {
  const words = useWords();
  return (
    <header className="header">
      <a className="skip" href="#content">
        {words.skip}
      </a>
      <a className="brand" href="#/">
        {words.name}
      </a>
      <nav aria-label={words.name}>
        <a
          href="#/lessons"
          aria-current={route.startsWith("/lessons") || route === "" ? "page" : undefined}
        >
          {words.lessons}
        </a>
        <a href="#/playground" aria-current={route.startsWith("/playground") ? "page" : undefined}>
          {words.playground}
        </a>
        <a href="#/runs" aria-current={route.startsWith("/runs") ? "page" : undefined}>
          {words.runs}
        </a>
      </nav>
      <Choices {...{ language, setLanguage, theme, setTheme }} />
    </header>
  );
}
