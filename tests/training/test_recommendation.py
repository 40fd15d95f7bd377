"""The recommendation: what each kind of report comes to, and only by way of the diagnosis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_logs import write

from neural_trainer.causes import FAULTS
from neural_trainer.diagnosis import diagnose
from neural_trainer.diagnosis.report import Report, RootCause
from neural_trainer.runs.read import read
from neural_trainer.symptoms import SYMPTOMS, Finding
from neural_trainer.training.recommendation import SYMPTOMS_OF, recommend

BEST = (120, Path("runs/a/checkpoints/step-00000120"))


@pytest.mark.parametrize(
    ("log", "kind", "words"),
    [
        pytest.param("healthy", "ready", "Ready for the test set: runs/a/", id="healthy"),
        pytest.param("overfit", "overfitting", "Overfitting: stop at step 120", id="overfit"),
        pytest.param(
            "diverging", "unstable", "Unstable: The learning rate is too high", id="unstable"
        ),
    ],
)
def test_of_logs(project: Path, log: str, kind: str, words: str) -> None:
    write(log, project)
    advice = recommend(diagnose(read(f"{log}.jsonl")), BEST)
    assert advice.kind == kind
    assert words in advice.sentence
    assert advice.step == 120


def test_overfitting_without_a_checkpoint_names_the_step_of_the_diagnosis(project: Path) -> None:
    write("overfit", project)
    report = diagnose(read("overfit.jsonl"))
    (gap,) = [f for f in report.symptoms if f.symptom == "eval-gap-growing"]
    assert f"stop at step {gap.window[0]:.0f}." in recommend(report, None).sentence


def report(verdict: Any, cause: str | None = None, *seen: str) -> Report:
    causes = (
        (RootCause(cause, FAULTS[cause].ISSUE, 0.9, (), (), (), ""),) if cause is not None else ()
    )
    findings = tuple(Finding(symptom, 5.0, (5.0, 9.0), 1.0, ("Seen.",)) for symptom in seen)
    return Report(
        "a", "runs/a", "", "step", verdict, "Too short.", causes, {}, findings, (), {}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cause", "seen", "kind"),
    [
        pytest.param("lr-too-low", ("loss-not-falling",), "underfitting", id="lr-too-low"),
        pytest.param("gradients-vanishing", ("loss-not-falling", "layer-gradients-vanishing"),
                     "underfitting", id="vanishing"),
        pytest.param("lr-too-high", ("loss-diverging", "loss-plateau"), "unstable", id="too-high"),
        pytest.param("overfitting", ("eval-gap-growing", "loss-plateau"), "overfitting", id="over"),
        pytest.param("overfitting", (), "faulty", id="nothing-seen"),
    ],
)  # fmt: skip
def test_a_fault_is_of_the_kind_of_what_was_seen_of_it(
    cause: str, seen: tuple[str, ...], kind: str
) -> None:
    assert recommend(report("faulty", cause, *seen), None).kind == kind


def test_what_cannot_be_judged_is_not_recommended() -> None:
    advice = recommend(report("cannot_judge"), None)
    assert (advice.kind, advice.sentence) == ("cannot_judge", "Cannot be judged: Too short.")


def test_every_symptom_is_of_one_kind_or_of_none_by_its_nature() -> None:
    named = [symptom for symptoms in SYMPTOMS_OF.values() for symptom in symptoms]
    assert len(named) == len(set(named))
    assert set(named) <= set(SYMPTOMS)


OF_NO_CURVE = {  # of what is measured, of the machine, of what is generated: "Faulty: ..."
    "auxiliary-head-collapsed", "loss-reduction-wrong", "causal-mask-missing", "data-leakage",
    "train-mode-while-evaluating", "dataloader-bottleneck", "memory-leak", "throughput-cliff",
    "out-of-memory", "run-crashed", "seed-noise", "mode-collapse", "catastrophic-forgetting",
    "repetition-collapse",
}  # fmt: skip


def test_every_fault_has_a_kind_once_all_that_it_shows_is_seen() -> None:
    kinds = {
        cause: recommend(report("faulty", cause, *fault.EXPECTS), None).kind
        for cause, fault in FAULTS.items()
    }
    assert {cause for cause, kind in kinds.items() if kind == "faulty"} == OF_NO_CURVE
