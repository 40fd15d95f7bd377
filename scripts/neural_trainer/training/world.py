"""The processes that train together: what they know in common, and how all end when one does."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from neural_trainer.errors import ConfigError, NeuralTrainerError, RunRefused
from neural_trainer.live.torchrun import Place, place_of_process

T = TypeVar("T")

_FAILED = "neural-trainer/failed"  # in the store: who failed first, and of what
_ATTEMPT = "neural-trainer/attempt"  # in the store that outlives a restart: rank 0's name for it
_FOLDER = "neural-trainer/folder"  # there, too: the run folder
_LOOK_S = 0.02
# What gloo and NCCL say when it is the other end that has gone.
_GONE = ("closed by peer", "reset by peer", "connection refused", "broken pipe", "timed out",
         "remote process exited", "communicator was aborted")  # fmt: skip


@dataclass(frozen=True)
class World:
    """All processes of a training; one alone unless they were `joined`.

    folder_before: the folder of the run where torchrun has started all of them again.
    """

    rank: int = 0
    size: int = 1
    is_joined: bool = False
    folder_before: Path | None = None

    def summed(self, *numbers: float) -> list[float]:
        """Return each number summed over the ranks, the same to the last bit on all of them."""
        if self.size == 1:
            return list(numbers)
        import torch

        own = torch.tensor(numbers, dtype=torch.float64)
        everyones = [torch.empty_like(own) for _ in range(self.size)]
        torch.distributed.all_gather(everyones, own)
        return torch.stack(everyones).sum(0).tolist()

    def total(self, tensor: Any) -> Any:
        """Return a tensor summed over the ranks, on its own device: nothing waits for it."""
        if self.size > 1:
            import torch

            torch.distributed.all_reduce(tensor)
        return tensor

    def first(self, find: Callable[[], T]) -> T:
        """Return what `find` returns on rank 0, where alone it is called."""
        if self.size == 1:
            return find()
        import torch

        found: list[Any] = [find() if self.rank == 0 else None]
        torch.distributed.broadcast_object_list(found, device=torch.device("cpu"))
        return found[0]  # type: ignore[no-any-return]

    def gathered(self, own: T) -> list[T]:
        """Return what each rank has, by rank."""
        if self.size == 1:
            return [own]
        import torch

        everyones: list[Any] = [None] * self.size
        torch.distributed.all_gather_object(everyones, own)
        return everyones

    def wait(self) -> None:
        """Go on once every rank has come to this point."""
        self.summed(0)

    def remember_folder(self, folder: Path) -> None:
        """Leave the run folder where this training finds it after a restart by torchrun."""
        if self.is_joined and self.rank == 0:
            _lasting_store().set(_FOLDER, str(folder.absolute()))


@contextmanager
def joined() -> Iterator[World]:
    """Yield all processes that torchrun has started with this one, until the block ends.

    Where it ends with an error, the others end too, each with a line that names it. Raises
    ConfigError where the others cannot be met.
    """
    place = place_of_process()
    if place is None:
        yield World()
        return
    _meet(place)
    import torch

    lasting = _lasting_store()
    try:
        before = Path(lasting.get(_FOLDER).decode()) if lasting.check([_FOLDER]) else None
        yield World(place.rank, place.size, True, before)
        if place.rank == 0:
            lasting.delete_key(_FOLDER)  # what is begun later is another training
    except Exception as error:
        cause = _cause(error, place.rank)
        if cause is None:
            raise
        raise cause from error
    finally:
        torch.distributed.destroy_process_group()


def _meet(place: Place) -> None:
    """Make the process group: gloo between hosts, NCCL between CUDA devices."""
    import torch

    distributed: Any = torch.distributed
    on_cuda = torch.cuda.is_available()
    if on_cuda:  # a scheduler may show each process its own device alone
        torch.cuda.set_device(place.local_rank % torch.cuda.device_count())
    try:
        store = distributed.TCPStore(place.host, place.port, is_master=place.has_store)
        distributed.init_process_group(
            "cpu:gloo,cuda:nccl" if on_cuda else "gloo",
            store=distributed.PrefixStore(_attempt(store, place), store),
            rank=place.rank, world_size=place.size,
        )  # fmt: skip
        for device in ("cpu", "cuda") if on_cuda else ("cpu",):
            distributed.all_reduce(torch.zeros(1, device=device))
    except (RuntimeError, ValueError) as error:
        raise ConfigError(
            f"rank {place.rank} of {place.size} could not meet the others at "
            f"{place.host}:{place.port}: "
            f"{_line(error)}; start all of them with one torchrun, one process a device"
        ) from error


def _attempt(store: Any, place: Place) -> str:
    """Return a name that these processes alone agree on, whatever an earlier attempt left behind.

    torchrun starts all again with the same store, and what gloo finds there leads to the dead.
    Nothing else that every process is told names the attempt. So each answers rank 0's name with
    one of its own, until rank 0 repeats what it answered.
    """
    own = uuid.uuid4().hex
    if place.rank == 0:
        store.set(_ATTEMPT, own)
        answers = [f"{own}/{rank}" for rank in range(1, place.size)]
        store.set(own, json.dumps([store.get(answer).decode() for answer in answers]))
        return own
    answered, until = "", time.monotonic() + store.timeout.total_seconds()
    while time.monotonic() < until:
        name = store.get(_ATTEMPT).decode()
        if name != answered:
            store.set(f"{name}/{place.rank}", own)
            answered = name
        if store.check([name]) and json.loads(store.get(name))[place.rank - 1] == own:
            return str(name)
        time.sleep(_LOOK_S)
    raise RuntimeError("rank 0 has not answered")


def _cause(error: Exception, rank: int) -> NeuralTrainerError | None:
    """Return what ended this rank where another did; tell the others where it did so itself."""
    import torch

    said = str(error).lower() if isinstance(error, RuntimeError) else ""
    lost = next((words for words in _GONE if words in said), "")
    told = ""
    with suppress(RuntimeError):  # the store may be gone, too
        store = torch.distributed.distributed_c10d._get_default_store()
        own = "" if lost else f"rank {rank}: {_line(error)}"
        told = store.compare_set(_FAILED, "", own).decode()
    if told and not told.startswith(f"rank {rank}:") and not isinstance(error, NeuralTrainerError):
        return RunRefused(f"rank {rank} ends with another, {told}")
    if lost:
        return NeuralTrainerError(
            f"rank {rank} has lost another rank, which was killed or whose machine is gone "
            f"({lost}); go on from the last checkpoint with train --resume, or let "
            f"torchrun --max-restarts=N do it"
        )
    return None


def _lasting_store() -> Any:
    """Return torchrun's store without the prefix of this attempt: it outlives a restart."""
    import torch

    store = torch.distributed.distributed_c10d._get_default_store()
    while hasattr(store, "underlying_store"):
        store = store.underlying_store
    return store


def _line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
