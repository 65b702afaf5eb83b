// The attributes of a golden case: JSON data read by name and kind, with "inf" and "-inf" as numbers.

import { ChainruleError } from "../../src/core/errors.ts";

/** Attributes by name; `null` and a missing name both mean "not given". */
export class Attributes {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: unknown) {
    this.#values = (values ?? {}) as Readonly<Record<string, unknown>>;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  number(name: string, otherwise?: number): number {
    if (!this.has(name) && otherwise !== undefined) return otherwise;
    return numberOf(name, this.#values[name]);
  }

  /** The number, or undefined where it is not given. */
  optional(name: string): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  numbers(name: string): number[] {
    return this.#list(name).map((value) => numberOf(name, value));
  }

  /** The list, or undefined where it is not given. */
  optionalNumbers(name: string): number[] | undefined {
    return this.has(name) ? this.numbers(name) : undefined;
  }

  /** A list of numbers in which null stays null. */
  gaps(name: string): (number | null)[] {
    return this.#list(name).map((value) => (value === null ? null : numberOf(name, value)));
  }

  pairs(name: string): [number, number][] {
    return this.#list(name).map((pair) => {
      if (!Array.isArray(pair)) throw unfit(name, "pairs of numbers", pair);
      return [numberOf(name, pair[0]), numberOf(name, pair[1])];
    });
  }

  lists(name: string): number[][] {
    return this.#list(name).map((list) => new Attributes({ list }).numbers("list"));
  }

  isText(name: string): boolean {
    return typeof this.#values[name] === "string";
  }

  text(name: string): string {
    const value = this.#values[name];
    if (typeof value === "string") return value;
    throw unfit(name, "a text", value);
  }

  texts(name: string): string[] {
    return this.#list(name).map(String);
  }

  /** The boolean; false where it is not given. */
  flag(name: string): boolean {
    const value = this.#values[name] ?? false;
    if (typeof value === "boolean") return value;
    throw unfit(name, "true or false", value);
  }

  record(name: string): Attributes {
    const value = this.#values[name];
    if (typeof value === "object" && value !== null) return new Attributes(value);
    throw unfit(name, "a record", value);
  }

  records(name: string): Attributes[] {
    return this.#list(name).map((value) => new Attributes(value));
  }

  /** The entries as texts: a table of names. */
  names(): [string, string][] {
    return Object.entries(this.#values).map(([key, value]) => [key, String(value)]);
  }

  #list(name: string): readonly unknown[] {
    const value = this.#values[name];
    if (Array.isArray(value)) return value;
    throw unfit(name, "a list", value);
  }
}

function numberOf(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "inf") return Number.POSITIVE_INFINITY;
  if (value === "-inf") return Number.NEGATIVE_INFINITY;
  throw unfit(name, "a number", value);
}

function unfit(name: string, needed: string, value: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "golden",
    problem: `attribute ${name} should be ${needed}; received ${JSON.stringify(value)}`,
    fix: "Check index.json against the format's description.",
    detail: { name },
  });
}
