// The reader of event files, in a part of its own that is loaded where there are some.

export { decodeEvents } from "chainrule/formats";
