// The session behind the explorer, without a worker: updates done and undone, weights changed by hand, and answers about
// single elements that agree with the step's data.

import { beforeEach, describe, expect, it } from "vitest";
import { Session } from "../../studio/src/worker/session.ts";

describe("a session", () => {
  let session: Session;
  beforeEach(async () => {
    session = new Session();
    await session.open("two-three-one", { learningRate: 0.5 });
  });

  it("reaches the same step by single updates and by several at once", async () => {
    session.advance(1);
    session.advance(1);
    const single = session.advance(1);
    const other = new Session();
    await other.open("two-three-one", { learningRate: 0.5 });
    const several = other.advance(3);
    expect(several.losses).toEqual(single.losses);
    expect(several.iteration).toBe(3);
    expect(several.trace.nodes.map(({ values }) => values)).toEqual(
      single.trace.nodes.map(({ values }) => values),
    );
    for (const [k, loss] of several.losses.entries())
      if (k > 0) expect(loss).toBeLessThan(several.losses[k - 1]);
  });

  it("goes back to an earlier iteration with the very numbers of then", () => {
    const first = session.advance(1);
    session.advance(4);
    const back = session.rewind(1);
    expect(back.iteration).toBe(1);
    expect(back.losses).toEqual(first.losses);
    expect(back.trace.loss.value).toBe(first.trace.loss.value);
  });

  it("changes one weight, and takes the change back", () => {
    const before = session.rewind(0);
    const edited = session.edit("model.layers.0.weight", 1, 2);
    expect(edited.iteration).toBe(0);
    expect(edited.trace.loss.value).not.toBe(before.trace.loss.value);
    const weight = edited.trace.nodes.find(({ name }) => name === "model.layers.0.weight")!;
    expect(weight.values[1]).toBe(2);
    const reset = session.edit("model.layers.0.weight", 1, Math.fround(0.4));
    expect(reset.trace.loss.value).toBe(before.trace.loss.value);
  });

  it("explains an element as the step's data has it, with its finite difference", () => {
    const { trace } = session.rewind(0);
    const weight = trace.nodes.find(({ name }) => name === "model.layers.0.weight")!;
    const { adjoint, numeric, terms } = session.explain(weight.id, 3);
    expect(adjoint).toBe(trace.nodes[weight.adjoint!].values[3]);
    expect(numeric).toBeCloseTo(adjoint!, 8);
    expect(terms[0].product).toBeCloseTo(adjoint!, 9);
    const paths = session.paths(weight.id, 3);
    expect(paths.reduce((sum, { product }) => sum + product, 0)).toBeCloseTo(adjoint!, 9);
    expect(Array.from(session.values(weight.id, 2, 3))).toEqual(weight.values.slice(2, 5));
  });
});
