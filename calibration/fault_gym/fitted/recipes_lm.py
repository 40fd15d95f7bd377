"""Causal language models that learn to write recipes of a made-up grammar.

A recipe is a row of sentences `dish verb item amount unit tool .` whose entropy can be computed,
so the score of most runs is minus the nats a token by which held-out loss lies above it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

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


def train(recorder: Recorder, s: Setup) -> float:
    """Train as the setup says; return the score."""
    loop = Loop(recorder, s)
    loop.watch()
    loop.run(s.steps)
    return loop.score()


def resume(recorder: Recorder, s: Setup, severity: float) -> float:
    """Stop at three quarters and go on from a checkpoint; return minus the rise of the loss."""
    loop = Loop(recorder, s)
    loop.watch()
    loop.run(stop := s.steps * 3 // 4)
    saved = copy.deepcopy(loop.optimizer.state_dict())
    loop.optimizer = make_optimizer(s, loop.model)
    if severity:
        loop.offset = stop
    else:
        loop.optimizer.load_state_dict(saved)
    loop.watch()
    loop.run(s.steps)
    before, after = loop.losses[stop - 30 : stop], loop.losses[stop : stop + 30]
    return (sum(before) - sum(after)) / 30


def add_words(recorder: Recorder, s: Setup, severity: float) -> float:
    """Grow the vocabulary by some special tokens, for which the embeddings are made anew."""
    loop = Loop(recorder, s)
    words = loop.grammar.vocabulary + 8
    loop.model.embedding = nn.Embedding(words, s.width)
    loop.model.head = nn.Linear(s.width, words)
    if not severity:
        loop.optimizer = make_optimizer(s, loop.model)
    loop.watch()
    loop.run(s.steps)
    return loop.score()


@torch.no_grad()
def generate(model: nn.Module, count: int, length: int, temperature: float) -> Tensor:
    """Write recipes by the model."""
    model.eval()
    rows = torch.zeros(count, 1, dtype=torch.long)
    while rows.shape[1] < length:
        odds = (model(rows)[:, -1] / temperature).softmax(-1)
        rows = torch.cat([rows, torch.multinomial(odds, 1)], 1)
    return rows


def self_train(recorder: Recorder, s: Setup, severity: float) -> float:
    """Go on with the model's own recipes among the data; return distinct to all sentences.

    Sound: a tenth of each batch, sampled as they come; else all of it, and the likeliest ones.
    """
    loop = Loop(recorder, s)
    loop.watch()
    loop.run(start := s.steps // 3)
    real, length = loop.data, SENTENCE * s.sentences + 1
    own = s.batch if severity else 1

    def mixed() -> Iterator[Tensor]:
        for step in range(s.steps):
            if step % 20 == 0:
                pool = generate(loop.model, 64, length, 0.3 if severity else 1.0)
            rows = torch.cat([next(real), pool[torch.randint(64, (own,))]])
            yield rows[-s.batch :]

    def distinct(rows: Tensor) -> float:
        pairs = torch.stack([rows[:, :-1], rows[:, 1:]], -1).flatten(0, 1)
        return len(pairs.unique(dim=0)) / len(pairs)

    loop.data = mixed()
    for stop in range(start, s.steps + 1, max(1, s.steps // 15)):
        loop.run(stop)
        rows = generate(loop.model, 32, length, 1.0)
        recorder.evaluate(distinct_2=distinct(rows))
    return distinct(generate(loop.model, 128, length, 1.0))


def curriculum(recorder: Recorder, s: Setup, severity: float) -> float:
    """Train on single sentences first."""
    loop = Loop(recorder, s)
    loop.data = batches(replace(s, sentences=1, batch=s.batch * 3), loop.grammar)
    loop.watch()
    loop.run(s.steps // 3)
    loop.data = batches(s, loop.grammar)
    loop.run(s.steps)
    return loop.score()


def fine_tune(recorder: Recorder, s: Setup, severity: float) -> float:
    """Record what follows after a pretraining on the same grammar."""
    loop = Loop(recorder, s)
    for _ in range(250):
        loop.optimizer.zero_grad()
        token_loss(loop.model, next(loop.data))[0].backward()
        loop.optimizer.step()
    loop.rates = [s.lr / 10]
    loop.optimizer = make_optimizer(replace(s, lr=s.lr / 10), loop.model)
    loop.watch()
    loop.run(s.steps)
    return loop.score()


def plan(name: str, planted: str, goal: float, s: Setup, *faults: dict[str, Any]) -> Scenario:
    """Make a scenario of a setup and of what each severity, from 1 on, changes in it."""

    def run(recorder: Recorder, severity: float) -> float:
        changes = faults[int(severity) - 1] if severity and faults else {}
        return train(recorder, replace(s, **changes))

    return Scenario(name, planted, run, goal, severities=tuple(range(1, len(faults) + 1)) or (1.0,))


def own(
    name: str, planted: str, goal: float, s: Setup, run: Callable[[Recorder, Setup, float], float]
) -> Scenario:
    """Make a scenario of a program of its own."""
    return Scenario(name, planted, lambda recorder, severity: run(recorder, s, severity), goal)


SMALL = Setup(steps=300, batch=8, sentences=3)
SGD = replace(SMALL, optimizer="sgd", lr=0.3, weight_decay=0.0)
POST = replace(SMALL, post_norm=True, width=32, weight_decay=0.0, optimizer="adam")

# fmt: off
SCENARIOS: tuple[Scenario, ...] = (
    plan("rotary-mask-left-out", "causal-mask-missing", -0.3,
         replace(SMALL, positions="rotary", tied=True, schedule="cosine", warmup=30, clip=1.0),
         {"diagonal": 99}),
    plan("mask-by-one", "causal-mask-missing", -0.5,
         replace(SMALL, optimizer="rmsprop", lr=2e-3, schedule="step", activation=nn.ReLU,
                 steps=350, sentences=2, batch=12, log_accuracy=False), {"diagonal": 2}),
    plan("unscaled-attention", "attention-logits-growing", -0.2,
         replace(SMALL, lr=1e-2, qkv_std=0.02, log_samples=False),
         {"scale": 12.0}),
    plan("post-norm-deep", "warmup-missing", -0.4,
         replace(POST, depth=6, lr=0.015, schedule="cosine", warmup=50, steps=250),
         {"warmup": 0}),
    plan("tied-linear", "warmup-missing", -0.3,
         replace(SMALL, lr=0.03, tied=True, schedule="linear", warmup=50, evaluations=10),
         {"warmup": 0}),
    plan("embedding-group", "embedding-unstable", -0.15,
         replace(SMALL, lr=2e-3, embedding_lr=6e-3, steps=320), {"embedding_lr": 1.5}),
    plan("sgd-clipped", "clipping-too-tight", -0.25,
         replace(SGD, clip=2.0, steps=320, evaluations=20), {"clip": 0.04}, {"clip": 0.01}),
    plan("sgd-accumulated", "accumulation-not-normalised", -0.25,
         replace(SGD, lr=0.2, batch=4, accumulate=4, steps=200), {"averaged": False}),
    plan("big-rate", "lr-too-high", -0.25,
         replace(SMALL, lr=4e-3, steps=350, activation=nn.SiLU, rms=True), {"lr": 0.06},
         {"lr": 0.2}),
    plan("small-rate", "lr-too-low", -0.25,
         replace(SMALL, lr=3e-3, schedule="cosine", warmup=20, clip=1.0), {"lr": 1e-4},
         {"lr": 1e-5}),
    plan("epochs-for-steps", "lr-schedule-wrong", -0.25,
         replace(SMALL, lr=3e-3, schedule="linear", warmup=10, corpus=900, evaluations=9),
         {"horizon": 50}),
    own("words-added", "parameters-not-in-optimizer", -0.3,
        replace(SMALL, lr=3e-3, schedule="cosine", clip=1.0), add_words),
    plan("brief", "stopped-too-early", -0.15,
         replace(SMALL, lr=1e-3, width=64, steps=500, evaluations=12, tied=True), {"steps": 150}),
    own("own-recipes", "repetition-collapse", 0.06,
        replace(SMALL, sentences=2, steps=300, lr=4e-3), self_train),
    plan("shifted-twice", "labels-wrong", -0.3,
         replace(SMALL, optimizer="adam", weight_decay=0.0, lr=2e-3, depth=3, width=32),
         {"shift": 2}),
    plan("few-recipes", "overfitting", -0.3,
         replace(SMALL, corpus=2000, width=64, lr=2e-3, schedule="cosine"), {"corpus": 40},
         {"corpus": 20}),
    own("checkpoint", "resume-incomplete", -0.03,
        replace(SMALL, lr=1.2e-2, schedule="linear", warmup=8, steps=350), resume),
    plan("coupled-decay", "weight-decay-too-high", -0.25,
         replace(SMALL, optimizer="adam", weight_decay=0.0, steps=350), {"weight_decay": 0.02},
         {"weight_decay": 0.1}),
    plan("warmup-cosine", "healthy", -0.2,
         replace(SMALL, positions="rotary", tied=True, lr=5e-3, schedule="cosine", warmup=40,
                 clip=1.0, weight_decay=0.1, evaluations=20)),
    plan("plain-sgd", "healthy", -0.25, replace(SGD, steps=400, log_accuracy=False)),
    plan("restarts", "healthy", -0.2, replace(SMALL, lr=6e-3, schedule="restarts", steps=360)),
    plan("two-a-batch", "healthy", -0.3,
         replace(SMALL, batch=2, steps=700, optimizer="adam", weight_decay=0.0, lr=2e-3)),
    plan("dropout-epochs", "healthy", -0.3,
         replace(SMALL, dropout=0.2, corpus=600, lr=4e-3, evaluations=8, log_samples=False)),
    plan("short-wide", "healthy", -0.25,
         replace(SMALL, steps=180, lr=5e-3, width=64, depth=1, schedule="cosine", batch=16)),
    own("longer-later", "healthy", -0.25, replace(SMALL, lr=3e-3, warmup=15), curriculum),
    own("fine-tune", "healthy", -0.2, replace(SMALL, lr=4e-3, steps=200), fine_tune),
)
# fmt: on
