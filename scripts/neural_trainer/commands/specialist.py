"""Hand a case to a specialist agent without a terminal, and get its JSON back. The agent reads,
and measures with the verbs that read; ml-expert gives a plan first, and writes what an approved
plan says. Costs money at the API that the client is signed in to.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

OPTIONS = (
    "symptoms", "logs", "code", "config",
    "requirements", "constraints", "existing_code", "reference_materials",
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `specialist`."""
    from neural_trainer.specialist.roles import MAX_TURNS, MAX_USD, TASKS

    parser.add_argument("specialist", choices=tuple(TASKS), help="who takes the case")
    parser.add_argument(
        "--case", metavar="FILE", help="the case as JSON, by the names of the options below"
    )
    debug = parser.add_argument_group("a case for ml-training-debugger")
    debug.add_argument("--symptoms", metavar="WORDS", help="what is seen")
    debug.add_argument(
        "--logs", nargs="+", action="extend", default=[], metavar="LOG",
        help="logs or run folders, that of the run in question first",
    )  # fmt: skip
    debug.add_argument(
        "--code", action="append", default=[], metavar="PATH", help="what trained it; repeatable"
    )
    debug.add_argument("--config", metavar="FILE", help="its config, YAML or JSON")
    expert = parser.add_argument_group("a case for ml-expert")
    expert.add_argument("--requirements", metavar="WORDS", help="what is to be written")
    expert.add_argument("--constraints", metavar="WORDS", help="parameters, memory, speed")
    expert.add_argument(
        "--existing-code", action="append", default=[], metavar="PATH",
        help="what it will live in; repeatable",
    )  # fmt: skip
    expert.add_argument(
        "--reference-materials", action="append", default=[], metavar="WHAT",
        help="file, title or address; repeatable",
    )  # fmt: skip
    expert.add_argument(
        "--approved-plan", metavar="FILE",
        help="the JSON of an earlier call: its files may be written, its commands run",
    )  # fmt: skip
    parser.add_argument(
        "--max-usd", type=_positive, default=MAX_USD, metavar="USD",
        help="stop when this is spent (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--max-turns", type=_count, default=MAX_TURNS, metavar="N",
        help="stop after this many (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--model", default="", help="default: the client's own choice")
    parser.add_argument(
        "--client", default="", metavar="FILE", help="default: the one in claude-agent-sdk"
    )
    parser.add_argument(
        "--dry-run", action="store_true",
        help="print permissions, caps and all that would be sent, and send nothing",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Hand the case over and print what came back."""
    import json

    from neural_trainer.specialist import outcome_text
    from neural_trainer.specialist.approval import approved_plan
    from neural_trainer.specialist.case import read_case
    from neural_trainer.specialist.handing_over import hand_over, prepare
    from neural_trainer.specialist.roles import read_role
    from neural_trainer.specialist.session import Caps

    role = read_role(arguments.specialist)
    given: dict[str, Any] = {name: getattr(arguments, name) for name in OPTIONS}
    case = read_case(role.name, arguments.case, given)
    plan = approved_plan(role.name, arguments.approved_plan)
    caps = Caps(arguments.max_usd, arguments.max_turns, arguments.model, arguments.client)
    handed = prepare(role, case, plan)
    if arguments.dry_run:
        started = outcome_text.started_with(handed, caps)
        print(json.dumps(started, indent=2) if arguments.json else outcome_text.start_text(started))
        return 0
    outcome = hand_over(handed, caps, _talk)
    print(json.dumps(outcome, indent=2) if arguments.json else outcome_text.outcome_text(outcome))
    print(outcome_text.spent_text(outcome), file=sys.stderr)
    return 0


def _talk(line: str) -> None:
    """Say on a terminal what the agent does; a program that reads stderr needs none of it."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no amount over 0")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 on")
    return value
