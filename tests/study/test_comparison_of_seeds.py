"""Several runs a side: verdicts against what was made, and input that is no comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from made_sides import ending, seeds
from scipy import stats

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.runs.run import Run
from neural_trainer.study.compare import Question, compare, compare_each
from neural_trainer.study.comparison_json import all_to_dict, to_dict
from neural_trainer.study.comparison_text import all_to_text, to_text
from neural_trainer.study.margin import Margin

NOISE = np.array([0.30, -0.20, 0.05, -0.10, 0.15])
SMALL = 0.01 * np.array([1.0, -2.0, 0.5, 1.5, -1.0])


def shifted(by: float, first: int = 0) -> list[Run]:
    return seeds("after", 2 + NOISE + SMALL + by, first=first)


BEFORE = seeds("before", 2 + NOISE)

VERDICTS = {
    "better": (-0.1, None, "better"),
    "worse": (0.1, None, "worse"),
    "no-difference": (0.0, None, "inconclusive"),
    "within-the-margin": (0.0, Margin(0.05, False), "equivalent"),
    "within-per-cent-of-before": (0.0, Margin(0.02, True), "equivalent"),
    "margin-too-narrow": (0.0, Margin(0.001, False), "inconclusive"),
    "beyond-the-margin": (-0.1, Margin(0.05, False), "better"),
    "significant-but-too-small-to-matter": (-0.03, Margin(0.1, False), "equivalent"),
}


@pytest.mark.parametrize(("by", "margin", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_pairs_find_what_their_seeds_would_hide(
    by: float, margin: Margin | None, verdict: str
) -> None:
    c = compare(BEFORE, shifted(by), Question(margin=margin))
    assert (c.verdict, c.pairing.by, len(c.pairing.pairs)) == (verdict, "seed", 5)
    wanted = stats.ttest_rel(2 + NOISE + SMALL + by, 2 + NOISE)
    low, high = wanted.confidence_interval(0.95)
    assert (c.estimate.low, c.estimate.high) == pytest.approx((low, high))
    assert c.p == pytest.approx(wanted.pvalue)


def test_seeds_of_their_own_do_not_pair() -> None:
    c = compare(BEFORE, shifted(-0.1, first=10))
    assert (c.verdict, c.pairing.by) == ("inconclusive", "none")
    wanted = stats.ttest_ind(1.9 + NOISE + SMALL, 2 + NOISE, equal_var=False)
    low, high = wanted.confidence_interval(0.95)
    assert (c.estimate.low, c.estimate.high) == pytest.approx((low, high))
    assert "no seed in common: not paired" in c.notes


def test_a_seed_without_partner_is_left_out_and_named() -> None:
    c = compare(BEFORE, shifted(-0.1)[:4])
    assert len(c.pairing.pairs) == 4
    assert any("before-seed4" in note for note in c.notes)


def test_seeds_of_configs_go_before_names() -> None:
    before = [replace(run, config={"training": {"seed": 7 + i}}) for i, run in enumerate(BEFORE)]
    after = [
        replace(run, config={"training": {"seed": 7 + i}, "lr": 2}) for i, run in
        reversed(list(enumerate(shifted(-0.1))))
    ]  # fmt: skip
    c = compare(before, after)
    assert c.pairing.pairs == ((0, 4), (1, 3), (2, 2), (3, 1), (4, 0))
    assert "changed: lr from nothing to 2" in c.notes


def test_runs_of_one_name_in_two_folders_pair() -> None:
    before = [ending(f"old/{n}", 2 + NOISE[i]) for i, n in enumerate("abc")]
    after = [ending(f"new/{n}", 1.9 + NOISE[i] + SMALL[i]) for i, n in enumerate("abc")]
    c = compare(before, after)
    assert (c.pairing.by, c.verdict) == ("name", "better")


def test_runs_that_differ_in_more_than_seeds_are_told() -> None:
    before = [replace(run, config={"seed": i, "lr": 0.1 * i}) for i, run in enumerate(BEFORE)]
    assert any("before differ in more than their seeds: lr" in n for n in compare(
        before, shifted(0)).notes)  # fmt: skip


def test_inconclusive_says_how_many_runs_it_takes() -> None:
    c = compare(BEFORE, shifted(-0.1, first=10))
    assert c.further.count is not None
    # By the power of a pooled t test with the scatter that was seen, from its tables.
    spread = c.error * np.sqrt(5 / 2)
    n = c.further.count + 5
    for runs, enough in ((n, True), (n - 2, False)):
        limit = stats.t.ppf(0.975, 2 * runs - 2)
        centre = abs(c.difference) / spread / np.sqrt(2 / runs)
        assert (stats.nct.sf(limit, 2 * runs - 2, centre) > 0.795) == enough
    assert f"At least {c.further.count} more runs a side" in " ".join(to_text(c).split())


def test_margin_says_how_many_runs_it_takes() -> None:
    few = compare(BEFORE, shifted(0, 10), Question(margin=Margin(0.2, False))).further.count
    many = compare(BEFORE, shifted(0, 10), Question(margin=Margin(0.05, False))).further.count
    assert few is not None
    assert many is not None
    assert many > 4 * few


def test_one_run_against_several_borrows_their_scatter() -> None:
    c = compare([ending("one", 1.0)], BEFORE)
    assert (c.verdict, c.estimate.method) == ("worse", "pooled t")
    ends = 2 + NOISE
    half = stats.t.ppf(0.975, 4) * ends.std(ddof=1) * np.sqrt(1 + 1 / 5)
    assert c.estimate.high - c.difference == pytest.approx(half)


def test_one_run_each_names_the_runs_it_takes_to_know_the_noise() -> None:
    c = compare(ending("a", 2.0), ending("b", 2.0))
    assert (c.verdict, c.further.count) == ("inconclusive", 2)


def lost(run: Run) -> Run:
    run.signals["loss"].value[20:] = np.nan
    return run


LOST = {
    "all-before": (5, 0, "better"),
    "all-after": (0, 5, "worse"),
    "all": (5, 5, "inconclusive"),
    "most-before": (4, 0, "better"),
    "one-after-though-the-others-are-better": (0, 1, "inconclusive"),
    "one-before-and-the-others-are-better": (1, 0, "better"),
}


@pytest.mark.parametrize(("before", "after", "verdict"), LOST.values(), ids=LOST)
def test_runs_that_end_in_nan(before: int, after: int, verdict: str) -> None:
    left, right = seeds("before", 2 + NOISE), shifted(-0.1)
    for runs, count in ((left, before), (right, after)):
        for run in runs[:count]:
            lost(run)
    c = compare(left, right)
    assert c.verdict == verdict
    assert f"{before} of 5 runs before and {after} of 5 after ended in NaN" in c.why
    assert all_to_dict([c])["reason"] == c.why


def test_equal_time_is_not_equal_steps() -> None:
    """The change halves the loss a step and makes a step four times as slow."""
    slow = [ending(f"b-seed{i}", 1 + NOISE[i] / 10, seconds=4.0) for i in range(5)]
    fast = [ending(f"a-seed{i}", 1.5 + NOISE[i] / 10, seconds=1.0) for i in range(5)]
    by_steps = compare(fast, slow)
    by_time = compare(fast, slow, Question(at="time"))
    assert (by_steps.verdict, by_time.verdict) == ("better", "worse")
    readings = {reading.at: reading for reading in by_steps.readings}
    assert readings["time"].place == pytest.approx(29.0)  # the fast ones end, 30 points 1 s apart
    assert readings["time"].estimate is not None
    assert readings["time"].estimate.difference == pytest.approx(by_time.difference)
    assert readings["compute"].estimate is None
    assert "not known" in readings["compute"].reason


def test_equal_compute_by_six_n_d() -> None:
    def sized(name: str, end: float, size: int) -> Run:
        run = ending(name, end, config={"num_parameters": size})
        tokens = replace(run.signals["loss"], value=100 * run.signals["loss"].step)
        return replace(run, signals={**run.signals, "tokens": tokens})

    c = compare(
        [sized(f"a-seed{i}", 2 + NOISE[i], 1000) for i in range(3)],
        [sized(f"b-seed{i}", 2 + NOISE[i], 4000) for i in range(3)],
    )
    compute = next(reading for reading in c.readings if reading.at == "compute")
    assert compute.place == 6 * 1000 * 100 * 30


def test_returns_are_compared_by_their_interquartile_mean() -> None:
    scores = np.array([*range(10, 29), 1000.0])
    before = seeds("before", scores, "reward")
    c = compare(before, seeds("after", scores + 20, "reward"))
    assert (c.statistic, c.verdict) == ("iqm", "better")
    assert c.before.end == pytest.approx(stats.trim_mean(scores, 0.25))
    by_mean = compare(before, seeds("after", scores + 20, "reward", first=20),
                      Question(statistic="mean"))  # fmt: skip
    assert by_mean.verdict == "inconclusive"  # the one of 1000 hides it


def tasks(side: str, by: float, ends: Sequence[float] = (1.0, 2.0, 3.0, 4.0)) -> list[Run]:
    return [
        ending(
            f"{side}-{env}-seed{i}", scale * (end + by), "reward", config={"env": env, "seed": i}
        )
        for env, scale in (("Pong", 1.0), ("Breakout", 100.0))
        for i, end in enumerate(ends)
    ]


def test_tasks_in_their_own_units_need_a_range_each() -> None:
    with pytest.raises(NeuralTrainerError, match="--score-range Breakout=LOW:HIGH"):
        compare(tasks("a", 0), tasks("b", 10))
    ranges = {"Pong": (0.0, 10.0), "Breakout": (0.0, 1000.0)}
    c = compare(tasks("a", 0), tasks("b", 10), Question(ranges=ranges))
    assert c.verdict == "better"
    assert c.difference == pytest.approx(1.0)
    assert any("too narrow below 10" in note for note in c.notes)


def test_several_measures_are_corrected_by_holm() -> None:
    """p = 0.03 for each of three by itself: none is left of three, one of one."""
    generator = np.random.default_rng(3)
    noise = generator.normal(0, 1, 8)
    noise -= noise.mean()
    effect = noise.std(ddof=1) / np.sqrt(8) * -stats.t.ppf(0.015, 7)
    names = ("eval/loss", "eval/perplexity", "loss")
    left, right = [], []
    for i in range(8):
        end = 5 + i / 100
        one, two = ending(f"a-seed{i}", end), ending(f"b-seed{i}", end - effect + noise[i])
        left.append(replace(one, signals=dict.fromkeys(names, one.signals["loss"])))
        right.append(replace(two, signals=dict.fromkeys(names, two.signals["loss"])))
    alone = compare_each(left, right, Question(metrics=names[:1]))
    assert (alone[0].verdict, round(alone[0].p, 3)) == ("better", 0.03)
    together = compare_each(left, right, Question(metrics=names))
    assert [(c.verdict, round(c.p, 3)) for c in together] == [("inconclusive", 0.09)] * 3
    assert "corrected for their number (Holm 1979)" in all_to_text(together)
    assert all_to_dict(together)["correction"] == "holm"


def test_few_points_of_one_run_each_are_told() -> None:
    for points, told in ((30, True), (300, False)):
        c = compare(ending("a", 2.0, n=points), ending("b", 1.0, n=points))
        assert any("few points at the end" in note for note in c.notes) == told


def test_what_could_not_be_read_is_told() -> None:
    after = shifted(0)
    after[1] = replace(after[1], notes=("rows before the first 'step' are left out: 3",))
    assert (
        "after-seed1: rows before the first 'step' are left out: 3" in compare(BEFORE, after).notes
    )


def test_skewed_differences_are_told() -> None:
    normal = stats.norm.ppf((np.arange(20) + 0.5) / 20)
    level = 5 + 0.3 * np.arange(20)
    for difference, skewed in ((np.exp(normal), True), (normal, False)):
        c = compare(seeds("a", level), seeds("b", level + difference))
        assert any("skewed" in note for note in c.notes) == skewed


REFUSED = {
    "no-run": (lambda: ([], BEFORE), "holds no run"),
    "one-run-twice": (lambda: ([BEFORE[0], BEFORE[0]], BEFORE), "stands 2 times before"),
    "a-copy": (
        lambda: ([*BEFORE, replace(BEFORE[0], name="copy", source="copy")], shifted(0)),
        "hold the same values: a copy tells nothing new",
    ),
    "lacks-the-measure": (
        lambda: (BEFORE, [*shifted(0), ending("x", 1.0, "reward")]),
        "have no loss, reward or accuracy in common; x|common",
    ),
    "epochs-and-steps": (
        lambda: (BEFORE, [ending("e", 2.0, axis="epoch")]),
        "counts in step and e in epoch: not comparable at equal steps",
    ),
    "tokens-and-steps": (
        lambda: (BEFORE, [ending("t", 2.0, step=1e6)]),
        "nothing is at the same place; expected one unit, all in tokens or all in steps",
    ),
    "per-cent-and-fractions": (
        lambda: (seeds("a", [-2.2, -2.1], "accuracy"), [ending("p", 92.0, "accuracy")]),
        "is a fraction in",
    ),
}


@pytest.mark.parametrize(("sides", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_comparison_is_refused_in_one_line(sides: object, says: str) -> None:
    before, after = sides()  # type: ignore[operator]
    with pytest.raises(NeuralTrainerError, match=says) as caught:
        compare(before, after)
    assert "\n" not in str(caught.value)


def test_a_measure_that_one_run_lacks_is_refused() -> None:
    with pytest.raises(NeuralTrainerError, match="after-seed0 has no eval/loss"):
        compare(
            seeds("before", [1.0, 2.0], "eval/loss"), shifted(0), Question(metrics=("eval/loss",))
        )


def test_one_seed_twice_on_a_side_is_told_and_not_paired() -> None:
    again = ending("again-seed0", 2.4)
    c = compare([*BEFORE, again], shifted(0))
    assert c.pairing.by == "none"
    assert any("seed 0 stands more than once" in note for note in c.notes)


def test_a_run_that_stopped_early_is_named() -> None:
    short = ending("short-seed9", 2.0, n=5)
    c = compare([*BEFORE, short], shifted(0))
    assert any("short-seed9 ends at 5" in note for note in c.notes)
    assert c.before.last_step == 5
    two = compare(ending("long", 2.0), short)
    assert any("short-seed9 ends at 5" in note for note in two.notes)
    assert not any(" ends at " in note for note in compare(BEFORE, shifted(0)).notes)


def test_text_fits_and_json_holds_what_the_text_says() -> None:
    for by in (-0.1, 0.0):
        c = compare(BEFORE, shifted(by), Question(margin=Margin(0.001, False)))
        text = to_text(c)
        assert max(map(len, text.splitlines())) <= 80
        assert c.verdict.upper() in text
        told = to_dict(c)
        assert told["interval"] == [c.estimate.low, c.estimate.high]
        assert told["paired_by"] == "seed"
        assert len(told["before_runs"]) == 5
        assert set(told["readings"]) == {"steps", "time", "compute"}
