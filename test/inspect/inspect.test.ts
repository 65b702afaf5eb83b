import { nn, tensor } from "chainrule";
import { graphText, opCard, opCards } from "chainrule/inspect";
import { describe, expect, it } from "vitest";

describe("graphText", () => {
  it("prints nodes under their layers and says whose adjoint a node is", () => {
    const model = new nn.Sequential(new nn.Linear(2, 1));
    const x = tensor([[1, 2]]);
    const y = model.forward(x).sum();
    expect(graphText(y)).toContain("# Linear 2→1");
    expect(graphText(y)).toMatch(/%\d+ = contract %\d+ %\d+ .* : float32\[1, 1\]/);
    const [g] = [...y.backward()].map(([, gradient]) => gradient);
    expect(graphText(g)).toContain("# adjoint of");
  });
});

describe("opCard", () => {
  it("gives formulas for the op and its derivatives", () => {
    expect(opCard("tanh")).toMatchObject({
      derivatives: ["1 - y^2"],
      differentiable: true,
      kind: "scalar",
    });
    expect(opCards().length).toBeGreaterThan(40);
    expect(() => opCard("nothing")).toThrow(/no op is named/);
  });
});
