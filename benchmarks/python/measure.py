"""One measurement of a Python library: measure.py <peer> <variant> <workload.json> <seconds> <quick|full>.

The same protocol as measure.mjs, and the same line of JSON at the end. A peer is a file beside this one with
load(variant), which imports the library, and build(library, workload), which gives step(k) and loss().
"""

import importlib
import json
import math
import os
import resource
import statistics
import sys
import time

BLOCKS = 7
TRACED = 10
PACES = {
    "quick": dict(warm_up=0.3, block=0.1, warm_up_steps=400, block_steps=200),
    "full": dict(warm_up=1.5, block=0.4, warm_up_steps=4000, block_steps=1500),
}


class Workload(dict):
    """Facts by name; parameters and batches are raw bytes until the peer asks for arrays."""

    def __init__(self, path):
        with open(path) as file:
            super().__init__(json.load(file))
        with open(path[: -len("json")] + "bin", "rb") as file:
            self.bytes = file.read()

    def array(self, numpy, entry):
        size = 4 * math.prod(entry["shape"])
        part = self.bytes[entry["offset"] : entry["offset"] + size]
        return numpy.frombuffer(part, dtype=entry["dtype"]).reshape(entry["shape"]).copy()

    def arrays(self, numpy, entries):
        return {name: self.array(numpy, entry) for name, entry in entries.items()}


class Runner:
    """Counts steps and knows how long one takes."""

    def __init__(self, step, loss, batches, deadline):
        self.do_step, self.read_loss = step, loss
        self.batches, self.deadline = batches, deadline
        self.steps, self.estimate = 0, 0.0

    def step(self):
        self.do_step(self.steps % self.batches)
        self.steps += 1

    def step_and_loss(self):
        start = time.perf_counter()
        self.step()
        loss = self.read_loss()
        self.estimate = time.perf_counter() - start
        if not math.isfinite(loss):
            raise RuntimeError(f"the loss of step {self.steps} is {loss}")
        return loss

    def block(self, count):
        start = time.perf_counter()
        for _ in range(count):
            self.step()
        self.read_loss()
        seconds = time.perf_counter() - start
        self.estimate = seconds / count
        return seconds

    def has_time(self, count):
        return time.perf_counter() + count * self.estimate < self.deadline


def measure(peer_name, variant, path, seconds, pace):
    deadline = time.perf_counter() + seconds
    workload = Workload(path)
    own_steps = workload.get("steps", {})
    pace = dict(pace)
    pace["warm_up_steps"] = own_steps.get("warmUp", pace["warm_up_steps"])
    pace["block_steps"] = own_steps.get("block", pace["block_steps"])
    peer = importlib.import_module(peer_name)
    start = time.perf_counter()
    library = peer.load(variant)
    step, loss = peer.build(library, workload)
    runner = Runner(step, loss, len(workload["batches"]), deadline)
    trace = [runner.step_and_loss()]
    first = time.perf_counter() - start
    while len(trace) < TRACED and runner.has_time(2):
        trace.append(runner.step_and_loss())
    warm_up(runner, pace)
    blocks = timed_blocks(runner, pace)
    last = closing_losses(runner, trace)
    return dict(
        version=peer.version(library),
        firstStepMilliseconds=first * 1e3,
        **blocks,
        losses=trace,
        lossFirst=statistics.fmean(trace[: len(last)]),
        lossLast=statistics.fmean(last),
        steps=runner.steps,
        peakMegabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def warm_up(runner, pace):
    if not runner.has_time(BLOCKS + 3):
        return
    end, before = time.perf_counter() + pace["warm_up"], runner.steps
    while time.perf_counter() < end and runner.steps - before < pace["warm_up_steps"]:
        runner.block(steps_in(runner, pace["warm_up"] / 8, pace["block_steps"]))


def steps_in(runner, seconds, cap):
    return max(1, min(cap, round(seconds / runner.estimate)))


def timed_blocks(runner, pace):
    count = steps_in(runner, pace["block"], pace["block_steps"])
    per_step = []
    own, everyone, start = own_time(), busy_time(), time.perf_counter()
    while len(per_step) < BLOCKS and (runner.has_time(count) or not per_step):
        per_step.append(runner.block(count) / count * 1e3)
    wall = time.perf_counter() - start
    own, everyone = own_time() - own, busy_time() - everyone
    return dict(
        milliseconds=statistics.median(per_step),
        fastest=min(per_step),
        slowest=max(per_step),
        blocks=len(per_step),
        stepsPerBlock=count,
        ownLoad=own / wall,
        otherLoad=max(0, (everyone - own) / wall),
    )


def closing_losses(runner, trace):
    wanted = min(runner.batches, len(trace))
    if not runner.has_time(runner.batches + wanted):
        return [runner.step_and_loss()]
    while runner.steps % runner.batches:
        runner.step()
    return [runner.step_and_loss() for _ in range(wanted)]


def own_time():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def busy_time():
    """Seconds of processor time used by all; where the system does not tell, that of this process."""
    if not os.path.exists("/proc/stat"):
        return own_time()
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, soft = (int(n) for n in file.readline().split()[1:8])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def main():
    peer, variant, path, seconds, pace = sys.argv[1:]
    try:
        result = dict(ok=True, **measure(peer, variant, path, float(seconds), PACES[pace]))
    except Exception as error:  # every failure is a result
        result = dict(ok=False, error=f"{type(error).__name__}: {error}".split("\n")[0])
    print("\n" + json.dumps(result), flush=True)


main()
