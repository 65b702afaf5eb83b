// Signatures as a reader wants them: shapes in types left out, since the documentation says them in words, and options as a
// table of fields with their defaults.

import ts from "typescript";
import { type CodeDefault, defaultsOf } from "./defaults.ts";
import { type Declaration, docOf, type Export, typeNamed } from "./exports.ts";

type Callable =
  | ts.FunctionDeclaration
  | ts.FunctionTypeNode
  | ts.ConstructorDeclaration
  | ts.MethodDeclaration
  | ts.ArrowFunction
  | ts.MethodSignature;

/** `name(x: Tensor, axis = -1): Tensor`, one line per overload. */
export function signaturesOf({ name, node, overloads, file }: Export): string[] {
  if (ts.isFunctionDeclaration(node)) {
    return (overloads.length > 0 ? overloads : [node]).map((f) => callText(name, f));
  }
  if (ts.isClassDeclaration(node)) return [constructorText(name, node)];
  if (ts.isVariableDeclaration(node)) return [variableText(name, node, file)];
  return [];
}

/** Text of a call of `f`. */
export function callText(name: string, f: Callable): string {
  const shapes = shapeParameters(f);
  const kept = (f.typeParameters ?? []).filter((p) => !shapes.has(p.name.text));
  const generic = kept.length > 0 ? `<${kept.map((p) => typeText(p, shapes)).join(", ")}>` : "";
  const parameters = f.parameters
    .filter((p) => p.name.getText() !== "this")
    .map((p) => parameterText(p, shapes));
  const result = f.type === undefined ? "" : `: ${typeText(f.type, shapes)}`;
  return tidy(`${name}${generic}(${parameters.join(", ")})${result}`);
}

function constructorText(name: string, node: ts.ClassDeclaration): string {
  const made = node.members.find(ts.isConstructorDeclaration);
  return `new ${made === undefined ? `${name}()` : callText(name, made)}`;
}

function variableText(name: string, node: ts.VariableDeclaration, file: string): string {
  const { type, initializer } = node;
  if (type !== undefined && ts.isTypeReferenceNode(type)) {
    const alias = typeNamed(type.typeName.getText(), file)?.[0];
    if (alias && ts.isTypeAliasDeclaration(alias) && ts.isFunctionTypeNode(alias.type)) {
      return callText(name, alias.type);
    }
  }
  if (type !== undefined && ts.isFunctionTypeNode(type)) return callText(name, type);
  if (initializer !== undefined && ts.isArrowFunction(initializer)) {
    return callText(name, initializer);
  }
  return type === undefined ? name : `${name}: ${typeText(type, new Map())}`;
}

/** Type parameters that stand for shapes or data, by the type that bounds them. */
type Bounds = ReadonlyMap<string, string>;

const bounding = new Set(["Shape", "TensorData", "number"]);

function shapeParameters(f: Callable): Bounds {
  const owners = [f, ts.isConstructorDeclaration(f) || ts.isMethodDeclaration(f) ? f.parent : f];
  const parameters = owners.flatMap((owner) => [
    ...((owner as { typeParameters?: ts.NodeArray<ts.TypeParameterDeclaration> }).typeParameters ??
      []),
  ]);
  return new Map(
    parameters.flatMap((p): [string, string][] => {
      const bound = p.constraint?.getText().replace("readonly ", "") ?? "";
      return bounding.has(bound) ? [[p.name.text, bound]] : [];
    }),
  );
}

function parameterText(p: ts.ParameterDeclaration, shapes: Bounds): string {
  const name = ts.isIdentifier(p.name) ? p.name.text : "options";
  const dots = p.dotDotDotToken === undefined ? "" : "...";
  const type = p.type === undefined ? "" : typeText(p.type, shapes);
  const initial = p.initializer?.getText().replace(/ as .*/, "");
  if (initial === undefined) {
    return `${dots}${name}${p.questionToken ? "?" : ""}${type === "" ? "" : `: ${type}`}`;
  }
  if (initial === "{}") return `${name}?: ${type}`;
  return type === "" || ["number", "boolean"].includes(type)
    ? `${name} = ${initial}`
    : `${name}: ${type} = ${initial}`;
}

/** A type with shapes left out: `Tensor<S> & Fits<…>` is `Tensor`. */
function typeText(node: ts.Node, shapes: Bounds): string {
  if (ts.isTypeReferenceNode(node)) {
    const name = node.typeName.getText();
    if (name === "Tensor") return "Tensor";
    if (shapes.has(name)) return shapes.get(name)!;
  }
  if (ts.isIntersectionTypeNode(node)) {
    const parts = node.types.map((part) => typeText(part, shapes));
    return parts.filter((part) => !part.startsWith("Fits<")).join(" & ");
  }
  if (ts.isParenthesizedTypeNode(node)) {
    const inner = typeText(node.type, shapes);
    return /^[\w.]+$/.test(inner) ? inner : `(${inner})`;
  }
  const children = node.getChildren();
  if (children.length === 0) return node.getText();
  let text = "";
  let at = node.getStart();
  for (const child of children) {
    text += node.getSourceFile().text.slice(at, child.getStart()) + typeText(child, shapes);
    at = child.getEnd();
  }
  return text;
}

/** One line, without the words that say nothing to a caller. */
function tidy(text: string): string {
  return text
    .replace(/\/\*\*[\s\S]*?\*\//g, "")
    .replace(/\breadonly /g, "")
    .replace(/\s+/g, " ")
    .replace(/([([{]) /g, "$1")
    .replace(/,? ([)\]])/g, "$1")
    .replace(/\{([^ }])/g, "{ $1")
    .replace(/;? \}/g, " }")
    .replaceAll(" | undefined", "")
    .trim();
}

/** One option. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  /** The default that the code gives. */
  readonly initial: CodeDefault;
  readonly doc: string;
}

const none: CodeDefault = { text: "", isFar: false };

/** The fields of the options that a function or constructor takes. */
export function optionsOf({ node, overloads, file }: Export): Field[] {
  const f = ts.isClassDeclaration(node)
    ? node.members.find(ts.isConstructorDeclaration)
    : ts.isFunctionDeclaration(node)
      ? (overloads.at(-1) ?? node)
      : undefined;
  if (f === undefined) return [];
  const context = { file, shapes: shapeParameters(f) };
  const fields = f.parameters.filter(isOptions).flatMap((p) => fieldsOf(p.type, context));
  const initial = defaultsOf(node, file);
  // What an interface says of a field goes before what it inherits.
  return [...new Map(fields.reverse().map((field) => [field.name, field])).values()]
    .reverse()
    .map((field) => ({
      ...field,
      initial: initial.get(field.name) ?? none,
      required: field.required && overloads.every((one) => requires(one, field.name, file)),
    }));
}

/** Whether a signature cannot do without an option. */
function requires(f: ts.FunctionDeclaration, name: string, file: string): boolean {
  const context = { file, shapes: shapeParameters(f) };
  const fields = f.parameters.filter(isOptions).flatMap((p) => fieldsOf(p.type, context));
  return fields.some((field) => field.name === name && field.required);
}

interface FieldContext {
  readonly file: string;
  readonly shapes: Bounds;
}

function isOptions(p: ts.ParameterDeclaration): boolean {
  const type = p.type?.getText() ?? "";
  return (
    /^options$/i.test(p.name.getText()) ||
    p.name.getText().startsWith("{") ||
    /Options\b/.test(type)
  );
}

function fieldsOf(type: ts.TypeNode | undefined, context: FieldContext): Field[] {
  if (type === undefined) return [];
  if (ts.isTypeLiteralNode(type)) return membersOf(type.members, context);
  if (ts.isIntersectionTypeNode(type)) return type.types.flatMap((part) => fieldsOf(part, context));
  if (!ts.isTypeReferenceNode(type)) return [];
  const name = type.typeName.getText().replace(/^.*\./, ""); // without the namespace that it is imported by
  const [first, second] = type.typeArguments ?? [];
  const listed = [...(second?.getText() ?? "").matchAll(/"(\w+)"/g)].map((match) => match[1]);
  if (name === "Omit") return fieldsOf(first, context).filter((f) => !listed.includes(f.name));
  if (name === "Pick") return fieldsOf(first, context).filter((f) => listed.includes(f.name));
  if (name === "Readonly") return fieldsOf(first, context);
  if (name === "Partial") {
    return fieldsOf(first, context).map((field) => ({ ...field, required: false }));
  }
  const found = typeNamed(name, context.file);
  return found === undefined ? [] : declaredFields(found[0], { ...context, file: found[1] });
}

function declaredFields(node: Declaration, context: FieldContext): Field[] {
  if (ts.isTypeAliasDeclaration(node)) return fieldsOf(node.type, context);
  if (!ts.isInterfaceDeclaration(node)) return [];
  const inherited = (node.heritageClauses ?? [])
    .flatMap((clause) => [...clause.types])
    .flatMap((base) => inheritedFields(base, context));
  return [...membersOf(node.members, context), ...inherited];
}

/** `extends Omit<X, "a">` is an expression with type arguments. */
function inheritedFields(base: ts.ExpressionWithTypeArguments, context: FieldContext): Field[] {
  const text = base.getText();
  const parsed = ts.createSourceFile("base.ts", `type T = ${text};`, ts.ScriptTarget.ES2022, true);
  return fieldsOf((parsed.statements[0] as ts.TypeAliasDeclaration).type, context);
}

function membersOf(members: ts.NodeArray<ts.TypeElement>, { shapes }: FieldContext): Field[] {
  return members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    type: tidy(member.type === undefined ? "" : typeText(member.type, shapes)),
    required: member.questionToken === undefined,
    initial: none,
    doc: docOf(member).replace(/\s+/g, " "),
  }));
}

/** A member of an interface: `name: type`, or a call. */
export function fieldText(member: ts.TypeElement): string {
  if (ts.isMethodSignature(member)) return callText(member.name.getText(), member);
  if (!ts.isPropertySignature(member)) return "";
  const mark = member.questionToken === undefined ? "" : "?";
  const type = member.type === undefined ? "" : typeText(member.type, new Map());
  return tidy(`${member.name.getText()}${mark}: ${type}`);
}
