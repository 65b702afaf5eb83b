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
        <Mark />
        <span>
          Chainrule <span className="rest">Studio</span>
        </span>
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

/** Two numbers that depend on each other: forward blue, backward orange. */
function Mark(): ReactElement {
  return (
    <svg viewBox="0 0 28 16" width="28" height="16" aria-hidden="true">
      <path d="M8 5.5h12" stroke="var(--forward)" strokeWidth="2" />
      <path d="M8 10.5h12" stroke="var(--backward)" strokeWidth="2" />
      <circle cx="6" cy="8" r="5" fill="var(--forward)" />
      <circle cx="22" cy="8" r="5" fill="var(--backward)" />
    </svg>
  );
}
