// Post-processors of tokenizer files: which special tokens go around one text or a pair of them, and which text each token
// is of (its type).

import { badTokenizer, build, Component, unsupported } from "./component.ts";

/** Tokens with their types, and which of them were put around the text. */
export interface Row {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
  readonly special: readonly boolean[];
}

/** A step of a template: one of the texts, or tokens that are put there. */
type Step = { readonly type: number } & (
  | { readonly text: 0 | 1 }
  | { readonly put: readonly number[] }
);

/** Templates for one text and for two. */
export interface PostProcessor {
  readonly single: readonly Step[];
  readonly pair: readonly Step[];
}

const text = (which: 0 | 1, type: number): Step => ({ text: which, type });
const put = (id: number, type: number): Step => ({ put: [id], type });

/** Nothing around the texts. */
export const noPostProcessor: PostProcessor = {
  single: [text(0, 0)],
  pair: [text(0, 0), text(1, 1)],
};

/** Reads a post-processor. */
export function readPostProcessor(component: Component): PostProcessor {
  return build(component, kinds);
}

/** Puts texts of tokens into the template. */
export function postProcess(
  processor: PostProcessor,
  texts: readonly (readonly number[])[],
  { special }: { readonly special: boolean },
): Row {
  const row = { ids: [] as number[], typeIds: [] as number[], special: [] as boolean[] };
  for (const step of texts.length === 1 ? processor.single : processor.pair) {
    const isPut = "put" in step;
    if (isPut && !special) continue;
    for (const id of isPut ? step.put : texts[step.text]) {
      row.ids.push(id);
      row.typeIds.push(step.type);
      row.special.push(isPut);
    }
  }
  return row;
}

/** How many tokens a template adds. */
export function addedCount(processor: PostProcessor, texts: 1 | 2): number {
  const steps = texts === 1 ? processor.single : processor.pair;
  return steps.reduce((count, step) => count + ("put" in step ? step.put.length : 0), 0);
}

const kinds: Readonly<Record<string, (component: Component) => PostProcessor>> = {
  ByteLevel: (component) => {
    component.ignore("add_prefix_space", "trim_offsets", "use_regex"); // about offsets alone
    return noPostProcessor;
  },
  TemplateProcessing: readTemplate,
  BertProcessing: (component) => {
    const [cls, sep] = [tokenOf(component, "cls"), tokenOf(component, "sep")];
    const single = [put(cls, 0), text(0, 0), put(sep, 0)];
    return { single, pair: [...single, text(1, 1), put(sep, 1)] };
  },
  RobertaProcessing: (component) => {
    component.ignore("trim_offsets", "add_prefix_space");
    const [cls, sep] = [tokenOf(component, "cls"), tokenOf(component, "sep")];
    const single = [put(cls, 0), text(0, 0), put(sep, 0)];
    return { single, pair: [...single, put(sep, 0), text(1, 0), put(sep, 0)] };
  },
  Sequence: readSequence,
};

/** A token and its number, `["[SEP]", 102]`. */
function tokenOf(component: Component, name: string): number {
  const id = component.list(name)[1];
  if (Number.isInteger(id)) return id as number;
  throw component.wrong(name, component.value(name), "a token and its number");
}

function readSequence(component: Component): PostProcessor {
  const steps = component.children("processors").map(readPostProcessor);
  const doing = steps.filter((step) => step !== noPostProcessor);
  if (doing.length > 1) {
    throw unsupported(`${component.place} has ${doing.length} processors that add tokens`, {});
  }
  return doing[0] ?? noPostProcessor;
}

function readTemplate(component: Component): PostProcessor {
  const tokens = component.record("special_tokens");
  const steps = (name: "single" | "pair", texts: readonly number[]): Step[] => {
    const place = `${component.place}.${name}`;
    const all = component.list(name).map((json, k) => stepOf(json, `${place}[${k}]`, tokens));
    const used = new Set(all.flatMap((step) => ("text" in step ? [step.text] : [])));
    if (texts.length === used.size && texts.every((which) => used.has(which as 0 | 1))) return all;
    throw badTokenizer(`${place} is a template for ${texts.length === 1 ? "A alone" : "A and B"}`);
  };
  return { single: steps("single", [0]), pair: steps("pair", [0, 1]) };
}

function stepOf(json: unknown, place: string, tokens: Readonly<Record<string, unknown>>): Step {
  const step = new Component(place, json);
  if (step.has("Sequence")) {
    const sequence = step.child("Sequence");
    return text(sequence.choice("id", ["A", "B"]) === "A" ? 0 : 1, sequence.whole("type_id"));
  }
  const special = step.child("SpecialToken");
  const name = special.string("id");
  const token = new Component(`${place}: ${name}`, Object.hasOwn(tokens, name) ? tokens[name] : 0);
  const ids = token.list("ids");
  if (!ids.every((id): id is number => Number.isInteger(id))) {
    throw badTokenizer(`${place}: ${name} has ids that are no whole numbers`);
  }
  return { put: ids, type: special.whole("type_id") };
}
