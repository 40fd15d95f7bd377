"""Take at most ten steps of a model on a copy of it, show what each layer does, and check it; with
--log run the checks that settle between the causes of that log's diagnosis.

This runs your code: MODULE:FACTORY is a function without required arguments that returns a Case.
Your model, its optimizer and all random states stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from neural_trainer.commands.gradients import add_options, show
from neural_trainer.commands.preflight import need_torch, seconds

if TYPE_CHECKING:
    from neural_trainer.inspect.checks.outcome import Result
    from neural_trainer.layers.case import Case


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `probe`."""
    parser.add_argument("case", metavar="MODULE:FACTORY", help="returns the Case to look at")
    parser.add_argument(
        "--log", metavar="LOG", help="settle between the causes of this log's diagnosis"
    )
    parser.add_argument(
        "--steps", type=int, default=10, choices=range(1, 11), metavar="N",
        help="steps to take, 1 to 10 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--time-limit", type=seconds, default=60.0, metavar="S",
        help="seconds that a check may take (default: 60)",
    )  # fmt: skip
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Probe the case and print what its layers and checks show."""
    need_torch("probe")
    if arguments.log is not None:
        return _settle(arguments)
    from contextlib import redirect_stdout

    from neural_trainer.diagnosis.check_facts import UNASKED
    from neural_trainer.inspect.probe import probe
    from neural_trainer.render import checks_json, checks_text

    with redirect_stdout(sys.stderr):  # what user code prints is talk
        case = _case(arguments)
        found = probe(case, arguments.case, arguments.steps)
        results = _checked(case, UNASKED, arguments)
    following = checks_text.next_command(arguments.case, results, "check-model")
    checks = checks_json.to_dict(arguments.case, results, following)
    otherwise = f"neural-trainer probe {arguments.case} --out layers.png"
    show(found, arguments, otherwise, {"checks": checks})
    if not arguments.json:
        print("\n" + checks_text.to_text(arguments.case, results, following))
    return 0


def _settle(arguments: argparse.Namespace) -> int:
    """Print what the checks that a log's diagnosis asks for settle, and the diagnosis again."""
    import json
    from contextlib import redirect_stdout

    from neural_trainer.diagnosis import diagnose
    from neural_trainer.diagnosis.check_facts import UNASKED, check_evidence, checks_for
    from neural_trainer.errors import NeuralTrainerError
    from neural_trainer.render.settled_text import to_settled_dict, to_settled_text
    from neural_trainer.runs.logs import read_logs

    if arguments.out or arguments.layer:
        raise NeuralTrainerError("--log prints a diagnosis: --layer and --out are of a probe alone")
    logs = read_logs([arguments.log], None, crashed=True)
    if len(logs.runs) != 1:
        raise NeuralTrainerError(f"--log takes one run; {arguments.log} holds {len(logs.runs)}")
    before = diagnose(logs.runs[0])
    asked = checks_for({cause.cause: cause.confidence for cause in before.root_causes})
    if before.verdict != "faulty":  # no cause leads: what is quick may find one
        asked = tuple(dict.fromkeys((*asked, *UNASKED)))
    with redirect_stdout(sys.stderr):
        results = _checked(_case(arguments), asked, arguments)
    after = diagnose(logs.runs[0], check_evidence(results))
    if arguments.json:
        print(json.dumps(to_settled_dict(arguments.case, results, before, after), indent=2))
    else:
        print(to_settled_text(results, before, after))
    logs.finish()
    return 0


def _case(arguments: argparse.Namespace) -> Case:
    from neural_trainer.inspect.user_case import user_case

    return user_case(arguments.case, arguments.time_limit)


def _checked(case: Case, names: Sequence[str], arguments: argparse.Namespace) -> list[Result]:
    from neural_trainer.inspect.running import run_checks
    from neural_trainer.render.named_steps import named_steps_on

    with named_steps_on(sys.stderr, len(names) + 1) as tell:
        return run_checks(case, names, tell=tell, limit_s=arguments.time_limit)
