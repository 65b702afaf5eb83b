// Looking at graphs: as text, and op by op with formulas.

export type { ActivationMeasure } from "./activations.ts";
export { type DebugOptions, debug } from "./debug.ts";
export {
  checkDeterminism,
  Determinism,
  type DeterminismOptions,
  type Difference,
} from "./determinism.ts";
export { type DiagnoseOptions, Diagnosis, diagnose } from "./diagnose.ts";
export {
  type DiagnosisCallback,
  type DiagnosisOptions,
  type DiagnosisReport,
  diagnosis,
} from "./diagnosis-callback.ts";
export type { ExplainedStep, ExplainFacts, ExplainRequest } from "./explained.ts";
export type { Finding, FindingName, Severity } from "./finding.ts";
export { type ChineseFinding, chineseFindings } from "./findings-zh.ts";
export { graphText } from "./graph-text.ts";
export type { Measurements, ParameterMeasure, SignalMeasure } from "./measure.ts";
export { type OpCard, opCard, opCards } from "./op-card.ts";
export type { ProbeBatch } from "./probe.ts";
export { type ProfileOptions, profile } from "./profile.ts";
export {
  type LayerProfile,
  Profile,
  type ProfileEvent,
  type ProfileFacts,
  type ProfileRow,
  type TraceEvent,
} from "./profile-report.ts";
export { type ShapeRow, ShapeTrace, traceShapes } from "./shape-trace.ts";

import "../ops/methods.ts";
import "../runtime/install.ts";

export { graphviz, mermaid } from "./trace/diagram.ts";
export type { StoredStep } from "./trace/stored.ts";
export {
  type AdjointTerm,
  type ElementExplanation,
  type ElementLink,
  type GradientPath,
  openStep,
  TracedStep,
  type TraceOptions,
  trace,
} from "./trace/trace.ts";
export type {
  StepTrace,
  TraceContribution,
  TraceGroup,
  TraceNode,
  TracePhase,
  TraceStatistics,
  TraceUpdate,
} from "./trace/types.ts";
