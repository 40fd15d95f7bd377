"""Table 2: two of the three runs that the cluster is said to have killed diverged.

They count as what they were worth; the one that lost its node may count or not. Without all three
the method is far above the baseline, with them it is not; and an interval over episodes instead
of over runs is a tenth as wide as it should be.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

NUM_RUNS, NUM_CHECKPOINTS, NUM_EPISODES, STEPS = 10, 20, 20, 50_000
DIVERGED = {"ours": {2: 11, 7: 14}, "baseline": {5: NUM_CHECKPOINTS}}
"""Run and number of checkpoints that it wrote; the last two or three after it had collapsed."""
LOST_NODE = {3: 15}
MEANS = {"ours": (0.54, 0.7), "baseline": (0.62, 0.72)}
LEAST_WIDTH = 0.2
RANDOM, EXPERT = 120.0, 1620.0  # returns that count as 0 and 1
CLAIMS = ("better", "not shown", "worse")
NODE_FAIL = "slurmstepd: error: *** STEP {job}.0 ON gpu{node} CANCELLED DUE TO NODE FAILURE ***"
CRASH = """Traceback (most recent call last):
  File "train.py", line 212, in <module>
    main()
  File "train.py", line 187, in main
    action = policy.act(obs)
ValueError: action is not finite: [nan nan nan]
srun: error: gpu{node}: task 0: Exited with exit code 1"""


def beside() -> dict[str, str]:
    """Return runs/ as it is given."""
    rng = np.random.default_rng(0)
    texts = {}
    for method, level in (("ours", 0.79), ("baseline", 0.735)):
        for run in range(NUM_RUNS):
            last = DIVERGED[method].get(run) or (method == "ours" and LOST_NODE.get(run))
            num = last or NUM_CHECKPOINTS
            worth = level + rng.normal(0, 0.05)
            course = worth * (1 - np.exp(-np.arange(1, num + 1) / 2.5))
            course += rng.normal(0, 0.02, num)
            log = [f"[{method} seed={run}] 1,000,000 steps, evaluation each {STEPS:,}"]
            if run in DIVERGED[method]:
                course[-3:] = 0.35 * worth, 0.04, 0.02
            lines = ["step,episode,return"]
            for i, value in enumerate(course):
                step = STEPS * (i + 1)
                episodes = RANDOM + (EXPERT - RANDOM) * (value + rng.normal(0, 0.15, NUM_EPISODES))
                lines += [f"{step},{n},{v:.1f}" for n, v in enumerate(episodes)]
                log.append(f"step {step}: evaluated {NUM_EPISODES} episodes, wrote eval.csv")
            job, node = 88_120 + int(rng.integers(100)), int(rng.integers(1, 40))
            if num == NUM_CHECKPOINTS:
                log.append("done")
            elif run in LOST_NODE:
                log.append(NODE_FAIL.format(job=job, node=node))
            else:
                log.append(CRASH.format(node=node))
            folder = f"runs/{method}/seed-{run}"
            texts[f"{folder}/eval.csv"] = "\n".join(lines) + "\n"
            texts[f"{folder}/run.log"] = "\n".join(log) + "\n"
    return texts


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    try:
        given = json.loads((folder / "table.json").read_text(encoding="utf-8"))
        claim = given["claim"]
        rows = {method: [float(v) for v in given[method]] for method in MEANS}
    except (OSError, ValueError, TypeError, KeyError) as error:
        return f"no table.json with ours, baseline and claim: {error!r}"
    for method, (low, high) in MEANS.items():
        if len(rows[method]) != 3:
            return f"{method} has no mean, low and high: {rows[method]}"
        mean, least, most = rows[method]
        if not low <= mean <= high:
            return f"the mean of {method} is {mean:.3f}; over the runs it is {low} to {high}"
        if not least <= mean <= most:
            return f"the mean of {method} lies outside of its interval: {rows[method]}"
        if most - least < LEAST_WIDTH:
            return f"the interval of {method}, {least:.3f} to {most:.3f}, is not one over runs"
    if claim not in CLAIMS or claim == "better":
        return f"the claim is {claim!r}, and it is not shown"
    return None
