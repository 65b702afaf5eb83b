// Shows a file or an address in the system's browser.

import { spawn } from "node:child_process";

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** Asks the system; what is wrong is said to `onFailure`, since the printed address or path does as well. */
export function openInBrowser(
  place: string,
  onFailure: (command: string) => void = () => {},
): void {
  const [command, ...words] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...words, place], { stdio: "ignore", detached: true });
  child.on("error", () => onFailure(command));
  child.unref();
}
