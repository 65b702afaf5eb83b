// Sets of characters in patterns: what Oniguruma means by a name or an escape, in the words of JavaScript's flag `v`.

/** Sets after a backslash. White space is as in Unicode; JavaScript's `\s` lacks U+0085 and has U+FEFF. */
export const classes: Readonly<Record<string, string>> = {
  s: "\\p{White_Space}",
  S: "\\P{White_Space}",
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  h: "[0-9A-Fa-f]",
  H: "[^0-9A-Fa-f]",
  w: "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xb2\\xb3\\xb9\\xbc-\\xbe]",
  W: "[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xb2\\xb3\\xb9\\xbc-\\xbe]",
};
const word = classes.w;
/** Places, which match nothing themselves. */
export const places: Readonly<Record<string, string>> = {
  A: "(?<![\\s\\S])",
  z: "(?![\\s\\S])",
  b: `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`,
  B: `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`,
};
/** Control characters after a backslash. */
export const controls: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  f: "\f",
  v: "\v",
};

/** Characters as themselves. */
export const escaped = (text: string): string => text.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&");
/** Characters as themselves inside brackets. */
export const escapedInClass = (text: string): string =>
  text.replace(/[\^\\()[\]{}|/&!#$%*+,.:;<=>?@`~-]/g, "\\$&");

/** Sets named in `[: :]`. */
export const posix: Readonly<Record<string, string>> = {
  alpha: "\\p{Alphabetic}",
  digit: "\\p{Nd}",
  alnum: "\\p{Alphabetic}\\p{Nd}",
  upper: "\\p{Uppercase}",
  lower: "\\p{Lowercase}",
  space: "\\p{White_Space}",
  cntrl: "\\p{Cc}",
};

/** JavaScript's name of a property: a category, or a script, whose kind must be said. */
export function propertyName(name: string): string | undefined {
  return [name, `Script=${name}`].find((candidate) => {
    try {
      return new RegExp(`\\p{${candidate}}`, "u") instanceof RegExp;
    } catch {
      return false;
    }
  });
}

/** All characters that are the same but for their case. */
export function caseForms(c: string): string[] {
  const forms = [c, c.toLowerCase(), c.toUpperCase()];
  if (/s/i.test(c)) forms.push("\u017f"); // ſ
  if (/k/i.test(c)) forms.push("\u212a"); // the sign of kelvin
  return [...new Set(forms)].filter((form) => Array.from(form).length === 1);
}
