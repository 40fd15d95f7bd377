"""The tensors of a sharded training: written by all ranks at once, read by any number of ranks.

shards/ of a checkpoint is in the format of torch.distributed.checkpoint. It holds tensors alone:
the weights, the optimizers' state and the average of the weights, each by its name in the model.
"""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neural_trainer.errors import ConfigError
from neural_trainer.training.checkpoint import (
    SHARDS_FOLDER,
    STATE_FILE,
    Checkpoint,
    new_checkpoint,
    refuse_other_model,
    sum_of_file,
)
from neural_trainer.training.world import World

METADATA_FILE = ".metadata"
_RECORDS = "torch.distributed.checkpoint.metadata"
_IN_METADATA = {
    f"{_RECORDS}.{name}"
    for name in (
        "Metadata", "MetadataIndex", "TensorStorageMetadata", "TensorProperties", "StorageMeta",
        "ChunkStorageMetadata", "_MEM_FORMAT_ENCODING",
    )
} | {
    "torch.Size", "torch.serialization._get_layout", "pathlib.PosixPath",
    "pathlib._local.PosixPath", "torch.distributed.checkpoint.filesystem._StorageInfo",
}  # fmt: skip


def is_sharded(model: Any) -> bool:
    """Return whether this rank holds parts of the model's tensors alone."""
    return any(hasattr(parameter, "full_tensor") for parameter in model.parameters())


def write_sharded_checkpoint(
    world: World,
    folder: Path,
    step: int,
    config: Mapping[str, Any],
    tensors: Mapping[str, Any],
    state: Mapping[str, Any],
    eval_loss: float | None = None,
) -> None:
    """Write a checkpoint below `folder`, as write_checkpoint does; every rank has to.

    tensors: as `tensors_of` returns them; state: rank 0's. Raises OSError.
    """
    import torch

    if world.rank:
        _write_shards(world, tensors, Path())
        return
    with new_checkpoint(folder, step, config, eval_loss) as (partial, sums):
        torch.save(dict(state), partial / STATE_FILE)
        sums.update(_write_shards(world, tensors, partial))


def _write_shards(world: World, tensors: Mapping[str, Any], partial: Path) -> dict[str, Any]:
    """Write this rank's part to rank 0's folder; return size and SHA-256 of all ranks' files."""
    from torch.distributed.checkpoint.filesystem import FileSystemWriter
    from torch.distributed.checkpoint.state_dict_saver import save

    shards = world.first(lambda: partial) / SHARDS_FOLDER
    with _failure_in_a_line():
        save(dict(tensors), storage_writer=FileSystemWriter(shards))
    mine = {f"{SHARDS_FOLDER}/{path.name}": sum_of_file(path)
            for path in shards.glob(f"__{world.rank}_*")}  # fmt: skip
    return {name: found for sums in world.gathered(mine) for name, found in sums.items()}


def read_shards(
    checkpoint: Checkpoint, model: Any, optimizers: Sequence[Any], ema: Mapping[str, Any] | None
) -> None:
    """Fill model, optimizers and average, whole or sharded over any number of ranks.

    Every rank has to. Raises ConfigError where the checkpoint is of another model or optimizer.
    """
    import torch
    from torch.distributed.checkpoint.state_dict import set_state_dict
    from torch.distributed.checkpoint.state_dict_loader import load

    tensors, groups = _tensors(model, optimizers, ema)
    reader = _reader(checkpoint.folder / SHARDS_FOLDER)
    about = reader.read_metadata().state_dict_metadata
    kept = {name: tuple(getattr(one, "size", ())) for name, one in about.items()}
    _refuse_other(checkpoint, kept, _shapes(tensors))
    alone = not (torch.distributed.is_available() and torch.distributed.is_initialized())
    with _failure_in_a_line(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.distributed is .* in a single process")
        load(tensors, storage_reader=reader, no_dist=alone)
    state = {"state": tensors["optimizer"], "param_groups": groups}
    set_state_dict(
        model, list(optimizers), model_state_dict=tensors["model"], optim_state_dict=state
    )


def tensors_of(
    model: Any, optimizers: Sequence[Any], ema: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return all tensors of a training by name: this rank's part of each."""
    return _tensors(model, optimizers, ema)[0]


def place_whole(
    weights: Mapping[str, Any], model: Any, optimizers: Sequence[Any], states: Sequence[Any]
) -> list[Any]:
    """Fill a sharded model with whole weights; return optimizers' whole states as sharded ones."""
    import torch

    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name in weights:  # of tied ones one name is kept
                tensor.copy_(_placed(weights[name], tensor))
    placed = []
    for optimizer, state in zip(optimizers, states, strict=True):
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        own = {
            number: {name: _placed(value, parameters[number]) for name, value in of_one.items()}
            for number, of_one in state["state"].items()
        }
        placed.append({**state, "state": own})
    return placed


def placed_average(average: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole average of the weights in the shards of `like`."""
    return {name: _placed(average[name], tensor) for name, tensor in like.items()}


def _placed(whole: Any, like: Any) -> Any:
    """Return a tensor of the shape of `like` in its shards; anything else as it is."""
    if not hasattr(like, "full_tensor") or getattr(whole, "shape", None) != like.shape:
        return whole
    from torch.distributed.tensor import distribute_tensor

    moved = whole.to(like.device)
    return distribute_tensor(moved, like.device_mesh, like.placements, src_data_rank=None)


def _tensors(
    model: Any, optimizers: Sequence[Any], ema: Mapping[str, Any] | None
) -> tuple[dict[str, Any], Any]:
    """Return all tensors of a training by name, and the optimizers' settings."""
    import torch
    from torch.distributed.checkpoint.state_dict import get_state_dict

    weights, state = get_state_dict(model, list(optimizers))
    by_name: Any = state["state"]
    of_optimizers = {
        name: {key: value for key, value in own.items() if isinstance(value, torch.Tensor)}
        for name, own in by_name.items()
    }
    tensors = {"model": weights, "optimizer": of_optimizers, "ema": dict(ema or {})}
    return tensors, state["param_groups"]


def _shapes(tree: Mapping[str, Any], prefix: str = "") -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor of a nest, by its path."""
    found: dict[str, tuple[int, ...]] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            found |= _shapes(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = tuple(value.shape)
    return found


@contextmanager
def _failure_in_a_line() -> Iterator[None]:
    """Turn what torch raises of all ranks at once into the first error among them."""
    from torch.distributed.checkpoint.api import CheckpointException

    try:
        yield
    except CheckpointException as error:
        rank, (first, _) = next(iter(error.failures.items()))
        raise OSError(f"a sharded checkpoint failed on rank {rank}: {first}") from error


def _refuse_other(
    checkpoint: Checkpoint, kept: Mapping[str, Any], wanted: Mapping[str, Any]
) -> None:
    def part(of: Mapping[str, Any], name: str) -> dict[str, Any]:
        return {key.removeprefix(name): of[key] for key in of if key.startswith(name)}

    refuse_other_model(checkpoint, part(kept, "model."), part(wanted, "model."))
    lacks = sorted(set(wanted) - set(kept))
    if any(name.startswith("optimizer.") for name in lacks):
        raise ConfigError(
            f"{checkpoint.folder} was written with another optimizer: it lacks {lacks[0]} and "
            f"{len(lacks) - 1} other tensors"
        )
    if lacks:
        raise ConfigError(
            f"{checkpoint.folder} holds no average of the weights; leave out training.ema_decay"
        )


def _reader(folder: Path) -> Any:
    """Return torch's reader, but for its metadata, a pickle: nothing in it is run."""
    from torch.distributed.checkpoint.filesystem import FileSystemReader

    class Reader(FileSystemReader):
        def read_metadata(self, *given: Any, **named: Any) -> Any:
            metadata = _Metadata(io.BytesIO((folder / METADATA_FILE).read_bytes())).load()
            if metadata.storage_meta is not None:
                metadata.storage_meta.load_id = self.load_id
            return metadata

    return Reader(folder)


class _Metadata(pickle.Unpickler):
    """Unpickles what torch's metadata are made of, and refuses all else."""

    def find_class(self, module: str, name: str) -> Any:
        import torch

        is_dtype = module == "torch" and isinstance(getattr(torch, name, None), torch.dtype)
        if not is_dtype and f"{module}.{name}" not in _IN_METADATA:
            raise ConfigError(
                f"{METADATA_FILE} of a sharded checkpoint names {module}.{name}, which torch's "
                f"metadata never do; nothing of it was run: take another checkpoint"
            )
        return super().find_class(module, name)
