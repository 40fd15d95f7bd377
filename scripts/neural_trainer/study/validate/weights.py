"""The weights of a checkpoint in the model of a case: ours, safetensors, or what torch saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neural_trainer.errors import ConfigError, MissingPackage
from neural_trainer.live.run_folder import CHECKPOINTS_FOLDER, RUN_FILE
from neural_trainer.runs.plain_text import printable, shown_name, shown_path

INSIDE = ("state_dict", "model_state_dict", "model")  # where trainers keep a model's tensors
PREFIXES = ("module.", "_orig_mod.", "model.")  # of DDP, torch.compile and Lightning


def load_checkpoint(path: Path, model: Any, say: Callable[[str], None]) -> str:
    """Load the weights at `path` into `model` and return what was loaded, for people.

    path: a run folder (its best checkpoint is not guessed: the last whole one), a checkpoint of
    ours, or one file. Nothing in it is executed. Raises ConfigError, RunRefused, MissingPackage.
    """
    from neural_trainer.training.checkpoint import (
        RECORD_FILE,
        find_checkpoint,
        load_weights,
        need_safetensors,
    )

    if not path.exists():
        raise ConfigError(f"{shown_path(path)} does not exist; expected a checkpoint or a run")
    if path.is_dir() or (path.parent / RECORD_FILE).exists():
        need_safetensors()
        checkpoint = find_checkpoint(path, say)
        load_weights(checkpoint, model)
        return f"{shown_path(checkpoint.folder)} (step {checkpoint.step})"
    _load(path, model, _stored(path))
    return shown_path(path)


def run_folder_of(path: Path | None) -> Path | None:
    """Return the run folder that a checkpoint lies in; None where it lies in none."""
    if path is None:
        return None
    for folder in (path, *path.absolute().parents[:3]):
        if (folder / RUN_FILE).is_file() or (folder / CHECKPOINTS_FOLDER).is_dir():
            return folder
    return None


def _stored(path: Path) -> Mapping[str, Any]:
    if path.suffix == ".safetensors":
        try:
            from safetensors.torch import load_file
        except ImportError as error:
            raise MissingPackage("safetensors", "validate", "train") from error
        try:
            weights: Mapping[str, Any] = load_file(str(path))
        except Exception as error:  # the reader of safetensors has errors of its own
            raise ConfigError(
                f"{shown_path(path)} is no whole safetensors file: {printable(str(error))}"
            ) from error
        return weights
    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle, zip and torch each raise their own
        told = printable(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise ConfigError(
            f"{shown_path(path)} cannot be read as weights alone ({told}); save the model's "
            f"state_dict(), or safetensors: objects are not unpickled, for that runs code"
        ) from error
    for key in INSIDE:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not all(hasattr(one, "shape") for one in found.values()):
        raise ConfigError(
            f"{shown_path(path)} holds a {type(found).__name__}; expected tensors by name"
        )
    return found


def _load(path: Path, model: Any, stored: Mapping[str, Any]) -> None:
    own = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    for prefix in PREFIXES:
        if stored and all(name.startswith(prefix) for name in stored) and not set(stored) & {*own}:
            stored = {name.removeprefix(prefix): tensor for name, tensor in stored.items()}
    lacks = [name for name in own if name not in stored]
    extra = [name for name in stored if name not in own]
    other = [name for name in own if name in stored and tuple(stored[name].shape) != own[name]]
    for names, what in ((other, "another shape in"), (lacks, "missing in"), (extra, "only in")):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise ConfigError(
                f"{shown_name(names[0])}{more} {what} {shown_path(path)}; expected a checkpoint "
                f"of this very model"
            )
    model.load_state_dict(dict(stored))
