"""Write a model with its trainer, config and tests: a package that trains as it stands.

NAME becomes a folder of that name. What is in it is yours: put your data into make_data, your
sizes into config.py. Nothing is written over.
"""

from __future__ import annotations

import argparse

from neural_trainer.inspect.scaffold import KINDS

SCHEMA = "neural-trainer/scaffold/1"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `scaffold`."""
    parser.add_argument("name", metavar="NAME", help="of the package: small letters, my_net")
    parser.add_argument("--kind", choices=KINDS, required=True, help="what the model is")
    parser.add_argument(
        "--into", metavar="FOLDER", default=".", help="where to write it (default: here)"
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write the package and say what is in it."""
    import json
    import shlex

    from neural_trainer.inspect.scaffold import create_model_skeleton
    from neural_trainer.runs.plain_text import printable

    files = create_model_skeleton(arguments.name, arguments.kind, arguments.into)
    if arguments.json:
        written = [str(file) for file in files]
        told = {"schema": SCHEMA, "name": arguments.name, "kind": arguments.kind, "files": written}
        print(json.dumps(told, indent=2))
        return 0
    about = {
        "config.py": "sizes and training, as dataclasses",
        "model.py": "layers and a forward pass, nothing else",
        "trainer.py": "data, loss, loop, checkpoints, make_case",
        f"test_{arguments.name}.py": "what holds before training, and that it trains",
    }
    lines = [f"{arguments.name}: a {arguments.kind}, written to {printable(str(files[0].parent))}"]
    lines += [f"  {name:<24} {what}" for name, what in about.items()]
    here = "" if arguments.into == "." else f"cd {shlex.quote(printable(arguments.into))} && "
    lines += [
        "",
        f"Its tests:  {here}python -m pytest {arguments.name}",
        f"Next: {here}neural-trainer architecture {arguments.name}.trainer:make_case",
    ]
    print("\n".join(lines))
    return 0
