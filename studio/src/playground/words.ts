// The playground's words in both languages; the type checker sees to it that neither lacks one.

import { useContext } from "react";
import { LanguageContext } from "../language/language.ts";
import type { Problem } from "./problems.ts";
import { en } from "./words-en.ts";
import { zh } from "./words-zh.ts";

export type PlaygroundWords = typeof en;

const words: Readonly<Record<"en" | "zh", PlaygroundWords>> = { en, zh };

/** What is said of a problem: in the page's language where it is a known one. */
export function problemText(words: PlaygroundWords, { name, message }: Problem): string {
  const known: Readonly<Record<string, string>> = words.problems;
  return Object.hasOwn(known, name) ? known[name] : message;
}

export function usePlaygroundWords(): PlaygroundWords {
  return words[useContext(LanguageContext)];
}
