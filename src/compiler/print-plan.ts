// The text form of plans: buffers with their places, then the steps with their kernels.

import { showShape } from "../core/shape.ts";
import { showAttributes, showType } from "../ir/print.ts";
import { printKernel } from "../ir/print-loops.ts";
import type { BufferRef, HostCall, Plan, PlanBuffer, PlanStep } from "./plan.ts";

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

function showRef({ buffer, offset, strides = [] }: BufferRef): string {
  const turns = strides.map(({ counter, elements }) => `+${elements}·t${counter}`).join("");
  return `p${buffer}${offset === 0 ? "" : `+${offset}`}${turns}`;
}

function showHostCall(name: string, buffers: readonly BufferRef[], host: HostCall): string {
  const operands = buffers.map((ref, k) => `${showRef(ref)} : ${showType(host.types[k])}`);
  return `host ${name} (${operands.join(", ")}) ${showAttributes(host.attributes)}`;
}

function showRepeat({ count, counter, reverse }: PlanStep & { kind: "repeat" }): string {
  const turns = counter === undefined ? "" : ` t${counter}${reverse ? " reverse" : ""}`;
  return `repeat ${count}${turns}`;
}

function showStep(step: PlanStep): string[] {
  switch (step.kind) {
    case "loops": {
      const [head, ...rest] = printKernel(step.kernel).trimEnd().split("\n");
      return [`${head} (${step.buffers.map(showRef).join(", ")})`, ...rest];
    }
    case "extern": {
      if (step.host !== undefined) return [showHostCall(step.name, step.buffers, step.host)];
      const tiles = step.tiles === undefined ? "" : ` tiles ${step.tiles}`;
      return [
        `extern ${step.name} (${step.buffers.map(showRef).join(", ")}) [${step.numbers.join(", ")}]${tiles}`,
      ];
    }
    case "repeat":
      return [showRepeat(step), ...step.body.flatMap(showStep).map((line) => `  ${line}`)];
  }
}
