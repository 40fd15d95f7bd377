"""Tell what the curves of a log show, signal by signal."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `curves`."""
    parser.add_argument("logs", nargs="+", metavar="LOG", help="log, run folder, or - for stdin")
    parser.add_argument(
        "--signal", action="append", default=[], metavar="NAME",
        help="only these, as in a shell: --signal 'eval/*'",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the table of each run."""
    import json

    from neural_trainer.diagnosis import diagnose
    from neural_trainer.render import curves_text
    from neural_trainer.runs.read import read_all

    runs = [run for log in arguments.logs for run in read_all(log)]
    if arguments.json:
        told = [curves_text.to_dict(run, diagnose(run), arguments.signal) for run in runs]
        whole = told[0] if len(told) == 1 else {"schema": curves_text.SCHEMA, "runs": told}
        print(json.dumps(whole, indent=2, allow_nan=False))
        return 0
    for run in runs:
        print(curves_text.to_text(run, diagnose(run), arguments.signal), end="\n\n")
    print(f"Next: neural-trainer diagnose {curves_text.quoted(arguments.logs)}")
    return 0
