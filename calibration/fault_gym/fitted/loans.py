"""Tables of loans, networks for them and the loop that trains these."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.recorder import Recorder

Loss = Callable[[Tensor, Tensor], Tensor]


class Table(NamedTuple):
    """Rows: numbers (N, columns), codes of categories (N, columns), labels (N)."""

    numbers: Tensor
    codes: Tensor
    labels: Tensor

    def rows(self, index: Tensor | slice) -> Table:
        """Return some of the rows."""
        return Table(self.numbers[index], self.codes[index], self.labels[index])


class Plan(NamedTuple):
    """How to train. every: steps between evaluations. logs: accuracy of training, too."""

    steps: int
    batch: int
    lr: float
    optimizer: str = "adam"
    schedule: str = "constant"
    decay: float = 0.0
    clip: float = 0.0
    every: int = 25
    logs: bool = True


def make(
    sizes: tuple[int, ...], classes: int = 2, kinds: tuple[int, ...] = (6, 11), sharp: float = 6.0,
    odds: float = 0.0, numeric: int = 8,
) -> list[Table]:  # fmt: skip
    """Return tables of `sizes` rows of one source. odds: log-odds of class 0 over the others."""
    total = sum(sizes)
    numbers = torch.randn(total, numeric)
    codes = torch.stack([torch.randint(kind, (total,)) for kind in kinds], 1)
    hidden = torch.tanh(numbers @ torch.randn(numeric, 24) * 0.4)
    for column, kind in enumerate(kinds):
        hidden = hidden + 0.5 * torch.randn(kind, 24)[codes[:, column]]
    scores = hidden @ torch.randn(24, classes)
    scores = sharp * (scores - scores.mean(0)) / scores.std(0)
    scores[:, 0] += odds
    labels = (scores - torch.log(-torch.log(torch.rand_like(scores)))).argmax(1)
    whole, tables, start = Table(numbers, codes, labels), [], 0
    for size in sizes:
        tables.append(whole.rows(slice(start, start + size)))
        start += size
    return tables


class TableNet(nn.Module):
    """Embeddings and numbers, then blocks, then a head; what the head gets may be detached."""

    def __init__(
        self, outputs: int, width: int = 64, depth: int = 2, kinds: tuple[int, ...] = (6, 11),
        act: Callable[[], nn.Module] = nn.ReLU, norm: str = "", dropout: float = 0.0,
        residual: bool = False, embed: int = 6, numeric: int = 8, detached: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.residual, self.detached = residual, detached
        self.embeddings = nn.ModuleList([nn.Embedding(kind, embed) for kind in kinds])
        self.stem = nn.Linear(numeric + embed * len(kinds), width)
        self.blocks = nn.ModuleList()
        for _ in range(depth):
            parts: list[nn.Module] = [nn.Linear(width, width), act()]
            if norm:
                parts[:0] = [nn.LayerNorm(width) if norm == "layer" else nn.BatchNorm1d(width)]
            self.blocks.append(nn.Sequential(*parts, nn.Dropout(dropout)))
        self.head = nn.Linear(width, outputs)

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        found = [embed(codes[:, i]) for i, embed in enumerate(self.embeddings)]
        state = torch.relu(self.stem(torch.cat([numbers, *found], 1)))
        for block in self.blocks:
            state = state + block(state) if self.residual else block(state)
        if self.detached:
            state = state.detach()
        out: Tensor = self.head(state)
        return out


class Then(nn.Module):
    """A network and a last layer on its outputs."""

    def __init__(self, network: nn.Module, last: nn.Module) -> None:
        super().__init__()
        self.network, self.last = network, last

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        out: Tensor = self.last(self.network(numbers, codes))
        return out


def rate(schedule: str, at: float) -> float:
    """Return the share of the full rate when a share `at` of the run is done."""
    if schedule == "cosine":
        return 0.5 + 0.5 * math.cos(math.pi * at)
    if schedule == "warm-cosine":
        return at / 0.08 + 0.01 if at < 0.08 else 0.5 + 0.5 * math.cos(math.pi * (at - 0.08) / 0.92)
    if schedule == "one-cycle":
        return min(0.05 + at / 0.3, 1.0) * math.sqrt(1 - at)
    if schedule == "restarts":
        return 0.5 + 0.5 * math.cos(math.pi * (at * 3 % 1))
    if schedule == "linear":
        return 1 - 0.95 * at
    if schedule == "steps":
        return 0.2 ** ((at > 0.5) + (at > 0.8))
    return 1.0


def optimizer_of(plan: Plan, model: nn.Module) -> torch.optim.Optimizer:
    """Return the optimizer a plan names."""
    parameters = list(model.parameters())
    if plan.optimizer == "sgd":
        return torch.optim.SGD(parameters, plan.lr, weight_decay=plan.decay)
    if plan.optimizer == "momentum":
        return torch.optim.SGD(parameters, plan.lr, momentum=0.9, weight_decay=plan.decay)
    if plan.optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, plan.lr, weight_decay=plan.decay)
    kind = torch.optim.AdamW if plan.optimizer == "adamw" else torch.optim.Adam
    return kind(parameters, plan.lr, weight_decay=plan.decay)


def batches(count: int, plan: Plan, shuffled: bool) -> Iterator[Tensor]:
    """Yield a plan's batches of row numbers, epoch after epoch."""
    left = plan.steps
    while left > 0:
        order = torch.randperm(count) if shuffled else torch.arange(count)
        for rows in order.split(plan.batch)[:left]:
            if len(rows) > 1:
                yield rows
                left -= 1


def decide(out: Tensor, threshold: float = 0.0) -> Tensor:
    """Return the class an output means."""
    return out.argmax(1) if out.shape[1] > 1 else (out[:, 0] > threshold).long()


def binary(out: Tensor, labels: Tensor, weight: float = 1.0) -> Tensor:
    """Return the loss of one logit a row."""
    return F.binary_cross_entropy_with_logits(
        out[:, 0], labels.float(), pos_weight=torch.tensor(weight)
    )


@torch.no_grad()
def outputs(model: nn.Module, table: Table) -> Tensor:
    """Return the outputs for a table in eval mode."""
    model.eval()
    out: Tensor = model(table.numbers, table.codes)
    model.train()
    return out


def accuracy(model: nn.Module, table: Table, threshold: float = 0.0) -> float:
    """Return the share of rows decided rightly."""
    right = decide(outputs(model, table), threshold) == table.labels
    return float(right.float().mean())


def recall(model: nn.Module, table: Table) -> float:
    """Return the mean over classes of the share decided rightly."""
    right = (decide(outputs(model, table)) == table.labels).float()
    return sum(float(right[table.labels == one].mean()) for one in table.labels.unique()) / len(
        table.labels.unique()
    )


def fit(
    recorder: Recorder, model: nn.Module, train: Table, valid: Table, plan: Plan,
    loss_of: Loss = F.cross_entropy, *, shuffled: bool = True, zeroes: str = "step",
    threshold: float = 0.0, recalls: bool = False,
) -> None:  # fmt: skip
    """Train. zeroes: when gradients are zeroed: each "step", each "epoch", or "never"."""
    optimizer = optimizer_of(plan, model)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.4, patience=2)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate(plan.schedule, step / plan.steps)
    )
    epoch = math.ceil(len(train.labels) / plan.batch)
    recorder.watch(model, optimizer, {
        "optimizer": plan.optimizer, "lr": plan.lr, "batch_size": plan.batch,
        "epochs": math.ceil(plan.steps / epoch),
    })  # fmt: skip
    for step, rows in enumerate(batches(len(train.labels), plan, shuffled), 1):
        batch = train.rows(rows)
        if zeroes == "step" or (zeroes == "epoch" and step % epoch == 1):
            optimizer.zero_grad()
        out = model(batch.numbers, batch.codes)
        loss = loss_of(out, batch.labels)
        loss.backward()
        if plan.clip:
            nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
        optimizer.step()
        right = (decide(out.detach(), threshold) == batch.labels).float().mean()
        recorder.step(
            loss.detach(), accuracy=float(right) if plan.logs else None, samples=len(rows)
        )
        if plan.schedule != "plateau":
            schedule.step()
        if step % plan.every == 0 or step == plan.steps:
            held = float(loss_of(outputs(model, valid), valid.labels))
            more = {"recall": recall(model, valid)} if recalls else {}
            recorder.evaluate(loss=held, accuracy=accuracy(model, valid, threshold), **more)
            if plan.schedule == "plateau":
                plateau.step(held)
