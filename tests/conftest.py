"""The option that rewrites golden files."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --rewrite-golden, which `make golden` passes."""
    parser.addoption("--rewrite-golden", action="store_true", help="write golden files anew")
