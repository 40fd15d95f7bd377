"""Take at most ten steps of a model on a copy of it, and show what each layer does.

This runs your code: MODULE:FACTORY is a function without required arguments that returns a Case.
Your model, its optimizer and all random states stay as they are.
"""

from __future__ import annotations

import argparse

from neural_trainer.commands.gradients import add_options, show


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `probe`."""
    parser.add_argument("case", metavar="MODULE:FACTORY", help="returns the Case to look at")
    parser.add_argument(
        "--steps", type=int, default=10, choices=range(1, 11), metavar="N",
        help="steps to take, 1 to 10 (default: %(default)s)",
    )  # fmt: skip
    add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Probe the case and print what its layers show."""
    from neural_trainer.errors import MissingPackage

    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingPackage("torch", "probe", "train") from error
    from neural_trainer.inspect.probe import probe
    from neural_trainer.layers.case import load_case

    found = probe(load_case(arguments.case), arguments.case, arguments.steps)
    show(found, arguments, f"neural-trainer probe {arguments.case} --out layers.png")
    return 0
