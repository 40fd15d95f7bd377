"""Writes docs/reliability.md from what the tests of tests/faults recorded: `make test-faults`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

HEAD = """# Faults that a launched run survives

<!-- Written by `make test-faults` from the tests in tests/faults; change them there. -->

Each row is a test with real processes and real signals, as it went the last time that
`make test-faults` was run. A row that failed, or could not be run there, says so. Numbers that
differ from run to run read N.

| fault | what is lost | what you are told |
|---|---|---|
"""


def rows(report: Path) -> list[tuple[str, str, str]]:
    """Return fault, loss and what is told for each recorded test of a JUnit report."""
    found = []
    cases = list(ElementTree.parse(report).iter("testcase"))
    cases.sort(key=lambda case: (case.get("file", ""), int(case.get("line", 0))))
    for case in cases:
        told = {one.get("name"): one.get("value", "") for one in case.iter("property")}
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            found.append((str(case.get("name")), "THE TEST FAILED", ""))
        elif skipped is not None:
            found.append((str(case.get("name")), "NOT RUN", str(skipped.get("message"))))
        elif "fault" in told:
            found.append((str(told["fault"]), str(told["lost"]), steady(str(told["told"]))))
    return found


def steady(text: str) -> str:
    """Return `text` without what differs from run to run.

    >>> steady("/tmp/x/runs/run is kept by another launch (process 71)")
    'runs/run is kept by another launch (process N)'
    """
    text = re.sub(r"/\S*/(runs|log)", r"\1", " ".join(text.split()))
    text = re.sub(r"\d+ of \d+ bytes", "N of N bytes", text)
    return re.sub(r"\d+(?:\.\d+)?(?=\)| s\b| %)|(?<=step )\d+", "N", text)


def main(report: str) -> None:
    """Write the page beside this file; fail where nothing was recorded."""
    found = rows(Path(report))
    if not found:
        sys.exit(f"{report}: no test recorded a fault")
    lines = [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in (fault, lost, f"`{told}`")) + " |"
        for fault, lost, told in found
    ]
    Path(__file__).with_name("reliability.md").write_text(HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
