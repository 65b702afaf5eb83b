// The library's one error class. Every message is made here, in one form:
// `op: what is wrong: what was received. What to do. In <path>, at <file:line>.`

/** Says what kind of mistake an error reports; stable, for programs to test. */
export type ErrorCode =
  | "SHAPE_MISMATCH"
  | "DTYPE_MISMATCH"
  | "BAD_ARGUMENT"
  | "NOT_DIFFERENTIABLE"
  | "NOT_SCALAR"
  | "WRONG_GRADIENT"
  | "GRAPH_RELEASED"
  | "VALUE_IN_TRACE"
  | "ASYNC_IN_TRACE"
  | "TRACE_ESCAPE"
  | "PARAMETER_NOT_FOUND"
  | "OUT_OF_MEMORY"
  | "UNSUPPORTED"
  | "THREAD_FAILED"
  | "PARSE"
  | "BAD_FILE"
  | "MISSING_FILE"
  | "DOWNLOAD"
  | "WRITE_FAILED"
  | "NON_FINITE"
  | "SINGULAR"
  | "NOT_POSITIVE_DEFINITE"
  | "UNKNOWN_RECIPE"
  | "BAD_CHECKPOINT"
  | "LOCKED"
  | "INTERNAL";

export interface ErrorFacts {
  readonly code: ErrorCode;
  /** The op, layer or function that refuses. */
  readonly op?: string;
  /** What is wrong and what was received, without a final stop. */
  readonly problem: string;
  /** What to do, as sentences. */
  readonly fix?: string;
  /** The facts as data. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Path of the layer, e.g. `model.layers.2 (Linear 128→10)`. */
  readonly path?: string;
  /** The user's line, as `file:line`, where another one than that of the call is meant. */
  readonly place?: string;
  readonly cause?: unknown;
}

/** The error that every function of the library throws: a `code`, the `op`, and the facts as `detail`. */
export class ChainruleError extends Error {
  readonly code: ErrorCode;
  readonly op: string | undefined;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(facts: ErrorFacts) {
    const { place, stack } = userPlace();
    const options = facts.cause === undefined ? undefined : { cause: facts.cause };
    const shown = facts.place ?? (aboutFiles.has(facts.code) ? undefined : place);
    super(textOf(facts, shown), options);
    this.name = "ChainruleError";
    this.stack = `ChainruleError: ${this.message}${stack}`;
    this.code = facts.code;
    this.op = facts.op;
    this.detail = facts.detail ?? {};
  }
}

/** Reports a state that the library's own code must never reach. */
export function unreachable(what: string): never {
  throw new ChainruleError({
    code: "INTERNAL",
    problem: `internal error: ${what}`,
    fix: "This is a fault of the library; please report it with the program that shows it.",
  });
}

/** Mistakes in files and arguments, for which the line of the program says nothing. */
const aboutFiles: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "BAD_FILE",
  "MISSING_FILE",
  "WRITE_FAILED",
  "DOWNLOAD",
  "UNKNOWN_RECIPE",
  "BAD_CHECKPOINT",
  "LOCKED",
  "PARSE",
  "INTERNAL",
]);

/** Says which layer is at work; set by the layer above, which knows. */
let currentPath: () => string | undefined = () => undefined;

/** Lets errors name the layer they were thrown in. */
export function locateErrorsBy(path: () => string | undefined): void {
  currentPath = path;
}

function textOf(facts: ErrorFacts, place: string | undefined): string {
  const { op, problem, fix, path = currentPath() } = facts;
  const head = op === undefined ? problem : `${op}: ${problem}`;
  const where = [path && `in ${path}`, place && `at ${place}`].filter(Boolean).join(", ");
  const end = where === "" ? "" : ` ${where[0].toUpperCase()}${where.slice(1)}.`;
  return `${head}.${fix === undefined ? "" : ` ${fix}`}${end}`;
}

/**
 * Whether the library's own code choked: a TypeError or RangeError thrown there, and not in a function of the user that it
 * calls.
 */
export function isOwnFault(error: unknown): boolean {
  if (!(error instanceof TypeError) && !(error instanceof RangeError)) return false;
  const frame = (error.stack ?? "").split("\n").find((line) => /:\d+:\d+\)?$/.test(line));
  return frame?.includes(ownFolder.replace(/^file:\/\//, "")) ?? false;
}

/** Folder of the library's own code, whose frames are not the user's. */
const ownFolder = new URL("..", import.meta.url).href;
const framesKept = 40;

/** Finds the first stack frame outside the library, as `file:line`, and the stack's text. */
export function userPlace(): { readonly place: string | undefined; readonly stack: string } {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = framesKept;
  const frames = (new Error().stack ?? "").split("\n").filter((line) => /:\d+:\d+\)?$/.test(line));
  Error.stackTraceLimit = limit;
  const own = ownFolder.replace(/^file:\/\//, "");
  const users = frames.filter((line) => !line.includes(own) && !/node:|node_modules/.test(line));
  const place = users[0]?.match(/([^/\\(]+:\d+):\d+\)?$/)?.[1];
  return {
    place,
    stack: frames
      .slice(2)
      .map((line) => `\n${line}`)
      .join(""),
  };
}
