"""Letters to tag, encoders of them and the loop that trains these."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.recorder import Recorder

PAD, IGNORED = 0, -100


class Letters:
    """The alphabet: markers come after PAD, then the letters."""

    def __init__(self, letters: int, groups: int, markers: int, noise: float) -> None:
        self.letters, self.groups, self.markers, self.noise = letters, groups, markers, noise
        self.size = 1 + markers + letters
        self.group = torch.arange(letters)[torch.randperm(letters)] % groups
        self.tags = torch.stack([torch.randperm(groups) for _ in range(markers)])

    def words(
        self, count: int, shortest: int, longest: int, tagging: bool
    ) -> tuple[Tensor, Tensor]:
        """Return padded words and their tags, or their classes."""
        lengths = torch.randint(shortest, longest + 1, (count,))
        main = torch.randint(self.groups, (count, 1)).expand(-1, longest)
        letter = torch.randint(self.letters, (count, longest))
        for _ in range(2):  # half of a word's letters are of the main group, or nearly
            other = torch.randint(self.letters, (count, longest))
            swap = (self.group[letter] != main) & (torch.rand(count, longest) < 0.25)
            letter = torch.where(swap, other, letter)
        marker = torch.randint(self.markers, (count,))
        place = (torch.rand(count) * lengths).long()
        x = letter + 1 + self.markers
        x[torch.arange(count), place] = 1 + marker
        group = self.group[letter]
        inside = torch.arange(longest) < lengths[:, None]
        if tagging:
            y = self.tags[marker[:, None], group]
            odd = torch.rand(y.shape) < self.noise
            y = torch.where(odd, torch.randint(self.groups, y.shape), y)
            y[torch.arange(count), place] = 0
            return x * inside, y.masked_fill(~inside, IGNORED)
        votes = F.one_hot(group, self.groups) * (inside & (x > self.markers))[..., None]
        y = votes.sum(1).argmax(-1)
        odd = torch.rand(count) < self.noise
        return x * inside, torch.where(odd, torch.randint(self.groups, (count,)), y)


@dataclass(frozen=True)
class Setup:
    """What a run is made of."""

    steps: int = 300
    # data; words: of a set that is read again and again, 0 for a stream
    tagging: bool = True
    letters: int = 40
    groups: int = 5
    markers: int = 5
    noise: float = 0.05
    shortest: int = 4
    longest: int = 20
    batch: int = 24
    words: int = 0
    pad_to: int = 0
    offset: int = 0
    pad_ignored: bool = True
    # model
    kind: str = "transformer"
    width: int = 32
    depth: int = 1
    heads: int = 4
    norm_first: bool = True
    dropout: float = 0.0
    pooling: str = "mean"
    masked: bool = True
    frozen: str = ""
    # optimisation
    optimizer: str = "adam"
    lr: float = 3e-3
    eps: float = 1e-8
    weight_decay: float = 0.0
    schedule: str = "constant"
    warmup: int = 0
    horizon: int = 0
    clip: float = 0.0
    accumulate: int = 1
    zero_every: int = 1
    reduction: str = "mean"
    smoothing: float = 0.0
    # what is logged
    evaluations: int = 16
    log_accuracy: bool = True
    log_samples: bool = True


class Encoder(nn.Module):
    """A transformer or a BiGRU with a head for each letter or for the word."""

    def __init__(self, s: Setup, size: int) -> None:
        super().__init__()
        self.s = s
        self.embedding = nn.Embedding(size, s.width, padding_idx=PAD)
        self.position = nn.Parameter(0.1 * torch.randn(3 * s.longest, s.width))
        if s.kind == "transformer":
            layer = nn.TransformerEncoderLayer(
                s.width, s.heads, 2 * s.width, s.dropout, "gelu", batch_first=True,
                norm_first=s.norm_first,
            )  # fmt: skip
            self.body: nn.Module = nn.TransformerEncoder(layer, s.depth, enable_nested_tensor=False)
        else:
            del self.position
            self.body = nn.GRU(
                s.width, s.width // 2, s.depth, batch_first=True, bidirectional=True,
                dropout=s.dropout,
            )  # fmt: skip
        self.norm = nn.LayerNorm(s.width)
        self.head = nn.Linear(s.width, s.groups)

    def forward(self, x: Tensor) -> Tensor:
        """Letters to logits."""
        s, h, pad = self.s, self.embedding(x), x == PAD
        if s.kind == "transformer":
            h = h + self.position[: x.shape[1]]
            h = self.body(h, src_key_padding_mask=pad if s.masked else None)
        elif s.masked:
            lengths = (~pad).sum(1)
            packed = nn.utils.rnn.pack_padded_sequence(
                h, lengths, batch_first=True, enforce_sorted=False
            )
            out, last = self.body(packed)
            h, _ = nn.utils.rnn.pad_packed_sequence(out, True, total_length=x.shape[1])
        else:
            h, last = self.body(h)
        if not s.tagging and s.pooling == "last":
            h = torch.cat([last[-2], last[-1]], -1)
        elif not s.tagging and s.pooling == "mean":
            keep = (~pad if s.masked else torch.ones_like(pad))[..., None]
            h = (h * keep).sum(1) / keep.sum(1)
        elif not s.tagging:
            h = (h.masked_fill(pad[..., None], -1e4) if s.masked else h).amax(1)
        return self.head(self.norm(h))  # type: ignore[no-any-return]


def make_optimizer(s: Setup, model: nn.Module) -> torch.optim.Optimizer:
    """Build the optimizer that the setup names."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    if s.optimizer == "sgd":
        return torch.optim.SGD(parameters, s.lr, momentum=0.9, weight_decay=s.weight_decay)
    if s.optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, s.lr, eps=s.eps, weight_decay=s.weight_decay)
    kind = torch.optim.AdamW if s.optimizer == "adamw" else torch.optim.Adam
    return kind(parameters, s.lr, eps=s.eps, weight_decay=s.weight_decay)


def factor(s: Setup, step: int) -> float:
    """Return what the rate is multiplied by at a step."""
    if step < s.warmup:
        return (step + 1) / s.warmup
    done = (step - s.warmup) / max(1, (s.horizon or s.steps) - s.warmup)
    if s.schedule == "cosine":  # as CosineAnnealingLR, which goes up again after its end
        return (1 + math.cos(math.pi * done)) / 2
    if s.schedule == "linear":
        return max(0.0, 1 - done)
    if s.schedule == "exponential":
        return math.exp(-3 * done)
    if s.schedule == "step":
        return 0.2 ** int(3 * done)
    return 1.0


class Loop:
    """A run that can be driven in parts."""

    def __init__(self, recorder: Recorder, s: Setup) -> None:
        self.recorder, self.s = recorder, s
        self.alphabet = Letters(s.letters, s.groups, s.markers, s.noise)
        self.model = Encoder(s, self.alphabet.size)
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(not (s.frozen and name.startswith(tuple(s.frozen.split()))))
        self.optimizer = make_optimizer(s, self.model)
        self.scheduled: Callable[[int], float] = lambda step: factor(s, step)
        self.data = self.batches()
        self.held_out = self.padded(*self.label(*self.draw(200)))
        self.step = 0
        self.losses: list[float] = []

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """Return words."""
        s = self.s
        return self.alphabet.words(count, s.shortest, s.longest, s.tagging)

    def padded(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Pad as evaluation does, to one length."""
        more = (0, max(0, self.s.pad_to - x.shape[1]))
        return F.pad(x, more), F.pad(y, more, value=IGNORED) if self.s.tagging else y

    def label(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the words with labels as the pipeline hands them on."""
        if self.s.offset:
            y = torch.where(y == IGNORED, y, y.roll(self.s.offset, 1).clamp(min=0))
        return x, y if self.s.pad_ignored else y.clamp(min=0)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield batches, cut to their longest word."""
        s = self.s
        kept = self.label(*self.draw(s.words)) if s.words else None
        while True:
            if kept is None:
                x, y = self.label(*self.draw(s.batch))
                width = int((x != PAD).sum(1).max())
                yield x[:, :width], y[:, :width] if s.tagging else y
                continue
            for rows in torch.randperm(s.words).split(s.batch):
                yield kept[0][rows], kept[1][rows]

    def loss(self, x: Tensor, y: Tensor, reduction: str = "mean") -> tuple[Tensor, float]:
        """Return the loss and the share of labels that were guessed."""
        logits = self.model(x)
        right = (logits.argmax(-1) == y)[y != IGNORED].float().mean()
        if self.s.tagging:
            logits = logits.transpose(1, 2)
        smoothing = self.s.smoothing if self.model.training else 0.0
        loss = F.cross_entropy(logits, y, reduction=reduction, label_smoothing=smoothing)
        return loss, float(right)

    def watch(self) -> None:
        """Begin to record, or go on."""
        s = self.s
        config: dict[str, Any] = {
            "model": s.kind, "hidden_size": s.width, "num_layers": s.depth, "lr": s.lr,
            "optimizer": s.optimizer, "batch_size": s.batch, "dropout": s.dropout,
            "weight_decay": s.weight_decay, "lr_scheduler": s.schedule, "steps": s.steps,
        }  # fmt: skip
        if s.words:
            config["epochs"] = s.steps * s.batch // s.words
        if s.clip:
            config["max_grad_norm"] = s.clip
        self.recorder.watch(self.model, self.optimizer, config)

    def run(self, stop: int) -> None:
        """Train until a step."""
        s = self.s
        while self.step < stop:
            for group in self.optimizer.param_groups:
                group["lr"] = s.lr * self.scheduled(self.step)
            self.model.train()
            if self.step % s.zero_every == 0:
                self.optimizer.zero_grad()
            total, right = 0.0, 0.0
            for _ in range(s.accumulate):
                loss, hits = self.loss(*next(self.data), reduction=s.reduction)
                (loss / s.accumulate).backward()
                total, right = total + loss.item() / s.accumulate, right + hits / s.accumulate
            more: dict[str, Any] = {"accuracy": right} if s.log_accuracy else {}
            if s.clip:
                norm = nn.utils.clip_grad_norm_(self.model.parameters(), s.clip)
                more["grad_norm"] = float(norm)
            self.optimizer.step()
            self.step += 1
            self.losses.append(total)
            if s.log_samples:
                more["samples"] = s.batch * s.accumulate
            self.recorder.step(total, **more)
            if self.step % max(1, s.steps // s.evaluations) == 0:
                self.evaluate()

    @torch.no_grad()
    def evaluate(self) -> None:
        """Record held-out loss and accuracy."""
        self.model.eval()
        loss, right = self.loss(*self.held_out)
        self.recorder.evaluate(
            loss=loss.item(), **({"accuracy": right} if self.s.log_accuracy else {})
        )

    @torch.no_grad()
    def score(self) -> float:
        """Return the accuracy on clean words."""
        self.model.eval()
        self.alphabet.noise = 0.0
        return self.loss(*self.padded(*self.draw(500)))[1]
