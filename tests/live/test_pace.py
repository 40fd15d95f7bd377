"""When complete sets are taken, what they may cost, and how much the judge may spend."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from live_diagnoses import diagnose_rise, report
from loops import backward, batch, layers, mlp

from neural_trainer.errors import ConfigError
from neural_trainer.live.judge import FREE_S, SHARE, Judge
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.pace import CLOSELY, Pace


def taken(pace: Pace, steps: int, cost_s: Callable[[int], float], step_s: float) -> list[int]:
    """Return at which steps a set was taken."""
    done = []
    for step in range(1, steps + 1):
        if pace.is_due(step):
            pace.observe_cost(cost_s(step))
            pace.taken(step)
            done.append(step)
        pace.observe_step(step_s)
    return done


def test_every_k_steps_and_the_first() -> None:
    assert taken(Pace(10, 0.01), 40, lambda _: 1.0, 0.1) == [1, 10, 20, 30, 40]
    assert taken(Pace(1, 0.01), 5, lambda _: 1.0, 0.1) == [1, 2, 3, 4, 5]
    assert taken(Pace(7, 0.01), 30, lambda _: 1.0, 0.1) == [1, 7, 14, 21, 28]


@pytest.mark.parametrize("budget", [0.005, 0.01, 0.05])
@pytest.mark.parametrize("cost_s", [1e-5, 0.002, 0.01, 0.1])
def test_auto_keeps_the_cost_within_its_budget(budget: float, cost_s: float) -> None:
    steps, step_s = 20_000, 0.05
    done = taken(Pace(None, budget), steps, lambda _: cost_s, step_s)
    spent = len(done) * cost_s / (steps * step_s)
    # Of the first two sets no cost is known yet; a set in 1,000 steps is taken at any price.
    assert spent <= budget + (2 + steps / 1000) * cost_s / (steps * step_s)
    if cost_s < budget * step_s:
        assert len(done) == steps - 8  # the second set is taken at step 10, then each step
    else:
        assert spent >= 0.5 * min(budget, cost_s / (1000 * step_s))


def test_auto_leaves_out_what_each_step_costs_besides() -> None:
    """Half of the budget goes to lines, so that sets come half as often; a quarter is theirs."""
    for upkeep_s, gap in ((0.0, 4), (0.00025, 8), (0.002, 16)):
        pace = Pace(None, 0.01)
        pace.observe_upkeep(upkeep_s)
        pace.observe_upkeep(1000 * upkeep_s)  # a judgement, say
        for _ in range(40):
            pace.observe_upkeep(upkeep_s)
        done = taken(pace, 2000, lambda _: 0.00199, 0.05)
        assert {later - one for one, later in pairwise(done[-20:])} == {gap}


def test_auto_forgets_that_the_first_set_was_slow() -> None:
    """The first runs code for the first time: ten times what the others cost."""
    done = taken(Pace(None, 0.01), 10_000, lambda step: 0.02 if step == 1 else 0.002, 0.05)
    gaps = [later - one for one, later in pairwise(done)]
    assert max(gaps) <= 40
    assert gaps[-1] in (4, 5)  # 0.002 s of 1 % of 0.05 s, and a trace of the first


def test_after_an_alarm_each_step_is_looked_at_for_a_while() -> None:
    pace, done = Pace(10, 0.01), []
    for step in range(1, 61):
        if pace.is_due(step):
            pace.taken(step)
            done.append(step)
        if step == 14:
            pace.look_closely(step)
    assert done == [1, 10, *range(15, 15 + CLOSELY), 40, 50, 60]


def test_an_alarm_makes_the_monitor_look_closely(
    project: Path, judged_by: Callable[[Any], None]
) -> None:
    judged_by(diagnose_rise)
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    with Monitor("a", model, optimizer) as monitor:
        for step in range(1, 71):
            optimizer.zero_grad()
            backward(model, batch(step))
            optimizer.step()
            monitor.step(2.0 if step < 32 else 9.0)
    # Raised as step 33 completes step 32, while 33 is under way.
    steps = [int(step) for step in layers().step]
    raised = next(a for a, b in pairwise(steps) if b == a + 1) - 1
    assert 32 <= raised <= 36
    closely = list(range(raised + 1, raised + 1 + CLOSELY))
    assert steps == [1, 10, 20, 30, *closely, *[s for s in (60, 70) if s > closely[-1]]]
    cosine = dict(zip(steps, layers().gradients["grad_cosine"][:, 0], strict=True))
    # Of the first after the alarm the gradient before was not kept: unknown, not a guess.
    assert math.isnan(cosine[1])
    assert math.isnan(cosine[closely[0]])
    assert all(math.isfinite(cosine[step]) for step in (10, 20, 30, *closely[1:], 70))


def test_a_run_with_auto_has_its_first_set_and_more(project: Path) -> None:
    now = [0.0]
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def stopwatch() -> float:
        now[0] += 1e-4  # each look at the clock is a piece of work
        return now[0]

    with Monitor("a", model, optimizer, judge=False, every="auto", budget=0.02,
                 stopwatch=stopwatch) as monitor:  # fmt: skip
        for step in range(1, 301):
            optimizer.zero_grad()
            loss = backward(model, batch(step))
            now[0] += 0.01
            optimizer.step()
            monitor.step(loss)
    steps = layers().step.tolist()
    assert steps[0] == 1
    gaps = {b - a for a, b in pairwise(steps[3:])}
    # A set is a few looks at the clock, 1e-4 s each, of 0.01 s a step.
    assert gaps
    assert min(gaps) >= 1
    assert max(gaps) <= 6


@pytest.mark.parametrize("every", [0, -1])
def test_less_than_one_step_is_refused(project: Path, every: int) -> None:
    with pytest.raises(ConfigError, match="expected 1 or more"):
        Monitor("a", judge=False, every=every)
    assert not Path("a").exists()


@pytest.mark.parametrize("verdict_s", [0.01, 0.5, 30.0])
def test_the_judge_spends_a_share_of_the_runs_time_beyond_what_is_free(verdict_s: float) -> None:
    now, spent = [0.0], [0.0]

    def verdict(run: Any) -> Any:
        now[0] += verdict_s
        spent[0] += verdict_s
        return report("healthy")

    judge = Judge(lambda line: None, verdict=verdict, stopwatch=lambda: now[0])
    looks = []
    for step in range(1, 30_001):
        now[0] += 0.01
        before = spent[0]
        judge.observe(step, float(step), {"loss": 1.0})
        if spent[0] > before:
            looks.append(step)
        assert spent[0] <= FREE_S + SHARE * now[0] + verdict_s
    assert looks[0] == 21  # twenty steps, complete as the next begins
    if verdict_s == 0.01:  # within what is free: as often as the growth of the run allows
        assert len(looks) > 100
    else:
        assert 1 <= len(looks) <= (FREE_S + SHARE * now[0]) / verdict_s + 1


def test_a_loss_that_breaks_is_judged_whatever_was_spent() -> None:
    now, looks = [0.0], []

    def verdict(run: Any) -> Any:
        now[0] += 1000.0
        looks.append(run.last_step)
        return report("healthy")

    judge = Judge(lambda line: None, verdict=verdict, stopwatch=lambda: now[0])
    for step in range(1, 60):
        judge.observe(step, float(step), {"loss": 1.0 if step < 50 else math.nan})
    assert looks == [20, 50]
