"""Check what a careful person checks before a long run: the data, the model, one batch learnt by
heart, the learning rate, memory and time, checkpoints, logging, seeds.

This runs your code on copies: MODULE:FACTORY is a function without required arguments that returns
a Case; CONFIG.yaml is one for `train`. docs/checks.md tells each check and what it costs.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neural_trainer.inspect.checks.outcome import Result


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `preflight`."""
    parser.add_argument(
        "target", metavar="MODULE:FACTORY|CONFIG.yaml", help="what is to be trained"
    )
    parser.add_argument(
        "--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE", dest="changes",
        help="change the config, as for `train`",
    )  # fmt: skip
    parser.add_argument("--plot", metavar="FILE", help="draw the learning-rate range, PNG or SVG")
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what preflight and check-model have in common."""
    parser.add_argument(
        "--time-limit", type=seconds, default=60.0, metavar="SECONDS",
        help="for the factory, and for each check (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--exit-code", action="store_true", help="exit 3 if a check failed")


def seconds(text: str) -> float:
    """Return a limit of time as it is typed. Raises ArgumentTypeError if it is none."""
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1e6 seconds")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Run the checks, print what they came to, draw the range test if asked to."""
    from contextlib import redirect_stdout
    from pathlib import Path

    from neural_trainer.errors import ConfigError
    from neural_trainer.render.named_steps import named_steps_on

    need_torch("preflight")
    from neural_trainer.training.config_file import load_config
    from neural_trainer.training.preflight import NUM_CHECKS, of_config, of_factory

    target = arguments.target
    is_config = target.lower().endswith((".yaml", ".yml"))
    if arguments.changes and not is_config:
        raise ConfigError(f"--set changes a CONFIG.yaml, and {target} is a factory")
    # What user code prints is talk; stdout is the result.
    with redirect_stdout(sys.stderr), named_steps_on(sys.stderr, NUM_CHECKS) as tell:
        if is_config:
            config = load_config(Path(target), arguments.changes)
            results = of_config(config, target, tell, _say, arguments.time_limit)
        else:
            results = of_factory(target, tell, arguments.time_limit)
    if arguments.plot:
        _draw(results, Path(arguments.plot))
    return show(results, arguments, "train" if is_config else "check-model")


def need_torch(verb: str) -> None:
    """Raise MissingPackage where there is no torch."""
    from neural_trainer.errors import MissingPackage

    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingPackage("torch", verb, "train") from error


def show(results: Sequence[Result], arguments: argparse.Namespace, otherwise: str) -> int:
    """Print results as text or JSON and return the exit code. otherwise: the verb to run next."""
    from neural_trainer.inspect.checks.outcome import Failed
    from neural_trainer.render import checks_json, checks_text

    following = checks_text.next_command(arguments.target, results, otherwise)
    write = checks_json.to_json if arguments.json else checks_text.to_text
    print(write(arguments.target, results, following))
    failed = any(isinstance(result.outcome, Failed) for result in results)
    return 3 if arguments.exit_code and failed else 0


def _draw(results: Sequence[Result], out: Path) -> None:
    from neural_trainer.inspect.checks.outcome import NotCheckable
    from neural_trainer.render.lr_range_plot import plot

    outcome = next(result.outcome for result in results if result.check == "lr-range")
    if isinstance(outcome, NotCheckable):
        print(f"neural-trainer: nothing to draw: {outcome.why}", file=sys.stderr)
    else:
        print(f"{plot(outcome.series, outcome.numbers, out)} drawn", file=sys.stderr)


def _say(text: str) -> None:
    print(f"neural-trainer: {text}", file=sys.stderr)
