"""Take at most ten steps of a model on a copy of it, and show what each layer does.

This runs your code: MODULE:FACTORY is a function without required arguments that returns a Case.
Your model, its optimizer and all random states stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `probe`."""
    parser.add_argument("case", metavar="MODULE:FACTORY", help="returns the Case to look at")
    parser.add_argument(
        "--steps", type=int, default=10, choices=range(1, 11), metavar="N",
        help="steps to take, 1 to 10 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--layer", action="append", default=[], metavar="NAME",
        help="only these, a row a tensor, as in a shell: --layer 'blocks.0.*'",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="FILE", help="draw heat maps and profiles by depth, PNG or SVG"
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Probe the case and print what its layers show."""
    import json

    from neural_trainer.errors import MissingPackage

    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingPackage("torch", "probe", "train") from error
    from neural_trainer.inspect.probe import probe
    from neural_trainer.layers.case import load_case
    from neural_trainer.render import gradients_text
    from neural_trainer.render.layer_rows import of_layers
    from neural_trainer.symptoms import look

    found = probe(load_case(arguments.case), arguments.case, arguments.steps)
    layers = gradients_text.chosen(found, arguments.layer)
    findings = look(found)
    if arguments.out:
        from neural_trainer.render.gradients_plots import plot

        print(f"{plot(found, layers, findings, Path(arguments.out))} drawn", file=sys.stderr)
    if arguments.json:
        plain = gradients_text.to_dict(found, findings, arguments.layer)
        print(json.dumps(plain, indent=2, allow_nan=False))
    else:
        seen = of_layers(findings).found
        following = (
            f"neural-trainer explain {seen[0].symptom}" if seen
            else f"neural-trainer probe {arguments.case} --out layers.png"
        )  # fmt: skip
        print(gradients_text.to_text(found, findings, arguments.layer, f"Next: {following}"))
    return 0
