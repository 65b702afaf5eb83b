// Patterns of tokenizer files: regular expressions in the dialect of Oniguruma, rewritten in JavaScript's. What differs is
// what `\s`, `\w`, `\d`, `.`, `^` and `$` mean beyond ASCII, cases made equal inside a group, and repetitions that give
// nothing back. What has no counterpart is refused, and so are repetitions of groups, which can take exponential time: with
// none, time is at worst a power of the text's length.

import { Component, unsupported } from "./component.ts";
import {
  caseForms,
  classes,
  controls,
  escaped,
  escapedInClass,
  places,
  posix,
  propertyName,
} from "./pattern-sets.ts";

/** A pattern with this many characters is no tokenizer's. */
const longestPattern = 4096;
/** How often a group may be repeated. */
const fewRepetitions = 8;

/** Words with their apostrophes and hyphens, and every other mark alone; its repeated group can be read in one way only. */
export const wordPattern: string =
  "[\\p{L}\\p{N}\\p{M}](?:['’-]?[\\p{L}\\p{N}\\p{M}])*|[^\\s\\p{L}\\p{N}\\p{M}]";

/** A regular expression that finds all matches, from a component's pattern: `{ "String": … }` or `{ "Regex": … }`. */
export function readPattern(component: Component, field = "pattern"): RegExp {
  const pattern = new Component(`${component.place}.${field}`, component.value(field));
  if (pattern.has("String")) return new RegExp(escaped(pattern.string("String")), "gu");
  return translate(pattern.string("Regex"));
}

/** Rewrites an Oniguruma pattern; error `UNSUPPORTED` where that cannot be done. */
export function translate(source: string): RegExp {
  if (source.length > longestPattern) {
    throw refused(`${source.slice(0, 40)}…`, `${source.length} characters`);
  }
  const text = new Translation(source).run();
  try {
    return new RegExp(text, "gv");
  } catch (cause) {
    throw refused(source, cause instanceof Error ? cause.message : String(cause));
  }
}

function refused(source: string, what: string): Error {
  return unsupported(`the pattern ${JSON.stringify(source)} has ${what}`, { pattern: source });
}

interface Group {
  /** Where it starts in the result. */
  readonly start: number;
  readonly ignoreCase: boolean;
  /** Whether something inside repeats without end, or is a group that repeats. */
  repeats: boolean;
}

class Translation {
  readonly #source: string;
  #at = 0;
  #out = "";
  #ignoreCase = false;
  /** The last thing a repetition could apply to. */
  #atom: { readonly start: number; readonly group?: Group } | undefined;
  #possessive = 0;
  readonly #groups: Group[] = [{ start: 0, ignoreCase: false, repeats: false }];

  constructor(source: string) {
    this.#source = source;
  }

  run(): string {
    while (this.#at < this.#source.length) this.#step();
    if (this.#groups.length > 1) throw this.#refuse("a group without an end");
    return this.#out;
  }

  #step(): void {
    const c = this.#take();
    if (c === "(") this.#open();
    else if (c === ")") this.#close();
    else if (c === "[") this.#emit(this.#class());
    else if (c === "\\") this.#escape();
    else if (c === "|") this.#between("|");
    else if (c === "^") this.#between("(?<![^\\n])");
    else if (c === "$") this.#between("(?![^\\n])");
    else if (c === ".") this.#emit("[^\\n]");
    else if ("*+?".includes(c)) this.#repeat(c);
    else if (c === "{") this.#braces();
    else this.#emit(this.#literal(c));
  }

  /** Reads one code point. */
  #take(): string {
    const c = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += c.length;
    return c;
  }

  #accept(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #emit(text: string): void {
    this.#atom = { start: this.#out.length };
    this.#out += text;
  }

  #between(text: string): void {
    this.#out += text;
    this.#atom = undefined;
  }

  #refuse(what: string): Error {
    return refused(this.#source, what);
  }

  #open(): void {
    const start = this.#out.length;
    const before = this.#ignoreCase;
    if (this.#accept("?i)")) {
      this.#ignoreCase = true; // up to the end of the group around it
      return;
    }
    const looks = ["?=", "?!", "?<=", "?<!"].find((look) => this.#accept(look));
    if (looks !== undefined) this.#out += `(${looks}`;
    else if (this.#accept("?i:")) {
      this.#ignoreCase = true;
      this.#out += "(?:";
    } else if (this.#accept("?:") || this.#source[this.#at] !== "?") this.#out += "(?:";
    else throw this.#refuse(`a group (${this.#source.slice(this.#at, this.#at + 3)}`);
    this.#groups.push({ start, ignoreCase: before, repeats: false });
    this.#atom = undefined;
  }

  #close(): void {
    const group = this.#groups.pop();
    if (group === undefined || this.#groups.length === 0) throw this.#refuse("a ) too many");
    this.#out += ")";
    this.#ignoreCase = group.ignoreCase;
    this.#atom = { start: group.start, group };
    this.#groups[this.#groups.length - 1].repeats ||= group.repeats;
  }

  #escape(): void {
    const c = this.#source[this.#at] ?? "";
    if (Object.hasOwn(places, c)) {
      this.#at++;
      this.#between(places[c]);
      return;
    }
    const set = this.#set();
    this.#emit(set ?? this.#literal(this.#escapedCharacter()));
  }

  /** A set of characters after a backslash, if there is one. */
  #set(): string | undefined {
    const c = this.#source[this.#at] ?? "";
    if (Object.hasOwn(classes, c)) {
      this.#at++;
      return classes[c];
    }
    const property = /^[pP]\{(\^?)(\w+)\}/.exec(this.#source.slice(this.#at, this.#at + 64));
    if (property === null) return undefined;
    this.#at += property[0].length;
    const negated = (c === "P") !== (property[1] === "^");
    return `\\${negated ? "P" : "p"}{${propertyName(property[2]) ?? this.#noProperty(property[2])}}`;
  }

  #noProperty(name: string): never {
    throw this.#refuse(`a property ${name}`);
  }

  /** The character after a backslash. */
  #escapedCharacter(): string {
    const code = /^(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))/.exec(
      this.#source.slice(this.#at, this.#at + 10),
    );
    if (code !== null) {
      const point = Number.parseInt(code[1] ?? code[2] ?? code[3], 16);
      if (point > 0x10ffff) throw this.#refuse(`a character \\${code[0]}`);
      this.#at += code[0].length;
      return String.fromCodePoint(point);
    }
    if (this.#at >= this.#source.length) throw this.#refuse("a \\ at its end");
    const c = this.#take();
    if (Object.hasOwn(controls, c)) return controls[c];
    if (/[\p{L}\p{N}]/u.test(c)) throw this.#refuse(`\\${c}`);
    return c;
  }

  #literal(c: string): string {
    const forms = this.#ignoreCase ? caseForms(c) : [c];
    return forms.length === 1 ? escaped(c) : `[${forms.map(escapedInClass).join("")}]`;
  }

  /** A class in brackets, after its `[`. */
  #class(): string {
    let out = this.#accept("^") ? "[^" : "[";
    for (let first = true; ; first = false) {
      if (this.#at >= this.#source.length) throw this.#refuse("a class without an end");
      if (this.#source.startsWith("[:", this.#at)) {
        out += this.#posix();
        continue;
      }
      const c = this.#take();
      if (c === "]" && !first) return `${out}]`;
      if (c === "&" && this.#accept("&")) throw this.#refuse("an intersection of classes");
      if (c === "[") out += this.#class();
      else out += (c === "\\" ? this.#set() : undefined) ?? this.#range(c);
    }
  }

  #posix(): string {
    const found = /^\[:(\^?)(\w+):\]/.exec(this.#source.slice(this.#at, this.#at + 16));
    const set = found === null ? undefined : posix[found[2]];
    if (found === null || set === undefined) throw this.#refuse("an unknown [: :]");
    this.#at += found[0].length;
    return found[1] === "^" ? `[^${set}]` : set;
  }

  /** One character of a class, or a range of them. */
  #range(c: string): string {
    const low = c === "\\" ? this.#escapedCharacter() : c;
    const rest = this.#source.slice(this.#at, this.#at + 2);
    if (rest[0] !== "-" || rest.length < 2 || rest[1] === "]" || rest[1] === "[") {
      return (this.#ignoreCase ? caseForms(low) : [low]).map(escapedInClass).join("");
    }
    this.#at++;
    const next = this.#take();
    if (next === "\\" && /[sSdDwWpPhH]/.test(this.#source[this.#at] ?? "")) {
      throw this.#refuse("a range to a set of characters");
    }
    const high = next === "\\" ? this.#escapedCharacter() : next;
    const range = (a: string, b: string): string => `${escapedInClass(a)}-${escapedInClass(b)}`;
    if (!this.#ignoreCase) return range(low, high);
    if (!/^[a-z]{2}$|^[A-Z]{2}$/.test(low + high)) throw this.#refuse("a range with any case");
    const [from, to] = [low.toLowerCase(), high.toLowerCase()];
    const more = ["s", "k"].filter((c) => from <= c && c <= to).flatMap(caseForms);
    return range(from, to) + range(low.toUpperCase(), high.toUpperCase()) + more.join("");
  }

  #braces(): void {
    const found = /^(\d{0,5})(,?)(\d{0,5})\}/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (found === null || (found[1] === "" && found[3] === "")) {
      this.#emit("\\{");
      return;
    }
    this.#at += found[0].length;
    const [, low, comma, high] = found;
    const most = comma === "" ? Number(low) : high === "" ? Infinity : Number(high);
    this.#repeat(`{${low === "" ? "0" : low}${comma}${high}}`, most);
  }

  #repeat(quantifier: string, most: number = quantifier === "?" ? 1 : Infinity): void {
    const atom = this.#atom;
    if (atom === undefined) throw this.#refuse(`${quantifier} after nothing`);
    const { group } = atom;
    const isMany = group !== undefined && most > 1 && this.#source !== wordPattern;
    if (isMany && (group.repeats || most > fewRepetitions)) {
      throw this.#refuse(`a group that repeats ${quantifier}, which can take exponential time`);
    }
    this.#out += quantifier;
    const plain = quantifier.length === 1;
    if (this.#accept("?")) this.#out += "?";
    else if (plain && this.#accept("+")) this.#keepAll(atom.start);
    if ("*+?{".includes(this.#source[this.#at] ?? "-")) {
      throw this.#refuse("a repetition of a repetition");
    }
    if (isMany || most > fewRepetitions) this.#groups[this.#groups.length - 1].repeats = true;
    this.#atom = { start: atom.start }; // never repeated again
  }

  /** Makes what stands from `start` on give nothing back: what a look-ahead has seen is fixed. */
  #keepAll(start: number): void {
    const name = `kept${this.#possessive++}`;
    const part = this.#out.slice(start);
    this.#out = `${this.#out.slice(0, start)}(?:(?=(?<${name}>${part}))\\k<${name}>)`;
  }
}
