// Where Chromium is.

import { existsSync } from "node:fs";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of the browser: what CHROMIUM says, or where systems have it. Ends the process, saying so, where there is none. */
export function chromiumPath() {
  const found = [process.env.CHROMIUM, ...usual].find((path) => path && existsSync(path));
  if (found) return found;
  console.error("needs Chromium: apt-get install chromium, or set CHROMIUM to its path.");
  process.exit(1);
}
