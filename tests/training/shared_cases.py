"""Cases that give the same losses on any number of ranks, and what is called in each rank.

All in float64, without dropout: what differs between one process and several is rounding alone.
"""

from __future__ import annotations

import json
import os
import signal
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.cli import main
from neural_trainer.layers.case import Case
from neural_trainer.live import judge
from neural_trainer.training.checkpoint import find_checkpoint
from neural_trainer.training.config_file import build_config
from neural_trainer.training.sharing import Spare, pass_of_shares
from neural_trainer.training.trainer import train
from neural_trainer.training.world import joined

VOCABULARY, LENGTH = 11, 6
BATCH, SAMPLES, HELD_OUT = 8, 25, 9  # the last batch is one sample: other ranks have none


class Block(nn.Module):
    """A linear layer beside the identity."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(9, 9)

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + self.linear(hidden).tanh()


class Model(nn.Module):
    """Blocks in a ModuleList, a norm, and a head that is tied to the embedding."""

    def __init__(self, kind: torch.dtype) -> None:
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, 9)
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.norm = nn.LayerNorm(9)
        self.head = nn.Linear(9, VOCABULARY, bias=False)
        self.head.weight = self.tokens.weight
        self.to(kind)

    def forward(self, tokens: Tensor) -> Tensor:
        hidden = self.tokens(tokens)
        for block in self.blocks:
            hidden = block(hidden)
        logits: Tensor = self.head(self.norm(hidden))
        return logits


def data(count: int, seed: int) -> TensorDataset:
    """Return sequences of which ever fewer tokens count, of some none, and each its number."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(VOCABULARY, (count, LENGTH), generator=generator)
    targets = (tokens * 2 + 1) % VOCABULARY
    lengths = torch.randint(LENGTH + 1, (count, 1), generator=generator)
    lengths[::5] = 0
    targets[torch.arange(LENGTH) >= lengths] = -100
    targets[0, 0] = 1
    return TensorDataset(tokens, targets)


def loss_fn(model: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    return nn.functional.cross_entropy(model(batch[0]).flatten(0, 1), batch[1].flatten())


def make(kind: torch.dtype, **more: Any) -> Case:
    return Case(
        Model(kind),
        loss_fn,
        DataLoader(data(SAMPLES, 0), batch_size=BATCH, shuffle=True, **more),
        eval_batches=DataLoader(data(HELD_OUT, 1), batch_size=4),
    )


def tokens() -> Case:
    return make(torch.float64)


def single() -> Case:
    return make(torch.float32)


def with_workers() -> Case:
    return make(torch.float64, num_workers=1)


def own_optimizer() -> Case:
    case = tokens()
    optimizer = torch.optim.SGD(case.model.parameters(), lr=0.1)
    return Case(case.model, loss_fn, case.train_batches, optimizer, case.eval_batches)


class Windows:
    """Batches that are no DataLoader's, other ones in each pass, the last of two samples."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def set_epoch(self, number: int) -> None:
        self.number = number

    def __iter__(self) -> Any:
        tokens, targets = data(SAMPLES + 1, 10 + self.number).tensors
        for start in range(0, SAMPLES + 1, BATCH):
            yield tokens[start : start + BATCH], targets[start : start + BATCH]


def windows() -> Case:
    return Case(Model(torch.float64), loss_fn, Windows(), eval_batches=Windows(99))


def on_rank_1(step: int, act: Callable[[Case, Any], Any]) -> Case:
    """Return a case in which rank 1 acts by itself in its so-manieth batch, from 1."""
    case = tokens()
    batches: list[int] = []

    def acts(model: Any, batch: Any) -> Tensor:
        batches.append(1)
        if len(batches) == step and torch.distributed.get_rank() == 1:
            batch = act(case, batch) or batch
        return loss_fn(model, batch)

    return Case(case.model, acts, case.train_batches, eval_batches=case.eval_batches)


def drifting() -> Case:
    def drift(case: Case, batch: Any) -> None:
        with torch.no_grad():
            case.model.blocks[1].linear.weight[3, 4] += 1e-12

    return on_rank_1(3, drift)


def mislabelled() -> Case:
    return on_rank_1(3, lambda case, batch: (batch[0], batch[1].fill_(VOCABULARY + 5)))


def raising() -> Case:
    def fail(case: Case, batch: Any) -> None:
        raise ValueError("something of the user's own\nwith a second line")

    return on_rank_1(3, fail)


def killed() -> Case:
    return on_rank_1(3, lambda case, batch: os.kill(os.getpid(), signal.SIGKILL))


def terminated() -> Case:
    return on_rank_1(3, lambda case, batch: signal.raise_signal(signal.SIGTERM))


def killed_once() -> Case:
    """Return a case in which the rank and step of $KILL are the last of the first attempt."""
    case = tokens()
    rank, _, step = os.environ["KILL"].partition("/")
    dies = rank == os.environ["RANK"] and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
    batches: list[int] = []

    def loss_or_death(model: Any, batch: Any) -> Tensor:
        batches.append(torch.is_grad_enabled())
        if dies and torch.is_grad_enabled() and sum(batches) == int(step):
            os.kill(os.getpid(), signal.SIGKILL)
        return loss_fn(model, batch)

    return Case(case.model, loss_or_death, case.train_batches, eval_batches=case.eval_batches)


def unused() -> Case:
    case = tokens()
    case.model.extra = nn.Linear(2, 2, dtype=torch.float64)
    return case


def silence() -> None:
    """Have the judge find nothing, and no warning of ours pass unseen."""
    judge.whole_diagnosis = lambda: lambda run: (
        SimpleNamespace(verdict="healthy", root_causes=()), ()
    )  # fmt: skip
    warnings.simplefilter("error", RuntimeWarning)
    torch.set_num_threads(1)


def train_all(wanted: str) -> None:
    """Train what a list in JSON names, one after the other: folder, config, what to resume."""
    silence()
    with joined() as world:
        for folder, tree, resume in json.loads(wanted):
            found = None
            if resume:
                found = world.first(partial(find_checkpoint, Path(resume), _unheard))
            train(build_config(tree), Path(folder), found, world=world)


def _unheard(text: str) -> None:
    raise AssertionError(text)


def command(tree: str) -> int:
    """Train a config in JSON by the command."""
    silence()
    Path(f"config-{os.environ['RANK']}.yaml").write_text(tree)
    return main(["train", f"config-{os.environ['RANK']}.yaml"])


def collect(passes: str) -> None:
    """Write which samples this rank is given in so many passes over each kind of batches."""
    silence()
    kinds = {
        "loader": numbered(NUMBERED, shuffle=True),
        "workers": numbered(NUMBERED, shuffle=True, num_workers=2),
        "lists": [torch.arange(start, min(start + 4, 22)) for start in range(0, 22, 4)],
        "drawn": Drawn(),
    }
    with joined() as world:
        torch.manual_seed(100 + world.rank)  # as dropout has it: each rank draws by itself
        found = {}
        for kind, batches in kinds.items():
            begin = pass_of_shares(batches, world, kind)
            found[kind] = [
                [[] if isinstance(share, Spare) else share.tolist() for share in begin()]
                for _ in range(int(passes))
            ]
        Path(f"given-{world.rank}.json").write_text(json.dumps(found))


NUMBERED = 22


def numbered(count: int, **more: Any) -> Any:
    return DataLoader(range(count), batch_size=4, **more)  # type: ignore[arg-type]


class Drawn:
    """Batches in an order that is drawn anew at the start of each pass."""

    def __iter__(self) -> Any:
        yield from torch.randperm(NUMBERED).split(4)
