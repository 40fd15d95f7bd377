"""Which checks are chosen to settle between causes, and what their results say."""

from __future__ import annotations

import pytest

from neural_trainer.causes import FAULTS
from neural_trainer.diagnosis.check_facts import (
    LEAVES,
    MOST_CHECKS,
    UNASKED,
    check_evidence,
    checks_for,
)
from neural_trainer.diagnosis.facts import Evidence
from neural_trainer.diagnosis.settling import BY_CHECKS, BY_CODE, unsettled
from neural_trainer.inspect.checks import ASKS
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed, Result

CHOSEN = {  # confidences, checks that must be chosen, checks that must not be
    "softmax-or-mask": (
        {"softmax-twice": 0.4, "causal-mask-missing": 0.3}, {"loss-inputs", "causality"},
        {"frozen", "lr-range"},
    ),
    "one-cause": ({"parameters-frozen": 0.9}, {"frozen"}, {"optimizer-covers"}),
    "a-cause-of-two-percent-at-least": ({"parameters-frozen": 0.01}, set(), {"frozen"}),
    "a-cause-without-a-check": ({"dataloader-bottleneck": 0.9}, set(), set(LEAVES)),
    "nothing": ({}, set(), set(LEAVES)),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOSEN)
def test_checks_are_chosen_by_what_they_would_settle(name: str) -> None:
    confidences, chosen, left = CHOSEN[name]
    found = set(checks_for(confidences))
    assert chosen <= found
    assert not found & left


def test_no_more_than_a_few_are_chosen_and_those_of_the_likeliest_causes_first() -> None:
    confidences = dict.fromkeys(FAULTS, 0.1) | {"softmax-twice": 0.5}
    found = checks_for(confidences)
    assert len(found) <= MOST_CHECKS
    assert "loss-inputs" in found


def said(outcome: Outcome, check: str = "loss-inputs") -> Evidence:
    return check_evidence([Result(check, "does it", outcome, 0.1)])


def test_a_failure_speaks_for_the_cause_that_it_names() -> None:
    (fact,) = said(Failed("probabilities are given", "softmax-twice", "do this")).facts
    assert fact.cause == "softmax-twice"
    assert fact.certain
    assert fact.told == "Probabilities are given. [check loss-inputs failed]"


def test_a_failure_of_no_known_cause_and_what_was_not_checked_say_nothing() -> None:
    assert said(Failed("it is so", None, "do this")).facts == ()
    assert said(NotCheckable("it raised")).facts == ()


def test_a_pass_speaks_against_the_causes_that_the_check_looks_for() -> None:
    facts = said(Passed("logits are given")).facts
    assert {fact.cause for fact in facts} == set(LEAVES["loss-inputs"])
    assert all(fact.times < 1 and not fact.certain for fact in facts)


def test_the_tables_name_checks_and_causes_that_there_are() -> None:
    assert LEAVES.keys() <= ASKS.keys()
    assert set(UNASKED) <= ASKS.keys()
    assert {cause for leaves in LEAVES.values() for cause in leaves} <= FAULTS.keys()
    assert all(0 < left < 1 for leaves in LEAVES.values() for left in leaves.values())


def test_what_would_settle_is_named_until_it_was_looked_at() -> None:
    probability = {"softmax-twice": 0.5, "healthy": 0.4}
    names = {item.symptom: item.needs for item in unsettled(probability, Evidence())}
    assert names["rule softmax-before-cross-entropy"] == BY_CODE
    assert names["check loss-inputs"] == BY_CHECKS
    assert "rule zero-grad-missing" not in names
    read = unsettled(probability, Evidence(looked_at=("rule", "code")))
    assert {item.needs for item in read} == {BY_CHECKS}
    assert unsettled(probability, Evidence(looked_at=("rule", "code", "check"))) == ()
    assert unsettled({"healthy": 0.99}, Evidence()) == ()
