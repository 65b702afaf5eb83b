// The pages of functions, layers, losses and optimizers, and the index, from the exports of the main entry point.

import { anchorOf, entry, isType, shortName } from "./entries.ts";
import type { Export } from "./exports.ts";
import {
  dataSections,
  formatSections,
  functionSections,
  inspectSections,
  layerSections,
  lossSections,
  optimizerSections,
  type Section,
  trainSections,
} from "./sections.ts";

/** A page of exports. */
export interface Page {
  readonly file: string;
  readonly title: string;
  readonly intro: string;
  readonly sections: readonly Section[];
  readonly holds: (name: string) => boolean;
}

export const pages: readonly Page[] = [
  {
    file: "functions.md",
    title: "Functions",
    intro:
      "Everything that `chainrule` exports besides layers, losses and optimizers. What takes a tensor first is also a method of `Tensor`: `softmax(x)` is `x.softmax()`. An `Operand` is a tensor or a number; numbers take the element type of the tensor that they meet, and shapes broadcast as in NumPy. All functions of floats differentiate, to any order; [matrix.md](matrix.md) says which are checked where.",
    sections: functionSections,
    holds: (name) => !/^(nn|losses|optim|data|train|formats|inspect)\./.test(name),
  },
  {
    file: "layers.md",
    title: "Layers",
    intro:
      "`nn`: objects with `forward`. Sizes come first, options last; `{ training: true }` is given at each call, and inference is the default. All layers with parameters take `dtype` and `generator`. Images are `[B, C, H, W]`, sequences `[B, T, C]`.",
    sections: layerSections,
    holds: (name) => name.startsWith("nn."),
  },
  {
    file: "losses.md",
    title: "Losses",
    intro:
      '`losses`: functions of a prediction and a target, with PyTorch\'s definitions. x is the input, t the target, d = x − t; shapes are those of the mean and the sum, and `reduction: "none"` keeps one value per element or sample.',
    sections: lossSections,
    holds: (name) => name.startsWith("losses."),
  },
  {
    file: "optimizers.md",
    title: "Optimizers and schedules",
    intro:
      "`optim`: `optimizer.step(gradients)` with what `loss.backward()` gives. A schedule is a function of the step, from 0 on, to be assigned to `optimizer.learningRate`.",
    sections: optimizerSections,
    holds: (name) => name.startsWith("optim."),
  },
  {
    file: "data.md",
    title: "Data",
    intro:
      "`chainrule/data`, also `data` of the main entry: data sets, pipelines, readers of files, tokenisers and augmentation. Functions that take paths are there in Node only. [Pipelines](../data.md) and [reading files](../reading-files.md) are guides.",
    sections: dataSections,
    holds: (name) => name.startsWith("data."),
  },
  {
    file: "training.md",
    title: "Training",
    intro:
      "`chainrule/train`: `fit` with its callbacks and controls, measuring, checkpoints, runs and what they record. What writes files is there in Node only.",
    sections: trainSections,
    holds: (name) => name.startsWith("train."),
  },
  {
    file: "formats.md",
    title: "Formats",
    intro:
      "`chainrule/formats`: tensors in files of this and other libraries. The [guide](../formats.md) states limits and bounds of memory.",
    sections: formatSections,
    holds: (name) => name.startsWith("formats."),
  },
  {
    file: "inspect.md",
    title: "Inspecting",
    intro:
      "`chainrule/inspect`: diagnosis, debugging, profiles, and steps as data. [What each finding means](../diagnosis.md) is a guide.",
    sections: inspectSections,
    holds: (name) => name.startsWith("inspect."),
  },
];

/** Text of a page. */
export function pageText(page: Page, exports: readonly Export[], ops: ReadonlySet<string>): string {
  const own = exports.filter((item) => page.holds(item.name) && !isType(item));
  const sections = page.sections.map(([title, ...files]) => ({
    title,
    items: inSection(files, page.sections, own),
  }));
  const placed = new Set(sections.flatMap(({ items }) => items));
  const lost = own.filter((item) => !placed.has(item));
  if (lost.length > 0) {
    throw new Error(`no section for ${lost.map((item) => item.file)}: add it to sections.ts`);
  }
  return [
    `# ${page.title}\n\n${page.intro}\n`,
    contents(sections),
    ...sections.map(
      ({ title, items }) => `## ${title}\n\n${items.map((i) => shown(i, ops)).join("\n")}`,
    ),
  ].join("\n");
}

function shown(item: Export, ops: ReadonlySet<string>): string {
  return entry(
    item,
    ops.has(item.name) ? [`<sub>[op](ops.md#${item.name.toLowerCase()})</sub>`] : [],
  );
}

/** The exports of files or folders of a section that no section names more exactly. */
function inSection(
  files: readonly string[],
  all: readonly Section[],
  own: readonly Export[],
): Export[] {
  const names = all.flatMap(([, ...own]) => own);
  const fits = (name: string, path: string): boolean =>
    name.endsWith("/") ? path.startsWith(name) : path === name;
  return files.flatMap((file) =>
    own.filter((item) => {
      const path = item.file.replace(/^src\//, "").replace(/\.ts$/, "");
      const isMoreExact = (name: string): boolean => name.length > file.length && fits(name, path);
      return fits(file, path) && !names.some(isMoreExact);
    }),
  );
}

/** Where each export stands: `functions.md#softmax`. */
export function linksOf(exports: readonly Export[]): ReadonlyMap<string, string> {
  return new Map(
    exports.map((item) => {
      const page = pages.find(({ holds }) => holds(item.name))!;
      return [item.name, `${page.file}#${anchorOf(item)}`];
    }),
  );
}

interface Group {
  readonly title: string;
  readonly items: readonly Export[];
}

function contents(sections: readonly Group[]): string {
  const rows = sections.map(({ title, items }) => {
    const links = items.map((item) => `[${shortName(item)}](#${anchorOf(item)})`);
    return `| **${title}** | ${links.join(" · ")} |`;
  });
  return `| | |\n|---|---|\n${rows.join("\n")}\n`;
}

/** Text of the index. */
export function indexText(exports: readonly Export[], opCount: number): string {
  const count = (page: Page): number =>
    exports.filter((item) => page.holds(item.name) && !isType(item)).length;
  const rows = pages.map((page) => {
    const titles = page.sections
      .map(([title]) => title[0].toLowerCase() + title.slice(1))
      .join(", ");
    return `| [${page.title}](${page.file}) | ${count(page)} | ${titles} |`;
  });
  return `# Reference

Made from the sources by \`npm run reference\`: what a page says is what the code's documentation says, and the tests fail
where a page is old. For a first look read the [README](../../README.md), for how it is used
[Training](../training.md), [Data](../data.md) and [Reading files](../reading-files.md), for how it works
[ARCHITECTURE](../../ARCHITECTURE.md), for words the [glossary](../glossary.md).

| page | entries | |
|---|---|---|
${rows.join("\n")}
| [Types](types.md) | | what signatures name: operands, indices, results of several parts |
| [Ops](ops.md) | ${opCount} | the nodes of graphs: formula, derivatives, shapes, errors |
| [What is checked where](matrix.md) | | every op, function, layer and loss × target × forward, backward, second order |
`;
}
