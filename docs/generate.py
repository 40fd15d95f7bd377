"""Writes the pages of docs/ that are taken from the code; --check tells whether they are fresh."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

from neural_trainer.causes import CAUSES, FAULTS  # noqa: E402
from neural_trainer.cli import parser_of  # noqa: E402
from neural_trainer.commands import VERBS  # noqa: E402
from neural_trainer.render.checks_json import schema as schema_of_checks  # noqa: E402
from neural_trainer.render.report_schema import schema  # noqa: E402
from neural_trainer.runs.readers import READERS  # noqa: E402
from neural_trainer.runs.signal_table import SIGNALS  # noqa: E402
from neural_trainer.study.validate.validation_data import (  # noqa: E402
    schema as schema_of_validations,
)
from neural_trainer.symptoms import SYMPTOMS  # noqa: E402

NOTE = "<!-- Written by `make docs` from the code; change it there. -->"


def faults() -> str:
    """Return the page of causes and symptoms."""
    lines = ["# Causes and symptoms", "", NOTE, "", "`neural-trainer explain NAME` prints each."]
    lines += ["", "## Causes"]
    for name, cause in CAUSES.items():
        lines += ["", f"### {name}", "", _doc(cause)]
        if name in FAULTS:
            shown = ", ".join(f"{s} ({chance:g})" for s, chance in cause.EXPECTS.items())
            lines += ["", f"Shows, with the chance stated for each: {shown}."]
    lines += ["", "## Symptoms"]
    for name, symptom in SYMPTOMS.items():
        needs = ", ".join(f"{points} points of {role}" for role, points in symptom.NEEDS.items())
        lines += ["", f"### {name}", "", _doc(symptom), "", f"Needs {needs or 'no signal'}."]
    return "\n".join(lines) + "\n"


def signals() -> str:
    """Return the page of canonical signals."""
    lines = ["# Canonical signals", "", NOTE, ""]
    lines += ["A name with `eval/` or `test/` before it is the same on held-out or test data."]
    lines += ["", "| signal | unit | better | meaning | read from, among others |"]
    lines += ["|---|---|---|---|---|"]
    for signal in SIGNALS:
        spellings = ", ".join(signal.spellings[:5])
        cells = (f"`{signal.name}`", signal.unit, signal.better or "", signal.meaning, spellings)
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"]
    return "\n".join(lines) + "\n"


def formats() -> str:
    """Return the page of formats that the readers read."""
    lines = ["# Formats", "", NOTE, "", "Told apart by content, in this order."]
    for reader in READERS:
        lines += ["", f"## {reader.NAME}", "", _doc(reader)]
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Return the page of verbs, each with its help."""
    lines = [
        "# Commands",
        "",
        NOTE,
        "",
        "| verb | script | does | only reads |",
        "|---|---|---|---|",
    ]
    for name, verb in VERBS.items():
        reads = "yes" if verb.reads_only else "no"
        lines += [f"| `{name}` | scripts/{verb.script} | {verb.help} | {reads} |"]
    for name in VERBS:
        lines += ["", f"## {name}", "", "```", parser_of(name).format_help().rstrip(), "```"]
    return "\n".join(lines) + "\n"


def report_schema() -> str:
    """Return the JSON Schema of the report."""
    return json.dumps(schema(), indent=2) + "\n"


def checks_schema() -> str:
    """Return the JSON Schema of what checks came to."""
    return json.dumps(schema_of_checks(), indent=2) + "\n"


def validation_schema() -> str:
    """Return the JSON Schema of a validation."""
    return json.dumps(schema_of_validations(), indent=2) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "faults.md": faults,
    "signals.md": signals,
    "formats.md": formats,
    "commands.md": commands,
    "report.schema.json": report_schema,
    "checks.schema.json": checks_schema,
    "validation.schema.json": validation_schema,
}


def _doc(home: object) -> str:
    return (home.__doc__ or "").strip()


def main() -> int:
    """Write the pages, or with --check return 1 if one is not what the code says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if one is stale"
    )
    check = parser.parse_args().check
    stale = []
    for name, page in PAGES.items():
        path, text = HERE / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"docs/: {', '.join(stale)} not fresh; run make docs", file=sys.stderr)
        return 1
    print(f"docs/: {len(PAGES)} pages {'fresh' if not stale else 'written: ' + ', '.join(stale)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
