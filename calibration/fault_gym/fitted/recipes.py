"""A grammar of recipes, language models and the loop that trains these."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.recorder import Recorder

SENTENCE = 7
AMOUNTS, UNITS, TOOLS = 5, 4, 6


class Grammar:
    """Who may follow whom, drawn anew for each run; choices: how many, slot by slot."""

    def __init__(self, dishes: int, verbs: int, items: int, choices: tuple[int, ...]) -> None:
        self.sizes = (dishes, verbs, items, AMOUNTS, UNITS, TOOLS)
        self.choices = choices
        of = ((dishes, 0), (dishes, 1), (dishes, 2), (verbs, 3))
        self.tables = [
            torch.stack([torch.randperm(self.sizes[slot])[:count] for _ in range(rows)])
            for (rows, slot), count in zip(of, choices, strict=True)
        ]
        self.unit, self.tool = torch.randint(UNITS, (items,)), torch.randint(TOOLS, (dishes,))
        self.vocabulary = 1 + sum(self.sizes)

    def _weights(self, count: int) -> Tensor:
        return torch.softmax(0.6 * torch.arange(count, dtype=torch.float32), 0)

    def _pick(self, slot: int, given: Tensor) -> Tensor:
        table = self.tables[slot]
        drawn = torch.multinomial(self._weights(table.shape[1]), len(given), replacement=True)
        return table[given, drawn]

    def write(self, count: int, sentences: int) -> Tensor:
        """Return `count` rows of tokens, each a stop and `sentences` sentences."""
        starts = torch.tensor([1, *self.sizes]).cumsum(0)
        columns = [torch.zeros(count, dtype=torch.long)]
        dish = torch.randint(self.sizes[0], (count,))
        for sentence in range(sentences):
            dish = self._pick(0, dish) if sentence else dish
            verb, item = self._pick(1, dish), self._pick(2, dish)
            words = (dish, verb, item, self._pick(3, verb), self.unit[item], self.tool[dish])
            columns += [word + start for word, start in zip(words, starts, strict=False)]
            columns.append(torch.zeros(count, dtype=torch.long))
        return torch.stack(columns, 1)

    def entropy(self, sentences: int) -> float:
        """Return nats a token."""
        each = [float(-(w * w.log()).sum()) for w in map(self._weights, self.choices)]
        nats = math.log(self.sizes[0]) + (sentences - 1) * each[0] + sentences * sum(each[1:])
        return nats / (SENTENCE * sentences)


@dataclass(frozen=True)
class Setup:
    """What a run is made of."""

    steps: int = 400
    # data; corpus: recipes that are read again and again, 0 for a stream
    grammar: tuple[int, int, int] = (12, 10, 24)
    choices: tuple[int, ...] = (3, 3, 3, 2)
    sentences: int = 4
    batch: int = 16
    corpus: int = 0
    shift: int = 1
    # model; diagonal: of the first masked position
    width: int = 48
    depth: int = 2
    heads: int = 4
    post_norm: bool = False
    positions: str = "learned"
    tied: bool = False
    rms: bool = False
    activation: type[nn.Module] = nn.GELU
    dropout: float = 0.0
    diagonal: int = 1
    scale: float | None = None
    qkv_std: float = 0.0
    # optimisation; horizon: steps of the schedule
    optimizer: str = "adamw"
    lr: float = 3e-3
    embedding_lr: float | None = None
    schedule: str = "constant"
    warmup: int = 0
    horizon: int = 0
    weight_decay: float = 0.01
    clip: float = 0.0
    accumulate: int = 1
    averaged: bool = True
    # what is logged
    evaluations: int = 16
    log_accuracy: bool = True
    log_samples: bool = True


class Attention(nn.Module):
    """Attention of many heads; positions by rotation where asked."""

    def __init__(self, s: Setup) -> None:
        super().__init__()
        self.s = s
        self.qkv = nn.Linear(s.width, 3 * s.width)
        self.out = nn.Linear(s.width, s.width)
        if s.qkv_std:
            nn.init.normal_(self.qkv.weight, std=s.qkv_std)

    def forward(self, x: Tensor) -> Tensor:
        """Mix along time."""
        s, (rows, time, width) = self.s, x.shape
        q, k, v = self.qkv(x).view(rows, time, 3, s.heads, width // s.heads).permute(2, 0, 3, 1, 4)
        if s.positions == "rotary":
            q, k = _rotate(q), _rotate(k)
        logits = q @ k.transpose(-1, -2) * (s.scale or q.shape[-1] ** -0.5)
        hidden = torch.ones(time, time, dtype=torch.bool).triu(s.diagonal)
        weights = F.dropout(logits.masked_fill(hidden, -1e9).softmax(-1), s.dropout, self.training)
        return self.out((weights @ v).transpose(1, 2).reshape(x.shape))  # type: ignore[no-any-return]


def _rotate(x: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    speed = 100.0 ** -(torch.arange(half) / half)
    angle = torch.arange(x.shape[-2])[:, None] * speed
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)


class Block(nn.Module):
    """Attention and a perceptron."""

    def __init__(self, s: Setup) -> None:
        super().__init__()
        norm = nn.RMSNorm if s.rms else nn.LayerNorm
        self.post = s.post_norm
        self.norm1, self.norm2 = norm(s.width), norm(s.width)
        self.attention = Attention(s)
        self.mlp = nn.Sequential(
            nn.Linear(s.width, 4 * s.width), s.activation(), nn.Linear(4 * s.width, s.width)
        )
        self.drop = nn.Dropout(s.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Add both to the stream, normalised before or after."""
        if self.post:
            x = self.norm1(x + self.drop(self.attention(x)))
            return self.norm2(x + self.drop(self.mlp(x)))  # type: ignore[no-any-return]
        x = x + self.drop(self.attention(self.norm1(x)))
        return x + self.drop(self.mlp(self.norm2(x)))  # type: ignore[no-any-return]


class LanguageModel(nn.Module):
    """Logits of the next token at each position."""

    def __init__(self, s: Setup, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, s.width)
        self.position = nn.Embedding(SENTENCE * s.sentences + 1, s.width)
        nn.init.normal_(self.embedding.weight, std=0.05 if s.tied else 0.3)
        nn.init.normal_(self.position.weight, std=0.05 if s.tied else 0.3)
        if s.positions == "rotary":
            del self.position
        self.blocks = nn.Sequential(*[Block(s) for _ in range(s.depth)])
        self.norm = nn.Identity() if s.post_norm else nn.LayerNorm(s.width)
        self.head = nn.Linear(s.width, vocabulary, bias=not s.tied)
        if s.tied:
            self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens to logits."""
        x = self.embedding(tokens)
        if hasattr(self, "position"):
            x = x + self.position.weight[: tokens.shape[1]]
        return self.head(self.norm(self.blocks(x)))  # type: ignore[no-any-return]


def make_optimizer(s: Setup, model: nn.Module) -> torch.optim.Optimizer:
    """Build the optimizer that the setup names."""
    own = [p for n, p in model.named_parameters() if s.embedding_lr and "embedding" in n]
    rest = [p for p in model.parameters() if not any(p is q for q in own)]
    groups: list[dict[str, Any]] = [{"params": rest}]
    if own:
        groups.append({"params": own, "lr": s.embedding_lr})
    decay = s.weight_decay
    if s.optimizer == "sgd":
        return torch.optim.SGD(groups, s.lr, momentum=0.9, weight_decay=decay)
    if s.optimizer == "adam":
        return torch.optim.Adam(groups, s.lr, weight_decay=decay)
    if s.optimizer == "rmsprop":
        return torch.optim.RMSprop(groups, s.lr, weight_decay=decay)
    return torch.optim.AdamW(groups, s.lr, betas=(0.9, 0.98), weight_decay=decay)


def factor(s: Setup, step: int) -> float:
    """Return what the rate is multiplied by at a step."""
    if step < s.warmup:
        return (step + 1) / s.warmup
    done = (step - s.warmup) / max(1, (s.horizon or s.steps) - s.warmup)
    if s.schedule == "cosine":
        return 0.02 + 0.98 * (1 + math.cos(math.pi * min(1.0, done))) / 2
    if s.schedule == "restarts":
        return 0.02 + 0.98 * (1 + math.cos(math.pi * (3 * done % 1))) / 2
    if s.schedule == "linear":
        return max(0.0, 1 - done)
    if s.schedule == "step":
        return 1.0 if done < 0.6 else 0.1
    return 1.0


def token_loss(model: nn.Module, rows: Tensor, shift: int = 1) -> tuple[Tensor, float]:
    """Return the mean cross-entropy and the share of tokens that were guessed."""
    logits, targets = model(rows[:, :-shift]), rows[:, shift:]
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    return loss, float((logits.argmax(-1) == targets).float().mean())


@torch.no_grad()
def excess(model: nn.Module, grammar: Grammar, s: Setup) -> float:
    """Return held-out nats over the entropy, each last token from what precedes it alone."""
    model.eval()
    rows, losses = grammar.write(128, s.sentences), []
    for stop in range(1, rows.shape[1]):
        losses.append(F.cross_entropy(model(rows[:, :stop])[:, -1], rows[:, stop]))
    return float(torch.stack(losses).mean()) - grammar.entropy(s.sentences)


def batches(s: Setup, grammar: Grammar) -> Iterator[Tensor]:
    """Yield batches of a stream, or of a shuffled corpus epoch by epoch."""
    corpus = grammar.write(s.corpus, s.sentences) if s.corpus else None
    while True:
        if corpus is None:
            yield grammar.write(s.batch, s.sentences)
        else:
            yield from corpus[torch.randperm(len(corpus))].split(s.batch)


def config_of(s: Setup) -> dict[str, Any]:
    """What a user would put into a config."""
    return {"optimizer": s.optimizer, "lr": s.lr, "batch_size": s.batch, "max_steps": s.steps,
            "n_layer": s.depth, "n_embd": s.width, "weight_decay": s.weight_decay,
            "scheduler": s.schedule, "warmup_steps": s.warmup, "grad_clip": s.clip,
            "gradient_accumulation_steps": s.accumulate, "epochs": s.steps * s.batch // s.corpus
            if s.corpus else 1}  # fmt: skip


class Loop:
    """A run that can be driven in parts."""

    def __init__(self, recorder: Recorder, s: Setup) -> None:
        self.recorder, self.s = recorder, s
        self.grammar = Grammar(*s.grammar, s.choices)
        self.model = LanguageModel(s, self.grammar.vocabulary)
        self.optimizer = make_optimizer(s, self.model)
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.data = batches(s, self.grammar)
        self.held_out = self.grammar.write(64, s.sentences)
        self.step, self.offset = 0, 0
        self.losses: list[float] = []

    def watch(self) -> None:
        """Begin to record, or go on."""
        self.recorder.watch(self.model, self.optimizer, config_of(self.s))

    def run(self, stop: int) -> None:
        """Train until a step."""
        s = self.s
        while self.step < stop:
            for group, base in zip(self.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = base * factor(s, self.step - self.offset)
            self.model.train()
            self.optimizer.zero_grad()
            total, right = 0.0, 0.0
            for _ in range(s.accumulate):
                loss, hits = token_loss(self.model, next(self.data), s.shift)
                (loss / s.accumulate if s.averaged else loss).backward()
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

    def evaluate(self) -> None:
        """Record held-out loss and accuracy."""
        self.model.eval()
        with torch.no_grad():
            loss, right = token_loss(self.model, self.held_out, self.s.shift)
        self.recorder.evaluate(
            loss=loss.item(), **({"accuracy": right} if self.s.log_accuracy else {})
        )

    def score(self) -> float:
        """Minus the held-out nats over the entropy."""
        over = excess(self.model, self.grammar, self.s)
        return -over if math.isfinite(over) else -99.0
