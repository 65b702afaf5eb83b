// A component of a tokenizer file (a normalizer, a model, a decoder …) as it is read: each field is checked when it is asked
// for, and a field that nobody asked for is refused. A file whose meaning is not fully known would give wrong tokens quietly.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";

/** How deeply sequences of components may nest. */
const deepest = 16;

/** One JSON object of a tokenizer file, with the place where it stands. */
export class Component {
  readonly place: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #depth: number;
  readonly #read = new Set<string>(["type"]);

  constructor(place: string, json: unknown, depth = 0) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw badTokenizer(`${place} is ${showValue(json)}; it must be an object`);
    }
    if (depth > deepest) throw badTokenizer(`${place} nests deeper than ${deepest} components`);
    this.place = place;
    this.#fields = json as Record<string, unknown>;
    this.#depth = depth;
  }

  /** Its kind; models of old files have none. */
  get type(): string {
    const { type } = this.#fields;
    return typeof type === "string" ? type : "";
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name) && this.#fields[name] !== null;
  }

  /** The field as it is, undefined where it is missing or null. */
  value(name: string): unknown {
    this.#read.add(name);
    return this.has(name) ? this.#fields[name] : undefined;
  }

  string(name: string, otherwise?: string): string {
    return this.#typed(name, "string", otherwise);
  }

  number(name: string, otherwise?: number): number {
    return this.#typed(name, "number", otherwise);
  }

  /** A whole number from `least` to 2³¹ − 1. */
  whole(name: string, otherwise?: number, least = 0): number {
    const value = this.number(name, otherwise);
    if (Number.isInteger(value) && value >= least && value < 2 ** 31) return value;
    throw this.wrong(name, value, `a whole number from ${least}`);
  }

  boolean(name: string, otherwise?: boolean): boolean {
    return this.#typed(name, "boolean", otherwise);
  }

  /** One of some words. */
  choice<Word extends string>(name: string, words: readonly Word[], otherwise?: Word): Word {
    const value = this.string(name, otherwise);
    const word = words.find((w) => w === value);
    if (word !== undefined) return word;
    throw this.wrong(name, value, `one of ${words.join(", ")}`);
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name);
    if (Array.isArray(value)) return value;
    throw this.wrong(name, value, "a list");
  }

  record(name: string): Readonly<Record<string, unknown>> {
    const value = this.value(name);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    throw this.wrong(name, value, "an object");
  }

  /** The component that a field holds. */
  child(name: string): Component {
    return new Component(`${this.place}.${name}`, this.value(name), this.#depth + 1);
  }

  /** The components of a field that holds a list of them. */
  children(name: string): Component[] {
    const place = (k: number): string => `${this.place}.${name}[${k}]`;
    return this.list(name).map((json, k) => new Component(place(k), json, this.#depth + 1));
  }

  /** The error of a field that is not what is needed. */
  wrong(name: string, value: unknown, needed: string): ChainruleError {
    return badTokenizer(`${this.place}.${name} is ${showValue(value)}; it must be ${needed}`);
  }

  /** Reads what changes nothing here, such as how offsets are counted. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** Refuses fields that nobody read. */
  finish(): void {
    for (const name of Object.keys(this.#fields)) {
      if (this.#read.has(name)) continue;
      throw unsupported(`${this.place} (${this.type}) has a field "${name}"`, { field: name });
    }
  }

  #typed<T extends string | number | boolean>(name: string, type: string, otherwise?: T): T {
    const value = this.value(name) ?? otherwise;
    if (typeof value === type) return value as T;
    throw this.wrong(name, value, type === "string" ? "text" : `a ${type}`);
  }
}

/** Makes what a component describes, by its type. */
export function build<T>(
  component: Component,
  kinds: Readonly<Record<string, (component: Component) => T>>,
): T {
  const { type, place } = component;
  if (!Object.hasOwn(kinds, type)) {
    throw unsupported(`${place} has the type ${showValue(type)}`, { place, type }, kinds);
  }
  const made = kinds[type](component);
  component.finish();
  return made;
}

/** The error of a tokenizer file that says what cannot be. */
export function badTokenizer(
  problem: string,
  detail: Readonly<Record<string, unknown>> = {},
): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "tokenizer.json",
    problem,
    fix: "Save the tokenizer again with the program that made it.",
    detail,
  });
}

/** The error of a tokenizer file that uses what is not known here; reading on would give wrong tokens. */
export function unsupported(
  problem: string,
  detail: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, unknown>> = {},
): ChainruleError {
  const known = Object.keys(kinds).filter((kind) => kind !== "");
  return new ChainruleError({
    code: "UNSUPPORTED",
    op: "tokenizer.json",
    problem: `${problem}, which is not supported`,
    fix:
      known.length === 0
        ? "Tokens would be wrong without it; convert the tokenizer to one that does not need it."
        : `Use one of ${known.join(", ")}, or another tokenizer.`,
    detail,
  });
}
