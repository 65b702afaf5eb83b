// Everything else that is known of a run: settings, model, machine, checkpoints, findings, confusion matrix.

import { type ReactElement, useContext } from "react";
import { LanguageContext } from "../language/language.ts";
import { type Facts, useFacts } from "./report-facts.ts";
import type { ShownRun } from "./shown-run.ts";
import { bytes, moment, plain, score, short } from "./text.ts";
import { useRunWords } from "./words.ts";

export function Details({ run }: { readonly run: ShownRun }): ReactElement {
  const words = useRunWords();
  const facts = useFacts(run.row);
  const { configuration, results, folder } = run.row;
  const settings = { [words.folder]: folder, ...configuration, ...facts?.configuration };
  const scores = Object.entries(results).map(([name, value]) => [name, score(name, value)]);
  return (
    <div className="details">
      <section>
        <h2>{words.settings}</h2>
        <Pairs
          pairs={[
            ...Object.entries(settings).map(([name, value]) => [name, plain(value)]),
            ...scores,
          ]}
        />
      </section>
      {facts === undefined ? null : (
        <>
          <Machine facts={facts} />
          <ModelTable facts={facts} />
          <Checkpoints facts={facts} />
          <Confusion facts={facts} />
          <Findings facts={facts} />
        </>
      )}
    </div>
  );
}

function Pairs({ pairs }: { readonly pairs: readonly (readonly string[])[] }): ReactElement {
  return (
    <dl className="pairs">
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Machine({ facts }: { readonly facts: Facts }): ReactElement | null {
  const words = useRunWords();
  const pairs = Object.entries(facts.environment).map(([name, value]) => [name, plain(value)]);
  if (pairs.length === 0) return null;
  return (
    <section>
      <h2>{words.machine}</h2>
      <Pairs pairs={pairs} />
    </section>
  );
}

function ModelTable({ facts: { model } }: { readonly facts: Facts }): ReactElement | null {
  const words = useRunWords();
  if (model.length === 0) return null;
  return (
    <section>
      <h2>{words.model}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
      <section className="scroll" tabIndex={0} aria-label={words.model}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.layer}</th>
              <th scope="col">{words.output}</th>
              <th scope="col" className="number">
                {words.parameters}
              </th>
            </tr>
          </thead>
          <tbody>
            {model.map(({ path, layer, outputs, parameters }) => (
              <tr key={path}>
                <td>
                  {layer} <code>{path}</code>
                </td>
                <td>{outputs}</td>
                <td className="number">{short(parameters)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Checkpoints({ facts: { checkpoints } }: { readonly facts: Facts }): ReactElement {
  const words = useRunWords();
  const language = useContext(LanguageContext);
  return (
    <section>
      <h2>{words.checkpoints}</h2>
      {checkpoints.length === 0 ? (
        <p className="note">{words.checkpointsNone}</p>
      ) : (
        <table>
          <tbody>
            {checkpoints.map(({ name, step, bytes: size, when }) => (
              <tr key={name}>
                <td>
                  {words.step} {short(step)}
                </td>
                <td className="number">{bytes(size)}</td>
                <td>{moment(when, language)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Confusion({
  facts: { classes, confusion },
}: {
  readonly facts: Facts;
}): ReactElement | null {
  const words = useRunWords();
  if (confusion.length === 0) return null;
  const sums = classes.map((_, row) =>
    classes.reduce((sum, __, column) => sum + confusion[row * classes.length + column], 0),
  );
  return (
    <section>
      <h2>{words.confusion}</h2>
      <p className="note">{words.confusionLead}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
      <section className="scroll" tabIndex={0} aria-label={words.confusion}>
        <table className="confusion">
          <thead>
            <tr>
              <td />
              {classes.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classes.map((name, row) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {classes.map((other, column) => {
                  const count = confusion[row * classes.length + column];
                  const share = sums[row] === 0 ? 0 : count / sums[row];
                  return (
                    <td
                      key={other}
                      className={row === column ? "right" : undefined}
                      style={{ "--share": share } as React.CSSProperties}
                    >
                      {count === 0 ? "·" : count}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Findings({ facts: { findings } }: { readonly facts: Facts }): ReactElement | null {
  const words = useRunWords();
  const language = useContext(LanguageContext);
  if (findings === undefined) return null;
  return (
    <section>
      <h2>{words.findings}</h2>
      {findings.length === 0 ? <p className="note">{words.findingsNone}</p> : null}
      {findings.map((finding) => {
        const { title, found, meaning, help } = finding[language];
        return (
          <div key={finding.name + finding.found} className={`finding ${finding.severity}`}>
            <b>{title}</b> {title === finding.name ? null : <code>{finding.name}</code>}
            <p lang={found === finding.found ? "en" : undefined}>{found}</p>
            <p>{meaning}</p>
            <p>
              <span>{words.help}: </span>
              {help}
            </p>
          </div>
        );
      })}
    </section>
  );
}
