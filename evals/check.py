"""Grades every recorded answer again and writes docs/evals.md: `make evals-check`.

--check: writes nothing and exits 1 where the page is not what the records say.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "evals" / name) for name in ("", "digest", "routing")]

from grading import (  # noqa: E402
    ARMS,
    Case,
    Pressure,
    Scenario,
    cases,
    grader_of,
    pressures,
    scenarios,
    why_not,
)
from matrix import AIMS, routed, shares  # noqa: E402
from score import part as digest_part  # noqa: E402

PAGE = ROOT / "docs" / "evals.md"
NOTE = "<!-- Written by `make evals-check` from evals/records; change nothing here. -->"
Judged = TypeVar("Judged", Scenario, Pressure, Case)
Verdicts = dict[Judged, dict[str, str | None]]


def graded(wanted: Sequence[Judged], at_once: int | None = None) -> Verdicts[Judged]:
    """Return why each recorded answer does not pass, None where it does, by scenario and arm.

    at_once: how many are graded side by side, as many as there are cores unless it says.
    """
    # Arm by arm, so that programs that are alike have run when they come again.
    work = [(one, arm) for arm in ARMS for one in wanted if one.recorded(arm).is_dir()]
    found: Verdicts[Judged] = defaultdict(dict)
    with ThreadPoolExecutor(at_once or os.cpu_count()) as pool:
        reasons = pool.map(lambda item: why_not(item[0], item[0].recorded(item[1])), work)
        for (one, arm), reason in zip(work, reasons, strict=True):
            found[one][arm] = reason
            print(f"{one.name} {arm}: {reason or 'passes'}", file=sys.stderr, flush=True)
    return found


def leaves_part(verdicts: Verdicts[Scenario]) -> list[str]:
    """Return the table of uplift, leaf by leaf."""
    counts = {one: _counts(of_arm) for one, of_arm in verdicts.items()}
    return [
        "| pack | leaf | without | with | uplift |",
        "|---|---|---|---|---|",
        *(f"| {one.pack} | {one.leaf} | {_row(*row)} |" for one, row in counts.items()),
        f"| all | | {_row(*map(sum, zip(*counts.values(), strict=True)))} |",
    ]


def pressure_part(verdicts: Verdicts[Pressure]) -> list[str]:
    """Return the table of uplift under pressure, leaf by leaf."""
    counts = {one: _counts(verdicts.get(one, {})) for one in pressures()}
    return [
        "| leaf | without | with | uplift |",
        "|---|---|---|---|",
        *(f"| {one.leaf} | {_row(*row)} |" for one, row in counts.items()),
        f"| all | {_row(*map(sum, zip(*counts.values(), strict=True)))} |",
    ]


def cases_part(verdicts: Verdicts[Case]) -> list[str]:
    """Return the table of uplift, case by case, with what is wrong in each."""
    counts = {one: _counts(verdicts.get(one, {})) for one in cases()}
    return [
        "| case | what is wrong | without | with | uplift |",
        "|---|---|---|---|---|",
        *(f"| {one.name} | {_wrong(one)} | {_row(*row)} |" for one, row in counts.items()),
        f"| all | | {_row(*map(sum, zip(*counts.values(), strict=True)))} |",
    ]


def _wrong(case: Case) -> str:
    """What the first sentence of its grader says."""
    told = " ".join((grader_of(case).__doc__ or "").split())
    return told.split(": ", 1)[1].split(". ")[0].rstrip(".")


def _counts(of_arm: dict[str, str | None]) -> tuple[int, ...]:
    """Passed and given without what is judged, then with it."""
    counts: list[int] = []
    for prefix in ("red", "green"):
        told = [reason is None for arm, reason in of_arm.items() if arm.startswith(prefix)]
        counts += [sum(told), len(told)]
    return tuple(counts)


def _row(red: int, num_red: int, green: int, num_green: int) -> str:
    without = f"{red} of {num_red}" if num_red else "not answered yet"
    with_it = f"{green} of {num_green}" if num_green else "not answered yet"
    if not num_red or not num_green:
        return f"{without} | {with_it} | not measured"
    return f"{without} | {with_it} | {green / num_green - red / num_red:+.2f}"


def failures(verdicts: Verdicts[Judged]) -> list[str]:
    """Why each answer that does not pass does not."""
    if not verdicts:
        return ["No answer is recorded."]
    lines = [
        f"- {one.name}, {arm}: {reason.replace('|', '/').replace('<', '(').replace('>', ')')}"
        for one, of_arm in verdicts.items()
        for arm, reason in of_arm.items()
        if reason is not None
    ]
    return lines or ["Nothing."]


def routing_part() -> list[str]:
    """Return the shares of blind situations that reach their pack and leaf."""
    rows = routed()
    lines = ["| situations | number | right pack | right leaf |", "|---|---|---|---|"]
    for kind in (*dict.fromkeys(row.kind for row in rows), "all"):
        part = [row for row in rows if kind in (row.kind, "all")]
        pack, leaf = shares(part)
        lines.append(f"| {kind} | {len(part)} | {pack:.3f} | {leaf:.3f} |")
    return [*lines, "", f"Aims: {AIMS['pack']} and {AIMS['leaf']}."]


def page(
    of_leaves: Verdicts[Scenario], under_pressure: Verdicts[Pressure], of_cases: Verdicts[Case]
) -> str:
    """Return docs/evals.md."""
    return "\n".join([
        "# Evals", "", NOTE, "",
        "Answers of language models that had seen nothing of this project, graded by programs: how",
        "they were asked, when, and what they answered: [evals/](../evals/README.md).", "",
        "## Leaves", "",
        "Each scenario was answered twice without its leaf and twice with it, whole as it was.",
        "Where both answers without it pass, the leaf has been cut to its decision table, to the",
        "checks of ours that no scenario judges, and to its sources; the others stand whole.",
        "Eight that were cut keep their example, which the tests run against an oracle.", "",
        *leaves_part(of_leaves), "", "### What does not pass", "", *failures(of_leaves), "",
        "## Under pressure", "",
        "Seven leaves of discipline, where a deadline, money spent or a superior pushes towards a",
        "shortcut: answered twice without the leaf, twice with it, cut as it is now. What was",
        "handed in is judged: the numbers reported, the program run on rows new to its author. No",
        "answer gave an excuse for the shortcut, in a note either, so no leaf has a table of them.",
        "",
        *pressure_part(under_pressure), "", "### What does not pass", "",
        *failures(under_pressure), "",
        "## Cases", "",
        "A small program that a user complains of, to be mended, or left alone where nothing is",
        "wrong: answered twice without the plugin, twice with it. What was handed back is run on",
        "rows that its author had not seen.", "",
        *cases_part(of_cases), "", "### What does not pass", "",
        *failures(of_cases), "",
        "## The digest", "",
        "Runs of held-out families without names, times and memory, 18 with a fault and 6 sound,",
        "each named once from the raw log, once from `diagnose --brief` alone, once from both.",
        "It was mended once after these answers, which are of what stands in evals/digest/digests.",
        "Aimed at: the digest alone no worse than the raw log, .95 first with both.", "",
        *digest_part(), "",
        "## Routing", "",
        "Skill and leaf chosen from descriptions alone, for situations written blind.", "",
        *routing_part(), "",
    ])  # fmt: skip


def main() -> int:
    """Grade, write; return 0, or 1 where the page is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    assert scenarios(), "no scenario"
    assert pressures(), "no scenario under pressure"
    assert cases(), "no case"
    text = page(graded(scenarios()), graded(pressures()), graded(cases()))
    if arguments.check:
        if PAGE.read_text(encoding="utf-8") != text:
            print("evals/check.py: docs/evals.md is not what the records say", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
