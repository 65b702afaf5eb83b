// JSON has no NaN and no infinities, and a history may hold them: they become texts and numbers again.

import type { Json } from "../../core/json.ts";

/** As JSON; numbers that are not finite become `"NaN"`, `"Infinity"` and `"-Infinity"`. */
export function toJson(value: unknown): Json {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return (value ?? null) as Json;
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  return Object.fromEntries(entries.map(([key, child]) => [key, toJson(child)]));
}

/** The inverse of `toJson`. */
export function fromJson(value: Json): Json {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fromJson);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fromJson(child)]));
}
