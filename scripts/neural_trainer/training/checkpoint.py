"""Checkpoints: written whole or not at all, checked by their sums, rotated, the best one kept.

checkpoints/step-00000100/ holds model.safetensors, state.pt (all else that the next step depends
on), with an average of the weights ema.safetensors, and checkpoint.json: the step, the config, and
size and SHA-256 of each file. Where the model is sharded, shards/ holds the tensors of all of these
(sharded_checkpoint.py). The folder is written under a hidden name and renamed when it is on the
disk.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_trainer.errors import ConfigError, MissingPackage, RunRefused
from neural_trainer.live.run_folder import CHECKPOINTS_FOLDER

FORMAT = 1  # of the files of a checkpoint
RECORD_FILE = "checkpoint.json"
MODEL_FILE, STATE_FILE, EMA_FILE = "model.safetensors", "state.pt", "ema.safetensors"
SHARDS_FOLDER = "shards"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose files are whole. config: as it was trained with; eval_loss: if known."""

    folder: Path
    step: int
    config: Mapping[str, Any]
    eval_loss: float | None = None

    @property
    def run_folder(self) -> Path:
        """The run that it is of."""
        return self.folder.parent.parent


def need_safetensors() -> None:
    """Raise MissingPackage now rather than at the first checkpoint."""
    try:
        import safetensors  # noqa: F401
    except ImportError as error:
        raise MissingPackage("safetensors", "train", "train") from error


def write_checkpoint(
    folder: Path,
    step: int,
    config: Mapping[str, Any],
    model: Any,
    state: Mapping[str, Any],
    ema: Mapping[str, Any] | None = None,
    eval_loss: float | None = None,
) -> Path:
    """Write a checkpoint below `folder`, a run's, and return where. Raises OSError."""
    import torch
    from safetensors.torch import save_file, save_model

    with new_checkpoint(folder, step, config, eval_loss) as (partial, _):
        save_model(model, str(partial / MODEL_FILE))
        torch.save(dict(state), partial / STATE_FILE)
        if ema is not None:
            save_file(dict(ema), str(partial / EMA_FILE))
        for path in partial.glob("*.safetensors"):  # written for their owner alone
            path.chmod((partial / STATE_FILE).stat().st_mode)
    return folder / CHECKPOINTS_FOLDER / _name(step)


@contextmanager
def new_checkpoint(
    folder: Path, step: int, config: Mapping[str, Any], eval_loss: float | None
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield a folder to fill, which is the checkpoint of `step` once the block ends, or never.

    Size and SHA-256 of files that are known already can be entered in the dict beside it.
    """
    above = folder / CHECKPOINTS_FOLDER
    final = above / _name(step)
    partial = above / f".{final.name}.{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    sums: dict[str, Any] = {}
    try:
        yield partial, sums
        for path in sorted(path for path in partial.rglob("*") if path.is_file()):
            name = str(path.relative_to(partial))
            if name not in sums:
                sums[name] = sum_of_file(path)
        body = {
            "format": FORMAT, "step": step, "eval_loss": eval_loss, "config": dict(config),
            "files": sums,
        }  # fmt: skip
        text = json.dumps({**body, "sha256": _sum_of(body)}, indent=1)
        (partial / RECORD_FILE).write_text(text + "\n", encoding="utf-8")
        for path in (*partial.rglob("*"), partial):
            _sync(path)
        _remove(final)  # what an earlier attempt left at this step
        os.rename(partial, final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _sync(above)


def read_checkpoint(folder: Path) -> Checkpoint:
    """Return the checkpoint in `folder` once all of it is proved whole. Raises ConfigError."""
    try:
        record = json.loads((folder / RECORD_FILE).read_text(encoding="utf-8"))
        told = record.pop("sha256")
        whole = told == _sum_of(record)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(f"{folder} has no whole {RECORD_FILE}") from error
    if not whole:
        raise ConfigError(f"{folder}/{RECORD_FILE} was changed after it was written")
    if record["format"] != FORMAT:
        raise ConfigError(
            f"{folder} has format {record['format']}; this trainer reads format {FORMAT}: "
            f"resume with the release that wrote it"
        )
    for name, sums in record["files"].items():
        try:
            found = sum_of_file(folder / name)
        except OSError as error:
            raise ConfigError(f"{folder}/{name}: {error.strerror}") from error
        if found != sums:
            what = "cut off" if found["bytes"] < sums["bytes"] else "changed after it was written"
            raise ConfigError(f"{folder}/{name} is {what}")
    return Checkpoint(folder, int(record["step"]), record["config"], record["eval_loss"])


def find_checkpoint(target: Path, say: Callable[[str], None]) -> Checkpoint:
    """Return the checkpoint that `target` names, or the last whole one of its run up to it.

    target: a run folder, a checkpoint, or a file in one. A broken one is passed over with a word.
    Raises RunRefused where none is whole.
    """
    named = target.parent if target.is_file() else target
    is_run = (named / CHECKPOINTS_FOLDER).is_dir()
    above = named / CHECKPOINTS_FOLDER if is_run else named.parent
    newest_first = sorted(_folders(above), reverse=True)
    for folder in newest_first:
        if is_run or folder.name <= named.name:
            try:
                return read_checkpoint(folder)
            except ConfigError as error:
                say(f"{error}; looking for the one before it")
    found = f"none of {len(newest_first)} checkpoints is whole" if newest_first else "no checkpoint"
    raise RunRefused(f"{target}: {found}; expected the folder of a run with one, or start anew")


def best_checkpoint(run: Path) -> tuple[int, Path] | None:
    """Return step and folder of the checkpoint of lowest held-out loss in a run folder."""
    found = []
    for folder in _folders(run / CHECKPOINTS_FOLDER):
        try:
            checkpoint = read_checkpoint(folder)
        except ConfigError:  # a broken one is nobody's best
            continue
        if checkpoint.eval_loss is not None and math.isfinite(checkpoint.eval_loss):
            found.append((checkpoint.eval_loss, checkpoint.step, folder))
    return min(found)[1:] if found else None


def load_weights(checkpoint: Checkpoint, model: Any) -> None:
    """Load the model's weights. Raises ConfigError where they are of another model."""
    from safetensors.torch import load_model

    _refuse_other_weights(checkpoint, model)
    load_model(model, str(checkpoint.folder / MODEL_FILE))


def whole_weights(checkpoint: Checkpoint, model: Any) -> dict[str, Any]:
    """Return weights of `model` by name, of tied ones by one. Raises ConfigError, as above."""
    from safetensors.torch import load_file

    _refuse_other_weights(checkpoint, model)
    weights: dict[str, Any] = load_file(str(checkpoint.folder / MODEL_FILE))
    return weights


def _refuse_other_weights(checkpoint: Checkpoint, model: Any) -> None:
    from safetensors import safe_open

    path = checkpoint.folder / MODEL_FILE
    with safe_open(str(path), framework="pt") as file:
        stored = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    tensors = model.state_dict()
    own = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    shared = {_place(tensors[name]) for name in stored if name in tensors}  # tied: kept once
    tied = [name for name in own if _place(tensors[name]) in shared]
    refuse_other_model(checkpoint, stored, own, tied)


def _place(tensor: Any) -> int:
    """Return where in memory a tensor, or this rank's shard of it, begins."""
    local = tensor.to_local() if hasattr(tensor, "to_local") else tensor
    return int(local.data_ptr())


def refuse_other_model(
    checkpoint: Checkpoint,
    stored: Mapping[str, tuple[int, ...]],
    own: Mapping[str, tuple[int, ...]],
    tied: Collection[str] = (),
) -> None:
    """Raise ConfigError where the shapes stored are not the model's own.

    tied: tensors that need not be stored, as another name of theirs is.
    """
    lacks = [name for name in own if name not in stored and name not in tied]
    extra = [name for name in stored if name not in own]
    other = [name for name in stored if name in own and stored[name] != own[name]]
    if lacks or extra or other:
        name = (other or lacks or extra)[0]
        raise ConfigError(
            f"{checkpoint.folder} is of another model: {len(lacks)} tensors are missing, "
            f"{len(extra)} unknown, {len(other)} of another shape, such as {name} "
            f"({stored.get(name, 'missing')} there, {own.get(name, 'unknown')} here); "
            f"resume with the config that it was trained with"
        )


def load_state(checkpoint: Checkpoint) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the state, and the average of the weights if there is one."""
    import torch
    from safetensors.torch import load_file

    state = torch.load(checkpoint.folder / STATE_FILE, map_location="cpu", weights_only=True)
    path = checkpoint.folder / EMA_FILE
    return state, load_file(str(path)) if path.exists() else None


def rotate(folder: Path, keep: int, best_step: int | None) -> None:
    """Remove all checkpoints of a run but the newest `keep` and that of `best_step`."""
    above = folder / CHECKPOINTS_FOLDER
    for old in sorted(_folders(above))[:-keep]:
        if best_step is None or old.name != _name(best_step):
            _remove(old)
    for left in above.glob(".step-*"):  # of a process that was killed
        shutil.rmtree(left)


def _remove(folder: Path) -> None:
    """Remove a checkpoint, out of sight in one move: no half of it is ever taken for one."""
    if folder.exists():
        doomed = folder.with_name(f".{folder.name}.removed")
        os.rename(folder, doomed)
        shutil.rmtree(doomed)


def _name(step: int) -> str:
    return f"step-{step:08d}"


def _folders(above: Path) -> Iterator[Path]:
    return (path for path in above.glob("step-*") if path.is_dir())


def sum_of_file(path: Path) -> dict[str, Any]:
    """Return size and SHA-256, as the record of a checkpoint keeps them. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _sum_of(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
