"""What one signal seems to tell and another explains: each symptom seen, and spared beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_rows import NUM_ROWS, Rows

from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.symptoms import (
    eval_gap_growing,
    eval_turns,
    loss_diverging,
    lr_jumps,
    parameters_barely_move,
    reward_collapsed,
    reward_frozen,
    reward_never_moves,
    samples_grow_alike,
    schedule_begins_anew,
    steps_skipped,
    steps_slow_down,
)
from neural_trainer.symptoms.finding import Finding
from neural_trainer.symptoms.roles import is_adversarial, training_loss

R = Rows(np.random.default_rng(0))
ROW = np.arange(NUM_ROWS)
LATE = np.arange(NUM_ROWS) >= NUM_ROWS // 2


def some(num: int, value: Array | list[float]) -> Series:
    """Return so many evaluations over the run."""
    return Series(np.linspace(R.step[0], R.step[-1], num), np.asarray(value, np.float64))


HARDER = R.noisy(np.where(LATE, 0.33, 0.2 + 0.3 * np.exp(-ROW / 3.0)), 0.02)
FALLEN = R.noisy(np.where(LATE, 1.0, np.minimum(ROW, 20) / 2.0), 0.01)
LIVING = {"reward": np.ones(NUM_ROWS)}
FALLING, RISING = np.linspace(0.4, 0.2, 12), np.linspace(0.2, 0.4, 12)
CONTENT = 4.9 * np.exp(-ROW / 4.0)
COSINE = 0.5 + 0.5 * np.cos(np.pi * R.share)
TRIPLES = [2.0, 1.0, 0.3, 0.1, 0.05, 0.03, 0.05, 0.07, 0.09, 0.11, 0.13, 0.15]
TURNING = np.linspace(2.0, 0.25, 6)
HALVES = np.where(ROW < 40, COSINE, COSINE[ROW - 40])
SCALE = 2.0**15 * np.ones(NUM_ROWS)
STEPPED = Series(R.step[::6], np.ones(len(R.step[::6])))

SEEN: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    # A symptom; signals that show it; what beside them explains it.
    "loss-diverging": (loss_diverging, {"loss": HARDER, "eval__loss": some(12, RISING)},
                       {"eval__loss": some(12, FALLING)}),
    "eval-gap-growing": (
        eval_gap_growing, {"loss": R.learnt(floor=0.01), "eval__loss": some(12, TRIPLES)},
        {"loss": R.learnt(start=30, floor=0.01)},
    ),
    "eval-turns": (
        eval_turns,
        {"loss": R.learnt(), "eval__loss": some(12, [*TURNING, *np.linspace(0.4, 1, 6)])},
        {"eval__loss": some(12, [*TURNING, *np.linspace(1.1, 0.5, 6)])},
    ),
    "reward-collapsed": (reward_collapsed, {"reward": FALLEN, "eval__reward": some(3, [0, 9, 1])},
                         {"eval__reward": some(3, [0, 9, 9])}),
    "reward-never-moves": (reward_never_moves, LIVING, {"eval__reward": some(4, [20, 60, 99, 99])}),
    "reward-of-a-step": (reward_never_moves, LIVING, {"episode_length": 20.0 + ROW}),
    "reward-frozen": (reward_frozen, LIVING, {"episode_length": 20.0 + ROW}),
    "samples-grow-alike": (
        samples_grow_alike, {"eval__distinct_3": np.where(ROW < 8, 1 + ROW / 8, 0.5)},
        {"eval__distinct_3": 1.2 + CONTENT},
    ),
    "lr-jumps": (lr_jumps, {"lr": np.where(LATE, 0.5, 0.2)[::2]},
                 {"lr": np.where(LATE, 0.2, 0.5)[::2]}),
    "schedule-begins-anew": (schedule_begins_anew, {"lr": HALVES}, {"lr": COSINE}),
    "steps-skipped": (steps_skipped, {"loss_scale": SCALE, "grad_norm": STEPPED},
                      {"grad_norm": np.ones(NUM_ROWS)}),
    "steps-slow-down": (steps_slow_down, {"step_time_s": np.where(ROW >= 8, 0.02, 0.003)[:12]},
                        {"step_time_s": np.where(ROW == 11, 0.02, 0.003)[:12]}),
    "parameters-barely-move": (
        parameters_barely_move,
        {"loss": R.noisy(1.79 - 0.1 * R.share, 0.001), "param_norm": 14 + 0.0002 * ROW},
        {"param_norm": 14 + 0.0046 * ROW},
    ),
}  # fmt: skip


def run_of(signals: dict[str, Any]) -> Run:
    whole = {
        name: value if isinstance(value, Series) else Series(R.step[: len(value)], value)
        for name, value in signals.items()
    }
    return R.run(**whole)


@pytest.mark.parametrize(("symptom", "signals", "other"), SEEN.values(), ids=SEEN)
def test_seen_and_explained_by_another(
    symptom: Any, signals: dict[str, Any], other: dict[str, Any]
) -> None:
    found: Finding | None = symptom.find(run_of(signals))
    assert found is not None
    assert symptom.find(run_of(signals | other)) is None


def test_parameters_tell_the_more_the_less_they_move() -> None:
    loss = R.noisy(1.79 - 0.1 * R.share, 0.001)
    told = [
        parameters_barely_move.find(run_of({"loss": loss, "param_norm": 14 + by * ROW}))
        for by in (0.0002, 0.001, 0.003)
    ]
    strengths = [0.0 if one is None else one.strength for one in told]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] == 1 > strengths[1] > strengths[2] > 0


def test_what_a_judge_says_of_real_and_fake_tells_a_game_of_two() -> None:
    loss = np.linspace(0.7, 11, NUM_ROWS)
    game = run_of({"loss": loss, "d_real": loss, "d_fake": -loss})
    assert is_adversarial(game)
    assert training_loss(game) is None
    detector = run_of({"loss": loss, "acc_real": R.share, "acc_fake": R.share})
    assert not is_adversarial(detector)
