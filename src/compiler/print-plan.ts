// The text form of plans: buffers with their places, then the steps with their kernels.

import { showShape } from "../core/shape.ts";
import { printKernel } from "../ir/print-loops.ts";
import type { BufferRef, Plan, PlanBuffer, PlanStep } from "./plan.ts";

/** Prints a plan; equal plans have equal text. */
export function printPlan(plan: Plan): string {
  const lines = [`plan arguments ${plan.arguments} scratch ${plan.scratchBytes}`];
  for (const [k, b] of plan.buffers.entries()) lines.push(`  p${k} : ${showBuffer(b)}`);
  for (const step of plan.steps) lines.push(...showStep(step).map((line) => `  ${line}`));
  for (const { ref, dtype, shape } of plan.outputs) {
    lines.push(`  return ${showRef(ref)} : ${dtype}${showShape(shape)}`);
  }
  return `${lines.join("\n")}\n`;
}

function showBuffer({ dtype, elements, place }: PlanBuffer): string {
  const where = place.kind === "argument" ? `argument ${place.index}` : `scratch ${place.offset}`;
  return `${dtype}[${elements}] at ${where}`;
}

function showRef({ buffer, offset }: BufferRef): string {
  return offset === 0 ? `p${buffer}` : `p${buffer}+${offset}`;
}

function showStep(step: PlanStep): string[] {
  switch (step.kind) {
    case "loops": {
      const [head, ...rest] = printKernel(step.kernel).trimEnd().split("\n");
      return [`${head} (${step.buffers.map(showRef).join(", ")})`, ...rest];
    }
    case "extern": {
      const tiles = step.tiles === undefined ? "" : ` tiles ${step.tiles}`;
      return [
        `extern ${step.name} (${step.buffers.map(showRef).join(", ")}) [${step.numbers.join(", ")}]${tiles}`,
      ];
    }
    case "repeat":
      return [`repeat ${step.count}`, ...step.body.flatMap(showStep).map((line) => `  ${line}`)];
  }
}
