// What `console.log` shows in Node: types and first elements in one line, and no fields of the graph.

import { inspect } from "node:util";
import { expect, it } from "vitest";
import { nn, State, tensor } from "../../src/index.ts";
import { onTargets, weights } from "./on-targets.ts";

onTargets("what is printed", () => {
  it("of a tensor is its type, and its elements where they are known", () => {
    const x = tensor([[1, 2.5]]);
    expect(inspect(x)).toBe("Tensor(float32[1, 2], [1, 2.5])");
    expect(inspect({ y: [x.add(1)] })).toBe(
      "{ y: [ Tensor(float32[1, 2], add, not computed yet) ] }",
    );
    expect(inspect(tensor(Array.from({ length: 9 }, () => 0)))).toMatch(/, 0, …\]\)$/);
  });

  it("of state is its present value", () => {
    const w = weights(1, 2);
    w.assign(w.mul(3));
    expect([inspect(w), String(w)]).toEqual(new Array(2).fill("Parameter(float32[2], [3, 6])"));
    expect(inspect(new State(new Int32Array(1), [], "int32"))).toBe("State(int32[], [0])");
  });

  it("of a layer is its state in words", () => {
    const layer = new nn.Linear(1, 1);
    layer.weight.set([2]);
    layer.bias?.set([0]);
    expect(inspect(layer).replaceAll(/\s+/g, " ")).toBe(
      "Linear { weight: Parameter(float32[1, 1], [2]), bias: Parameter(float32[1], [0]) }",
    );
  });

  it("of gradients is what they are of", () => {
    const layer = new nn.Linear(1, 1);
    const loss = layer.forward(tensor([[1]])).sum();
    expect(inspect(loss.backward())).toBe("Gradients(of float32[1, 1], float32[1])");
    nn.named(layer, "head");
    expect(`${loss.backward()}`).toContain("head.weight (float32[1, 1])");
    expect(inspect(tensor(1).backward())).toBe("Gradients(of no parameter)");
  });
});
