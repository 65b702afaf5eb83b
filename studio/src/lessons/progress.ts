// Which lessons a reader has begun and read to the end; kept in the browser, nowhere else.

export type Progress = "begun" | "read";

const key = "chainrule-studio-lessons";

/** What is kept, by lesson; whatever is not a known state is left out. */
export function readProgress(): ReadonlyMap<string, Progress> {
  let kept: unknown;
  try {
    kept = JSON.parse(localStorage.getItem(key) ?? "{}");
  } catch {
    return new Map();
  }
  const entries = Object.entries(kept ?? {});
  return new Map(
    entries.filter(
      (entry): entry is [string, Progress] => entry[1] === "begun" || entry[1] === "read",
    ),
  );
}

/** Notes a state; a lesson that was read stays read. */
export function noteProgress(lesson: string, state: Progress): void {
  const all = readProgress();
  if (all.get(lesson) === "read") return;
  localStorage.setItem(key, JSON.stringify({ ...Object.fromEntries(all), [lesson]: state }));
}
