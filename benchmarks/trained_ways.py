"""Ways of training one model on the same batches: by hand, by the reference trainer, by others.

Each runs its own loop, unchanged. Its batches hold it up: after a block of steps the next batch
comes when the others have had their turn.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from watched_models import GPT  # noqa: E402

Batch = dict[str, Tensor]
Turn = Callable[[nn.Module], None]
"""Ends a block and waits for the next; given the model, to compare what became of it."""


@dataclass(frozen=True)
class Sizes:
    """A model and its batches, by default the house's character GPT as examples/char_gpt.yaml.

    width 96 and 3 layers are 0.35M parameters.
    """

    vocabulary: int = 96
    width: int = 96
    depth: int = 3
    num_heads: int = 4
    length: int = 64
    batch: int = 16

    @property
    def tokens(self) -> int:
        """Tokens in a batch."""
        return self.batch * self.length


SIZES = {
    "char-gpt": Sizes(),
    "gpt-11m": Sizes(512, 384, 6, 6, 128, 4),
    "gpt-124m": Sizes(50304, 768, 12, 12, 1024, 8),  # four ways at once in 80 GB
}


@dataclass(frozen=True)
class Task:
    """What every way trains, and how."""

    kind: str
    device: str
    precision: str
    compiled: bool
    threads: int

    @property
    def sizes(self) -> Sizes:
        """The model's."""
        return SIZES[self.kind]


class WithLoss(nn.Module):
    """A model whose forward returns its loss, as transformers' Trainer asks for."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Return the mean cross-entropy of `labels`, both (batch, length)."""
        logits = self.model(inputs)
        return {"loss": F.cross_entropy(logits.flatten(0, 1), labels.flatten())}


def made_model(task: Task) -> nn.Module:
    """Return the model, the same weights each time."""
    torch.manual_seed(0)
    own = task.sizes
    model = GPT(own.vocabulary, own.width, own.depth, own.num_heads, own.length)
    return WithLoss(model).to(task.device)


def made_batches(task: Task, count: int = 64) -> list[Batch]:
    """Return batches on the host: numbers that go up by 1 to 3 from token to token."""
    own, generator = task.sizes, torch.Generator().manual_seed(1)
    made = []
    for _ in range(count):
        start = torch.randint(own.vocabulary, (own.batch, 1), generator=generator)
        stride = torch.randint(1, 4, (own.batch, 1), generator=generator)
        tokens = (start + stride * torch.arange(own.length + 1)) % own.vocabulary
        inputs, labels = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
        if task.device == "cuda":
            inputs, labels = inputs.pin_memory(), labels.pin_memory()
        made.append({"inputs": inputs, "labels": labels})
    return made


class Held:
    """The batches, round and round, with `turn` called whenever a block of them is used up."""

    def __init__(self, batches: list[Batch], block: int, turn: Callable[[], None]) -> None:
        self.batches, self.block, self.turn = batches, block, turn

    def __iter__(self) -> Iterator[Batch]:
        number = 0
        while True:
            if number % self.block == 0:
                self.turn()
            yield self.batches[number % len(self.batches)]
            number += 1


def bare_loop(task: Task, model: nn.Module, batches: Held) -> None:
    """Train by hand, with clipping and a constant rate, and record nothing."""
    optimizer = _optimizer(model)
    if task.compiled:
        model.compile()
    for batch in batches:
        moved = {key: value.to(task.device, non_blocking=True) for key, value in batch.items()}
        optimizer.zero_grad()
        with torch.autocast(task.device, torch.bfloat16, enabled=task.precision == "bf16"):
            loss = model(**moved)["loss"]
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()


def heap_kept(task: Task, model: nn.Module, batches: Held) -> None:
    """Train by hand, and have malloc keep what steps free, as the reference trainer does."""
    from neural_trainer.training.heap import freed_memory_kept

    with freed_memory_kept():
        bare_loop(task, model, batches)


def reference_trainer(task: Task, model: nn.Module, batches: Held) -> None:
    """Train with `neural-trainer train`: under the Monitor, judged, each step recorded."""
    from neural_trainer.training.config_file import build_config
    from neural_trainer.training.trainer import train

    global _case
    _case = model, batches
    training = {"steps": 10**9, "eval_every": 0, "threads": task.threads,
                "precision": task.precision, "compile": task.compiled}  # fmt: skip
    tree = {
        "case": "trained_ways:case",
        "optimizer": {"name": "adamw", "lr": LR},
        "schedule": {"name": "constant"},
        "training": training,
        "checkpoint": {"every": 0},
        "val_split": {"name": "none"},
    }
    train(build_config(tree), Path("run"))


_case: tuple[nn.Module, Held]


def case() -> Any:
    """Return what the reference trainer trains."""
    from neural_trainer.layers.case import Case

    model, batches = _case
    return Case(model, lambda model, batch: model(**batch)["loss"], batches)


def transformers_trainer(task: Task, model: nn.Module, batches: Held, log_every: int = 500) -> None:
    """Train with transformers' Trainer at its defaults, which log the loss every 500 steps."""
    from transformers import Trainer, TrainingArguments

    class OnTheseBatches(Trainer):  # type: ignore[misc]
        def get_train_dataloader(self) -> Any:
            return batches

    optimizer = _optimizer(model)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
    arguments = TrainingArguments(
        output_dir="trainer", max_steps=10**9, max_grad_norm=1.0, save_strategy="no",
        logging_steps=log_every, report_to=[], disable_tqdm=True, use_cpu=task.device == "cpu",
        bf16=task.precision == "bf16", torch_compile=task.compiled,
    )  # fmt: skip
    OnTheseBatches(
        model, arguments, train_dataset=batches.batches, optimizers=(optimizer, schedule)
    ).train()


def transformers_logging(task: Task, model: nn.Module, batches: Held) -> None:
    """Train with transformers' Trainer, which logs loss and gradient norm of each step."""
    transformers_trainer(task, model, batches, log_every=1)


LR = 1e-3
Way = Callable[[Task, nn.Module, Held], None]
WAYS: dict[str, Way] = {
    "bare loop": bare_loop,
    "bare loop, again": bare_loop,
    "bare loop, heap kept": heap_kept,
    "neural-trainer train": reference_trainer,
    "transformers Trainer": transformers_trainer,
    "transformers Trainer, logging": transformers_logging,
}


def _optimizer(model: nn.Module) -> Any:
    from neural_trainer.training.config import OptimizerConfig
    from neural_trainer.training.optimizers import make_optimizers

    (optimizer,) = make_optimizers(model, OptimizerConfig(name="adamw", lr=LR))
    return optimizer


def run(task: Task, name: str, block: int, turn: Turn) -> None:
    """Train one way in a folder of its own, until `turn` ends the process."""
    import os

    torch.set_num_threads(task.threads)
    if task.device == "cuda":
        torch.set_float32_matmul_precision("high")
    model = made_model(task)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        WAYS[name](task, model, Held(made_batches(task), block, lambda: turn(model)))
