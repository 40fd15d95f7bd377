"""Show the gradients, weights, updates and activations of a run, layer by layer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neural_trainer.runs.run import Run


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `gradients`."""
    parser.add_argument("run", metavar="RUN", help="run folder that the Monitor wrote")
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add how layers are shown, here and by `probe`."""
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
    from neural_trainer.runs.read import read

    show(read(arguments.run), arguments)
    return 0


def show(
    found: Run, arguments: argparse.Namespace, otherwise: str = "",
    beside: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Print the layers of a run, and draw them where that was asked for.

    otherwise: what to run next where nothing is wrong, of a run that `diagnose` cannot be given.
    beside: what the JSON holds as well.
    """
    import json

    from neural_trainer.render import gradients_text
    from neural_trainer.render.layer_rows import of_layers
    from neural_trainer.symptoms import look

    layers = gradients_text.chosen(found, arguments.layer)
    findings = look(found)
    if arguments.out:
        from neural_trainer.render.gradients_plots import plot

        print(f"{plot(found, layers, findings, Path(arguments.out))} drawn", file=sys.stderr)
    if arguments.json:
        plain = {**gradients_text.to_dict(found, findings, arguments.layer), **(beside or {})}
        print(json.dumps(plain, indent=2, allow_nan=False))
    else:
        seen = of_layers(findings).found
        following = f"neural-trainer explain {seen[0].symptom}" if seen else otherwise
        following = f"Next: {following}" if otherwise else ""
        print(gradients_text.to_text(found, findings, arguments.layer, following))
