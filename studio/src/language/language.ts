// The page's language: English or 简体中文, from the address, the last choice, or the browser; kept for the next visit.

import { createContext, useCallback, useContext } from "react";
import { en, type Words } from "./en.ts";
import { zh } from "./zh.ts";

export type Language = "en" | "zh";

const words: Readonly<Record<Language, Words>> = { en, zh };

/** A text in both languages. */
export type Both = Readonly<Record<Language, string>>;

export const LanguageContext = createContext<Language>("en");

/** The words of the page in its language. */
export function useWords(): Words {
  return words[useContext(LanguageContext)];
}

/** The text in the page's language. */
export function useText(): (both: Both) => string {
  const language = useContext(LanguageContext);
  return useCallback((both) => both[language], [language]);
}

const key = "chainrule-studio-language";

export function initialLanguage(): Language {
  const kept = localStorage.getItem(key);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(key, language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}
