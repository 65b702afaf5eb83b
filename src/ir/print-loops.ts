// The text form of kernels, for golden tests and the explorer: one line per buffer and statement; i0, i1, … are the
// parallel axes, r0, r1, … the reduction axes.

import { showShape } from "../core/shape.ts";
import type { Affine, Bound, DynamicIndex, LoopKernel, Statement } from "./loops.ts";

/** Prints a kernel; equal kernels have equal text. */
export function printKernel(kernel: LoopKernel): string {
  const { parallel, reduce, buffers, body } = kernel;
  const over = reduce.length === 0 ? "" : ` reduce ${showShape(reduce)}`;
  const lines = [`kernel ${showShape(parallel)}${over}`];
  for (const [k, b] of buffers.entries())
    lines.push(`  b${k} : ${b.access} ${b.dtype}[${b.elements}]`);
  for (const [k, s] of body.entries()) lines.push(`  ${showStatement(s, k, parallel.length)}`);
  return `${lines.join("\n")}\n`;
}

function showStatement(s: Statement, k: number, parallel: number): string {
  const at = (affine: Affine, dynamic: readonly DynamicIndex[] = []): string =>
    [showAffine(affine, parallel), ...dynamic.map(showDynamic)].join(" + ");
  if (s.kind === "store") {
    return `b${s.buffer}[${at(s.at, s.dynamic)}] ${s.mode === "add" ? "+=" : "="} v${s.value}`;
  }
  return `v${k} = ${showValue(s, at, parallel)} : ${s.dtype}`;
}

function showValue(
  s: Exclude<Statement, { kind: "store" }>,
  at: (affine: Affine, dynamic?: readonly DynamicIndex[]) => string,
  parallel: number,
): string {
  switch (s.kind) {
    case "constant":
      return Object.is(s.value, -0) ? "-0" : String(s.value);
    case "index":
      return at(s.at);
    case "load":
      return `b${s.buffer}[${at(s.at, s.dynamic)}]${showBounds(s.bounds, s.fill, parallel)}`;
    case "apply":
      return `${s.fn} ${s.args.map((arg) => `v${arg}`).join(" ")}`;
    case "cast":
      return `cast v${s.arg}`;
    case "accumulate":
      return `accumulate ${s.combine} v${s.arg}`;
  }
}

function showBounds(bounds: readonly Bound[], fill: number, parallel: number): string {
  if (bounds.length === 0) return "";
  const tests = bounds.map(({ at, size }) => `0 <= ${showAffine(at, parallel)} < ${size}`);
  return ` if ${tests.join(" and ")} else ${fill}`;
}

/** Text of an index, `12*i0 + r0 + 3`. */
export function showAffine({ offset, terms }: Affine, parallel: number): string {
  const parts = terms.flatMap((scale, k) => {
    const axis = k < parallel ? `i${k}` : `r${k - parallel}`;
    return scale === 0 ? [] : [scale === 1 ? axis : `${scale}*${axis}`];
  });
  if (offset !== 0 || parts.length === 0) parts.push(String(offset));
  return parts.join(" + ");
}

function showDynamic({ value, scale, size }: DynamicIndex): string {
  return `${scale === 1 ? "" : `${scale}*`}v${value}{<${size}}`;
}
