// The same data, network and training as a program: TypeScript with this library, PyTorch, Keras.

import { type ReactElement, useMemo, useState } from "react";
import type { Opened } from "../worker/training-protocol.ts";
import { kerasCode } from "./code/keras.ts";
import type { ProgramFacts } from "./code/program.ts";
import { pytorchCode } from "./code/pytorch.ts";
import { typescriptCode } from "./code/typescript.ts";
import { type Description, lossNameOf } from "./description.ts";
import { layersOf } from "./layers.ts";
import { usePlaygroundWords } from "./words.ts";

const languages = {
  typescript: { name: "TypeScript", file: "train.ts", write: typescriptCode },
  pytorch: { name: "PyTorch", file: "train_pytorch.py", write: pytorchCode },
  keras: { name: "Keras", file: "train_keras.py", write: kerasCode },
} as const;

type LanguageName = keyof typeof languages;

export function CodeTab({
  description,
  opened,
}: {
  readonly description: Description;
  readonly opened: Opened | undefined;
}): ReactElement {
  const words = usePlaygroundWords();
  const [name, setName] = useState<LanguageName>("typescript");
  const [isCopied, setCopied] = useState(false);
  const { write, file } = languages[name];
  const code = useMemo(
    () => (opened === undefined ? "" : write(factsOf(description, opened))),
    [description, opened, write],
  );
  const choose = (one: LanguageName): void => {
    setName(one);
    setCopied(false);
  };
  const copy = (): void => {
    navigator.clipboard.writeText(code).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <div className="code">
      <p className="note">{words.codeNote}</p>
      <div className="row">
        <fieldset className="segments" aria-label={words.tabs.code}>
          {(Object.keys(languages) as LanguageName[]).map((one) => (
            <button type="button" key={one} aria-pressed={one === name} onClick={() => choose(one)}>
              {languages[one].name}
            </button>
          ))}
        </fieldset>
        <button type="button" className="button" onClick={copy}>
          {words.copy}
          {isCopied && " ✓"}
        </button>
        <button type="button" className="button" onClick={() => save(file, code)}>
          {words.download}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached with the keyboard */}
      <section className="listing" tabIndex={0} aria-label={file} lang="en">
        <pre>
          <code>{code}</code>
        </pre>
      </section>
    </div>
  );
}

/** What the programs are written from. */
function factsOf(description: Description, { train, test, shape, classes }: Opened): ProgramFacts {
  const { layers } = layersOf(description.blocks, shape, classes?.length ?? 1);
  return {
    description,
    layers,
    loss: lossNameOf(description, classes),
    shape,
    classes,
    train,
    test,
  };
}

function save(file: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = file;
  link.click();
  URL.revokeObjectURL(link.href);
}
