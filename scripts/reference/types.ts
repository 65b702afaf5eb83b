// The page of types: what signatures name and the main entry exports, but for options, which stand with those that take them.

import ts from "typescript";
import { anchor, code, prose } from "./entries.ts";
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

What signatures name. Options stand with the functions that take them. Shapes in types (\`Tensor<[2, 3]>\`) are left out
here: where the type checker knows them it checks them.

${links.join(" · ")}
`,
    ...types.map(([name, type]) => typeEntry(name, type)),
  ].join("\n");
}

function typeEntry(name: string, { node, file }: NamedType): string {
  const parts = [`### ${name}`, definition(name, node), prose(docOf(node)), fields(node)];
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

/** Members of an interface, with what they are. */
function fields(node: Declaration): string {
  if (!ts.isInterfaceDeclaration(node)) return "";
  return node.members
    .flatMap((member) => {
      const doc = docOf(member).replace(/\s+/g, " ");
      const text = fieldText(member);
      return text === "" ? [] : [`- \`${text}\`${doc === "" ? "" : ` — ${doc}`}`];
    })
    .join("\n");
}

/** Types by name: the exported ones, and those of signatures and options. */
function namedTypes(exports: readonly Export[]): Map<string, NamedType> {
  const found = new Map<string, NamedType>();
  const put = (name: string, file: string): void => {
    if (found.has(name) || /Options$/.test(name) || name.length < 2) return;
    const type = typeNamed(name, file);
    if (type !== undefined && !ts.isClassDeclaration(type[0])) {
      found.set(name, { node: type[0], file: type[1] });
    }
  };
  for (const item of exports) {
    const isType = ts.isInterfaceDeclaration(item.node) || ts.isTypeAliasDeclaration(item.node);
    if (isType) put(nameOf(item.node), item.file);
    const texts = [...signaturesOf(item), ...optionsOf(item).map(({ type }) => type)];
    for (const [name] of texts.join(" ").matchAll(/\b[A-Z]\w+/g)) put(name, item.file);
  }
  return found;
}
