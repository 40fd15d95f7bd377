"""Alarms of one run: raised once, updated when it matters, cleared together."""

from __future__ import annotations

import math
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import made_faulty
import numpy as np
import pytest

from neural_trainer.live.judge import Judge
from neural_trainer.live.standing import LEAD, SIZES, WORSE, Standing
from neural_trainer.symptoms import SYMPTOMS

Look = tuple[dict[str, float], dict[str, float]]
"""The strength and size of each symptom that is seen, the confidence of each cause."""

A, B = {"a": 0.6}, {"b": 0.5}


def told(*looks: Look, standing: Standing | None = None) -> list[tuple[int, str, str, str]]:
    """Return step, state, symptom and cause of each line, one look a step."""
    standing = standing if standing is not None else Standing()
    lines = []
    for step, (symptoms, causes) in enumerate(looks, start=1):
        findings: list[Any] = [
            SimpleNamespace(
                symptom=name,
                strength=strength,
                evidence=(f"{name} at {step}.",),
                numbers={"spikes": strength},
            )
            for name, strength in symptoms.items()
        ]
        ranked: list[Any] = [
            SimpleNamespace(cause=name, confidence=confidence)
            for name, confidence in sorted(causes.items(), key=lambda item: -item[1])
        ]
        for line in standing.news(findings, ranked, step):
            assert line["message"] == (
                f"{line['symptom']} at {step}." if line["state"] != "cleared" else line["message"]
            )
            lines.append((line["step"], line["state"], line["symptom"], line["cause"]))
    return lines


WEAK = {"spike": 0.4}
SPIKE = "loss-spike"
SEQUENCES: dict[str, tuple[list[Look], list[tuple[int, str, str, str]]]] = {
    "told-once": ([(WEAK, A)] * 3, [(1, "raised", "spike", "a")]),
    "a-little-worse": ([({SPIKE: 1}, A), ({SPIKE: 2}, A)], [(1, "raised", SPIKE, "a")]),
    "clearly-worse-once": (
        [({SPIKE: 1}, A), ({SPIKE: WORSE}, A), ({SPIKE: WORSE}, A)],
        [(1, "raised", SPIKE, "a"), (2, "updated", SPIKE, "a")],
    ),
    "worse-and-worse": (
        [({SPIKE: 2.0**step}, A) for step in range(9)],
        [
            (1, "raised", SPIKE, "a"),
            (3, "updated", SPIKE, "a"),
            (7, "updated", SPIKE, "a"),
        ],
    ),
    "infinite": (
        [({SPIKE: 1}, A), ({SPIKE: math.inf}, A), ({SPIKE: math.inf}, A)],
        [(1, "raised", SPIKE, "a"), (2, "updated", SPIKE, "a")],
    ),
    "better-and-worse-again": (
        [({SPIKE: 9}, A), ({SPIKE: 1}, A), ({SPIKE: 9}, A)], [(1, "raised", SPIKE, "a")],
    ),
    "not-a-number": ([({SPIKE: math.nan}, A), ({SPIKE: 9}, A)], [(1, "raised", SPIKE, "a")]),
    "nothing-says-it": ([({"spike": 1}, A), ({"spike": 99}, A)], [(1, "raised", "spike", "a")]),
    "another-cause": (
        [(WEAK, {"a": 0.5, "b": 0.3}), (WEAK, {"a": 0.3, "b": 0.3 + LEAD})],
        [(1, "raised", "spike", "a"), (2, "updated", "spike", "b")],
    ),
    "another-cause-barely": (
        [(WEAK, {"a": 0.5, "b": 0.3}), (WEAK, {"a": 0.4, "b": 0.45})],
        [(1, "raised", "spike", "a")],
    ),
    "causes-to-and-fro": (
        [(WEAK, A), (WEAK, B), (WEAK, A), (WEAK, B)],
        [(1, "raised", "spike", "a"), (2, "updated", "spike", "b")],
    ),
    "one-line-for-the-cause-of-all": (
        [({"x": 0.4, "y": 0.8}, A), ({"x": 0.4, "y": 0.8}, B), ({"x": 0.4, "y": 0.8}, B)],
        [(1, "raised", "x", "a"), (1, "raised", "y", "a"), (2, "updated", "y", "b")],
    ),
    "what-is-new-tells-the-cause": (
        [({"x": 0.4}, A), ({"x": 0.4, "y": 0.8}, B), ({"x": 0.4, "y": 0.8}, B)],
        [(1, "raised", "x", "a"), (2, "raised", "y", "b")],
    ),
    "comes-and-goes-while-ill": (
        [({"x": 0.4}, A), ({"y": 0.4}, A), ({"x": 0.4}, A)],
        [(1, "raised", "x", "a"), (2, "raised", "y", "a")],
    ),
    "cleared-together-and-raised-again": (
        [({"x": 0.4, "y": 0.4}, A), ({}, {}), ({"x": 0.4}, A)],
        [
            (1, "raised", "x", "a"),
            (1, "raised", "y", "a"),
            (2, "cleared", "x", "a"),
            (2, "cleared", "y", "a"),
            (3, "raised", "x", "a"),
        ],
    ),
    "no-cause-known": ([(WEAK, {}), (WEAK, {})], [(1, "raised", "spike", "unknown")]),
    "healthy": ([({}, {})] * 3, []),
}  # fmt: skip


@pytest.mark.parametrize("name", SEQUENCES)
def test_what_is_news(name: str) -> None:
    looks, expected = SEQUENCES[name]
    assert told(*looks) == expected


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("cut", [1, 2])
def test_a_restart_changes_nothing(name: str, cut: int) -> None:
    """What is recalled from the lines of the looks before the cut goes on as if there were none."""
    looks, expected = SEQUENCES[name]
    first, second = Standing(), Standing()
    lines: list[dict[str, Any]] = []
    for step, (symptoms, causes) in enumerate(looks, start=1):
        standing = first if step <= cut else second
        findings: list[Any] = [
            SimpleNamespace(
                symptom=name, strength=strength, evidence=("x",), numbers={"spikes": strength}
            )
            for name, strength in symptoms.items()
        ]
        ranked: list[Any] = [SimpleNamespace(cause=c, confidence=p) for c, p in causes.items()]
        ranked.sort(key=lambda cause: -cause.confidence)
        new = standing.news(findings, ranked, step)
        lines += new
        if step <= cut:
            for line in new:
                second.recall(line)
    found = [(line["step"], line["state"], line["symptom"], line["cause"]) for line in lines]
    assert found == expected


FAULTY = {
    "eval-gap-growing": made_faulty.overfitting_steps,
    "gradients-exploding": made_faulty.gradients_explode,
    "loss-diverging": made_faulty.late_rise,
    "loss-spike": made_faulty.spike,
    "lr-jumps": made_faulty.lr_jump,
}


@pytest.mark.parametrize("symptom", FAULTY)
def test_findings_have_the_number_that_says_how_bad_they_are(symptom: str) -> None:
    finding = SYMPTOMS[symptom].find(FAULTY[symptom](0))
    assert finding is not None
    assert finding.numbers[SIZES[symptom]] > 0


def test_sizes_are_of_symptoms_that_alarm() -> None:
    assert all(SYMPTOMS[symptom].ALARM for symptom in SIZES)


def test_a_loss_that_keeps_rising_is_told_to_get_worse() -> None:
    """By the whole diagnosis, as the Monitor has it; each line is what diagnose says there."""
    lines: list[dict[str, Any]] = []
    judge = Judge(lines.append)
    noise = np.random.default_rng(0).normal(0, 0.02, 600)
    for step in range(1, 601):
        loss = 3.0 * step**-0.4 + (0.0 if step < 200 else ((step - 200) / 100) ** 3)
        judge.observe(step, float(step), {"loss": loss + noise[step - 1]})
    told = [line for line in lines if line["id"] == "loss-diverging"]
    assert [line["state"] for line in told][:2] == ["raised", "updated"]
    assert len(told) <= 4
    for before, after in pairwise(told):
        assert after["size"] >= WORSE * before["size"]
