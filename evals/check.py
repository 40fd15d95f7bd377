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

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "evals"), str(ROOT / "evals" / "routing")]

from grading import ARMS, Scenario, scenarios, why_not  # noqa: E402
from matrix import AIMS, routed, shares  # noqa: E402

PAGE = ROOT / "docs" / "evals.md"
NOTE = "<!-- Written by `make evals-check` from evals/records; change nothing here. -->"
Verdicts = dict[Scenario, dict[str, str | None]]


def graded(wanted: Sequence[Scenario]) -> Verdicts:
    """Return why each recorded answer does not pass, None where it does, by scenario and arm."""
    work = [(one, arm) for one in wanted for arm in ARMS if one.recorded(arm).is_dir()]
    found: Verdicts = defaultdict(dict)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        reasons = pool.map(lambda item: why_not(item[0], item[0].recorded(item[1])), work)
        for (one, arm), reason in zip(work, reasons, strict=True):
            found[one][arm] = reason
            print(f"{one.leaf} {arm}: {reason or 'passes'}", file=sys.stderr, flush=True)
    return found


def leaves_part(verdicts: Verdicts) -> list[str]:
    """Return the table of uplift, leaf by leaf."""
    lines = ["| pack | leaf | without | with | uplift |", "|---|---|---|---|---|"]
    totals = [0, 0, 0, 0]
    for one, of_arm in verdicts.items():
        counts = []
        for prefix in ("red", "green"):
            told = [reason is None for arm, reason in of_arm.items() if arm.startswith(prefix)]
            counts += [sum(told), len(told)]
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        lines.append(f"| {one.pack} | {one.leaf} | {_row(*counts)} |")
    return [*lines, f"| all | | {_row(*totals)} |"]


def _row(red: int, num_red: int, green: int, num_green: int) -> str:
    without = f"{red} of {num_red}" if num_red else "none"
    with_it = f"{green} of {num_green}" if num_green else "none"
    if not num_red or not num_green:
        return f"{without} | {with_it} | not measured"
    return f"{without} | {with_it} | {green / num_green - red / num_red:+.2f}"


def failures_part(verdicts: Verdicts) -> list[str]:
    """Return why each answer that does not pass does not."""
    return [
        f"- {one.leaf}, {arm}: {reason.replace('|', '/').replace('<', '(').replace('>', ')')}"
        for one, of_arm in verdicts.items()
        for arm, reason in of_arm.items()
        if reason is not None
    ]


def routing_part() -> list[str]:
    """Return the shares of blind situations that reach their pack and leaf."""
    rows = routed()
    lines = ["| situations | number | right pack | right leaf |", "|---|---|---|---|"]
    for kind in (*dict.fromkeys(row.kind for row in rows), "all"):
        part = [row for row in rows if kind in (row.kind, "all")]
        pack, leaf = shares(part)
        lines.append(f"| {kind} | {len(part)} | {pack:.3f} | {leaf:.3f} |")
    return [*lines, "", f"Aims: {AIMS['pack']} and {AIMS['leaf']}."]


def page(verdicts: Verdicts) -> str:
    """Return docs/evals.md."""
    return "\n".join([
        "# Evals", "", NOTE, "",
        "Answers of language models that had seen nothing of this project, graded by programs: how",
        "they were asked, when, and what they answered: [evals/](../evals/README.md).", "",
        "## Leaves", "",
        "Each scenario was answered twice without its leaf and twice with it, whole as it was.",
        "Where both answers without it pass, the leaf has been cut to its decision table, to the",
        "checks of ours that no scenario judges, and to its sources; the others stand whole.", "",
        *leaves_part(verdicts), "", "### What does not pass", "", *failures_part(verdicts), "",
        "## Routing", "",
        "Skill and leaf chosen from descriptions alone, for situations written blind.", "",
        *routing_part(), "",
    ])  # fmt: skip


def main() -> int:
    """Grade, write; return 0, or 1 where the page is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    wanted = scenarios()
    assert wanted, "no scenario"
    text = page(graded(wanted))
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
