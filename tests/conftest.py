"""What holds of all tests: --rewrite-golden, the schema of reports, a word on what was not run."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --rewrite-golden, which `make golden` passes."""
    parser.addoption("--rewrite-golden", action="store_true", help="write golden files anew")


@pytest.fixture(scope="session", autouse=True)
def reports_meet_their_schema() -> Iterator[None]:
    """Hold every report that a test prints as JSON to docs/report.schema.json."""
    from report_schema import faults

    from neural_trainer.diagnosis.report import Report
    from neural_trainer.render import report_json

    to_json = report_json.to_json

    def held_to_json(reports: list[Report]) -> str:
        printed = to_json(reports)
        assert faults(json.loads(printed)) == []
        return printed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_json, "to_json", held_to_json)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests of a CUDA device or its kernels were left out: they prove nothing here."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum("needs a CUDA device" in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"NOT RUN: {count} tests need a CUDA device; make test-gpu runs them where there is one"
        )
    interpreted = sum("Triton's interpreter needs" in str(report.longrepr) for report in skipped)
    if interpreted:
        terminalreporter.write_line(
            f"NOT RUN: {interpreted} tests of kernels need triton and numpy before 2.4, or a device"
        )
