"""Tell what a cause or a symptom is, from its own file; without a name, list them."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `explain`."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="such as lr-too-high")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the text of one, or the list of all."""
    import json

    from neural_trainer.render.explanation import explain, listing

    text = explain(arguments.name) if arguments.name else listing()
    if arguments.json:
        plain = {"schema": "neural-trainer/explanation/1", "name": arguments.name, "text": text}
        print(json.dumps(plain, indent=2))
    else:
        print(text)
    return 0
