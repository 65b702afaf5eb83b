// What JavaScript lets a caller pass and TypeScript would refuse: an array for a tensor, text for a number, nothing at all.
// Such a value fails somewhere inside the library, with an error that says nothing to the caller; here it becomes one that
// does. Also text of any value, for messages.

import { ChainruleError, isOwnFault } from "./errors.ts";

/** Errors made here, which a function further out makes again under its own name. */
const made = new WeakSet<object>();

/** The error to throw where `op`, called with `args` (undefined: not known), threw `error`: the library's own errors are left alone. */
export function explained(
  op: string,
  args: readonly unknown[] | undefined,
  error: unknown,
): unknown {
  const again = error instanceof ChainruleError && made.has(error);
  if (!again && !isOwnFault(error)) return error;
  const cause = again ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const result = new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem:
      args === undefined
        ? `an operand or option is not of a kind that it takes (${reason})`
        : `cannot take what it was given, (${args.map(showValue).join(", ")})`,
    fix: "See its signature; arrays become tensors by tensor([...]), and options are one object.",
    cause,
  });
  made.add(result);
  return result;
}

/** The error of an operand without a shape, found where a message would show it; the function that was called renames it. */
export function notTensor(): ChainruleError {
  const error = new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "operand",
    problem: "received something else where a tensor is needed",
    fix: "Wrap arrays with tensor([...]).",
    cause: new TypeError("an operand is no tensor"),
  });
  made.add(error);
  return error;
}

const longest = 60;

/** Short text of any value. */
export function showValue(value: unknown): string {
  if (isTensor(value)) return `${value.dtype}[${value.shape.join(", ")}]`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  const tag = (value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag];
  const kind = value.constructor?.name || tag || "Object";
  if (ArrayBuffer.isView(value)) return `a ${kind}`;
  const isPlain = kind === "Object" || Array.isArray(value);
  if (!isPlain && Object.keys(value).length === 0) return `a ${kind}`; // such as a Map, or what keeps its fields to itself
  const parts = Array.isArray(value)
    ? `[${value.map(showValue).join(", ")}]`
    : `{ ${Object.entries(value)
        .map(([key, v]) => `${key}: ${showValue(v)}`)
        .join(", ")} }`;
  return parts.length <= longest ? parts : `${parts.slice(0, longest)}…`;
}

function isTensor(value: object | unknown): value is { dtype: string; shape: readonly number[] } {
  return typeof value === "object" && value !== null && "dtype" in value && "shape" in value;
}
