// What `console.log` shows of things that have a text form.

/** What Node's `console.log` shows: the text form, in place of the fields. */
export function printAsText(kind: { readonly prototype: object }): void {
  const key = Symbol.for("nodejs.util.inspect.custom");
  const value = function (this: object): string {
    return String(this);
  };
  Object.defineProperty(kind.prototype, key, { value });
}
