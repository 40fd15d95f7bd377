"""The source of Python's standard library, a character at a time, by a small causal transformer.

Pre-norm blocks, AdamW, warm-up and a cosine, clipping at 1. The score is minus the loss of the
next character, with no more than the characters before it given to the model.
"""

from __future__ import annotations

import argparse
import collections
import copy
import doctest
import math
import tarfile
import time
import typing
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.held_out.measuring import resident_bytes
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

CONTEXT, BATCH, NUM_STEPS, VOCABULARY = 32, 8, 240, 64
Mask = Callable[[int], Tensor]
After = Callable[[int, Tensor, Tensor], None]
GOAL = -2.38


def _text() -> tuple[Tensor, Tensor]:
    """Return the characters of training and of held-out text, as ids."""
    texts = [
        Path(str(module.__file__)).read_text(encoding="utf-8").lower()
        for module in (argparse, doctest, tarfile, typing)
    ]
    common = collections.Counter("".join(texts)).most_common(VOCABULARY - 1)
    ids = {character: number for number, (character, _) in enumerate(common, 1)}
    coded = [torch.tensor([ids.get(c, 0) for c in text]) for text in texts]
    cut = [int(0.9 * len(code)) for code in coded]
    return (
        torch.cat([code[:at] for code, at in zip(coded, cut, strict=True)]),
        torch.cat([code[at:] for code, at in zip(coded, cut, strict=True)]),
    )


def _causal(length: int) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool).triu(1)


def _windows(text: Tensor, starts: Tensor, shift: int = 1) -> tuple[Tensor, Tensor]:
    at = starts[:, None] + torch.arange(CONTEXT)
    return text[at], text[at + shift]


class Block(nn.Module):
    """Attention and an MLP, each behind a norm, each added to what came in."""

    def __init__(self, width: int, heads: int, mask: Mask, scale: float, dropout: float) -> None:
        super().__init__()
        self.heads, self.mask, self.scale = heads, mask, scale
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)
        self.largest = 0.0

    def forward(self, hidden: Tensor) -> Tensor:
        size, length, width = hidden.shape
        parts = self.qkv(self.norm_1(hidden)).view(size, length, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        logits = query @ key.transpose(-1, -2) * self.scale
        self.largest = float(logits.detach().abs().max())
        weights = logits.masked_fill(self.mask(length), float("-inf")).softmax(-1)
        mixed = (weights @ value).transpose(1, 2).reshape(size, length, width)
        hidden = hidden + self.dropout(self.out(mixed))
        return torch.as_tensor(hidden + self.dropout(self.mlp(self.norm_2(hidden))))


class CharModel(nn.Module):
    """Characters to the logits of the next."""

    def __init__(
        self, width: int = 32, heads: int = 4, layers: int = 2, mask: Mask = _causal,
        scale: float | None = None, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.tokens, self.places = nn.Embedding(VOCABULARY, width), nn.Embedding(CONTEXT, width)
        scale = (width // heads) ** -0.5 if scale is None else scale
        self.blocks = nn.ModuleList(
            Block(width, heads, mask, scale, dropout) for _ in range(layers)
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, VOCABULARY, bias=False)
        for embedding in (self.tokens, self.places):
            nn.init.normal_(embedding.weight, std=0.02)

    def forward(self, ids: Tensor) -> Tensor:
        hidden = self.tokens(ids) + self.places.weight[: ids.shape[1]]
        for block in self.blocks:
            hidden = block(hidden)
        return torch.as_tensor(self.head(self.norm(hidden)))


@torch.no_grad()
def _score(model: CharModel, text: Tensor) -> float:
    """Minus the loss of the character after a prefix, which is all that the model sees."""
    model.eval()
    ids, targets = _windows(text, torch.arange(0, len(text) - CONTEXT - 2, 101))
    losses = [
        functional.cross_entropy(model(ids[:, :length])[:, -1], targets[:, length - 1])
        for length in (8, 16, 24, 32)
    ]
    score = -float(torch.stack(losses).mean())
    return score if math.isfinite(score) else -99.0


def _train(
    recorder: Recorder, model: CharModel, *, lr: float = 3e-3, decay: float = 0.1, warmup: int = 20,
    horizon: int = NUM_STEPS, steps: int = NUM_STEPS, batch: int = BATCH, shift: int = 1,
    summed: bool = False,
    penalty: float = 0.0, restarts: int = 1, clip: float = 1.0,
    prepare_s: float = 0.0, renumber: bool = False, jump_at: int = 0,
    after: After | None = None,
    log_attention: bool = False, log_samples: bool = False, evaluate_every: int = 40,
) -> float:  # fmt: skip
    text, val_text = _text()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=decay)

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        done = min((step - warmup) / max(horizon - warmup, 1), 1.0)
        done = done * restarts % 1.0 if done < 1.0 else 1.0
        return 0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    config = {
        "optimizer": "adamw", "lr": lr, "weight_decay": decay, "batch_size": batch,
        "context": CONTEXT, "grad_clip": clip, "vocab_size": VOCABULARY,
        "max_steps": max(steps, horizon),
    }  # fmt: skip
    recorder.watch(model, optimizer, config)
    recent: list[float] = []
    model.train()
    for step in range(1, steps + 1):
        ids, targets = _windows(text, torch.randint(len(text) - CONTEXT - 2, (batch,)), shift)
        time.sleep(prepare_s)  # characters are read and coded anew for every batch
        optimizer.zero_grad()
        logits = model(ids).flatten(0, 1)
        loss = functional.cross_entropy(
            logits, targets.flatten(),
            reduction="sum" if summed else "mean",
        )  # fmt: skip
        if penalty:
            log_p = logits.log_softmax(-1)
            loss = loss - penalty * (log_p.exp() * log_p).sum(-1).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        more: dict[str, float] = {}
        if log_attention:
            more["max_attention_logit"] = max(
                module.largest for module in model.modules() if isinstance(module, Block)
            )
        if log_samples and step % 40 == 0:
            more["sample/distinct_2"] = _distinct(model)
        recorder.step(loss, samples=batch, **more)
        scheduler.step()
        recent.append(loss.item())
        if after is not None:
            after(step, logits, loss)
        if step == jump_at and renumber:  # resumed, with the set of characters in another order
            order = torch.randperm(VOCABULARY)
            text, val_text = order[text], order[val_text]
        if evaluate_every and step % evaluate_every == 0:
            model.eval()
            with torch.no_grad():
                starts = torch.arange(0, len(val_text) - CONTEXT - 3, len(val_text) // 100)
                ids, targets = _windows(val_text, starts, shift)
                val_loss = functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
            recorder.evaluate(loss=val_loss.item())
            model.train()
    if log_samples:
        return _distinct(model)
    if jump_at:
        return sum(recent[jump_at - 30 : jump_at]) / 30 - sum(recent[jump_at : jump_at + 10]) / 10
    return _score(model, val_text)


@torch.no_grad()
def _distinct(model: CharModel) -> float:
    """Return the share of different pairs among those of what the model writes."""
    was_training = model.training
    model.eval()
    ids = torch.randint(VOCABULARY, (8, 1))
    while ids.shape[1] < CONTEXT:
        ids = torch.cat([ids, model(ids)[:, -1].softmax(-1).multinomial(1)], 1)
    model.train(was_training)
    pairs = (ids[:, 4:-1] * VOCABULARY + ids[:, 5:]).flatten()
    return len(pairs.unique()) / len(pairs)


def _leak(recorder: Recorder, severity: float) -> float:
    """Return minus the MiB that training grows by. The mended loop logs numbers."""
    history: list[object] = []
    sizes: list[int] = []

    def after(step: int, logits: Tensor, loss: Tensor) -> None:
        if severity:
            history.append(logits if severity > 1 else logits.detach())
        else:
            history.append(loss.item())
        sizes.append(resident_bytes())

    _train(recorder, CharModel(), batch=16, after=after)
    return -(sizes[-1] - sizes[60]) / 2**20


def _cliff(recorder: Recorder, severity: float) -> float:
    """Return minus the slow-down. From a step on every step is saved, not every 140th."""
    times: list[float] = []
    model = CharModel()

    def after(step: int, logits: Tensor, loss: Tensor) -> None:
        if step >= 140 and severity:
            torch.save(copy.deepcopy(model.state_dict()), "last.pt")
            time.sleep(0.02 * severity)  # the disk is slow
        times.append(time.perf_counter())

    _train(recorder, model, after=after)
    taken = [late - early for early, late in pairwise(times)]
    return -sorted(taken[150:])[40] / sorted(taken[20:120])[50]


def _wait(recorder: Recorder, severity: float) -> float:
    """Return minus the share of time spent waiting for batches."""
    times: list[float] = []
    prepare_s = 0.025 * severity
    _train(
        recorder, CharModel(), prepare_s=prepare_s, steps=200,
        after=lambda *_: times.append(time.perf_counter()),
    )  # fmt: skip
    return -prepare_s * (len(times) - 1) / (times[-1] - times[0])


def _one_ahead(length: int) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool).triu(2)


def _nothing(length: int) -> Tensor:
    return torch.zeros(length, length, dtype=torch.bool)


MASKS = (_causal, _one_ahead, _nothing)
SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r, CharModel()), goal=GOAL),
    Scenario("dropout", "healthy", lambda r, _: _train(r, CharModel(dropout=0.2)), goal=-2.55),
    Scenario(
        "loss-summed-over-tokens", "healthy",
        lambda r, _: _train(r, CharModel(), summed=True, clip=2000.0, lr=4e-3), goal=GOAL,
    ),
    Scenario(
        "early-part-of-long-run", "healthy",
        lambda r, _: _train(r, CharModel(), lr=1e-3, horizon=5000, warmup=100), goal=-2.8,
    ),
    Scenario(
        "cosine-restarts", "healthy",
        lambda r, _: _train(r, CharModel(), lr=6e-3, restarts=3, evaluate_every=20), goal=GOAL,
    ),
    Scenario(
        "warm-up-bump", "healthy",
        lambda r, _: _train(r, CharModel(), lr=2e-2, warmup=80, steps=300, horizon=300), goal=-2.6,
    ),
    Scenario(
        "mask-missing", "causal-mask-missing",
        lambda r, s: _train(r, CharModel(mask=MASKS[int(s)])), goal=GOAL, severities=(1.0, 2.0),
    ),
    Scenario(
        "attention-multiplied-by-root", "attention-logits-growing",
        lambda r, s: _train(
            r, CharModel(heads=1, scale=(32 ** (s - 1.0 if s else -0.5))), lr=1e-2,
            log_attention=True,
        ),
        goal=-2.43, severities=(2.0,),
    ),
    Scenario(
        "cosine-over-epochs", "lr-schedule-wrong",
        lambda r, s: _train(r, CharModel(), horizon=int(NUM_STEPS / (1 + 3 * s))),
        goal=GOAL, severities=(1.0,),
    ),
    Scenario(
        "decay-typed-wrong", "weight-decay-too-high",
        lambda r, s: _train(r, CharModel(), decay=0.1 * 10**s), goal=GOAL, severities=(2.0,),
    ),
    Scenario(
        "shifted-twice", "labels-wrong", lambda r, s: _train(r, CharModel(), shift=1 + int(s)),
        goal=GOAL, severities=(1.0,),
    ),
    Scenario(
        "stopped-early", "stopped-too-early",
        lambda r, s: _train(
            r, CharModel(), steps=int(NUM_STEPS / (1 + 1.5 * s)), horizon=NUM_STEPS, warmup=10,
        ),
        goal=GOAL, severities=(1.0,),
    ),
    Scenario(
        "sign-of-entropy-flipped", "repetition-collapse",
        lambda r, s: _train(r, CharModel(), penalty=s, log_samples=True), goal=0.6,
        severities=(1.0,),
    ),
    Scenario(
        "characters-numbered-anew", "resume-incomplete",
        lambda r, s: _train(
            r, CharModel(), jump_at=(120, 120, 170)[int(s)], renumber=s > 0
        ),
        goal=-0.25, severities=(1.0, 2.0),
    ),
    Scenario("logits-kept", "memory-leak", _leak, goal=-9.0, severities=(1.0,)),
    Scenario("saved-every-step", "throughput-cliff", _cliff, goal=-1.7, severities=(0.3,)),
    Scenario("text-coded-anew", "dataloader-bottleneck", _wait, goal=-0.25, severities=(0.4,)),
)  # fmt: skip
