// The playground's words in both languages; the type checker sees to it that neither lacks one.

import { useContext } from "react";
import { LanguageContext } from "../language/language.ts";
import { en } from "./words-en.ts";
import { zh } from "./words-zh.ts";

export type PlaygroundWords = typeof en;

const words: Readonly<Record<"en" | "zh", PlaygroundWords>> = { en, zh };

export function usePlaygroundWords(): PlaygroundWords {
  return words[useContext(LanguageContext)];
}
