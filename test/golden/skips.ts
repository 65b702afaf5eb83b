// What the golden cases ask for and the library does not have yet, by the name in the report, with the reason. A name
// that appears or goes is a change to this list.

/** Unsupported names and what they wait for. */
export const skips: Readonly<Record<string, string>> = {};
