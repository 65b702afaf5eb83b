// Asking the server that `chainrule studio` starts. Its key stands in the address that it prints, behind `#`; the page keeps
// it for the tab and takes it out of the address, and sends it in a header.

import type { LiveState, RunRow, RunRowFile, WantedState } from "chainrule/train";

export type { LiveState, RunRow, RunRowFile as RunFile, WantedState as Wanted };

/** The files that tell everything: `metrics.jsonl` has all that `history.jsonl` has. */
export function filesToRead(files: readonly RunRowFile[]): readonly RunRowFile[] {
  const hasMetrics = files.some(({ name }) => name === "metrics.jsonl");
  return files.filter(({ name }) => !(hasMetrics && name === "history.jsonl"));
}

/** Why there are no runs to show. */
export type Trouble = "no server" | "no key" | "lost";

const keptAs = "chainrule-studio-key";

/** Takes the key out of the address `#/runs?key=…`, once. */
export function takeKey(): void {
  const key = location.hash.match(/^#\/runs\?key=([0-9a-f]{32})$/)?.[1];
  if (key === undefined) return;
  sessionStorage.setItem(keptAs, key);
  history.replaceState(null, "", "#/runs");
}

let lastText = "";
let lastRuns: readonly RunRow[] = [];

/** All runs; the same object as long as nothing has changed. Throws a `Trouble`. */
export async function askRuns(): Promise<readonly RunRow[]> {
  const response = await ask("runs").catch(() => undefined);
  if (response?.status === 401) throw "no key" satisfies Trouble;
  const isOurs = response?.headers.get("content-type")?.startsWith("application/json");
  if (!response?.ok || !isOurs)
    throw (response === undefined ? "lost" : "no server") satisfies Trouble;
  const text = await response.text();
  if (text !== lastText) {
    lastRuns = (JSON.parse(text) as { runs: readonly RunRow[] }).runs;
    lastText = text;
  }
  return lastRuns;
}

/** What a run's report holds, and its checkpoints. */
export async function askDetails(id: string): Promise<unknown> {
  const response = await ask(`runs/${id}`);
  return response.ok ? response.json() : undefined;
}

/** Bytes of a file from a place on; undefined where there are none. The worker that asks has no address to take the key from. */
export async function askPiece(
  key: string,
  id: string,
  name: string,
  from: number,
): Promise<Uint8Array | undefined> {
  const response = await ask(`runs/${id}/files/${name}?from=${from}`, {}, key);
  if (!response.ok) return undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  return bytes.length === 0 ? undefined : bytes;
}

/** Asks something of a run in progress; says whether it was heard. */
export async function steer(id: string, wanted: WantedState): Promise<boolean> {
  const headers = { "Content-Type": "application/json" };
  const response = await ask(`runs/${id}/control`, {
    method: "POST",
    headers,
    body: JSON.stringify(wanted),
  });
  return response.ok;
}

/** The key of this tab. */
export function keptKey(): string {
  return sessionStorage.getItem(keptAs) ?? "";
}

function ask(what: string, init: RequestInit = {}, key: string = keptKey()): Promise<Response> {
  const headers = { ...init.headers, "X-Chainrule-Key": key };
  return fetch(new URL(`/api/${what}`, location.origin), { ...init, headers, cache: "no-store" });
}
