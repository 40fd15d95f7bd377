"""What linting found, as SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from neural_trainer import __version__
from neural_trainer.inspect.lint.finding import Finding
from neural_trainer.inspect.lint.linting import Linted
from neural_trainer.inspect.lint.rules import RULES

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(linted: Linted) -> dict[str, Any]:
    """Return one run with its results; files left out are notifications of the tool.

    Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, 2020.
    """
    notes = [
        {
            "level": "note",
            "message": {"text": f"not checked: {unread.why}"},
            "locations": [_location(unread.path, unread.line, 1)],
        }
        for unread in linted.unread
    ]
    names = list(RULES)
    driver = {
        "name": "neural-trainer",
        "version": __version__,
        "rules": [_rule(name) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [_result(finding, names.index(finding.rule)) for finding in linted.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> dict[str, Any]:
    head, _, text = (RULES[name].__doc__ or "").strip().partition("\n\n")
    return {
        "id": name,
        "shortDescription": {"text": " ".join(head.split())},
        "fullDescription": {"text": text},
        "defaultConfiguration": {"level": "warning"},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    cell = f"cell {finding.cell}, line {finding.line}: " if finding.cell else ""
    line = 1 if finding.cell else finding.line  # lines of a cell are no lines of the file
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": "warning",
        "message": {"text": cell + finding.saw},
        "locations": [_location(finding.path, line, 1 if finding.cell else finding.column)],
    }


def _location(path: str, line: int, column: int) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(PurePath(path).as_posix())},
            "region": {"startLine": line, "startColumn": column},
        }
    }
