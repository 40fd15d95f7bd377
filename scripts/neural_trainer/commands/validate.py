"""Validate a model on held-out data: metrics with intervals, calibration, slices, leakage, shift.

TARGET is a file of predictions (CSV, TSV, JSON Lines, Parquet, npz: y_true, and y_pred, prob_CLASS
or score; or nll and tokens), which is only read, or MODULE:FACTORY, which runs your code: a
function without required arguments that returns a Case. docs/validating.md tells each part.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.study.validate.validating import Target
    from neural_trainer.study.validate.validation import Asked, Validation


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `validate`."""
    add = parser.add_argument
    add("target", metavar="TARGET", help="file of predictions, or MODULE:FACTORY")
    add("--checkpoint", metavar="PATH",
        help="weights for the case: a run folder, a checkpoint, safetensors")  # fmt: skip
    add("--against", action="append", default=[], metavar="OTHER",
        help="another model on the same items: file, checkpoint or MODULE:FACTORY; may be "
        "repeated")  # fmt: skip
    add("--train", metavar="FILE",
        help="predictions on the training split: leakage, shift, gap")  # fmt: skip
    add("--no-train", action="store_true", help="leave a case's training data alone")
    add("--task", choices=("classification", "regression", "language"),
        help="(default: as the columns tell)")  # fmt: skip
    add("--group", metavar="COLUMN", help="items of one group are not independent")
    add("--id", metavar="COLUMN", help="what an item is called (default: id)")
    add("--slice", action="append", default=[], metavar="COLUMN",
        help="score each of its values; may be repeated")  # fmt: skip
    add("--metric", action="append", default=[], metavar="NAME",
        help="a further score of sklearn.metrics, as cohen_kappa_score")  # fmt: skip
    add("--folds", type=int, metavar="K", help="cross-validate a case on its train_batches")
    add("--fold-by", choices=("random", "group", "time"), default="random",
        help="(default: %(default)s)")  # fmt: skip
    add("--epochs", type=int, default=1, metavar="N", help="of each fold (default: %(default)s)")
    add("--corrupt", action="append", default=[], metavar="NAME[=SIZE]",
        help="noise, missing, contrast, shift, blur, tokens; may be repeated")  # fmt: skip
    add("--gradient-sign", type=float, metavar="SIZE",
        help="one step up the loss, in standard deviations of the inputs")  # fmt: skip
    add("--run", metavar="RUN", help="run folder whose training data is refused")
    add("--data", metavar="FILE", help="the file of the split, held to that training data")
    add("--level", type=float, default=0.95, help="of the intervals (default: %(default)s)")
    add("--bootstrap", type=int, default=1000, metavar="N", help="(default: %(default)s)")
    add("--seed", type=int, default=0, metavar="N", help="(default: %(default)s)")
    add("--time-limit", type=float, default=60.0, metavar="SECONDS",
        help="for the factory (default: %(default)g)")  # fmt: skip
    add("--plot", metavar="FILE", help="draw reliability and confusion, or errors: PNG or SVG")
    add("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the validation."""
    import json
    from contextlib import redirect_stdout
    from pathlib import Path

    from neural_trainer.render.named_steps import named_steps_on
    from neural_trainer.study.validate.validating import is_case, validate
    from neural_trainer.study.validate.validation_data import to_dict
    from neural_trainer.study.validate.validation_text import to_text

    asked = _asked(arguments)
    if is_case(arguments.target):
        from neural_trainer.commands.preflight import need_torch

        need_torch("validate")
    target = _target(arguments)
    # What user code prints is talk; stdout is the result.
    with redirect_stdout(sys.stderr), named_steps_on(sys.stderr, 8) as tell:
        found, predictions = validate(
            target, asked, Path.cwd(), tell, lambda told: print(told, file=sys.stderr)
        )
    if arguments.plot:
        from neural_trainer.study.validate.pictures import draw

        draw(found, predictions, Path(arguments.plot))
        print(f"{arguments.plot} drawn", file=sys.stderr)
    if arguments.json:
        print(json.dumps(to_dict(found), indent=2, allow_nan=False))
    else:
        print(to_text(found))
        print("\n" + _next(found, arguments))
    return 0


def _asked(arguments: argparse.Namespace) -> Asked:
    """Return what the options ask. Raises ConfigError."""
    from neural_trainer.errors import ConfigError
    from neural_trainer.study.validate.validation import Asked

    bounds = {
        "--level": (arguments.level, 0.5, 0.9999),
        "--bootstrap": (arguments.bootstrap, 50, 100_000),
        "--seed": (arguments.seed, 0, 2**31),
        "--epochs": (arguments.epochs, 1, 10_000),
        "--folds": (arguments.folds, 2, 1000),
        "--gradient-sign": (arguments.gradient_sign, 0, 100),
        "--time-limit": (arguments.time_limit, 0.1, 1e6),
    }
    for name, (value, low, high) in bounds.items():
        if value is not None and not low <= value <= high:
            raise ConfigError(f"{name} {value:g}: expected {low:g} to {high:g}")
    return Asked(arguments.level, arguments.bootstrap, arguments.seed, tuple(arguments.metric))


def _target(arguments: argparse.Namespace) -> Target:
    """Return what is to be validated, as named. Raises ConfigError."""
    from pathlib import Path

    from neural_trainer.study.validate.prediction_file import Named
    from neural_trainer.study.validate.validating import Target, is_case

    corruptions: list[tuple[str, float]] = []
    folds = None
    if is_case(arguments.target):
        from neural_trainer.study.validate.corruptions import GRADIENT_SIGN, parse_corruption
        from neural_trainer.study.validate.cross_validation import Asked as FoldsAsked

        corruptions = [parse_corruption(text) for text in arguments.corrupt]
        if arguments.gradient_sign is not None:
            corruptions.append((GRADIENT_SIGN, arguments.gradient_sign))
        if arguments.folds is not None:
            folds = FoldsAsked(arguments.folds, arguments.fold_by, arguments.epochs, arguments.seed)
    else:
        _refuse_model_options(arguments)
    return Target(
        arguments.target,
        Named(arguments.task, arguments.group, arguments.id, tuple(arguments.slice)),
        checkpoint=Path(arguments.checkpoint) if arguments.checkpoint else None,
        against=arguments.against, train=arguments.train,
        look_at_train=not arguments.no_train,
        run=Path(arguments.run) if arguments.run else None,
        data=Path(arguments.data) if arguments.data else None,
        folds=folds, corruptions=corruptions, time_limit_s=arguments.time_limit,
    )  # fmt: skip


def _refuse_model_options(arguments: argparse.Namespace) -> None:
    """Raise ConfigError for options that a file of predictions cannot answer."""
    from neural_trainer.errors import ConfigError

    for option, value in (
        ("--checkpoint", arguments.checkpoint),
        ("--folds", arguments.folds),
        ("--corrupt", arguments.corrupt),
        ("--gradient-sign", arguments.gradient_sign),
    ):
        if value:
            raise ConfigError(
                f"{option} needs a model, and a file of predictions has none; expected "
                f"MODULE:FACTORY" + (", or a column fold" if option == "--folds" else "")
            )


def _next(found: Validation, arguments: argparse.Namespace) -> str:
    """Return the line that names the command to run next."""
    from neural_trainer.render.report_text import next_command
    from neural_trainer.study.validate.validating import is_case

    if found.leakage is not None and found.leakage.leaks:
        if is_case(arguments.target):
            return next_command("preflight", [arguments.target])
        return "Next: split again without these items, and validate anew"
    if not arguments.against:
        return next_command("validate", [arguments.target, "--against", "OTHER"])
    if arguments.run:
        return next_command("diagnose", [arguments.run])
    return next_command("validate", [arguments.against[-1]])
