// What the playground refuses by a name, so that the page can say in its language what to do; and what is said of all else.

/** Why no training can begin. */
export const problemNames = [
  "fewPoints",
  "fewRecords",
  "noInputs",
  "textTarget",
  "oneClass",
  "batchOfOne",
] as const;
export type ProblemName = (typeof problemNames)[number];

/** A refusal; its name is what crosses from the worker to the page. */
export class Refusal extends Error {
  constructor(name: ProblemName, message: string) {
    super(message);
    this.name = name;
  }
}

/** What went wrong, as data: the name of a refusal or the code of the library's error, and its text. */
export interface Problem {
  readonly name: string;
  readonly message: string;
}

/** The problem of something thrown. The library's errors end with the user's line, which here is one of the bundle's. */
export function problemOf(thrown: unknown): Problem {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const { code } = thrown as { readonly code?: unknown };
  const message = thrown.message
    .replace(/, at [\w.-]+:\d+\.$/, ".")
    .replace(/ At [\w.-]+:\d+\.$/, "");
  return { name: typeof code === "string" ? code : thrown.name, message };
}
