"""Show how runs stand: step, losses, pace, time left, alarms with their cause.

RUN is a run of this project, LOG any log or folder of logs; without one, the
runs of this project. On a terminal the picture follows the logs until Ctrl-C;
otherwise, and with --once, it is printed once. Nothing is written.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `monitor`."""
    parser.add_argument("logs", nargs="*", metavar="RUN|LOG", help="a run, a log or a folder")
    parser.add_argument("--once", action="store_true", help="one picture, then end")
    parser.add_argument("--json", action="store_true", help="one JSON object, then end")
    parser.add_argument(
        "--every", type=_seconds, default=1.0, metavar="SECONDS",
        help="between two looks at the logs (default 1)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Follow the logs, or show them once."""
    import time

    from rich.console import Console

    from neural_trainer.dashboard.looking import Looker
    from neural_trainer.dashboard.places import followed
    from neural_trainer.dashboard.showing import once, show
    from neural_trainer.dashboard.status_json import to_json
    from neural_trainer.errors import ReadError

    looker = Looker(followed(arguments.logs, Path.cwd()))
    if hasattr(sys.stdout, "reconfigure"):  # a terminal without Unicode has no braille
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False, emoji=False)
    is_once = arguments.once or arguments.json
    if not is_once and sys.stdout.isatty() and not console.is_dumb_terminal:
        show(looker, console, arguments.every)
        return 0
    looker.look()
    statuses = looker.statuses
    if arguments.logs and all(status.run is None for status in statuses):
        first = statuses[0]
        more = f"; and {len(statuses) - 1} more" if len(statuses) > 1 else ""
        raise ReadError(f"{first.path}: {first.state}{more}")
    if arguments.json:
        print(to_json(statuses, time.time(), looker.num_older))
    else:
        once(looker, console, time.time())
    return 0


def _seconds(text: str) -> float:
    """Return an interval; argparse reports the ValueError."""
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds >= 0.1):
        raise argparse.ArgumentTypeError(f"{text}: expected seconds, 0.1 or more")
    return seconds
