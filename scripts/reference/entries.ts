// An export as Markdown: heading, signature, documentation with its shapes on a line of their own, options, members.

import ts from "typescript";
import { saidDefault } from "./defaults.ts";
import { docOf, type Export } from "./exports.ts";
import { callText, optionsOf, signaturesOf } from "./signature.ts";

/** One export under a heading of level 3, by the name after its namespace. */
export function entry(item: Export, links: readonly string[] = []): string {
  const parts = [
    `### ${headingOf(item)}`,
    code(madeElsewhere.has(item.name) ? [] : signaturesOf(item)),
    prose(item.doc),
    members(item),
    optionTable(item),
    [sourceLink(item.file), ...links].join(" · "),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Classes that programs do not make. */
const madeElsewhere: ReadonlySet<string> = new Set(["Tensor", "Gradients"]);

/** The name without `losses.` or another namespace of the page. */
export function shortName({ name }: Export): string {
  return name.replace(/^(nn|losses|optim|data|train|formats|inspect)\./, "");
}

/** Headings: a class says that it is one where a function differs from it by its first letter alone. */
export function headingOf(item: Export): string {
  return isClass(item) && twins.has(item.name) ? `${shortName(item)}, the class` : shortName(item);
}

const twins: ReadonlySet<string> = new Set([
  "Tensor",
  "Gradients",
  "metrics.Accuracy",
  "metrics.ConfusionMatrix",
  "data.Pipeline",
  "inspect.Diagnosis",
  "inspect.Profile",
  "nn.SinusoidalPositions",
]);

/** The anchor that GitHub gives an entry. */
export function anchorOf(item: Export): string {
  return anchor(headingOf(item));
}

export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

export function code(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\`\`\`ts\n${lines.map(wrapped).join("\n")}\n\`\`\``;
}

const widest = 92;

/** A call too wide for a page, with a parameter on each line. */
function wrapped(call: string): string {
  if (call.length <= widest || !call.includes("(")) return call;
  const [depths, end] = depthsOf(call);
  const open = call.indexOf("(");
  const parameters: string[] = [];
  let from = open + 1;
  for (let k = open + 1; k <= end; k++) {
    if (k < end && !(call[k] === "," && depths[k] === 1)) continue;
    parameters.push(`  ${call.slice(from, k).trim()},`);
    from = k + 1;
  }
  return [call.slice(0, open + 1), ...parameters, call.slice(end)].join("\n");
}

/** How many brackets are open at each place, and where the first one closes. */
function depthsOf(call: string): [depths: number[], end: number] {
  let depth = 0;
  let end = -1;
  const open = call.indexOf("(");
  const depths = [...call].map((c, k) => {
    if (k >= open && "([{<".includes(c)) depth++;
    else if (k >= open && (")]}".includes(c) || (c === ">" && call[k - 1] !== "="))) depth--;
    if (depth === 0 && k > open && end < 0) end = k;
    return depth;
  });
  return [depths, end];
}

/** Documentation: lines joined, `Shape:` and `Source:` on lines of their own. */
export function prose(doc: string): string {
  return doc
    .split(/(^```[\s\S]*?^```)/m)
    .map((part) => (part.startsWith("```") ? part : paragraphs(part)))
    .join("\n\n")
    .trim();
}

function paragraphs(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .replace(/\s*\n\s*/g, " ")
        .replace(/\s*\b(Shape|Source): /g, "\n\n**$1:** ")
        .trim(),
    )
    .join("\n\n");
}

function sourceLink(file: string): string {
  return `<sub>[${file.replace(/^src\//, "")}](../../${file})</sub>`;
}

/** Options as a table, with the default of the code, or else of the documentation, in a column of its own. */
export function optionTable(item: Export): string {
  const fields = optionsOf(item);
  const call = signaturesOf(item).join(" ");
  // Where nothing is said but names and types, and the signature says them, there is no table.
  const isSaid = fields.every(({ name }) => new RegExp(`\\b${name}\\??:`).test(call));
  if (isSaid && fields.every(({ initial, doc }) => initial.text === "" && doc === "")) return "";
  const rows = fields.map(({ name, type, required, initial, doc }) => {
    const { said, rest } = saidDefault(doc, { owner: shortName(item), type, file: item.file });
    const isOpen = initial.isFar && said === "" && /\bdefault\b/i.test(doc);
    const value = isOpen || initial.text === "" ? said : initial.text;
    const given = required && value === "" ? "required" : cell(value);
    return `| \`${name}\` | ${cell(type)} | ${given} | ${rest.replaceAll("|", "\\|")} |`;
  });
  return ["| option | type | default | |", "|---|---|---|---|", ...rows].join("\n");
}

function cell(text: string): string {
  return text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}

/** Fields and methods of a class that have documentation or are called `forward`. */
function members(item: Export): string {
  return memberLines(item)
    .map((line) => `- ${line}`)
    .join("\n");
}

/** The same, a line each. */
export function memberLines({ name, node }: Export): string[] {
  if (!ts.isClassDeclaration(node)) return [];
  return node.members
    .filter((member) => !isHidden(member) && !inner[name]?.has(member.name!.getText()))
    .flatMap(memberLine);
}

/** Fields that are public for other parts of the library, not for programs. */
const inner: Readonly<Record<string, ReadonlySet<string>>> = {
  Tensor: new Set(
    "id definition inputs attributes region value slot released node depth".split(" "),
  ),
};

function isHidden(member: ts.ClassElement): boolean {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  const hidden = new Set([
    ts.SyntaxKind.OverrideKeyword,
    ts.SyntaxKind.PrivateKeyword,
    ts.SyntaxKind.DeclareKeyword,
    ts.SyntaxKind.ProtectedKeyword,
  ]);
  if (modifiers.some((m) => hidden.has(m.kind))) return true;
  return member.name === undefined || !ts.isIdentifier(member.name);
}

function memberLine(member: ts.ClassElement): string[] {
  const doc = firstParagraph(docOf(member));
  const name = member.name!.getText();
  if (ts.isMethodDeclaration(member)) {
    return doc === "" && name !== "forward" ? [] : [withDoc(callText(name, member), doc)];
  }
  const documented =
    ts.isPropertyDeclaration(member) || ts.isGetAccessorDeclaration(member) ? member : undefined;
  if (documented === undefined || doc === "") return [];
  const type = documented.type
    ?.getText()
    .replace(/\s+/g, " ")
    .replace(/\breadonly /g, "");
  return [withDoc(type === undefined ? name : `${name}: ${type}`, doc)];
}

function withDoc(text: string, doc: string): string {
  return doc === "" ? `\`${text}\`` : `\`${text}\` — ${doc}`;
}

function firstParagraph(doc: string): string {
  return doc.split(/\n\s*\n|\n```/)[0].replace(/\s+/g, " ");
}

/** Whether an export is a type, which pages show only as the fields of those that take it. */
export function isType({ node }: Export): boolean {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

export function isClass({ node }: Export): boolean {
  return ts.isClassDeclaration(node);
}
