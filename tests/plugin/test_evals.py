"""The scenarios of the leaves: there is one for each, and its grader tells right from wrong."""

from __future__ import annotations

import re
import sys

import pytest
from packs import LEAVES, PACKS, ROOT

sys.path[:0] = [str(ROOT / "evals"), str(ROOT / "evals" / "routing")]

from grading import ARMS, Scenario, scenarios, why_not  # noqa: E402
from matrix import AIMS, routed, shares  # noqa: E402

SCENARIOS = scenarios()
# Their graders take a second: each `make test` judges these answers again, the slow tests all.
QUICK = [
    one
    for one in SCENARIOS
    if one.leaf
    in {
        "experiment-tracking",
        "hardware-optimization",
        "prompt-engineering-patterns",
        "rl-fundamentals",
    }
]
ANSWERS = [(one, arm) for one in SCENARIOS for arm in ARMS if one.recorded(arm).is_dir()]


def _id(value: object) -> str:
    return value.leaf if isinstance(value, Scenario) else str(value)


def test_every_leaf_has_its_scenario() -> None:
    assert {one.leaf for one in SCENARIOS} == set(LEAVES)
    for one in SCENARIOS:
        assert one.leaf in PACKS[f"using-{one.pack}"].split()
        words = len((one.folder / "question.md").read_text(encoding="utf-8").split())
        assert 40 < words <= 210


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=_id)
def test_a_grader_passes_a_right_answer_and_not_a_plausible_wrong_one(scenario: Scenario) -> None:
    assert why_not(scenario, scenario.folder / "good") is None
    assert why_not(scenario, scenario.folder / "bad")
    assert why_not(scenario, scenario.folder / "nothing")


@pytest.mark.parametrize("scenario", QUICK, ids=_id)
def test_recorded_answers_pass_as_often_as_the_page_says(scenario: Scenario) -> None:
    page = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")
    row = rf"^\| {scenario.pack} \| {scenario.leaf} \| (.+?) \| (.+?) \|"
    told = re.search(row, page, re.MULTILINE)
    assert told is not None
    for prefix, said in zip(("red", "green"), told.groups(), strict=True):
        arms = [arm for arm in ARMS if arm.startswith(prefix)]
        passed = [why_not(scenario, scenario.recorded(arm)) is None for arm in arms]
        assert f"{sum(passed)} of {len(passed)}" == said


def test_some_answers_are_judged_again_at_once() -> None:
    assert len(QUICK) == 4
    assert all((one, arm) in ANSWERS for one in QUICK for arm in ARMS)


def test_descriptions_lead_to_the_right_pack_and_leaf() -> None:
    rows = routed()
    assert len(rows) == 222
    pack, leaf = shares(rows)
    assert pack >= AIMS["pack"]
    assert leaf >= AIMS["leaf"]
