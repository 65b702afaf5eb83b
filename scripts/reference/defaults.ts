// Defaults of options: from the code, where a pattern takes the options apart or `??` stands behind one, also in functions
// that the options are handed to; else from the sentence that documents the option.

import { dirname, join } from "node:path";
import ts from "typescript";
import { sourceOf, typeNamed } from "./exports.ts";

type Maker = ts.FunctionDeclaration | ts.ConstructorDeclaration;

/** Options may be handed on this often. */
const furthest = 4;

/** A default in the code. */
export interface CodeDefault {
  /** "" where it is not a short literal. */
  readonly text: string;
  /** Whether a function that the options are handed to gives it, perhaps not in every case. */
  readonly isFar: boolean;
}

/** Defaults by option of a function or a class. */
export function defaultsOf(node: ts.Node, file: string): ReadonlyMap<string, CodeDefault> {
  const found = new Map<string, CodeDefault>();
  const [maker, place] = makerOf(node, file) ?? [];
  if (maker === undefined || place === undefined) return found;
  const taken = maker.parameters.findIndex((p) => /options|^\{/i.test(p.name.getText()));
  if (taken >= 0) collect(maker, taken, place, found, furthest);
  return found;
}

/** The function, or the constructor of a class or of the class that it extends. */
function makerOf(node: ts.Node, file: string): [Maker, string] | undefined {
  if (ts.isFunctionDeclaration(node)) return [node, file];
  if (!ts.isClassDeclaration(node)) return undefined;
  const own = node.members.find(ts.isConstructorDeclaration);
  if (own !== undefined) return [own, file];
  const base = node.heritageClauses?.[0].types[0].expression.getText();
  return base === undefined ? undefined : makerNamed(base, file);
}

/** A function or class by the name that it has in a file, which may import it. */
function makerNamed(name: string, file: string): [Maker, string] | undefined {
  for (const statement of sourceOf(file).statements) {
    const isOwn =
      (ts.isFunctionDeclaration(statement) && statement.body !== undefined) ||
      ts.isClassDeclaration(statement);
    if (isOwn && statement.name?.text === name) return makerOf(statement, file);
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    if (bindings === undefined || !ts.isNamedImports(bindings) || !from.startsWith(".")) continue;
    const imported = bindings.elements.find((element) => element.name.text === name);
    if (imported === undefined) continue;
    return makerNamed((imported.propertyName ?? imported.name).text, join(dirname(file), from));
  }
  return undefined;
}

/** Adds the defaults that a function gives to the options in one of its parameters; the first that is found counts. `values` are
 * what other parameters are given. */
function collect(
  f: Maker,
  index: number,
  file: string,
  found: Map<string, CodeDefault>,
  depth: number,
  values: ReadonlyMap<string, ts.Expression> = new Map(),
): void {
  const parameter = f.parameters[index];
  if (parameter === undefined) return;
  /** Names of the options, and of what is left of them. */
  const names = new Set([parameter.name.getText()]);
  const put = (name: string, value: ts.Expression): void => {
    if (found.has(name)) return;
    const text = valueText(values.get(value.getText()) ?? value);
    found.set(name, { text, isFar: depth < furthest });
  };
  const takeApart = (pattern: ts.ObjectBindingPattern): void => {
    for (const { name, propertyName, initializer, dotDotDotToken } of pattern.elements) {
      if (dotDotDotToken !== undefined) names.add(name.getText());
      if (initializer !== undefined) put((propertyName ?? name).getText(), initializer);
    }
  };
  const isOptions = (node: ts.Node): boolean =>
    names.has(node.getText()) ||
    (ts.isObjectLiteralExpression(node) &&
      node.properties.some((p) => ts.isSpreadAssignment(p) && names.has(p.expression.getText())));
  const follow = (node: ts.CallExpression | ts.NewExpression): void => {
    const at = (node.arguments ?? []).findIndex(isOptions);
    if (at < 0 || depth === 0) return;
    const isSuper = node.expression.kind === ts.SyntaxKind.SuperKeyword;
    const called = isSuper ? superOf(f) : node.expression.getText();
    const target = called === undefined ? undefined : makerNamed(called, file);
    if (target === undefined) return;
    if (isSuper) given(target[0], node.arguments ?? []);
    const bound = target[0].parameters.map((p, k) => [p.name.getText(), node.arguments?.[k]]);
    const known = bound.filter((pair): pair is [string, ts.Expression] => pair[1] !== undefined);
    collect(target[0], at, target[1], found, depth - 1, new Map(known));
  };
  /** A class gives the defaults of its own to the one that it extends: `super(options, { weightDecay: 0.01 })`. */
  const given = (target: Maker, values: readonly ts.Expression[]): void => {
    values.forEach((value, k) => {
      const name = target.parameters[k]?.name.getText();
      if (name !== undefined && valueText(value) !== "") put(name, value);
      if (!ts.isObjectLiteralExpression(value)) return;
      for (const part of value.properties.filter(ts.isPropertyAssignment)) {
        if (valueText(part.initializer) !== "") put(part.name.getText(), part.initializer);
      }
    });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name)) {
      if (node.initializer !== undefined && isOptions(node.initializer)) takeApart(node.name);
    }
    if (ts.isBinaryExpression(node)) {
      const isElse = node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
      const [, owner, name] = /^(\w+)\.(\w+)$/.exec(node.left.getText()) ?? [];
      if (isElse && owner !== undefined && names.has(owner)) put(name, node.right);
    }
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) follow(node);
    ts.forEachChild(node, visit);
  };
  if (ts.isObjectBindingPattern(parameter.name)) takeApart(parameter.name);
  if (f.body !== undefined) visit(f.body);
}

function superOf(f: Maker): string | undefined {
  const { parent } = f;
  if (!ts.isClassDeclaration(parent)) return undefined;
  return parent.heritageClauses?.[0].types[0].expression.getText();
}

/** Numbers, text and the like, which say something to a reader; not names of other things. */
function valueText(value: ts.Expression): string {
  const text = value
    .getText()
    .replace(/_(?=\d)/g, "")
    .replaceAll("Number.POSITIVE_INFINITY", "∞");
  const isValue = /^([-\d.∞[][-\d.e/*\s∞,\]]*|"[^"]*"|true|false|null)$/.test(text);
  return isValue && text.length <= 16 ? text : "";
}

const number = String.raw`[-−]?(?:\d{1,3}(?:[ ,]\d{3})+|\d[\d.]*(?:e-?\d+)?(?: ?/ ?\d+)?|∞)`;
const formula = String.raw`[^\s;]*[\d(√][^\s;]*`;
const value = String.raw`(${number}|true|false|null|"\w+"|\`[\w".]+\`|\w+)`;

/** What the documentation of an option says its default is, and the documentation without a last clause that says only that. */
export function saidDefault(
  doc: string,
  { owner, type, file }: { readonly owner: string; readonly type: string; readonly file: string },
): { readonly said: string; readonly rest: string } {
  const words = wordsOf(type, file);
  const known = (text: string | undefined): string => literal(text ?? "", words, type);
  const other = new RegExp(String.raw`[Dd]efault [^;.]*?\(.?${owner}.? ${value}\)`).exec(doc);
  const last = new RegExp(
    String.raw`^(.*?)[;.,:]?\s*[Dd]efault:? (?:${value}|(${formula}))\.$`,
  ).exec(doc);
  const ending = last === null ? "" : known(last[2]) || (last[3] ?? "");
  if (last !== null && ending !== "") {
    return { said: ending, rest: last[1] === "" ? "" : `${last[1]}.` };
  }
  const forms = [
    String.raw`\b[Dd]efault:? ${value}(?=[.,;)]|$| \()`,
    String.raw`${value} \((?:the )?default\b`,
    String.raw`${value}, the default\b`,
  ];
  const said = forms.map((form) => known(new RegExp(form).exec(doc)?.[1])).find((v) => v !== "");
  const isTrue = type === "boolean" && /^Whether\b.*\((the )?default\b/.test(doc);
  return { said: known(other?.[1]) || said || (isTrue ? "true" : ""), rest: doc };
}

/** A word as the value that the type allows; "" where it is another word. */
function literal(text: string, words: readonly string[], type: string): string {
  const bare = text.replace(/[`"]/g, "");
  if (words.includes(bare) || (type === "string" && text.startsWith("`"))) return `"${bare}"`;
  if (new RegExp(`^${number}$`).test(bare))
    return bare.replace("−", "-").replace(/(?<=\d)[ ,](?=\d{3})/g, "");
  return ["true", "false", "null"].includes(bare) ? bare : "";
}

/** The texts that a type allows. */
function wordsOf(type: string, file: string): string[] {
  const named = [...type.matchAll(/\b[A-Z]\w+/g)].map(([name]) => typeNamed(name, file)?.[0]);
  const aliases = named.filter((node) => node !== undefined && ts.isTypeAliasDeclaration(node));
  const texts = [type, ...aliases.map((node) => (node as ts.TypeAliasDeclaration).type.getText())];
  return [...texts.join(" ").matchAll(/"([\w-]+)"/g)].map(([, word]) => word);
}
