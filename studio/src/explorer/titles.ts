// How ops and layers are called in the picture: by the sign that people write for them, and a layer by its formula.

import type { TraceNode } from "chainrule/inspect";

const signs: Readonly<Record<string, string>> = {
  add: "+",
  sub: "−",
  mul: "×",
  div: "÷",
  contract: "Σ wx",
  sigmoid: "σ",
  sum: "Σ",
  neg: "−x",
  exp: "eˣ",
  log: "ln",
  sqrt: "√",
  square: "x²",
};

/** The title of a node: the name of a parameter or an input, or the op's sign. */
export function titleOf({ name, op, attributes, inputs }: TraceNode): string {
  // A function with a derivative of its own says its name.
  if (op === "call") return String(attributes.name);
  if (name !== undefined) return name.replace(/^model\./, "");
  return signs[op === "mul" && inputs[0] === inputs[1] ? "square" : op] ?? op;
}

/** The title with the op's word beside its sign, where a node stands alone. */
export function longTitleOf(node: TraceNode): string {
  const title = titleOf(node);
  return node.name !== undefined || title === node.op ? title : `${title} ${node.op}`;
}

const layerFormulas: Readonly<Record<string, string>> = {
  Linear: "y = W x + b",
  Bilinear: "y = x₁ᵀ W x₂ + b",
  Conv1d: "y = W ∗ x + b",
  Conv2d: "y = W ∗ x + b",
  Conv3d: "y = W ∗ x + b",
  BatchNorm1d: "γ (x − μ_B) ÷ σ_B + β",
  BatchNorm2d: "γ (x − μ_B) ÷ σ_B + β",
  LayerNorm: "γ (x − μ) ÷ σ + β",
  GroupNorm: "γ (x − μ) ÷ σ + β",
  RMSNorm: "γ x ÷ rms(x)",
  TransformerEncoderLayer: "x + attn(x), x + MLP(x)",
  TransformerDecoderLayer: "x + attn(x), x + MLP(x)",
  MaxPool1d: "max (x₁ … xₖ)",
  MaxPool2d: "max (x₁ … xₖ)",
  AvgPool2d: "Σ xᵢ ÷ k",
  LSTM: "c = f c + i tanh(…), h = o tanh(c)",
  GRU: "h = (1 − z) n + z h",
  Dropout: "x · mask ÷ (1 − p)",
  Embedding: "y = W[i]",
  MultiheadAttention: "softmax(QKᵀ ÷ √d) V",
  MultiHeadAttention: "softmax(QKᵀ ÷ √d) V",
  Softmax: "eˣ ÷ Σ eˣ",
  GELU: "x Φ(x)",
  SiLU: "x σ(x)",
  crossEntropy: "−ln softmax(z)[t]",
  meanSquaredError: "mean (y − t)²",
  binaryCrossEntropy: "−t ln p − (1 − t) ln (1 − p)",
};

/** A layer's label where there is little room: without sizes, or its place. */
export function shortLabel(label: string, place: string | undefined): string {
  const [kind] = label.split(" ");
  if (label.length <= 15 || label.includes(" … ")) return label;
  return kind.length <= 15 ? kind : (place ?? label);
}

/** What a layer computes, in a line: its formula, or the ops inside. */
export function formulaOfRegion(label: string, inside: readonly TraceNode[]): string {
  const known = layerFormulas[label.split(" ")[0]];
  if (known !== undefined) return known;
  const ops = inside.filter(({ phase }) => phase === "forward" || phase === "loss").map(titleOf);
  const distinct = ops.filter((op, k) => op !== ops[k - 1]);
  return distinct.length > 5 ? `${distinct.slice(0, 4).join(" → ")} → …` : distinct.join(" → ");
}
