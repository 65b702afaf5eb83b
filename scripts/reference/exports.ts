// The public surface as data: every export of an entry point with its documentation, signature and place in the sources.
// Read from the syntax alone, so that types are as their authors wrote them and reading takes a second.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");

/** One export. */
export interface Export {
  /** As a program writes it, with the namespaces before it, e.g. `losses.huber`. */
  readonly name: string;
  readonly node: Declaration;
  /** Further signatures of the same function. */
  readonly overloads: readonly ts.FunctionDeclaration[];
  readonly doc: string;
  /** Path from the root of the repository. */
  readonly file: string;
}

export type Declaration =
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.VariableDeclaration;

const sources = new Map<string, ts.SourceFile>();

/** The syntax of a file of the sources. */
export function sourceOf(file: string): ts.SourceFile {
  const path = resolve(root, file);
  const found =
    sources.get(path) ??
    ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);
  sources.set(path, found);
  return found;
}

/** All exports of an entry point, in its order; namespaces are followed. */
export function exportsOf(file: string, prefix = ""): Export[] {
  return sourceOf(file).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return reExports(file, statement, prefix);
    return declarationsOf(statement)
      .filter(() => isExported(statement))
      .map((node) => exportFrom(file, nameOf(node), prefix + nameOf(node)));
  });
}

function reExports(file: string, statement: ts.ExportDeclaration, prefix: string): Export[] {
  if (statement.moduleSpecifier === undefined || statement.isTypeOnly) {
    return statement.isTypeOnly ? named(file, statement, prefix) : [];
  }
  const from = targetOf(file, statement.moduleSpecifier);
  const clause = statement.exportClause;
  if (clause === undefined) return exportsOf(from, prefix);
  if (ts.isNamespaceExport(clause)) return exportsOf(from, `${prefix}${clause.name.text}.`);
  return named(file, statement, prefix);
}

function named(file: string, statement: ts.ExportDeclaration, prefix: string): Export[] {
  const from = targetOf(file, statement.moduleSpecifier!);
  const { elements } = statement.exportClause as ts.NamedExports;
  return elements.map((element) => {
    const original = (element.propertyName ?? element.name).text;
    return exportFrom(from, original, prefix + element.name.text);
  });
}

function targetOf(file: string, specifier: ts.Expression): string {
  return join(dirname(file), (specifier as ts.StringLiteral).text);
}

/** The export of a file by its name there, which may be an export of another file. */
function exportFrom(file: string, original: string, name: string): Export {
  const own = sourceOf(file)
    .statements.flatMap(declarationsOf)
    .filter((node) => nameOf(node) === original);
  const [node] = own;
  if (node === undefined) {
    const found = exportsOf(file).find((entry) => entry.name === original);
    if (found === undefined) throw new Error(`${file} exports no ${original}`);
    return { ...found, name };
  }
  const overloads = own.filter(ts.isFunctionDeclaration).filter((f) => f.body === undefined);
  const documented = own.find((part) => docOf(part) !== "") ?? node;
  return { name, node, overloads, doc: docOf(documented), file };
}

function declarationsOf(statement: ts.Statement): Declaration[] {
  if (ts.isVariableStatement(statement)) return [...statement.declarationList.declarations];
  const known =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return known ? [statement] : [];
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword)
  );
}

export function nameOf(node: Declaration): string {
  return node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : "";
}

/** The documentation comment of a declaration, as Markdown. */
export function docOf(node: ts.Node): string {
  const owner = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const comments = ts.getJSDocCommentsAndTags(owner).filter(ts.isJSDoc);
  return ts.getTextOfJSDocComment(comments.at(-1)?.comment)?.trim() ?? "";
}

/** Declarations of types by name, in the same file first, then anywhere in the sources. */
export function typeNamed(name: string, file: string): [Declaration, string] | undefined {
  const own = typesIn(file).get(name);
  if (own !== undefined) return [own, file];
  const path = sourceFiles().find((other) => typesIn(other).has(name));
  return path === undefined ? undefined : [typesIn(path).get(name)!, path];
}

const types = new Map<string, ReadonlyMap<string, Declaration>>();

/** The types that a file declares; the first of a name. */
function typesIn(file: string): ReadonlyMap<string, Declaration> {
  const found = types.get(file);
  if (found !== undefined) return found;
  const declared = sourceOf(file)
    .statements.flatMap(declarationsOf)
    .filter((node) => !ts.isFunctionDeclaration(node) && !ts.isVariableDeclaration(node));
  const made = new Map(declared.reverse().map((node) => [nameOf(node), node]));
  types.set(file, made);
  return made;
}

let files: string[] | undefined;

function sourceFiles(): string[] {
  const folder = join(root, "src");
  files ??= readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => relative(root, join(folder, file)));
  return files;
}
