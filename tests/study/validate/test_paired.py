"""Two models on the same items: tests against scipy, error rates, power, order of items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_predictions import classes, numbers, repeated, texts
from scipy import stats

from neural_trainer.errors import ConfigError
from neural_trainer.study.estimates import holm
from neural_trainer.study.validate.paired import Against
from neural_trainer.study.validate.paired import against as against_each
from neural_trainer.study.validate.predictions import Predictions


def flipped(p: Predictions, share: float, seed: int = 1) -> Predictions:
    """Return `p` with the class of a share of its items answered at random."""
    rng = np.random.default_rng(seed)
    changed = rng.random(len(p)) < share
    said = np.where(changed, rng.integers(len(p.classes), size=len(p)), p.predicted)
    return replace(p, source="other", predicted=said.astype(float), probabilities=None)


def against(
    ours: Predictions, theirs: Predictions, level: float, num_samples: int, seed: int
) -> Against:
    return against_each(ours, [theirs], level, num_samples, seed)[0]


def test_mcnemar_is_the_exact_binomial_of_those_that_differ() -> None:
    p = classes(400, k=2)
    other = flipped(p, 0.3)
    found = against(p, other, 0.95, 500, 0)
    we, they = p.truth == p.predicted, p.truth == other.predicted
    won, lost = int((they & ~we).sum()), int((we & ~they).sum())
    assert found.discordant == (won, lost)
    assert found.rows[0].p == pytest.approx(stats.binomtest(won, won + lost).pvalue)
    assert found.rows[0].difference == pytest.approx((won - lost) / 400)
    assert found.rows[0].verdict == "worse"


def test_wilcoxon_of_errors_is_that_of_scipy() -> None:
    p = numbers(100)
    other = replace(p, predicted=p.truth + 0.8 * (p.predicted - p.truth) + 0.05)
    row = against(p, other, 0.95, 500, 0).rows[0]
    errors = np.abs(other.predicted - p.truth) - np.abs(p.predicted - p.truth)
    assert row.p == pytest.approx(stats.wilcoxon(errors, zero_method="pratt").pvalue)
    assert (row.name, row.verdict) == ("mean absolute error", "better")


def test_two_measures_are_corrected_by_holm() -> None:
    p = classes(300, k=2)
    q = classes(300, k=2, seed=3)
    other = replace(q, truth=p.truth)
    rows = against(p, other, 0.95, 300, 0).rows
    assert p.probabilities is not None
    assert other.probabilities is not None
    at = np.arange(300), p.truth.astype(int)
    nats = np.log(p.probabilities[at]) - np.log(other.probabilities[at])
    we, they = p.truth == p.predicted, p.truth == other.predicted
    raw = [
        stats.binomtest(int((they & ~we).sum()), int((we != they).sum())).pvalue,
        stats.wilcoxon(nats, zero_method="pratt").pvalue,
    ]
    assert [row.p for row in rows] == pytest.approx(holm(raw))


def test_several_models_are_corrected_together() -> None:
    p = classes(300, k=2)
    others = [flipped(p, share, seed) for seed, share in enumerate((0.05, 0.1, 0.3))]
    found = against_each(p, others, 0.95, 100, 0)
    alone = [against(p, other, 0.95, 100, 0).rows[0].p for other in others]
    assert [one.rows[0].p for one in found] == pytest.approx(holm(alone))
    assert [one.rows[0].ours for one in found] == [found[0].rows[0].ours] * 3


def test_one_of_many_equally_good_models_is_rarely_told_apart() -> None:
    told = 0
    for seed in range(100):
        p = classes(120, k=2, seed=seed)
        others = [flipped(p, 0.4, 1000 * n + seed) for n in range(2, 8)]
        found = against_each(flipped(p, 0.4, 1000 + seed), others, 0.95, 100, seed)
        told += any(one.rows[0].verdict != "inconclusive" for one in found)
    assert told / 100 <= 0.09  # 0.05 and 1.8 standard errors


def test_models_that_are_equally_good_are_rarely_told_apart() -> None:
    told = 0
    for seed in range(150):
        p = classes(120, k=2, seed=seed)
        one, other = flipped(p, 0.4, 1000 + seed), flipped(p, 0.4, 2000 + seed)
        told += against(one, other, 0.95, 100, seed).rows[0].verdict != "inconclusive"
    assert told / 150 <= 0.08  # 0.05 and 1.7 standard errors; the exact test stays below


def test_a_detectable_difference_is_found_eight_times_in_ten() -> None:
    rng = np.random.default_rng(0)
    found = 0
    base = numbers(80)
    gaps = 0.3 * rng.standard_normal(80)
    near = replace(base, predicted=base.truth + 1.0 + gaps)
    ours = replace(base, predicted=base.truth + 1.0)
    size = against(ours, near, 0.95, 100, 0).rows[0].detectable
    for seed in range(200):
        drawn = 0.3 * np.random.default_rng(seed + 1).standard_normal(80)
        other = replace(base, predicted=base.truth + 1.0 + drawn + size)
        found += against(ours, other, 0.95, 100, seed).rows[0].verdict == "worse"
    assert 0.7 <= found / 200 <= 0.9


def test_copies_in_clusters_add_no_evidence() -> None:
    p = classes(60, k=2)
    other = replace(classes(60, k=2, seed=5), truth=p.truth)
    once = against(replace(p, clusters=np.arange(60)), other, 0.95, 400, 0)
    often = against(repeated(p, 8), repeated(other, 8), 0.95, 400, 0)
    naive = against(
        replace(repeated(p, 8), clusters=None), replace(repeated(other, 8), clusters=None),
        0.95, 400, 0,
    )  # fmt: skip
    assert naive.rows[0].p < often.rows[0].p / 2
    assert often.rows[0].p == pytest.approx(once.rows[0].p)
    assert often.rows[0].detectable == pytest.approx(once.rows[0].detectable)


def test_items_are_matched_by_id_whatever_their_order() -> None:
    p = replace(classes(50), ids=tuple(f"item{i}" for i in range(50)))
    order = np.random.default_rng(0).permutation(50)
    assert p.probabilities is not None
    mixed = replace(
        p, truth=p.truth[order], predicted=p.predicted[order],
        probabilities=p.probabilities[order], ids=tuple(f"item{i}" for i in order),
    )  # fmt: skip
    found = against(p, mixed, 0.95, 100, 0)
    assert found.matched == "id"
    assert {row.verdict for row in found.rows} == {"the same"}


def test_classes_in_another_order_are_the_same_classes() -> None:
    p = classes(50)
    assert p.probabilities is not None
    turned = replace(
        p, classes=p.classes[::-1], truth=2 - p.truth, predicted=2 - p.predicted,
        probabilities=p.probabilities[:, ::-1],
    )  # fmt: skip
    assert {row.verdict for row in against(p, turned, 0.95, 100, 0).rows} == {"the same"}


REFUSED = {
    "fewer-items": (classes(50), classes(49), "49"),
    "other-truth": (classes(50), classes(50, seed=1), "differs"),
    "other-task": (classes(50), numbers(50), "regression"),
    "other-ids": (
        replace(classes(3), ids=("a", "b", "c")), replace(classes(3), ids=("a", "b", "d")), "ids",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_paired_is_refused(
    ours: Predictions, theirs: Predictions, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        against(ours, theirs, 0.95, 100, 0)


def test_language_models_are_compared_by_nats_a_token() -> None:
    p = texts()
    row = against(p, replace(p, truth=p.truth * 0.9), 0.95, 300, 0).rows[0]
    assert (row.name, row.verdict) == ("nats a token", "better")
    assert row.theirs == pytest.approx(0.9 * row.ours)
