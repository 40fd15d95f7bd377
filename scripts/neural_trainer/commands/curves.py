"""Tell what the curves of a log show, signal by signal."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.runs.run import Run


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `curves`."""
    parser.add_argument("logs", nargs="+", metavar="LOG", help="log, run folder, or - for stdin")
    parser.add_argument(
        "--signal", action="append", default=[], metavar="NAME",
        help="only these, as in a shell: --signal 'eval/*'",
    )  # fmt: skip
    parser.add_argument("--csv", metavar="FILE", help="write every value as CSV, a row each")
    parser.add_argument("--parquet", metavar="FILE", help="the same as Parquet (needs pyarrow)")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the tables, write those that were asked for as files."""
    import json

    from neural_trainer.render import curves_text
    from neural_trainer.render.progress import progress_on
    from neural_trainer.runs.logs import read_logs

    with progress_on(sys.stderr) as progress:
        logs = read_logs(arguments.logs, progress)
    _export(logs.runs, arguments)
    if arguments.json:
        told = curves_text.to_dict(logs.runs, arguments.signal)
        print(json.dumps(told, indent=2, allow_nan=False))
    else:
        print(curves_text.to_text(logs.runs, arguments.signal, arguments.logs))
    logs.finish()
    return 0


def _export(runs: list[Run], arguments: argparse.Namespace) -> None:
    """Write the tables that were asked for, of the chosen signals."""
    if not (arguments.csv or arguments.parquet):
        return
    from neural_trainer.render.curves_text import chosen, demand
    from neural_trainer.runs.export import write_csv, write_parquet

    demand(runs, arguments.signal)
    kept = [run.only(chosen(run, arguments.signal, may_lack=True)) for run in runs]
    for write, name in ((write_csv, arguments.csv), (write_parquet, arguments.parquet)):
        if name:
            write(kept, Path(name))
            print(f"{name} written", file=sys.stderr)
