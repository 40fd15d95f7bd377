"""What each piece of evidence weighs: together the pieces make the odds that the ranking gives."""

from __future__ import annotations

import math

import pytest
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.causes import CAUSES, FAULTS
from neural_trainer.diagnosis import diagnose
from neural_trainer.diagnosis.chances import measured
from neural_trainer.diagnosis.evidence import Weights, pieces
from neural_trainer.diagnosis.ranking import chance, posterior, settings, weighed
from neural_trainer.symptoms import look
from neural_trainer.symptoms.roles import is_reinforcement

MADE = {**HEALTHY, **FAULTY}


@pytest.mark.parametrize("name", ["late-rise", "overfitting-steps", "relus-die", "reward-stands"])
def test_all_weights_together_are_the_odds_of_the_ranking(name: str) -> None:
    run = MADE[name](0)
    findings = look(run)
    setting = ("any", "reinforcement" if is_reinforcement(run) else "supervised")
    seen = {finding.symptom: finding.strength for finding in findings.found}
    probability = weighed(seen, findings.absent, setting)
    prior = weighed({}, (), setting)
    for cause in FAULTS:
        if not 1e-9 < probability[cause] < 1 or probability["healthy"] < 1e-9:
            continue
        odds = probability[cause] / probability["healthy"] * prior["healthy"] / prior[cause]
        total = sum(
            math.log(Weights().times_likelier(CAUSES[cause], {found.symptom: found.strength}))
            for found in findings.found
        )
        total += sum(
            math.log(Weights().times_likelier(CAUSES[cause], {}, (symptom,)))
            for symptom in findings.absent
        )
        assert total == pytest.approx(math.log(odds), abs=1e-6)


@pytest.mark.parametrize("name", ["late-rise", "overfitting-steps", "relus-die", "reward-stands"])
def test_the_ranking_is_bayes_rule_added_up_term_by_term(name: str) -> None:
    run, table = MADE[name](0), measured()
    findings = look(run)
    seen = {finding.symptom: finding.strength for finding in findings.found}
    logs = {}
    for cause in (cause for cause in CAUSES.values() if cause.SETTING in settings(run)):
        total = math.log(cause.PRIOR)
        if (key := table.key(cause.ID)) is not None:
            total += table.offset[key]
            total += sum(x * table.if_seen[key].get(one, 0.0) for one, x in seen.items())
            total += sum(table.if_absent[key].get(one, 0.0) for one in findings.absent)
        for symptom, strength in seen.items():
            weight = table.weight.get(symptom, 1.0)
            total += weight * strength * math.log(chance(cause, symptom))
        for symptom in findings.absent:
            weight = table.weight.get(symptom, 1.0)
            total += weight * math.log1p(-chance(cause, symptom))
        logs[cause.ID] = total / table.temperature
    whole = sum(math.exp(one - max(logs.values())) for one in logs.values())
    expected = {name: math.exp(one - max(logs.values())) / whole for name, one in logs.items()}
    found = posterior(run, findings)
    assert found == pytest.approx({name: expected.get(name, 0.0) for name in CAUSES}, rel=1e-9)


@pytest.mark.parametrize("name", MADE)
def test_the_sentences_of_a_cause_are_its_pieces(name: str) -> None:
    report = diagnose(MADE[name](0))
    for cause in report.root_causes:
        told = [(piece.sentence, piece.speaks_for) for piece in cause.pieces]
        assert [said for said, speaks_for in told if speaks_for] == list(cause.evidence)
        assert [said for said, speaks_for in told if not speaks_for] == list(cause.against)
        assert all(piece.times_likelier > 0 for piece in cause.pieces)


def test_what_a_cause_brings_speaks_for_it_and_what_is_lacking_against() -> None:
    run = FAULTY["overfitting-steps"](0)
    told = pieces(CAUSES["overfitting"], look(run), Weights())
    gap = next(piece for piece in told if piece.symptom == "eval-gap-growing")
    assert gap.speaks_for
    assert gap.times_likelier > 3
    calm = pieces(CAUSES["overfitting"], look(HEALTHY[next(iter(HEALTHY))](0)), Weights())
    lacking = [piece for piece in calm if piece.symptom == "eval-gap-growing"]
    assert all(not piece.speaks_for and piece.times_likelier < 1 for piece in lacking)
