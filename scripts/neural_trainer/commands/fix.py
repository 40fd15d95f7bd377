"""Mend what lint finds where only one edit can be meant: shows a diff, --apply writes it."""

from __future__ import annotations

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fix`."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="file or folder")
    parser.add_argument("--apply", action="store_true", help="write the files")
    parser.add_argument(
        "--only", action="append", default=[], metavar="RULE", help="this rule; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON, the diff in it")


def run(arguments: argparse.Namespace) -> int:
    """Print what changes, and write it where that is asked for."""
    import json

    from neural_trainer.inspect.lint.linting import chosen_rules
    from neural_trainer.inspect.lint.mending import mend_paths, write
    from neural_trainer.render import mended_text
    from neural_trainer.render.progress import progress_on

    rules = chosen_rules(arguments.only)
    with progress_on(sys.stderr) as progress:
        mended = mend_paths(arguments.paths, rules, progress)
    if arguments.apply:
        for each in mended:
            if each.fixed:
                write(each)
    if arguments.json:
        print(json.dumps(mended_text.to_dict(mended, applied=arguments.apply), indent=2))
    else:
        print(mended_text.to_text(mended, arguments.paths, applied=arguments.apply))
    return 0
