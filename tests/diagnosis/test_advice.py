"""What a report recommends: in which order, never twice, and enough where there is enough."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.causes import FAULTS, Fix
from neural_trainer.diagnosis import Report, RootCause, diagnose
from neural_trainer.diagnosis.advice import (
    PROBE,
    SETTLED_BY_MENDING,
    next_commands,
    recommended,
    settled_by,
)
from neural_trainer.symptoms import NotChecked

FIRST, SECOND, THIRD = (Fix({"words": f"{word} mend."}, "It learns.") for word in "abc")
NO_LAYERS = (NotChecked("updates-large", "needs layers"),)  # bears on lr-too-high


def cause(name: str, confidence: float, *fixes: Fix) -> RootCause:
    return RootCause(name, FAULTS[name].ISSUE, confidence, (), (), fixes, FAULTS[name].CONFIRM)


def report(*causes: RootCause, unseen: tuple[NotChecked, ...] = ()) -> Report:
    return Report("a", "a.csv", "", "step", "faulty", "Ill.", causes, {}, (), unseen, {})


def told(of: Report) -> list[str]:
    return [str(next(iter(fix.implementation.values()))) for fix in recommended(of)]


def check(name: str) -> str:
    return f"Check first: {FAULTS[name].CONFIRM}"


def test_the_fixes_of_a_likely_cause_come_first_then_what_settles_it() -> None:
    of = report(cause("softmax-twice", 0.7, FIRST, SECOND), cause("label-noise", 0.1, THIRD))
    assert told(of) == ["a mend.", "b mend.", check("softmax-twice")]


def test_what_settles_an_unlikely_cause_comes_before_its_fixes() -> None:
    of = report(cause("softmax-twice", 0.4, FIRST), cause("label-noise", 0.16, SECOND, THIRD))
    assert told(of) == [check("softmax-twice"), "a mend.", "b mend."]


def test_a_cause_beyond_doubt_is_mended_and_not_settled() -> None:
    assert told(report(cause("softmax-twice", 0.96, FIRST))) == ["a mend."]


def test_a_fix_of_two_causes_is_named_once() -> None:
    of = report(cause("softmax-twice", 0.96, FIRST), cause("label-noise", 0.2, FIRST))
    assert told(of) == ["a mend."]


def test_a_cause_that_its_own_mend_confirms_needs_no_check() -> None:
    assert told(report(cause("lr-too-high", 0.7, FIRST))) == ["a mend."]


def test_a_probe_is_named_where_it_measures_what_bears_on_the_cause() -> None:
    assert told(report(cause("lr-too-high", 0.7, FIRST), unseen=NO_LAYERS)) == ["a mend.", PROBE]
    assert told(report(cause("bad-batch", 0.7, FIRST), unseen=NO_LAYERS)) == ["a mend."]


def test_what_settles_is_quick() -> None:
    of = report(cause("lr-too-high", 0.7, FIRST), unseen=NO_LAYERS)
    assert settled_by(of)
    assert all(fix.quick for fix in settled_by(of))


@pytest.mark.parametrize("verdict", ["healthy", "converged", "cannot_judge"])
def test_a_run_that_is_not_faulty_is_not_mended(verdict: str) -> None:
    of = replace(report(cause("lr-too-high", 0.7, FIRST)), verdict=verdict)
    assert recommended(of) == ()


def test_the_table_names_causes() -> None:
    assert set(FAULTS) >= SETTLED_BY_MENDING


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_run_is_told_what_to_do(name: str) -> None:
    of = diagnose(FAULTY[name](0))
    fixes = recommended(of)
    if of.verdict != "faulty":
        assert fixes == ()
        return
    assert fixes
    assert len({repr(fix.implementation) for fix in fixes}) == len(fixes)
    assert [fix for fix in of.root_causes[0].fixes if repr(fix) not in map(repr, fixes)] == []


def test_three_things_to_do_where_three_make_sense() -> None:
    counts = [len(recommended(diagnose(make(0)))) for make in FAULTY.values()]
    assert sum(count >= 3 for count in counts) >= 0.5 * len(counts)


def test_the_next_command_is_about_this_log() -> None:
    for make in (*FAULTY.values(), *HEALTHY.values()):
        of = diagnose(make(0))
        commands = next_commands(of)
        assert commands
        assert any(of.source in command for command in commands)


def test_a_run_that_shows_too_little_for_an_alarm_is_to_be_probed() -> None:
    seen = diagnose(FAULTY["late-rise"](0))
    of = replace(seen, verdict="cannot_judge", root_causes=())
    assert next_commands(of)[-1] == PROBE
    assert PROBE not in next_commands(replace(of, symptoms=()))
