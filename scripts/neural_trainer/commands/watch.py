"""Print one line per alarm of this project's runs, and nothing else, until stopped.

With PATH it judges a log that is growing, whoever writes it, or all logs below
a folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `watch`."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="a growing log, or a folder")
    parser.add_argument(
        "--once", action="store_true", help="with PATH: judge it as it is now, then end"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(arguments: argparse.Namespace) -> int:
    """Relay the project's alarms, or judge the log at PATH."""
    if arguments.path is None:
        from neural_trainer.live.relay import follow

        follow(Path.cwd(), sys.stdout, as_json=arguments.json)
        return 0
    from neural_trainer.live.watcher import watch

    watch(arguments.path, sys.stdout, once=arguments.once, as_json=arguments.json, talk=sys.stderr)
    return 0
