// Elementwise functions of several tensors, with broadcasting.

import type { Compute } from "../entry.ts";

export const binary: Readonly<Record<string, Compute>> = {
  add: ({ a, b }) => a.add(b),
  sub: ({ a, b }) => a.sub(b),
  mul: ({ a, b }) => a.mul(b),
  div: ({ a, b }) => a.div(b),
  pow: ({ a, b }) => a.pow(b),
  maximum: ({ a, b }) => a.maximum(b),
  minimum: ({ a, b }) => a.minimum(b),
  atan2: ({ a, b }) => a.atan2(b),
  logaddexp: ({ a, b }) => a.logAddExp(b),
  hypot: ({ a, b }) => a.hypot(b),
  remainder: ({ a, b }) => a.remainder(b),
  fmod: ({ a, b }) => a.fmod(b),
  eq: ({ a, b }) => a.equal(b),
  ne: ({ a, b }) => a.notEqual(b),
  lt: ({ a, b }) => a.less(b),
  le: ({ a, b }) => a.lessEqual(b),
  gt: ({ a, b }) => a.greater(b),
  ge: ({ a, b }) => a.greaterEqual(b),
  logical_and: ({ a, b }) => a.logicalAnd(b),
  logical_or: ({ a, b }) => a.logicalOr(b),
  logical_xor: ({ a, b }) => a.logicalXor(b),
  where: ({ cond, a, b }) => cond.where(a, b),
  lerp: ({ a, b, weight }) => a.lerp(b, weight),
  addcmul: ({ x, a, b }, attributes) => x.addcmul(a, b, attributes.number("value")),
};
