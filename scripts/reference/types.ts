// The page of types: what signatures name and the main entry exports, but for options, which stand with those that take
// them; options of methods stand here.

import ts from "typescript";
import { anchor, code, memberLines, prose } from "./entries.ts";
import { type Declaration, docOf, type Export, nameOf, typeNamed } from "./exports.ts";
import { fieldText, optionsOf, signaturesOf } from "./signature.ts";

interface NamedType {
  readonly node: Declaration;
  readonly file: string;
}

/** Text of the page. */
export function typesPage(exports: readonly Export[]): string {
  const types = [...namedTypes(exports)].sort(([a], [b]) => (a < b ? -1 : 1));
  const links = types.map(([name]) => `[${name}](#${anchor(name)})`);
  return [
    `# Types

What signatures name. Options stand with the functions that take them, those of methods here. Shapes in types (\`Tensor<[2, 3]>\`) are left out
here: where the type checker knows them it checks them.

${links.join(" · ")}
`,
    ...types.map(([name, type]) => typeEntry(name, type)),
  ].join("\n");
}

function typeEntry(name: string, { node, file }: NamedType): string {
  const parts = [`### ${name}`, definition(name, node), prose(docOf(node)), fields({ node, file })];
  const source = `<sub>[${file.replace(/^src\//, "")}](../../${file})</sub>`;
  return `${[...parts, source].filter((part) => part !== "").join("\n\n")}\n`;
}

function definition(name: string, node: Declaration): string {
  if (!ts.isTypeAliasDeclaration(node)) return "";
  const text = node.type
    .getText()
    .replace(/\breadonly /g, "")
    .replace(/\s+/g, " ")
    .replace(/^\| /, "");
  return code([`type ${name} = ${text}`]);
}

/** Members of an interface, those that it inherits included, with what they are. */
function fields(type: NamedType): string {
  return [...membersOf(type).values()]
    .flatMap((member) => {
      const doc = docOf(member).replace(/\s+/g, " ");
      const text = fieldText(member);
      return text === "" ? [] : [`- \`${text}\`${doc === "" ? "" : ` — ${doc}`}`];
    })
    .join("\n");
}

/** Members of an interface by name; its own go before those that it inherits, whatever it says of them. */
function membersOf({ node, file }: NamedType): Map<string, ts.TypeElement> {
  if (!ts.isInterfaceDeclaration(node)) return new Map();
  const bases = (node.heritageClauses ?? []).flatMap((clause) => [...clause.types]);
  const inherited = bases.flatMap((base) => [...inheritedMembers(base, file)]);
  const own = node.members.map((member) => [member.name?.getText() ?? "", member] as const);
  const names = new Set(own.map(([name]) => name));
  return new Map([...own, ...inherited.filter(([name]) => !names.has(name))]);
}

/** `extends X`, `extends Omit<X, "a">` and `extends Pick<X, "a">`. */
function inheritedMembers(
  base: ts.ExpressionWithTypeArguments,
  file: string,
): Map<string, ts.TypeElement> {
  const word = base.expression.getText();
  const [first, second] = base.typeArguments ?? [];
  const isPart = word === "Omit" || word === "Pick";
  const found = typeNamed(isPart ? first.getText() : word, file);
  if (found === undefined) return new Map();
  const all = membersOf({ node: found[0], file: found[1] });
  if (!isPart) return all;
  const listed = [...second.getText().matchAll(/"(\w+)"/g)].map(([, name]) => name);
  return new Map([...all].filter(([name]) => listed.includes(name) === (word === "Pick")));
}

/** Types by name: the exported ones, and those of signatures, options and methods. */
function namedTypes(exports: readonly Export[]): Map<string, NamedType> {
  const found = new Map<string, NamedType>();
  const put = (name: string, file: string, isOptions = false): void => {
    if (found.has(name) || /Options$/.test(name) !== isOptions || name.length < 2) return;
    const type = typeNamed(name, file);
    if (type !== undefined && !ts.isClassDeclaration(type[0])) {
      found.set(name, { node: type[0], file: type[1] });
    }
  };
  const isType = ({ node }: Export): boolean =>
    ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
  for (const item of exports.filter(isType)) put(nameOf(item.node), item.file); // before others of the same name
  for (const item of exports) {
    const texts = [
      ...signaturesOf(item),
      ...optionsOf(item).map(({ type }) => type),
      ...memberLines(item).map((line) => line.split("` — ")[0]),
    ];
    for (const [name] of texts.join(" ").matchAll(/\b[A-Z]\w+/g)) put(name, item.file);
    const methods = memberLines(item).map((line) => line.split("` — ")[0]);
    for (const [name] of methods.join(" ").matchAll(/\b[A-Z]\w+Options\b/g)) {
      put(name, item.file, true);
    }
  }
  return found;
}
