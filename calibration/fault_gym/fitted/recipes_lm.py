"""Causal language models that learn to write recipes of a made-up grammar.

A recipe is a row of sentences `dish verb item amount unit tool .` whose entropy can be computed,
so the score of most runs is minus the nats a token by which held-out loss lies above it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from fault_gym.fitted.recipes import SENTENCE, Loop, Setup, batches, make_optimizer, token_loss
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario
from fault_gym.variants import changed, own


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


plan = partial(changed, train)


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
