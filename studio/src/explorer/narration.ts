// What happens at a moment of the step, in one sentence with its numbers.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import type { Language } from "../language/language.ts";
import type { Moment, ShownGraph } from "./graph-model.ts";
import { placeOf, shown, shownList } from "./numbers.ts";
import { titleOf as title } from "./titles.ts";

/** What a sentence speaks of: titles and numbers of one element. */
interface Handed {
  readonly name: string;
  readonly from: number;
  readonly derivative: number | undefined;
  readonly part: number;
  readonly sum: number;
  readonly terms: number;
}

interface Sentences {
  /** Between things that are listed. */
  readonly and: string;
  readonly forward: (name: string, inputs: string, result: string) => string;
  readonly loss: (value: string) => string;
  readonly backward: (user: string, handed: readonly Handed[], element: string) => string;
  readonly folded: (name: string, to: string) => string;
  readonly update: (
    name: string,
    before: string,
    after: string,
    gradient: string | undefined,
  ) => string;
  /** An update of many numbers, by the relative size of the change. */
  readonly change: (name: string, count: string, percent: string) => string;
  /** An update that changes nothing. */
  readonly unchanged: (name: string) => string;
  /** Many numbers at once. */
  readonly many: (count: string, from: string, to: string) => string;
}

const en: Sentences = {
  and: " and ",
  forward: (name, inputs, result) => `${name} takes ${inputs} and gives ${result}.`,
  loss: (value) =>
    `The loss is ${value}. By itself it changes one to one, so its adjoint is 1: the way back begins here.`,
  backward: (user, handed, element) => {
    const [{ from }] = handed;
    const parts = handed.map(({ name, derivative, part, sum, terms }) => {
      const gives =
        derivative === undefined
          ? `hands ${shown(part)} to ${name}`
          : `multiplies by its derivative ${shown(derivative)} and hands ${shown(part)} to ${name}`;
      return terms > 1 ? `${gives}, where ${terms} contributions add up to ${shown(sum)}` : gives;
    });
    const link = handed.length === 1 && handed[0].derivative === undefined ? " and" : ",";
    return `${user} receives ${shown(from)} from the loss${link} ${parts.join("; it ")}${element === "" ? "" : ` (element ${element})`}.`;
  },
  folded: (name, to) => `The derivatives of ${name} are applied: ${to} get their adjoints.`,
  update: (name, before, after, gradient) =>
    gradient === undefined
      ? `${name} goes from ${before} to ${after}.`
      : `${name} goes from ${before} to ${after}: a step against its gradient ${gradient}.`,
  change: (name, count, percent) =>
    `${name} is updated: its ${count} numbers change by ${percent} % of their size, against the gradient.`,
  unchanged: (name) =>
    `${name} stays as it is: its gradient or the learning rate is 0, or the step is too small to count.`,
  many: (count, from, to) => `${count} numbers from ${from} to ${to}`,
};

const zh: Sentences = {
  and: "、",
  forward: (name, inputs, result) => `${name} 由 ${inputs} 算出 ${result}。`,
  loss: (value) => `损失是 ${value}。它对自己的导数是 1：反向传播从这里开始。`,
  backward: (user, handed, element) => {
    const [{ from }] = handed;
    const parts = handed.map(({ name, derivative, part, sum, terms }) => {
      const gives =
        derivative === undefined
          ? `把 ${shown(part)} 传给 ${name}`
          : `乘以自己的导数 ${shown(derivative)}，把 ${shown(part)} 传给 ${name}`;
      return terms > 1 ? `${gives}，那里 ${terms} 项贡献相加得 ${shown(sum)}` : gives;
    });
    return `${user} 从损失方向收到 ${shown(from)}，${parts.join("；又")}${element === "" ? "" : `（元素 ${element}）`}。`;
  },
  folded: (name, to) => `对 ${name} 求导：${to} 得到了伴随值。`,
  update: (name, before, after, gradient) =>
    gradient === undefined
      ? `${name} 从 ${before} 变为 ${after}。`
      : `${name} 从 ${before} 变为 ${after}：沿梯度 ${gradient} 的反方向走一步。`,
  change: (name, count, percent) =>
    `${name} 被更新：它的 ${count} 个数沿梯度的反方向改变了自身大小的 ${percent} %。`,
  unchanged: (name) => `${name} 保持不变：它的梯度或学习率为 0，或者这一步小得可以忽略。`,
  many: (count, from, to) => `${from} 到 ${to} 之间的 ${count} 个数`,
};

const all: Readonly<Record<Language, Sentences>> = { en, zh };

/** Names folded layers; undefined for nodes that are seen by themselves. */
type LabelOf = (node: number) => string | undefined;

/** The sentence for a moment. */
export function narrate(
  language: Language,
  trace: StepTrace,
  graph: ShownGraph,
  moment: Moment,
  labelOf: LabelOf,
): string {
  const say = all[language];
  if (moment.kind === "backward")
    return backwardSentence(say, trace, moment.nodes, moment.through, labelOf);
  const node = trace.nodes[moment.nodes[0]];
  if (moment.kind === "update") return updateSentence(say, trace, node, moment.update);
  if (moment.kind === "loss") return say.loss(shown(trace.loss.value));
  const inputs = inputsOf(trace, graph, node);
  const given = inputs.map((input) => `${titleOf(input)} (${few(say, input)})`);
  return say.forward(labelOf(node.id) ?? titleOf(node), given.join(say.and), few(say, node));
}

function updateSentence(
  say: Sentences,
  { nodes, updates }: StepTrace,
  node: TraceNode,
  update: number,
): string {
  const { after, gradient, ratio } = updates[update];
  const differs = (x: number, k: number): boolean => x !== nodes[after].values[k];
  if (!node.values.some(differs)) return say.unchanged(titleOf(node));
  if (!isFew(node) && ratio > 0)
    return say.change(titleOf(node), countOf(node), shown(100 * ratio, 3));
  const found = gradient === undefined ? undefined : few(say, nodes[gradient]);
  // As many digits as it takes to see the change.
  const digits = [4, 5, 6].find((count) => few(say, node, count) !== few(say, nodes[after], count));
  return say.update(
    titleOf(node),
    few(say, node, digits ?? 7),
    few(say, nodes[after], digits ?? 7),
    found,
  );
}

function backwardSentence(
  say: Sentences,
  trace: StepTrace,
  targets: readonly number[],
  through: number,
  labelOf: LabelOf,
): string {
  const user = trace.nodes[through];
  const label = labelOf(through);
  const known = targets
    .map((id) => (label === undefined ? handedTo(trace, trace.nodes[id], user) : undefined))
    .filter((one) => one !== undefined);
  if (known.length > 0)
    return say.backward(titleOf(user), known, placeOf(0, trace.nodes[targets[0]].shape));
  const names = new Set(targets.map((id) => labelOf(id) ?? titleOf(trace.nodes[id])));
  return say.folded(label ?? titleOf(user), [...names].join(say.and));
}

/** What a user hands to one of its inputs, for the first element. */
function handedTo({ nodes }: StepTrace, target: TraceNode, user: TraceNode): Handed | undefined {
  const { contributions = [], adjoint } = target;
  const own = contributions.filter((one) => one.user === user.id);
  if (own.length === 0 || user.adjoint === undefined || adjoint === undefined) return undefined;
  const [from, sum, ...parts] = [user.adjoint, adjoint, ...own.map(({ part }) => part)].map(
    (id) => nodes[id].values[0],
  );
  const part = parts.reduce((a, b) => a + b); // a square uses its input twice, and is one function
  const isElementwise =
    user.derivatives.length > 0 && sameShape(user.shape, nodes[own[0].part].shape);
  const derivative = isElementwise && from !== 0 ? part / from : undefined;
  const terms = new Set(contributions.map((one) => one.user)).size;
  return { name: titleOf(target), from, derivative, part, sum, terms };
}

function inputsOf(trace: StepTrace, { seenIn }: ShownGraph, { inputs }: TraceNode): TraceNode[] {
  const ids = new Set(inputs.map((input) => seenIn(input) ?? input));
  return [...ids].map((id) => trace.nodes[id]);
}

/** A title that is not broken into two lines. */
function titleOf(node: TraceNode): string {
  return title(node).replaceAll(" ", "\u00a0");
}

/** A node's numbers in a sentence. */
function few(say: Sentences, node: TraceNode, digits = 4): string {
  if (isFew(node)) return shownList(node.values, 3, digits).replaceAll("  ", ", ");
  const { min, max } = node.statistics;
  return say.many(countOf(node), shown(min, digits - 1), shown(max, digits - 1));
}

function isFew({ values, sampled }: TraceNode): boolean {
  return sampled === undefined && values.length <= 3;
}

function countOf({ shape }: TraceNode): string {
  return shape.reduce((a, b) => a * b, 1).toLocaleString("en");
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, k) => n === b[k]);
}
