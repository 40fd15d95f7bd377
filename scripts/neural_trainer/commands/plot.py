"""Draw the curves of one log, or of several overlaid, as PNG or SVG."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `plot`."""
    parser.add_argument("logs", nargs="+", metavar="LOG", help="log, run folder, or - for stdin")
    parser.add_argument(
        "--out", metavar="FILE", default="curves.png", help="PNG or SVG (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the path as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write the picture and print where it is."""
    import json

    from neural_trainer.diagnosis import alarms, diagnose
    from neural_trainer.render.plots import plot
    from neural_trainer.runs.read import read_all

    runs = [run for log in arguments.logs for run in read_all(log)]
    seen = alarms(diagnose(runs[0])) if len(runs) == 1 else ()
    out = plot(runs, seen, Path(arguments.out))
    if arguments.json:
        print(json.dumps({"schema": "neural-trainer/plot/1", "picture": str(out)}))
    else:
        print(
            f"{out} drawn: {len(runs)} run{'s' if len(runs) > 1 else ''}, {len(seen)} alarms marked"
        )
    return 0
