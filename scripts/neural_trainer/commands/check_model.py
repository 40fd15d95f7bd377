"""Check the contract of a model: gradients reach everything, it learns a batch by heart, samples
do not mix, it moves, saves, loads, compiles and exports as it should.

This runs your code on copies: MODULE:FACTORY is a function without required arguments that returns
a Case. docs/checks.md tells each check, what it costs, and how to call them from your own tests.
"""

from __future__ import annotations

import argparse
import sys

from neural_trainer.commands.preflight import add_options, need_torch, show


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check-model`."""
    parser.add_argument("target", metavar="MODULE:FACTORY", help="returns the Case to check")
    parser.add_argument(
        "--only", action="append", metavar="CHECK", default=[], help="this one; may be repeated"
    )
    parser.add_argument(
        "--skip", action="append", metavar="CHECK", default=[], help="not this one, as slow as "
        "compiled-equal may be; may be repeated",
    )  # fmt: skip
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the checks and print what they came to."""
    from contextlib import redirect_stdout

    from neural_trainer.render.named_steps import named_steps_on

    need_torch("check-model")
    from neural_trainer.inspect.checks import chosen
    from neural_trainer.inspect.running import run_checks
    from neural_trainer.inspect.user_case import user_case

    names = chosen(arguments.only, arguments.skip)
    limit_s = arguments.time_limit
    # What user code prints is talk; stdout is the result.
    with redirect_stdout(sys.stderr), named_steps_on(sys.stderr, len(names) + 1) as tell:
        case = user_case(arguments.target, limit_s)
        results = run_checks(case, names, tell=tell, limit_s=limit_s)
    return show(results, arguments, "preflight")
