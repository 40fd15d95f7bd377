"""The scenarios of the leaves: there is one for each, and its grader tells right from wrong."""

from __future__ import annotations

import sys

import pytest
from packs import LEAVES, PACKS, ROOT

sys.path[:0] = [str(ROOT / "evals"), str(ROOT / "evals" / "routing")]

from check import PAGE, cases_part, failures, graded, leaves_part, pressure_part  # noqa: E402
from grading import ARMS, Case, Pressure, Scenario, cases, pressures, scenarios, why_not  # noqa: E402
from matrix import AIMS, routed, shares  # noqa: E402

SCENARIOS = scenarios()
PARTS = {Scenario: leaves_part, Pressure: pressure_part, Case: cases_part}
# Programs that train for long, or answers that compute much: their four take ten seconds and more.
SLOW = {
    Scenario("neural-architectures", "architecture-design-principles"),
    Scenario("pytorch-engineering", "debugging-techniques"),
    Pressure("training-instability-troubleshooting"),
    Case("letters"),
}
ANSWERED = [*SCENARIOS, *pressures(), *cases()]
GRADED = [pytest.param(one, marks=[pytest.mark.slow] * (one in SLOW)) for one in ANSWERED]


def _id(value: object) -> str:
    assert isinstance(value, Scenario | Pressure | Case)
    return f"{type(value).__name__} {value.name}"


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


@pytest.mark.parametrize("one", GRADED, ids=_id)
def test_recorded_answers_pass_as_often_as_the_page_says(one: Scenario | Pressure | Case) -> None:
    """Each graded again: their row in docs/evals.md, and why those that do not pass do not."""
    verdicts = graded([one], at_once=1)
    assert set(verdicts[one]) == set(ARMS)
    (row,) = (line for line in PARTS[type(one)](verdicts) if f"| {one.name} |" in line)
    page = PAGE.read_text(encoding="utf-8").splitlines()
    assert row in page
    assert set(failures(verdicts)) <= {*page, "Nothing."}


def test_most_answers_are_graded_again_at_once() -> None:
    """As evals/README.md says."""
    quick = len(ARMS) * len([one for one in ANSWERED if one not in SLOW])
    assert set(ANSWERED) > SLOW
    readme = (ROOT / "evals" / "README.md").read_text(encoding="utf-8")
    assert f"{quick} of the {len(ARMS) * len(ANSWERED)}" in " ".join(readme.split())


def test_descriptions_lead_to_the_right_pack_and_leaf() -> None:
    rows = routed()
    assert len(rows) == 222
    pack, leaf = shares(rows)
    assert pack >= AIMS["pack"]
    assert leaf >= AIMS["leaf"]
