// What the library's diagnosis says of this moment: in a sentence with the numbers, what it means, and what helps. The
// Chinese texts are the library's own as well.

import { type ReactElement, useContext } from "react";
import { LanguageContext } from "../language/language.ts";
import type { HealthFinding } from "../worker/training-protocol.ts";
import { type LookStore, useLook } from "./use-training.ts";
import { usePlaygroundWords } from "./words.ts";

export function HealthTab({ store }: { readonly store: LookStore }): ReactElement {
  const words = usePlaygroundWords();
  const findings = useLook(store, (look) => look.health);
  return (
    <div className="health">
      <p className="note">{words.healthNote}</p>
      {findings?.length === 0 && <p className="healthy">✓ {words.healthy}</p>}
      {findings?.map((finding) => (
        <FindingCard key={`${finding.name} ${finding.layer}`} finding={finding} />
      ))}
    </div>
  );
}

function FindingCard({ finding }: { readonly finding: HealthFinding }): ReactElement {
  const words = usePlaygroundWords();
  const language = useContext(LanguageContext);
  const { title, found, meaning, help } =
    language === "zh"
      ? inChinese(finding)
      : { ...finding, title: finding.name.replaceAll("-", " ") };
  return (
    <article className={`finding is-${finding.severity}`}>
      <h3>
        <span className="severity">{words.severities[finding.severity]}</span> {title}
        {finding.layer !== undefined && finding.layer !== "" && <code>{finding.layer}</code>}
      </h3>
      <p>{found}</p>
      <p>{meaning}</p>
      <p>
        <b>{words.helps}</b> {help}
      </p>
    </article>
  );
}

function inChinese(
  finding: HealthFinding,
): Readonly<Record<"title" | "found" | "meaning" | "help", string>> {
  return { ...finding.chinese, found: finding.foundInChinese };
}
