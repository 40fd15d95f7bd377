"""The situations that measure the routing of the packs: every leaf, the counts, no row twice."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import pytest
from packs import PACKS, ROOT

FOLDER = ROOT / "evals" / "routing"
COUNTS = {"matrix": 106, "router": 60, "near": 30, "pressure": 26}
WORKFLOWS = """train train-debug interpret-curves monitor hyperparam-sweep scaling-analysis
    experiment-plan run-validation ml-training-debugger ml-expert"""
DISCIPLINE = """debugging-techniques hyperparameter-tuning-methodology
    training-instability-troubleshooting rl-debugging-methodology rl-evaluation-benchmarking
    llm-evaluation-frameworks performance-benchmarking"""
LABELS = {(pack, leaf) for pack, leaves in PACKS.items() for leaf in leaves.split()}
OUTSIDE = {("none", "none")} | {("workflow", skill) for skill in WORKFLOWS.split()}


class Situation(NamedTuple):
    text: str
    pack: str
    leaf: str
    kind: str


def _situations(kind: str | None = None) -> list[Situation]:
    lines = (FOLDER / "situations.tsv").read_text(encoding="utf-8").splitlines()
    rows = [Situation(*line.split("\t")) for line in lines]
    return [row for row in rows if kind in (None, row.kind)]


def test_the_kinds_have_their_counts_and_stand_in_order() -> None:
    assert list(Counter(row.kind for row in _situations()).items()) == list(COUNTS.items())
    kinds = [row.kind for row in _situations()]
    assert kinds == sorted(kinds, key=list(COUNTS).index)


def test_no_situation_stands_twice() -> None:
    words = Counter(" ".join(re.findall(r"\w+", row.text.casefold())) for row in _situations())
    assert [text for text, times in words.items() if times > 1 or not text] == []


def test_every_label_is_a_leaf_and_only_near_misses_lie_outside() -> None:
    wrong = [
        row
        for row in _situations()
        if (row.pack, row.leaf) not in (LABELS | OUTSIDE if row.kind == "near" else LABELS)
    ]
    assert wrong == []


def test_each_leaf_has_two_situations_in_the_matrix() -> None:
    counts = Counter((row.pack, row.leaf) for row in _situations("matrix"))
    assert counts == dict.fromkeys(LABELS, 2)


@pytest.mark.parametrize("pack", PACKS)
def test_a_router_has_ten_situations_of_at_least_eight_leaves(pack: str) -> None:
    leaves = [row.leaf for row in _situations("router") if row.pack == pack]
    assert len(leaves) == 10
    assert len(set(leaves)) >= 8


@pytest.mark.parametrize("place", range(len(PACKS)), ids=list(PACKS))
def test_five_near_misses_of_a_pack_belong_elsewhere(place: int) -> None:
    fives = _situations("near")[5 * place : 5 * place + 5]
    assert len(fives) == 5
    assert list(PACKS)[place] not in {row.pack for row in fives}
    assert len({row.pack for row in fives}) >= 3


def test_every_workflow_skill_takes_a_near_miss() -> None:
    taken = {row.leaf for row in _situations("near") if row.pack == "workflow"}
    assert taken == set(WORKFLOWS.split())
    assert all((ROOT / "skills" / skill / "SKILL.md").is_file() for skill in taken)


@pytest.mark.parametrize("pack", PACKS)
def test_pressure_falls_twice_on_a_router_and_twice_on_each_leaf_of_discipline(pack: str) -> None:
    leaves = Counter(row.leaf for row in _situations("pressure") if row.pack == pack)
    of_discipline = set(DISCIPLINE.split()) & set(PACKS[pack].split())
    assert {leaf: leaves.pop(leaf) for leaf in of_discipline} == dict.fromkeys(of_discipline, 2)
    assert leaves.total() == 2


def test_the_readme_counts_what_is_there() -> None:
    table = re.findall(
        r"^\| `?(using-[a-z-]+|workflow|none)`? \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$",
        (FOLDER / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    told = {pack: [int(number) for number in numbers] for pack, *numbers in table}
    packs = (*PACKS, "workflow", "none")
    counts = Counter((row.pack, row.kind) for row in _situations())
    assert told == {
        pack: [*(row := [counts[pack, kind] for kind in COUNTS]), sum(row)] for pack in packs
    }
