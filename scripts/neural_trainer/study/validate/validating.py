"""From what is named on a command line to a validation: a file of predictions, or a case."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural_trainer.errors import ConfigError, RunRefused
from neural_trainer.runs.plain_text import shown_name, shown_path
from neural_trainer.study.validate.columns import ENDINGS
from neural_trainer.study.validate.prediction_file import Named, read_predictions
from neural_trainer.study.validate.predictions import Predictions
from neural_trainer.study.validate.test_set_use import (
    earlier_uses,
    record_use,
    refuse_training_file,
    refuse_training_items,
)
from neural_trainer.study.validate.validation import Asked, Validation, validation
from neural_trainer.study.validate.weights import load_checkpoint, run_folder_of

if TYPE_CHECKING:
    from neural_trainer.layers.case import Case
    from neural_trainer.study.validate.cross_validation import Asked as FoldsAsked

FACTORY_S = 60.0


@dataclass(frozen=True)
class Target:
    """What is validated, as named: a file, or MODULE:FACTORY with a checkpoint.

    train: the training split's file. against: other files, checkpoints or MODULE:FACTORYs. data:
    the file that a split was read from, held to what run.json calls training data.
    """

    name: str
    named: Named = field(default_factory=Named)
    checkpoint: Path | None = None
    against: Sequence[str] = ()
    train: str | None = None
    look_at_train: bool = True
    run: Path | None = None
    data: Path | None = None
    folds: FoldsAsked | None = None
    corruptions: Sequence[tuple[str, float]] = ()
    time_limit_s: float = FACTORY_S


Tell = Callable[[str], None]


def validate(
    target: Target, asked: Asked, project: Path, tell: Tell, say: Tell
) -> tuple[Validation, Predictions]:
    """Return what was found, and the predictions that it is of; the look is recorded.

    tell: is told each step. say: warnings while it works. Raises NeuralTrainerError.
    """
    run = target.run or run_folder_of(target.checkpoint)
    if target.data is not None:
        if not target.data.exists():
            raise ConfigError(f"--data {shown_path(target.data)} does not exist")
        refuse_training_file(target.data, run)
    make = _of_case if is_case(target.name) else _of_file
    found, p = make(target, asked, run, tell, say)
    before = earlier_uses(p, run, project)
    if before:
        found = replace(found, warnings=(*found.warnings, _used(before)))
    if not p.fingerprint():
        told = "nothing tells these items from others: this look was not recorded; add a column id"
        return replace(found, notes=(*found.notes, told)), p
    try:
        record_use(p, found.model, run, project)
    except OSError as error:
        told = f"this look at the test set was not recorded: {error.strerror or error}"
        found = replace(found, notes=(*found.notes, told))
    return found, p


def is_case(name: str) -> bool:
    """Tell whether `name` is MODULE:FACTORY: a colon, and no file of that name."""
    return ":" in name and not Path(name).exists() and Path(name).suffix.lower() not in ENDINGS


def _of_file(
    target: Target, asked: Asked, run: Path | None, tell: Tell, say: Tell
) -> tuple[Validation, Predictions]:
    for value, option in ((target.checkpoint, "--checkpoint"), (target.folds, "--folds"),
                          (target.corruptions, "--corrupt")):  # fmt: skip
        if value:
            raise ConfigError(
                f"{option} needs a model; {shown_name(target.name)} is a file of predictions: "
                f"expected MODULE:FACTORY" + (", or a column fold" if option == "--folds" else "")
            )
    path = Path(target.name)
    tell("reading")
    if path.exists():
        refuse_training_file(path, run)
    p = read_predictions(path, target.named)
    train = None
    if target.train is not None:
        train = read_predictions(Path(target.train), replace(target.named, task=p.task))
        refuse_training_items(p, train)
        if train.fingerprint() == p.fingerprint() != "":
            raise RunRefused(f"{p.source} and {train.source} hold the same items; expected "
                             f"held-out data")  # fmt: skip
    named = replace(target.named, task=p.task)
    others = [read_predictions(Path(name), named) for name in target.against]
    tell("resampling")
    return validation(p, path.name, asked, train, others), p


def _of_case(
    target: Target, asked: Asked, run: Path | None, tell: Tell, say: Tell
) -> tuple[Validation, Predictions]:
    from neural_trainer.inspect.user_case import user_case
    from neural_trainer.study.validate.case_pass import predict

    if target.train is not None or target.named.slices or target.named.group or target.named.id:
        raise ConfigError(
            "--train, --slice, --group and --id name columns and files; a case hands its training "
            "data itself, and groups and ids as keys of its batches"
        )
    tell("building the case")
    case = user_case(target.name, target.time_limit_s)
    model, notes = "as the factory made it", list[str]()
    if target.checkpoint is not None:
        model = load_checkpoint(target.checkpoint, case.model, say)
    else:
        notes.append("no --checkpoint: the model is as the factory made it")
    if case.eval_batches is None:
        raise RunRefused(
            f"{target.name} has no eval_batches, and nothing about new data follows from training "
            f"data; give the Case eval_batches"
        )
    if case.eval_batches is case.train_batches:
        raise RunRefused(
            f"eval_batches of {target.name} are its train_batches: nothing about new data follows "
            f"from them; expected held-out data"
        )
    tell("held-out data")
    p = predict(case, case.eval_batches, f"{target.name} eval_batches")
    train = None
    if target.look_at_train:
        tell("training data")
        train = predict(case, case.train_batches, f"{target.name} train_batches")
        refuse_training_items(p, train)
    others = [_other(name, target, p, case, tell, say) for name in target.against]
    tell("resampling")
    found = validation(p, model, asked, train, others)
    return _with_model(found, case, p, target, asked, notes, tell), p


def _with_model(
    found: Validation, case: Case, p: Predictions, target: Target, asked: Asked,
    notes: list[str], tell: Tell,
) -> Validation:  # fmt: skip
    """Add what only a model at hand shows: speed, robustness, folds."""
    from neural_trainer.inspect.user_case import user_case
    from neural_trainer.study.validate.corruptions import robustness
    from neural_trainer.study.validate.cross_validation import cross_validate
    from neural_trainer.study.validate.speed import speed

    missing = list(found.not_checked)
    tell("speed")
    try:
        found = replace(found, speed=speed(case, case.eval_batches or ()))
    except ConfigError as error:
        missing.append(str(error))
    if target.corruptions:
        tell("corruptions")
        rows = robustness(
            case, case.eval_batches, p, target.corruptions, asked.level, asked.num_samples,
            asked.seed,
        )  # fmt: skip
        found = replace(found, robust=rows)
    else:
        missing.append("robustness (--corrupt NAME)")
    if target.folds is not None:

        def make() -> Case:
            return user_case(target.name, target.time_limit_s)

        found = replace(found, folds=cross_validate(make, target.folds, asked.level, tell))
    return replace(found, not_checked=tuple(missing), notes=(*found.notes, *notes))


def _other(
    name: str, target: Target, p: Predictions, case: Case, tell: Tell, say: Tell
) -> Predictions:
    """Return another model's predictions on the same held-out batches."""
    from neural_trainer.inspect.copies import copied
    from neural_trainer.inspect.user_case import user_case
    from neural_trainer.study.validate.case_pass import predict

    tell(f"the other model, {shown_name(name, 40)}")
    if Path(name).suffix.lower() in ENDINGS:
        return read_predictions(Path(name), replace(target.named, task=p.task))
    if is_case(name):
        theirs = user_case(name, target.time_limit_s)
        return predict(
            replace(theirs, eval_batches=None), case.eval_batches or (), name, keep_inputs=False
        )
    model: Any = copied(case, trains=False)[0]
    told = load_checkpoint(Path(name), model, say)
    found = predict(replace(case, model=model), case.eval_batches or (), told, keep_inputs=False)
    return replace(found, ids=None) if p.ids is None else replace(found, ids=p.ids)


def _used(before: list[Any]) -> str:
    last = before[-1]
    when = time.strftime("%Y-%m-%d", time.gmtime(last.time))
    models = "another model" if len(before) == 1 else f"{len(before)} other models"
    return (
        f"this test set was used before, for {models} (last {when}, "
        f"{shown_name(last.model, 40)}): where one is chosen by it, its numbers are too good; "
        f"keep one set for the last look"
    )
