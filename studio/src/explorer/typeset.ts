// The part of the page that brings KaTeX.

export { markup as typeset } from "./markup.ts";
