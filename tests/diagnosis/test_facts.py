"""How facts are weighed: within bounds, once a kind, and against health."""

from __future__ import annotations

import math

import pytest

from neural_trainer.diagnosis.facts import BOUNDS, MOST, Evidence, Fact, Kind, factor, with_facts

LOG = {"healthy": 0.6, "converged": 0.1, "unknown": 0.1, "softmax-twice": 0.1, "lr-too-high": 0.1}


def fact(times: float, kind: Kind = "code", cause: str = "softmax-twice") -> Fact:
    return Fact(cause, kind, "name", times, "It does.", "train.py:3")


def test_without_facts_nothing_changes() -> None:
    assert with_facts(LOG, Evidence()) == pytest.approx(LOG)


def test_the_odds_of_a_cause_are_multiplied_by_the_ratio() -> None:
    weighed = with_facts(LOG, Evidence((fact(5.0),)))
    odds, before = (p["softmax-twice"] / p["lr-too-high"] for p in (weighed, LOG))
    assert odds == pytest.approx(5 * before)
    assert sum(weighed.values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", BOUNDS)
def test_a_ratio_is_bounded_by_its_kind(kind: Kind) -> None:
    least, most = BOUNDS[kind]
    assert factor([fact(1e9, kind)]) == most
    assert factor([fact(1e-9, kind)]) == least


def test_two_findings_of_a_kind_are_one_witness_and_two_kinds_are_two() -> None:
    assert factor([fact(5.0), fact(3.0)]) == 5
    assert factor([fact(0.5), fact(0.2), fact(3.0)]) == pytest.approx(0.6)
    assert factor([fact(5.0), fact(3.0, "config")]) == 15
    assert factor([fact(1e9, "rule"), fact(1e9, "check")]) == MOST


def test_what_was_read_or_measured_lowers_health_and_habits_do_not() -> None:
    kinds: tuple[Kind, ...] = ("rule", "check", "code")
    seen = {kind: with_facts(LOG, Evidence((fact(5.0, kind),))) for kind in kinds}
    assert seen["rule"]["healthy"] < seen["check"]["healthy"] < 0.3 * seen["code"]["healthy"]
    for kind in kinds:  # what health loses goes to the cause alone
        assert seen[kind]["lr-too-high"] == pytest.approx(seen["code"]["lr-too-high"])
        assert sum(seen[kind].values()) == pytest.approx(1)


def test_a_fault_that_the_run_cannot_have_takes_nothing_from_health() -> None:
    assert with_facts(LOG, Evidence((fact(5.0, "rule", "run-crashed"),))) == pytest.approx(LOG)


def test_the_weightiest_facts_of_a_cause_come_first() -> None:
    evidence = Evidence((fact(2.0), fact(0.01), fact(5.0)))
    weights = [abs(math.log(item.bounded)) for item in evidence.of("softmax-twice")]
    assert weights == sorted(weights, reverse=True)
