"""Draw the curves of one log, or of several overlaid, as PNG or SVG."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `plot`."""
    parser.add_argument("logs", nargs="+", metavar="LOG", help="log, run folder, or - for stdin")
    parser.add_argument(
        "--out", metavar="FILE", default="curves.png", help="PNG or SVG (default: %(default)s)"
    )
    parser.add_argument(
        "--signal", action="append", default=[], metavar="NAME",
        help="only these, as in a shell: --signal 'eval/*'",
    )  # fmt: skip
    parser.add_argument("--log-x", action="store_true", help="steps on a log axis")
    parser.add_argument("--log-y", action="store_true", help="values on a log axis")
    parser.add_argument("--term", action="store_true", help="draw in the terminal instead")
    parser.add_argument("--json", action="store_true", help="print the path as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write the picture and print where it is, or draw it in the terminal."""
    import json

    from neural_trainer.diagnosis import alarms, diagnose
    from neural_trainer.render.progress import progress_on
    from neural_trainer.runs.logs import read_logs

    with progress_on(sys.stderr) as progress:
        logs = read_logs(arguments.logs, progress)
    runs = logs.runs
    if arguments.term:
        from neural_trainer.render.chart import charts

        print(charts(runs, arguments.signal))
        logs.finish()
        return 0
    from neural_trainer.render.plots import View, plot

    seen = alarms(diagnose(runs[0])) if len(runs) == 1 else ()
    view = View(tuple(arguments.signal), arguments.log_x, arguments.log_y)
    out = plot(runs, seen, Path(arguments.out), view)
    if arguments.json:
        print(json.dumps({"schema": "neural-trainer/plot/1", "picture": str(out)}))
    else:
        told = f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
        print(f"{out} drawn: {told}, {len(seen)} alarms marked")
    logs.finish()
    return 0
