"""Messages in Morse code, networks that read them and the loop that trains these."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.recorder import Recorder

CODE = {"E": ".", "T": "-", "A": ".-", "N": "-.", "I": "..", "M": "--", "S": "...", "O": "---"}
SHAPES = [
    torch.tensor([keyed for c in code for keyed in ([1.0, 0.0] if c == "." else [1.0] * 3 + [0.0])])
    for code in CODE.values()
]
LETTERS = len(SHAPES)
Kind = Callable[..., nn.RNNBase]
PAD = -100  # of tags and letters


class Messages(NamedTuple):
    """Sound (n, frames, 1), tags of frames (0 is silence) and letters (1 to LETTERS), padded."""

    sound: Tensor
    tags: Tensor
    letters: Tensor
    length: Tensor


def messages(
    n: int, letters: int = 4, noise: float = 0.3, frames: int = 0, known: int = LETTERS,
    shortest: int | None = None,
) -> Messages:  # fmt: skip
    """Key n messages. known: letters in use; frames: padded to so many at least."""
    spelled: list[Tensor] = []
    rows: list[Tensor] = []
    tags: list[Tensor] = []
    for _ in range(n):
        count = letters if shortest is None else int(torch.randint(shortest, letters + 1, ()))
        word = torch.randint(known, (count,))
        sent, tag = [torch.zeros(1)], [torch.zeros(1)]
        for letter in word.tolist():
            sent += [SHAPES[letter], torch.zeros(2)]
            tag += [torch.full((len(SHAPES[letter]),), letter + 1.0), torch.zeros(2)]
        rows.append(torch.cat(sent))
        tags.append(torch.cat(tag).long())
        spelled.append(word + 1)
    length = torch.tensor([len(row) for row in rows])
    longest = max(int(length.max()), frames)
    sound, tagged = torch.zeros(n, longest), torch.full((n, longest), PAD)
    written = torch.full((n, letters), PAD)
    for i, (row, named, word) in enumerate(zip(rows, tags, spelled, strict=True)):
        sound[i, : len(row)] = row * (0.7 + 0.6 * torch.rand(1)) + noise * torch.randn(len(row))
        tagged[i, : len(named)], written[i, : len(word)] = named, word
    return Messages(sound[..., None], tagged, written, length)


class Tagger(nn.Module):
    """Names what is keyed in each frame: (n, frames, LETTERS + 1)."""

    def __init__(
        self, hidden: int = 32, layers: int = 1, dropout: float = 0.0, front: int = 0,
        kind: Kind = nn.LSTM, classes: int = LETTERS + 1,
    ) -> None:  # fmt: skip
        super().__init__()
        self.front = nn.Sequential(
            nn.Conv1d(1, front, 5, padding=2), nn.BatchNorm1d(front), nn.ReLU()
        ) if front else None  # fmt: skip
        self.drop_in = nn.Dropout(dropout / 2)
        self.rnn = kind(front or 1, hidden, layers, batch_first=True, bidirectional=True)
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(2 * hidden, classes)

    def forward(self, sound: Tensor) -> Tensor:
        if self.front is not None:
            sound = self.front(sound.transpose(1, 2)).transpose(1, 2)
        logits: Tensor = self.head(self.drop(self.rnn(self.drop_in(sound))[0]))
        return logits


class Attentive(nn.Module):
    """Self-attention over frames, each layer normalised after it (or before)."""

    def __init__(self, width: int = 48, layers: int = 4, first: bool = False) -> None:
        super().__init__()
        self.enter = nn.Conv1d(1, width, 5, padding=2)
        self.place = nn.Parameter(0.3 * torch.randn(1, 96, width))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(width, 4, 2 * width, 0.0, batch_first=True, norm_first=first)
            for _ in range(layers)
        )
        self.head = nn.Linear(width, LETTERS + 1)

    def forward(self, sound: Tensor) -> Tensor:
        h = self.enter(sound.transpose(1, 2)).transpose(1, 2) + self.place[:, : sound.shape[1]]
        for block in self.blocks:
            h = block(h)
        logits: Tensor = self.head(h)
        return logits


class Encoder(nn.Module):
    """Frames to states."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.rnn = nn.LSTM(1, hidden, batch_first=True, bidirectional=True)

    def forward(self, sound: Tensor) -> Tensor:
        states: Tensor = self.rnn(sound)[0]
        return states


class Decoder(nn.Module):
    """Writes the letters, with additive attention over the states; taught by the true letters."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(LETTERS + 1, 16)
        self.cell = nn.LSTMCell(16 + 2 * hidden, hidden)
        self.query, self.key = nn.Linear(hidden, hidden), nn.Linear(2 * hidden + 8, hidden)
        self.score = nn.Linear(hidden, 1)
        self.place = nn.Parameter(torch.randn(1, 96, 8))
        self.head = nn.Linear(3 * hidden, LETTERS + 1)

    def forward(self, states: Tensor, letters: Tensor) -> Tensor:
        n, steps = letters.shape
        place = self.place[:, : states.shape[1]].expand(n, -1, -1)
        keys = self.key(torch.cat([states, place], -1))
        h = c = states.new_zeros(n, self.cell.hidden_size)
        last, said = letters.new_zeros(n), []
        context = states.mean(1)
        for t in range(steps):
            h, c = self.cell(torch.cat([self.embed(last), context], -1), (h, c))
            weight = self.score(torch.tanh(keys + self.query(h)[:, None])).softmax(1)
            context = (weight * states).sum(1)
            said.append(self.head(torch.cat([h, context], -1)))
            last = letters[:, t].clamp(min=0)
        return torch.stack(said, 1)


class Reader(nn.Module):
    """Encoder and decoder; logits (n, letters, LETTERS + 1)."""

    def __init__(self, hidden: int = 32) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(hidden), Decoder(hidden)

    def forward(self, sound: Tensor, letters: Tensor) -> Tensor:
        logits: Tensor = self.decoder(self.encoder(sound), letters)
        return logits


Loss = Callable[[nn.Module, Messages], tuple[Tensor, Tensor]]  # the loss, and right or not


def tag_loss(smoothing: float = 0.0) -> Loss:
    """Return the loss of a tagger: cross-entropy, and whether each labelled frame is right."""

    def loss(model: nn.Module, some: Messages) -> tuple[Tensor, Tensor]:
        logits = model(some.sound)
        cross = F.cross_entropy(
            logits.flatten(0, 1), some.tags.flatten(), ignore_index=PAD, label_smoothing=smoothing
        )
        return cross, (logits.argmax(-1) == some.tags)[some.tags != PAD].float()

    return loss


def read_loss(model: nn.Module, some: Messages) -> tuple[Tensor, Tensor]:
    """Teacher-forced cross-entropy of a reader."""
    logits, known = model(some.sound, some.letters), some.letters != PAD
    cross = F.cross_entropy(logits.flatten(0, 1), some.letters.flatten(), ignore_index=PAD)
    return cross, (logits.argmax(-1) == some.letters)[known].float()


def clean(model: nn.Module, loss: Loss, fresh: Messages) -> float:
    """Return the share of letters that are right, in mode of evaluation; of frames: of letters."""
    model.eval()
    with torch.no_grad():
        right = loss(model, fresh)[1]
    return float(right.mean())


def schedule_of(kind: str, steps: int) -> Callable[[int], float]:
    """Return the factor of the learning rate by step."""

    def factor(step: int) -> float:
        done = step / steps
        if kind == "cosine":
            return 0.5 + 0.5 * math.cos(math.pi * done)
        if kind == "warmup":
            return min((step + 1) / (0.2 * steps), (1 - done) / 0.8)
        if kind == "early":
            return 0.5 + 0.5 * math.cos(math.pi * min(done * 12, 1))
        if kind == "steps":
            return float(0.3 ** int(done * 3))
        return 1.0 - 0.9 * done if kind == "linear" else 1.0

    return factor


def fit(
    recorder: Recorder, model: nn.Module, loss_of: Loss, data: Messages, val: Messages,
    optimizers: torch.optim.Optimizer | list[torch.optim.Optimizer], *, steps: int = 300,
    batch: int = 32, every: int = 25, kind: str = "constant", clip: float | None = None,
    zero: bool = True, stepped: slice = slice(None), evaluates: bool = True, ordered: bool = False,
    trains: bool = True, curriculum: Iterable[Messages] = (), more: dict[str, Any] | None = None,
) -> float:  # fmt: skip
    """Train and return the accuracy that the last evaluation logged.

    stepped: of the optimizers; evaluates, trains: whether the mode is set for it, and set back.
    """
    every_one = optimizers if isinstance(optimizers, list) else [optimizers]
    recorder.watch(model, optimizers, {
        "lr": every_one[0].param_groups[0]["lr"], "batch_size": batch, "steps": steps,
        "optimizer": type(every_one[0]).__name__.lower(), **(more or {}),
    })  # fmt: skip
    factor = schedule_of(kind, steps)
    rates = [torch.optim.lr_scheduler.LambdaLR(one, factor) for one in every_one]
    stages = [data, *curriculum]
    order, at, logged = torch.randperm(len(data.sound)), 0, 0.0
    model.train()
    for step in range(1, steps + 1):
        stage = stages[(step - 1) * len(stages) // steps]
        if at + batch > len(stage.sound):
            order, at = torch.randperm(len(stage.sound)), 0
        of = torch.arange(at, at + batch) if ordered else order[at : at + batch]
        at += batch
        if zero:
            for one in every_one:
                one.zero_grad()
        loss, right = loss_of(model, Messages(*(field[of] for field in stage)))
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        for one in every_one[stepped]:
            one.step()
        for rate in rates:
            rate.step()
        recorder.step(loss, accuracy=float(right.mean()), samples=batch)
        if step % every == 0 or step == steps:
            model.train(not evaluates)
            with torch.no_grad():
                val_loss, val_right = loss_of(model, val)
            logged = float(val_right.mean())
            recorder.evaluate(loss=float(val_loss), accuracy=logged)
            model.train(trains)
    return logged


def adam(model: nn.Module, lr: float = 5e-3) -> torch.optim.Optimizer:
    """Return Adam."""
    return torch.optim.Adam(model.parameters(), lr)


def sgd(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    """Return SGD with momentum."""
    return torch.optim.SGD(model.parameters(), lr, 0.9)


def letters_right(model: nn.Module, fresh: Messages) -> float:
    """Return the share of frames of letters, silence left out, that a tagger names."""
    return clean(
        model, tag_loss(), fresh._replace(tags=fresh.tags.masked_fill(fresh.tags == 0, PAD))
    )


# ---- with a fault
