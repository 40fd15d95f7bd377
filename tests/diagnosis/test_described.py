"""A case in words: what it says, what it does not, and a report of low confidence on it."""

from __future__ import annotations

import re

import pytest
from report_schema import faults

from neural_trainer.causes import CAUSES
from neural_trainer.diagnosis.described import read_description
from neural_trainer.diagnosis.from_words import BELIEVED, diagnose_description
from neural_trainer.diagnosis.words import HINTS, WORDS
from neural_trainer.errors import ConfigError
from neural_trainer.render.report_json import to_dict
from neural_trainer.render.report_text import to_text
from neural_trainer.symptoms import SYMPTOMS

SAYS = {  # the words, the symptoms that they say, a cause among the first three
    "loss is NaN after 300 steps, lr 0.1": ({"loss-nonfinite"}, "lr-too-high"),
    "the loss grows and grows, then NaN": (
        {"loss-nonfinite", "nonfinite-after-climb", "loss-diverging"}, "lr-too-high",
    ),
    "validation loss goes up while training loss falls": ({"eval-gap-growing"}, "overfitting"),
    "We overfit badly": ({"eval-gap-growing"}, "overfitting"),
    "out of memory after two epochs, memory keeps growing": (
        {"crashed-out-of-memory", "memory-grows"}, "memory-leak",
    ),
    "the weights do not change, loss does not decrease": (
        {"parameters-unmoved", "loss-not-falling"}, "optimizer-step-missing",
    ),
    "GPU sits idle half of the time": ({"data-waits"}, "dataloader-bottleneck"),
    "half of the neurons are dead ReLUs": ({"units-dead"}, "relus-dead"),
    "the reward collapsed at 2M frames": ({"reward-collapsed"}, "policy-collapse"),
    "vanishing gradients in the first layers": (
        {"layer-gradients-vanishing"}, "gradients-vanishing",
    ),
    "the GAN shows mode collapse": ({"samples-grow-alike"}, "mode-collapse"),
    "the model gives the same class for every input": ({"accuracy-constant"}, "output-constant"),
    "after resuming from a checkpoint the loss spiked": ({"loss-spike"}, "resume-incomplete"),
    "loss scale falls to zero, fp16": ({"loss-scale-falls"}, "grad-scaler-stuck"),
}  # fmt: skip


@pytest.mark.parametrize("text", SAYS)
def test_words_say_symptoms_and_point_to_a_cause(text: str) -> None:
    symptoms, cause = SAYS[text]
    assert {finding.symptom for finding in read_description(text).findings} == symptoms
    report = diagnose_description(text)
    assert cause in [found.cause for found in report.root_causes[:3]]


DENIED = {
    "no NaN, but the loss spikes": {"loss-spike"},
    "the loss plateaus without spikes": {"loss-plateau"},
    "not overfitting; stuck at chance": {"loss-not-falling", "loss-at-chance"},
}


@pytest.mark.parametrize("text", DENIED)
def test_what_is_denied_is_not_said(text: str) -> None:
    assert {finding.symptom for finding in read_description(text).findings} == DENIED[text]


@pytest.mark.parametrize("text", SAYS)
def test_the_report_is_of_low_confidence_says_what_to_gather_and_meets_the_schema(
    text: str,
) -> None:
    report = diagnose_description(text)
    assert report.verdict == "cannot_judge"
    assert all(cause.confidence <= BELIEVED for cause in report.root_causes)
    assert report.others["unknown"] >= 1 - BELIEVED
    total = sum(cause.confidence for cause in report.root_causes) + sum(report.others.values())
    assert total == pytest.approx(1)
    assert any(item.symptom in SYMPTOMS for item in report.not_checked)
    assert "stated" in report.confidence_basis
    assert faults(to_dict(report)) == []
    shown = to_text(report)
    assert f"[{report.root_causes[0].cause}]" in shown
    assert not re.search(r"\bstep 0\b", shown)
    assert max(map(len, shown.splitlines())) <= 80


def test_a_setting_moves_the_ranking() -> None:
    def share(text: str, cause: str) -> float:
        causes = diagnose_description(text).root_causes
        return next((c.confidence for c in causes if c.cause == cause), 0.0)

    said = "loss is NaN after 300 steps"
    assert share(f"{said}, lr 0.1", "lr-too-high") > share(said, "lr-too-high") + 0.05
    assert share(f"{said}, adamw, lr 3e-4", "lr-too-high") < share(said, "lr-too-high")
    assert share(f"{said}, fp16", "fp16-overflow") > share(said, "fp16-overflow")


def test_the_step_that_is_named_is_the_step_of_the_findings() -> None:
    steps = {text: read_description(text).findings[0].step for text in (
        "NaN after 300 steps", "NaN after 1,500 iterations", "NaN at about 2k steps",
        "NaN near 3M steps", "NaN",
    )}  # fmt: skip
    assert list(steps.values()) == [300, 1500, 2000, 3e6, 0]


@pytest.mark.parametrize("text", ["", "it is bad", "\x1b[31mhello\n" * 3, "x" * 10_000])
def test_words_that_say_nothing_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match="names no symptom") as caught:
        read_description(text)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_what_is_quoted_cannot_act_on_a_terminal() -> None:
    (finding,) = read_description("loss \x1b[31m is NaN").findings
    assert "\x1b" not in finding.evidence[0]


def test_the_tables_name_what_there_is() -> None:
    assert WORDS
    assert set(WORDS) <= set(SYMPTOMS)
    assert set(HINTS) <= set(CAUSES)
