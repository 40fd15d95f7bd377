"""Points at the door: what is wrong of them is said in one line, and never guessed."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import spread

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.study.scaling.points import Points, checked


def changed(**columns: dict[int, float]) -> Points:
    """Return made points with columns changed: a value for each of some places."""
    points = spread(count=30)
    new = {name: values.copy() for name, values in points.columns.items() if name != "compute"}
    for name, places in columns.items():
        for place, value in places.items():
            new[name][place] = value
    return Points("study.csv", new)


def twice() -> Points:
    columns = {name: np.append(values, values[3]) for name, values in changed().columns.items()}
    return Points("study.csv", columns)


def steps_among_tokens() -> Points:
    points = changed()
    tokens = points.columns["tokens"].copy()
    tokens[:6] /= 5e5  # tokens of a step
    return Points("study.csv", {**points.columns, "tokens": tokens})


def petaflop_days() -> Points:
    points = spread(count=30)
    return Points("study.csv", {**points.columns, "compute": points.columns["compute"] / 8.64e19})


def some_petaflop_days() -> Points:
    points = spread(count=30)
    compute = points.columns["compute"].copy()
    compute[:4] *= 100
    return Points("study.csv", {**points.columns, "compute": compute})


REFUSED = {
    "nan_loss": (changed(loss={2: np.nan, 5: np.nan}), "2 of 30 points are without a positive"),
    "infinite_loss": (changed(loss={2: np.inf}), "(point 3)"),
    "negative_size": (changed(params={0: -1.0}), "1 of 30 points is without a positive"),
    "many_missing": (changed(loss=dict.fromkeys(range(9), np.nan)), "1, 2, 3, 4, 5 and 4 more"),
    "point_twice": (twice(), "1 of 31 points is there twice (point 31)"),
    "steps_among_tokens": (steps_among_tokens(), "two units, such as tokens and steps?"),
    "petaflop_days": (petaflop_days(), "is compute in FLOP"),
    "some_petaflop_days": (some_petaflop_days(), "points of different units?"),
    "one_point": (changed().where(np.arange(30) == 0), "has 1 point to fit; expected 5 at least"),
    "no_point": (changed().where(np.arange(30) > 30), "has 0 points to fit"),
}


@pytest.mark.parametrize(("points", "said"), REFUSED.values(), ids=REFUSED)
def test_bad_points_are_refused_in_one_line(points: Points, said: str) -> None:
    with pytest.raises(NeuralTrainerError) as raised:
        checked(points)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("seed", range(3))
def test_good_points_pass_unchanged(seed: int) -> None:
    points = spread(seed, 30)
    assert checked(points).notes == ()
    assert len(checked(points)) == 30


def test_seeds_of_one_size_are_no_doubles() -> None:
    points = changed()
    seeds = {name: np.repeat(values, 2) for name, values in points.columns.items()}
    seeds["loss"] = seeds["loss"] * np.exp(np.random.default_rng(0).normal(0, 0.01, 60))
    assert len(checked(Points("seeds", seeds))) == 60


def test_what_is_left_out_is_noted() -> None:
    kept = checked(changed(loss={2: np.nan}), drop_invalid=True)
    assert len(kept) == 29
    assert kept.notes == (
        "1 of 30 points is without a positive finite number in each column (point 3): left out",
    )
    assert len(checked(twice(), drop_invalid=True)) == 30


def test_the_highest_losses_are_left_out() -> None:
    points = spread(count=30)
    kept = checked(points, drop_highest=5)
    assert kept.loss.tolist() == [v for v in points.loss if v <= np.sort(points.loss)[24]]
    assert kept.notes == ("5 points of the highest loss left out",)
