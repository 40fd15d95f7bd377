"""Tell whether a change helped: the run before against the run after, at the same step."""

from __future__ import annotations

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `compare`."""
    parser.add_argument("before", metavar="BEFORE", help="log or run folder before the change")
    parser.add_argument("after", metavar="AFTER", help="log or run folder after it")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison."""
    import json

    from neural_trainer.render.progress import progress_on
    from neural_trainer.render.report_text import next_command
    from neural_trainer.runs.read import read
    from neural_trainer.study import comparison_text
    from neural_trainer.study.compare import compare

    with progress_on(sys.stderr) as progress:
        before, after = (read(log, progress) for log in (arguments.before, arguments.after))
    comparison = compare(before, after)
    if arguments.json:
        print(json.dumps(comparison_text.to_dict(comparison), indent=2, allow_nan=False))
    else:
        print(comparison_text.to_text(comparison))
        print("\n" + next_command("plot", [arguments.before, arguments.after]))
    return 0
