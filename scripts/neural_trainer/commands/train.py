"""Train with the reference trainer, from a YAML config. Imports the code that it names."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `train`."""
    parser.add_argument("config", metavar="CONFIG.yaml", help="what to train, and how")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="changes",
        help="change the config, such as --set optimizer.lr=3e-4",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train, then print what came of it."""
    import json
    from pathlib import Path

    from neural_trainer.diagnosis import diagnose
    from neural_trainer.render import report_text
    from neural_trainer.runs.read import read
    from neural_trainer.training.config import load_config
    from neural_trainer.training.trainer import train

    config = load_config(Path(arguments.config), arguments.changes)
    folder = train(config)
    if arguments.json:
        print(
            json.dumps({"folder": str(folder), **json.loads((folder / "summary.json").read_text())})
        )
    else:
        print(report_text.to_text(diagnose(read(folder))))
    return 0
