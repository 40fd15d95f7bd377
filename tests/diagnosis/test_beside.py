"""A log judged with what its code and config say: ties broken, health kept, faults brought in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from made_faulty import FAULTY
from made_healthy import HEALTHY
from planted_programs import PLANTED, SOUND, planted
from report_schema import faults

from neural_trainer.diagnosis import Report, diagnose
from neural_trainer.diagnosis.code_facts import code_evidence
from neural_trainer.diagnosis.config_facts import config_evidence
from neural_trainer.diagnosis.facts import Evidence, Fact
from neural_trainer.render.report_json import to_dict
from neural_trainer.runs.run import Run

UNSHUFFLED = SOUND.replace("shuffle=True", "shuffle=False")


def run_of(name: str) -> Run:
    return {**HEALTHY, **FAULTY}[name](0)


@cache
def alone(name: str) -> Report:
    return diagnose(run_of(name))


def with_code(name: str, text: str, folder: Path) -> Report:
    (folder / "train.py").write_text(text)
    return diagnose(run_of(name), code_evidence([str(folder / "train.py")]))


def share(report: Report, cause: str) -> float:
    return next((c.confidence for c in report.root_causes if c.cause == cause), 0.0)


@pytest.mark.parametrize(
    ("log", "program", "first", "other"),
    [
        ("stuck-at-chance", "rate-of-half", "lr-too-high", "warmup-missing"),
        ("no-zero-grad", "no-zero-grad", "zero-grad-missing", "data-not-shuffled"),
    ],
)
def test_code_settles_what_the_log_leaves_open(
    log: str, program: str, first: str, other: str, tmp_path: Path
) -> None:
    before, after = alone(log), with_code(log, planted(program), tmp_path)
    assert after.verdict == "faulty"
    assert after.root_causes[0].cause == first
    assert share(after, first) > max(0.85, share(before, first))
    assert share(after, other) < share(before, other) / 2
    assert "train.py:" in after.root_causes[0].evidence[0]


# Gradients alike and a loss with a period: no zero_grad shows both, and unshuffled data may.
TIE = ("data-not-shuffled", "zero-grad-missing")


def test_code_overturns_what_the_log_alone_names(tmp_path: Path) -> None:
    before, after = alone("no-zero-grad"), with_code("no-zero-grad", UNSHUFFLED, tmp_path)
    assert (before.root_causes[0].cause, after.root_causes[0].cause) == (TIE[1], TIE[0])
    assert after.verdict == "faulty"
    assert share(after, TIE[1]) < share(before, TIE[1]) / 2
    assert "train.py:" in after.root_causes[0].evidence[0]


def test_sound_code_takes_from_both(tmp_path: Path) -> None:
    before, after = alone("no-zero-grad"), with_code("no-zero-grad", SOUND, tmp_path)
    assert all(share(after, cause) < share(before, cause) for cause in TIE)
    told = [p for c in after.root_causes for p in c.pieces if c.cause == TIE[1] and p.where]
    assert told
    assert not any(piece.speaks_for for piece in told)


@pytest.mark.parametrize("name", HEALTHY)
def test_sound_code_leaves_a_healthy_log_as_it_is(name: str, tmp_path: Path) -> None:
    before, after = alone(name), with_code(name, SOUND, tmp_path)
    undecided = before.verdict == "cannot_judge"  # what code excludes may decide it, for health
    assert after.verdict == before.verdict or (undecided and after.verdict != "faulty")
    assert after.symptoms == before.symptoms
    well = [r.others["healthy"] + r.others["converged"] for r in (before, after)]
    assert well[1] >= well[0] - 0.01


@pytest.mark.parametrize("name", [name for name, (*_, kind) in PLANTED.items() if kind == "rule"])
@pytest.mark.parametrize("log", ["power-law", "everything-logged", "decay-to-zero"])
def test_a_fault_in_the_code_of_a_healthy_log_is_named(name: str, log: str, tmp_path: Path) -> None:
    after = with_code(log, planted(name), tmp_path)
    assert after.verdict == "faulty"
    assert after.root_causes[0].cause == PLANTED[name][2]
    assert after.root_causes[0].confidence < 0.95


def test_code_whose_fault_a_log_contradicts_does_not_take_over(tmp_path: Path) -> None:
    after = with_code("recurrence-explodes", planted("softmax-first"), tmp_path)
    assert after.root_causes[0].cause == "recurrent-gradients-exploding"


def test_a_log_too_short_to_judge_is_judged_by_a_fault_in_its_code(tmp_path: Path) -> None:
    signals = {"loss": run_of("power-law").signals["loss"].until(2)}
    short = Run("short", "short", "jsonl", signals=signals, logged_as={"loss": "loss"})
    (tmp_path / "train.py").write_text(planted("no-zero-grad"))
    (tmp_path / "sound.py").write_text(SOUND)
    assert diagnose(short).verdict == "cannot_judge"
    assert diagnose(short, code_evidence([str(tmp_path / "sound.py")])).verdict == "cannot_judge"
    after = diagnose(short, code_evidence([str(tmp_path / "train.py")]))
    assert after.root_causes[0].cause == "zero-grad-missing"


def test_a_config_moves_the_cause_that_it_is_about(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("optimizer: {name: adamw, lr: 0.5}\nwarmup_steps: 100\n")
    before = alone("stuck-at-chance")
    after = diagnose(run_of("stuck-at-chance"), config_evidence(str(path)))
    assert share(after, "lr-too-high") > share(before, "lr-too-high")
    assert share(after, "warmup-missing") < share(before, "warmup-missing")
    assert after.root_causes[0].cause == "lr-too-high"
    assert f"{path}: optimizer.lr" in after.root_causes[0].evidence[0]


def test_what_the_logs_own_symptoms_weigh_does_not_count_again() -> None:
    def told(name: str) -> Report:
        return diagnose(run_of(name), Evidence((Fact("lr-too-low", "config", "lr", 8.0, "x."),)))

    # The first log holds the rate, the second the loss alone.
    assert told("late-rise").facts == ()
    assert len(told("nan-sudden-loss-alone").facts) == 1


def test_the_report_says_which_confidences_are_stated_and_what_would_still_settle(
    tmp_path: Path,
) -> None:
    after = with_code("no-zero-grad", SOUND, tmp_path)
    assert "rules of lint and facts of code" in after.confidence_basis
    assert "stated ratios" in after.confidence_basis
    assert "stated ratios" not in alone("no-zero-grad").confidence_basis
    run = diagnose(run_of("nan-sudden"), code_evidence([str(tmp_path / "train.py")]))
    needs = {item.symptom: item.needs for item in run.not_checked}
    assert "probe" in needs["check data-finite"]
    assert not any(name.startswith("rule ") for name in needs)


@pytest.mark.parametrize("name", ["no-zero-grad", "nan-sudden", "power-law"])
@pytest.mark.parametrize("text", [SOUND, planted("no-zero-grad")], ids=["sound", "no-zero-grad"])
def test_confidences_sum_to_one_and_the_schema_is_met(name: str, text: str, tmp_path: Path) -> None:
    after = with_code(name, text, tmp_path)
    total = sum(c.confidence for c in after.root_causes) + sum(after.others.values())
    assert total == pytest.approx(1)
    assert faults(to_dict(after)) == []
    assert to_dict(after)["facts"]
