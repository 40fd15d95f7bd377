"""Show the gradients, weights, updates and activations of a run, layer by layer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `gradients`."""
    parser.add_argument("run", metavar="RUN", help="run folder that the Monitor wrote")
    parser.add_argument(
        "--layer", action="append", default=[], metavar="NAME",
        help="only these, a row a tensor, as in a shell: --layer 'blocks.0.*'",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="FILE", help="draw heat maps and profiles by depth, PNG or SVG"
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the table, draw the picture where one was asked for."""
    import json

    from neural_trainer.render import gradients_text
    from neural_trainer.runs.read import read
    from neural_trainer.symptoms import look

    found = read(arguments.run)
    layers = gradients_text.chosen(found, arguments.layer)
    findings = look(found)
    if arguments.out:
        from neural_trainer.render.gradients_plots import plot

        print(f"{plot(found, layers, findings, Path(arguments.out))} drawn", file=sys.stderr)
    if arguments.json:
        plain = gradients_text.to_dict(found, findings, arguments.layer)
        print(json.dumps(plain, indent=2, allow_nan=False))
    else:
        print(gradients_text.to_text(found, findings, arguments.layer))
    return 0
