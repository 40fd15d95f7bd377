"""The option that rewrites golden files, and a word on the tests that were not run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --rewrite-golden, which `make golden` passes."""
    parser.addoption("--rewrite-golden", action="store_true", help="write golden files anew")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests of a CUDA device were left out: they prove nothing here."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum("needs a CUDA device" in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"NOT RUN: {count} tests need a CUDA device; make test-gpu runs them where there is one"
        )
