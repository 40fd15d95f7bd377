"""Print one line per alarm of this project's runs, and nothing else, until stopped.

With PATH it judges a log that is growing, whoever writes it, or all logs below
a folder. What was told is kept in .neural-trainer: nothing is repeated after a
restart. Alarms go to a webhook or to the desktop too where that is asked for,
here or as webhook: URL and desktop: true in .neural-trainer/watch.yaml.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.live.relay import Tell


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `watch`."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="a growing log, or a folder")
    parser.add_argument(
        "--once", action="store_true", help="with PATH: judge it as it is now, then end"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--silence", metavar="ID", help="tell no more of the alarm ID; needs --why")
    asked.add_argument("--unsilence", metavar="ID", help="tell of the alarm ID again")
    asked.add_argument("--silenced", action="store_true", help="list what is silenced, and why")
    parser.add_argument("--why", default="", metavar="TEXT", help="why it is silenced")
    parser.add_argument("--webhook", metavar="URL", help="send each alarm there as JSON")
    parser.add_argument("--desktop", action="store_true", help="show each as a notification")
    parser.add_argument(
        "--here-alone", action="store_true", help="print alone, whatever watch.yaml asks for"
    )


def run(arguments: argparse.Namespace) -> int:
    """Relay the project's alarms, judge the log at PATH, or see to what is silenced."""
    project = Path.cwd()
    if arguments.silence or arguments.unsilence or arguments.silenced:
        return _silences(arguments, project)
    asked = []
    if not arguments.here_alone:
        from neural_trainer.live.outlets import outlets

        asked = outlets(project, arguments.webhook, arguments.desktop)
    if not asked:
        _watch(arguments, project)
        return 0
    from neural_trainer.live.outlets import Outlets

    sent = Outlets(asked, sys.stderr)
    names = " and ".join(outlet.name for outlet in asked)
    print(f"neural-trainer: alarms go to {names} too", file=sys.stderr)
    try:
        _watch(arguments, project, sent.tell)
    finally:
        sent.close()
    return 0


def _watch(arguments: argparse.Namespace, project: Path, tell: Tell | None = None) -> None:
    if arguments.path is None:
        from neural_trainer.live.relay import follow

        follow(project, sys.stdout, as_json=arguments.json, tell=tell)
        return
    from neural_trainer.live.watcher import watch

    watch(
        arguments.path, sys.stdout, project=project, once=arguments.once, as_json=arguments.json,
        talk=sys.stderr, tell=tell,
    )  # fmt: skip


def _silences(arguments: argparse.Namespace, project: Path) -> int:
    import json
    import time

    from neural_trainer.live.silences import as_text, silence, silenced, unsilence

    if arguments.silence:
        told = [silence(project, arguments.silence, arguments.why, time.time())]
    elif arguments.unsilence:
        told = [unsilence(project, arguments.unsilence, time.time())]
    else:
        told = list(silenced(project).values())
    if arguments.json:
        rows = [item._asdict() for item in told]
        print(json.dumps({"schema": "neural-trainer/silences/1", "silences": rows}, indent=2))
    else:
        state = "heard again: " if arguments.unsilence else ""
        lines = [state + as_text(item) for item in told]
        print("\n".join(lines) or "No alarm is silenced.")
    return 0
