"""What looks like a loaded checkpoint, a term without weight or a tiny rate, and is not."""

from __future__ import annotations

import numpy as np
import pytest
from made_related import RELATED, begun_anew, from_an_older_checkpoint, two_terms
from made_rows import NUM_ROWS, Rows

from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.symptoms import (
    Findings,
    look,
    parameters_barely_move,
    parameters_fall_back,
    rate_tiny,
    schedule_begins_anew,
    term_weighs_nothing,
)

ROW = np.arange(NUM_ROWS)
AT = 48  # the row of an event


def rows() -> Rows:
    return Rows(np.random.default_rng(0))


def resumed(loss: Array | None = None, norm: Array | None = None) -> Run:
    """Return the run that fell back, with another loss or another norm."""
    run, r = from_an_older_checkpoint(rows()), rows()
    signals = dict(run.signals)
    if loss is not None:
        signals["loss"] = Series(r.step, loss)
    if norm is not None:
        signals["param_norm"] = Series(r.step, norm)
    return r.run(**signals)


GROWING = 7 + 3 * (1 - np.exp(-5 * np.linspace(0, 1, NUM_ROWS)))
LOST = np.where(ROW < AT, 0.3, 1.0) + 0.01 * np.sin(ROW)
FALLING_ON = 0.3 + 2 * np.exp(-ROW / 10) + 0.01 * np.sin(ROW)


@pytest.mark.parametrize(
    ("loss", "norm"),
    [
        pytest.param(LOST, np.where(ROW < AT, GROWING, GROWING - 1), id="an-older-checkpoint"),
    ],
)
def test_parameters_that_fall_back(loss: Array, norm: Array) -> None:
    finding = parameters_fall_back.find(resumed(loss, norm))
    assert finding is not None
    assert finding.step == rows().step[AT]


@pytest.mark.parametrize(
    ("loss", "norm"),
    [
        pytest.param(
            FALLING_ON, np.where(ROW < AT, GROWING, GROWING - 1), id="averages-swapped-in"
        ),
        pytest.param(LOST, GROWING - (ROW == AT), id="one-row-is-wrong"),
        pytest.param(LOST, np.where(ROW < AT, GROWING, GROWING + 1), id="thrown-out"),
        pytest.param(LOST, np.where(ROW < AT, GROWING, GROWING - 6), id="where-it-never-was"),
        pytest.param(LOST, GROWING, id="the-rate-restarts"),
        pytest.param(LOST, 8 + np.sin(ROW), id="the-norm-swings"),
    ],
)
def test_parameters_that_do_not_fall_back(loss: Array, norm: Array) -> None:
    assert parameters_fall_back.find(resumed(loss, norm)) is None


def of_rate(rate: Array) -> Run:
    return rows().run(loss=rows().learnt(), lr=rate)


def planned(row: Array, end: float = 0.0) -> Array:
    return np.asarray(end + (1 - end) * (1 + np.cos(np.pi * row)) / 2)


STEP_DECAY = np.where(ROW < 40, 1.0, 0.1)
WARMED = np.minimum(1.0, (ROW + 1) / 6)


@pytest.mark.parametrize(
    "rate",
    [
        pytest.param(np.where(ROW < AT, WARMED, np.roll(WARMED, AT)), id="a-warm-up-again"),
        pytest.param(
            np.where(ROW < AT, planned(ROW / 60), planned((ROW - AT) / 60)), id="a-cosine-again"
        ),
        pytest.param(np.where(ROW < AT, STEP_DECAY, 1.0), id="before-a-step-of-the-rate"),
    ],
)
def test_a_schedule_that_begins_anew(rate: Array) -> None:
    finding = schedule_begins_anew.find(of_rate(rate))
    assert finding is not None
    assert finding.step == rows().step[AT]


@pytest.mark.parametrize(
    "rate",
    [
        pytest.param(planned(ROW % 40 / 40), id="a-restart-after-the-end"),
        pytest.param(planned(ROW % 40 / 40, 0.1), id="a-restart-from-a-floor"),
        pytest.param(1 - ROW % 40 / 40, id="a-line-again-from-zero"),
        pytest.param(1 - ROW % 12 / 24, id="a-sawtooth"),
        pytest.param(STEP_DECAY * WARMED, id="a-step-down"),
        pytest.param(np.where(ROW < AT, planned(ROW / 60), 0.6), id="raised-and-held"),
        pytest.param(WARMED, id="constant"),
    ],
)
def test_a_schedule_that_goes_as_planned(rate: Array) -> None:
    assert schedule_begins_anew.find(of_rate(rate)) is None


def test_a_schedule_that_begins_anew_is_told_however_it_is_logged() -> None:
    run = begun_anew(rows())
    lr = run.signals["lr"]
    thinned = rows().run(lr=Series(lr.step[::3], 7 * lr.value[::3]))
    assert schedule_begins_anew.find(thinned) is not None


def terms(weight: float, second: Array) -> Run:
    return two_terms(rows(), weight, second)


@pytest.mark.parametrize(
    ("weight", "second"),
    [
        pytest.param(1e-5, 1 - 0.002 * ROW + 0.01 * np.sin(ROW), id="it-stands"),
        pytest.param(0.0, 1 + 0.01 * np.sin(ROW), id="it-is-no-part-of-the-sum"),
    ],
)
def test_a_term_without_weight(weight: float, second: Array) -> None:
    assert term_weighs_nothing.find(terms(weight, second)) is not None


@pytest.mark.parametrize(
    ("weight", "second"),
    [
        pytest.param(0.1, 1 + 0.01 * np.sin(ROW), id="it-weighs-a-tenth"),
        pytest.param(1.0, 1e-5 * (1 + 0.01 * np.sin(ROW)), id="small-by-its-own-value"),
        pytest.param(0.0, np.exp(-ROW / 20), id="a-measure-that-falls-along"),
        pytest.param(1e-5, np.exp(-ROW / 20), id="it-is-learnt-all-the-same"),
    ],
)
def test_a_term_that_counts(weight: float, second: Array) -> None:
    assert term_weighs_nothing.find(terms(weight, second)) is None


def test_the_whole_among_its_terms_leaves_no_weights_to_tell() -> None:
    run, r = terms(1.0, 1 + 0.01 * np.sin(ROW)), rows()
    assert term_weighs_nothing.find(r.run(**run.signals, loss__total=run.signals["loss"])) is None


BARELY = 7 + 1e-4 * ROW


def without_a_loss(reward: Array) -> Run:
    return rows().run(reward=reward, param_norm=BARELY, lr=2e-6, loss=0.1 * np.sin(ROW))


def test_parameters_that_barely_move_are_told_in_a_game_and_under_a_reward() -> None:
    game = rows().run(
        loss__generator=0.65 + 0.01 * np.sin(ROW), loss__discriminator=1.4 + 0.01 * np.cos(ROW),
        param_norm=BARELY, lr=2e-6,
    )  # fmt: skip
    for run in (game, without_a_loss(np.sin(ROW))):
        for symptom in (parameters_barely_move, rate_tiny):
            assert symptom.find(run) is not None


def test_a_reward_that_rises_under_a_tiny_rate_is_tuning() -> None:
    found: Findings = look(without_a_loss(np.sin(ROW) + ROW))
    assert found.get("parameters-barely-move") is None
    assert found.get("rate-tiny") is None


def test_the_runs_that_are_made_for_each_other_symptom_are_no_loaded_checkpoint() -> None:
    for name, make in RELATED.items():
        found = look(make(0))
        assert (found.get("parameters-fall-back") is None) == (name != "from-an-older-checkpoint")
        assert (found.get("schedule-begins-anew") is None) == (name != "begun-anew")
