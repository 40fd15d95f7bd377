"""Show how runs stand: step, losses, pace, time left, alarms with their cause.

RUN is a run of this project, LOG any log or folder of logs; without one, the
runs of this project. On a terminal the picture follows the logs until Ctrl-C;
otherwise, and with --once, it is printed once. With --web a browser on this
machine shows them, at the address that is printed. Nothing is written.
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
    parser.add_argument("--web", action="store_true", help="serve it to a browser on this machine")
    parser.add_argument(
        "--port", type=_port, default=6090, metavar="PORT",
        help="of --web: this one or the next that is free (default 6090)",
    )  # fmt: skip
    parser.add_argument(
        "--every", type=_seconds, default=1.0, metavar="SECONDS",
        help="between two looks at the logs (default 1)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Follow the logs, or show them once."""
    import time

    from neural_trainer.dashboard.looking import Looker
    from neural_trainer.dashboard.places import followed
    from neural_trainer.errors import ConfigError, ReadError

    looker = Looker(followed(arguments.logs, Path.cwd()))
    if arguments.web:
        if arguments.once or arguments.json:
            raise ConfigError("--web goes on until Ctrl-C: --once and --json do not go with it")
        from neural_trainer.dashboard.web.serving import serve

        serve(looker, arguments.port, lambda line: print(line, flush=True))
        return 0
    from rich.console import Console

    from neural_trainer.dashboard.showing import once, show
    from neural_trainer.dashboard.status_json import to_json

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


def _port(text: str) -> int:
    """Return a port, 0 for any; argparse reports the ValueError."""
    port = int(text)
    if not 0 <= port < 65_536:
        raise argparse.ArgumentTypeError(f"{text}: expected a port, 0 to 65535")
    return port


def _seconds(text: str) -> float:
    """Return an interval; argparse reports the ValueError."""
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds >= 0.1):
        raise argparse.ArgumentTypeError(f"{text}: expected seconds, 0.1 or more")
    return seconds
