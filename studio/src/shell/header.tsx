// The header: name, places, language and theme.

import type { ReactElement } from "react";
import { type Language, useWords } from "../language/language.ts";
import "./header.css";
import type { Theme } from "./theme.ts";

interface HeaderFacts {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
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
      <div className="choices">
        <label>
          <span className="visually-hidden">{words.language}</span>
          <select
            value={language}
            onChange={(event) => setLanguage(event.target.value as Language)}
          >
            <option value="en">English</option>
            <option value="zh">简体中文</option>
          </select>
        </label>
        <label>
          <span className="visually-hidden">{words.theme}</span>
          <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
            <option value="system">{words.system}</option>
            <option value="light">{words.light}</option>
            <option value="dark">{words.dark}</option>
          </select>
        </label>
      </div>
    </header>
  );
}
