"""Draw the curves of one log, or of several overlaid, as PNG or SVG."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.render.panels import View
    from neural_trainer.runs.run import Run
    from neural_trainer.symptoms import Finding


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
    parser.add_argument(
        "--log-y", action="store_true",
        help="values on a log axis; about zero it is linear where they reach zero or less",
    )  # fmt: skip
    parser.add_argument("--term", action="store_true", help="draw in the terminal instead")
    parser.add_argument("--json", action="store_true", help="print the path as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write the picture and print where it is, or draw it in the terminal."""
    import json

    from neural_trainer.diagnosis import alarms, diagnose
    from neural_trainer.render.panels import View
    from neural_trainer.render.plots import MOST_MARKED, plot
    from neural_trainer.render.progress import progress_on
    from neural_trainer.render.report_text import next_command
    from neural_trainer.runs.logs import read_logs

    with progress_on(sys.stderr) as progress:
        logs = read_logs(arguments.logs, progress)
    runs = logs.runs
    seen = [alarms(diagnose(run)) for run in runs] if len(runs) <= MOST_MARKED else []
    view = View(tuple(arguments.signal), arguments.log_x, arguments.log_y)
    if arguments.term:
        from neural_trainer.render.chart import charts

        drawn = charts(runs, seen, view)
        schema = "neural-trainer/chart/1"
        print(json.dumps({"schema": schema, "chart": drawn}) if arguments.json else drawn + "\n")
    else:
        out = plot(runs, seen, Path(arguments.out), view)
        plain = {"schema": "neural-trainer/plot/1", "picture": str(out), "runs": len(runs)}
        told = f"{out} drawn: {_told(runs, view, seen)}"
        print(json.dumps(plain) if arguments.json else told)
    if not arguments.json:
        print(next_command("diagnose", arguments.logs))
    logs.finish()
    return 0


def _told(runs: list[Run], view: View, seen: list[tuple[Finding, ...]]) -> str:
    """Say how many runs are drawn and how many of their alarms are marked."""
    from neural_trainer.render.panels import has_any, panels
    from neural_trainer.render.plots import MOST_MARKED

    shown = panels(runs, view.signals)
    drawn, count = sum(has_any(run, shown) for run in runs), sum(map(len, seen))
    told = f"{drawn} run{'' if drawn == 1 else 's'}"
    if drawn < len(runs):
        told += f" of {len(runs)}, the others have none of these signals"
    if len(runs) > MOST_MARKED:
        return f"{told}; alarms are marked for up to {MOST_MARKED} runs"
    return f"{told}, {count} alarm{'' if count == 1 else 's'} marked"
