// Looking at graphs: as text, and op by op with formulas.

export { graphText } from "./graph-text.ts";
export { type OpCard, opCard, opCards } from "./op-card.ts";

import "../ops/methods.ts";
