"""Alarms of one run: raised once, updated when it matters, cleared together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from neural_trainer.live.standing import LEAD, WORSE, Standing

Look = tuple[dict[str, float], dict[str, float]]
"""The strength of each symptom that is seen, the confidence of each cause."""

A, B = {"a": 0.6}, {"b": 0.5}


def told(*looks: Look, standing: Standing | None = None) -> list[tuple[int, str, str, str]]:
    """Return step, state, symptom and cause of each line, one look a step."""
    standing = standing if standing is not None else Standing()
    lines = []
    for step, (symptoms, causes) in enumerate(looks, start=1):
        findings: list[Any] = [
            SimpleNamespace(symptom=name, strength=strength, evidence=(f"{name} at {step}.",))
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


WEAK, STRONG = {"spike": 0.4}, {"spike": 0.4 + WORSE}
SEQUENCES: dict[str, tuple[list[Look], list[tuple[int, str, str, str]]]] = {
    "told-once": ([(WEAK, A)] * 3, [(1, "raised", "spike", "a")]),
    "a-little-worse": ([(WEAK, A), ({"spike": 0.4 + WORSE / 2}, A)], [(1, "raised", "spike", "a")]),
    "clearly-worse-once": (
        [(WEAK, A), (STRONG, A), (STRONG, A)],
        [(1, "raised", "spike", "a"), (2, "updated", "spike", "a")],
    ),
    "worse-by-small-steps": (
        [({"spike": 0.1 + 0.05 * step}, A) for step in range(11)],
        [
            (1, "raised", "spike", "a"),
            (6, "updated", "spike", "a"),
            (11, "updated", "spike", "a"),
        ],
    ),
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
            SimpleNamespace(symptom=name, strength=strength, evidence=("x",))
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
