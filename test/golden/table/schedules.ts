// Learning-rate schedules.

import { optim } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { type Entry, type Float, type Results, Unsupported } from "../entry.ts";
import type { GoldenCase } from "../folder.ts";

type Make = (a: Attributes, base: number) => optim.Schedule;

const makers: Readonly<Record<string, Make>> = {
  step: (a, base) =>
    optim.step(base, { stepSize: a.number("step_size"), gamma: a.number("gamma") }),
  multistep: (a, base) =>
    optim.multiStep(base, { milestones: a.numbers("milestones"), gamma: a.number("gamma") }),
  exponential: (a, base) => optim.exponential(base, { gamma: a.number("gamma") }),
  cosine: (a, base) => optim.cosine(base, { steps: a.number("T_max"), end: a.number("eta_min") }),
  cosine_warm_restarts: (a, base) =>
    optim.cosineWarmRestarts(base, {
      steps: a.number("T_0"),
      factor: a.number("T_mult"),
      end: a.number("eta_min"),
    }),
  linear: (a, base) =>
    optim.linear(base, {
      steps: a.number("total_iters"),
      startFactor: a.number("start_factor"),
      endFactor: a.number("end_factor"),
    }),
  constant: (a, base) =>
    optim.constant(base, { steps: a.number("total_iters"), factor: a.number("factor") }),
  polynomial: (a, base) =>
    optim.polynomial(base, { steps: a.number("total_iters"), power: a.number("power") }),
  one_cycle: (a) => optim.oneCycle(a.number("max_lr"), oneCycleOptions(a)),
  sequential: (a, base) =>
    optim.sequential(
      a.records("schedulers").map((part) => scheduleOf(part, base)),
      { milestones: a.numbers("milestones") },
    ),
  chained: (a, base) =>
    optim.chained(
      base,
      a.records("schedulers").map((part) => scheduleOf(part, base)),
    ),
  inverse_sqrt_warmup: (a, base) => optim.inverseSqrtWarmup(base, { warmup: a.number("warmup") }),
  cyclic: (a) =>
    optim.cyclic(a.number("base_lr"), {
      max: a.number("max_lr"),
      stepsUp: a.number("step_size_up"),
      stepsDown: a.number("step_size_down"),
      mode: cyclicMode(a.text("mode")),
      gamma: a.optional("gamma"),
    }),
};

function cyclicMode(name: string): optim.CyclicOptions["mode"] {
  return name === "exp_range" ? "exponential" : (name as "triangular" | "triangular2");
}

/** The schedule that attributes describe, for the base rate. */
export function scheduleOf(a: Attributes, base: number): optim.Schedule {
  const name = a.text("name");
  if (!Object.hasOwn(makers, name)) throw new Unsupported(`schedule ${name}`);
  return makers[name](a, base);
}

export const schedules: Readonly<Record<string, Entry>> = {
  lr_schedule: async (golden, dtype) => {
    const { attributes: a } = golden;
    const schedule = a.record("schedule");
    const base = a.number("base_lr");
    const steps = a.number("steps");
    const lr =
      schedule.text("name") === "plateau"
        ? plateauRates(golden, schedule, base)
        : along(scheduleOf(schedule, base), steps);
    if (!schedule.flag("cycle_momentum")) return results({ lr }, dtype);
    const bounds = { base: schedule.number("base_momentum"), max: schedule.number("max_momentum") };
    const momentum = optim.oneCycleMomentum(bounds, oneCycleOptions(schedule));
    return results({ lr, momentum: along(momentum, steps) }, dtype);
  },
};

function oneCycleOptions(a: Attributes): optim.OneCycleOptions {
  return {
    steps: a.number("total_steps"),
    upShare: a.number("pct_start"),
    anneal: a.text("anneal_strategy") === "cos" ? "cosine" : "linear",
    startDivisor: a.number("div_factor"),
    endDivisor: a.number("final_div_factor"),
    threePhase: a.flag("three_phase"),
  };
}

function plateauRates(golden: GoldenCase, a: Attributes, base: number): number[] {
  const metrics = golden.stored("input", golden.inputs[0]).data;
  const plateau = new optim.Plateau(base, {
    mode: a.text("mode") as "min" | "max",
    factor: a.number("factor"),
    patience: a.number("patience"),
    threshold: a.number("threshold"),
    thresholdMode: a.text("threshold_mode") === "rel" ? "relative" : "absolute",
    cooldown: a.number("cooldown"),
    minimum: a.number("min_lr"),
    eps: a.number("eps"),
  });
  return Array.from(metrics, (metric) => {
    const rate = plateau.learningRate;
    plateau.report(metric);
    return rate;
  });
}

function along(schedule: optim.Schedule, steps: number): number[] {
  return Array.from({ length: steps }, (_, t) => schedule(t));
}

function results(rates: Readonly<Record<string, readonly number[]>>, dtype: Float): Results {
  const outputs = Object.entries(rates).map(([name, list]) => {
    const data = dtype === "float64" ? Float64Array.from(list) : Float32Array.from(list);
    return [name, { dtype, shape: [list.length], data }] as const;
  });
  return { outputs: new Map(outputs), grads: new Map() };
}
