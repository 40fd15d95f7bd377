"""Train with the reference trainer, from a YAML config. Imports the code that it names.

With --resume it goes on from the last whole checkpoint of a run, exactly as if it had never
stopped. All processes that torchrun starts train one model. At the end it says what to do with the
run, from its diagnosis.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from neural_trainer.training.checkpoint import Checkpoint
    from neural_trainer.training.world import World


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `train`."""
    parser.add_argument(
        "config", metavar="CONFIG.yaml", nargs="?",
        help="what to train, and how; with --resume the run's own if left out",
    )  # fmt: skip
    parser.add_argument(
        "--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE", dest="changes",
        help="change the config, such as --set optimizer.lr=3e-4 training.steps=500",
    )  # fmt: skip
    parser.add_argument(
        "--resume", metavar="RUN", help="go on with the run of this folder, or from a checkpoint"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Train, then print what came of it; of several processes the first does."""
    import json

    from neural_trainer.diagnosis import diagnose
    from neural_trainer.live.reproducibility import in_words
    from neural_trainer.live.run_folder import SUMMARY_FILE, write_json
    from neural_trainer.render import report_text
    from neural_trainer.runs.read import read
    from neural_trainer.training.checkpoint import best_checkpoint
    from neural_trainer.training.recommendation import recommend
    from neural_trainer.training.world import joined

    with joined() as world:
        folder = _train(arguments, world)
    if world.rank:
        return 0
    report = diagnose(read(folder))
    advice = recommend(report, best_checkpoint(folder))
    summary = json.loads((folder / SUMMARY_FILE).read_text(encoding="utf-8"))
    summary["recommendation"] = advice.to_dict()
    write_json(folder / SUMMARY_FILE, summary)
    if arguments.json:
        print(json.dumps({"folder": str(folder), **summary}))
    else:
        print(report_text.to_text(report))
        print()
        for line in in_words(summary["reproducibility"]):
            print(report_text.wrapped(line.strip(), "  " if line.startswith(" ") else ""))
        print("\n" + report_text.wrapped(advice.sentence, ""))
    return 0


def _train(arguments: argparse.Namespace, world: World) -> Path:
    """Train as the arguments say and return the run folder."""
    from pathlib import Path

    from neural_trainer.errors import ConfigError
    from neural_trainer.training.config_file import build_config, load_config, overridden
    from neural_trainer.training.trainer import train

    checkpoint = world.first(lambda: _checkpoint(arguments, world))
    if arguments.config is not None:
        config = load_config(Path(arguments.config), arguments.changes)
    elif checkpoint is not None:
        tree = overridden(checkpoint.config, arguments.changes)
        config = build_config(tree, f"the config of {checkpoint.folder}")
    else:
        raise ConfigError("train needs CONFIG.yaml, or --resume RUN to go on with a run")
    return train(config, resume=checkpoint, world=world)


def _checkpoint(arguments: argparse.Namespace, world: World) -> Checkpoint | None:
    """Return where to go on: in what --resume names, or in the run that torchrun has restarted."""
    from pathlib import Path

    from neural_trainer.errors import RunRefused
    from neural_trainer.training.checkpoint import find_checkpoint
    from neural_trainer.training.trainer import say_on_stderr

    if world.folder_before is not None:
        try:
            return find_checkpoint(world.folder_before, say_on_stderr)
        except RunRefused:  # it ended before its first checkpoint
            return None
    if arguments.resume is None:
        return None
    return find_checkpoint(Path(arguments.resume), say_on_stderr)
