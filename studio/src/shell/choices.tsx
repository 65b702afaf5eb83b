// What a reader chooses for all pages: language and theme. The pages of `chainrule explain` have the same choices.

import type { ReactElement } from "react";
import { type Language, useWords } from "../language/language.ts";
import type { Theme } from "./theme.ts";

export interface ChoicesFacts {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
}

export function Choices({ language, setLanguage, theme, setTheme }: ChoicesFacts): ReactElement {
  const words = useWords();
  return (
    <div className="choices">
      <label>
        <span className="visually-hidden">{words.language}</span>
        <select value={language} onChange={(event) => setLanguage(event.target.value as Language)}>
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
  );
}
