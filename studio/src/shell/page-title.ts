// The title of the page that the browser shows in its tabs and its history.

import { useEffect } from "react";
import { useWords } from "../language/language.ts";

/** Shows `title · Chainrule Studio` while the page is open; without a title the name alone. */
export function usePageTitle(title?: string): void {
  const { name } = useWords();
  useEffect(() => {
    document.title = title === undefined ? name : `${title} · ${name}`;
  }, [title, name]);
}
