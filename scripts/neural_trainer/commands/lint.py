"""Find training bugs that are visible in Python source or notebooks. Executes nothing."""

from __future__ import annotations

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lint`."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="file, notebook or folder")
    parser.add_argument(
        "--only", action="append", default=[], metavar="RULE", help="this rule; may be repeated"
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=["text", "json", "github", "sarif"], default="text",
        help="how to print it (default: text); in json, fixable: whether `fix` mends it, null "
        "where libcst is not installed",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument("--exit-code", action="store_true", help="exit 3 where it found something")


def run(arguments: argparse.Namespace) -> int:
    """Print what was found."""
    import json

    from neural_trainer.inspect.lint.linting import chosen_rules, lint
    from neural_trainer.render import lint_text
    from neural_trainer.render.progress import progress_on

    rules = chosen_rules(arguments.only)
    with progress_on(sys.stderr) as progress:
        linted = lint(arguments.paths, progress, rules)
    form = "json" if arguments.json else arguments.format
    if form == "json":
        from neural_trainer.errors import MissingPackage
        from neural_trainer.inspect.lint.mending import fixable

        try:
            mended = fixable(linted.findings)
        except MissingPackage:
            mended = None
        print(json.dumps(lint_text.to_dict(linted, mended), indent=2))
    elif form == "sarif":
        from neural_trainer.render.lint_sarif import to_sarif

        print(json.dumps(to_sarif(linted), indent=2))
    elif form == "github":
        print(lint_text.to_github(linted))
    else:
        print(lint_text.to_text(linted, arguments.paths))
    return 3 if arguments.exit_code and linted.findings else 0
