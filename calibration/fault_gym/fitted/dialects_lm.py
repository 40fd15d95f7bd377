"""Text in three dialects, character by character: pre-norm transformers with AdamW, SGD and Muon.

A dialect has its own words, and each word a few that may follow it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.fitted.decoders import (
    calm,
    decoder,
    distinct,
    honest,
    likelihood,
    repeated,
    sampled,
    sharp_loss,
    sharp_loss_by_hand,
    token_accuracy,
    token_loss,
    unmasked,
)
from fault_gym.planting import Plant, healthy, planted
from fault_gym.program import Data, Net, Pair, Program

VOCABULARY, LENGTH, SPACE = 20, 24, 1
NUM_WORDS, FOLLOWERS = 9, 3


def _words(rng: torch.Generator) -> list[list[list[int]]]:
    """Return the words of each dialect as characters from 2 on, a space behind each."""
    return [
        [
            [*torch.randint(2, VOCABULARY, (length,), generator=rng).tolist(), SPACE]
            for length in torch.randint(2, 5, (NUM_WORDS,), generator=rng).tolist()
        ]
        for _ in range(3)
    ]


def _data(count: int = 1800, smudge: float = 0.0) -> Callable[[torch.Generator], Data]:
    """smudge: share of characters that are any, in all of the text. Dialects in their order."""
    fixed = torch.Generator().manual_seed(71)
    words = _words(fixed)
    after = torch.randint(NUM_WORDS, (3, NUM_WORDS, FOLLOWERS), generator=fixed)

    def text(dialect: int, length: int, rng: torch.Generator) -> Tensor:
        picks = torch.randint(FOLLOWERS, (length,), generator=rng).tolist()
        word, written = 0, list[int]()
        for pick in picks:
            written += words[dialect][word]
            word = int(after[dialect, word, pick])
            if len(written) >= length:
                break
        return torch.tensor(written[:length])

    def made(rows: int, rng: torch.Generator) -> Pair:
        share = rows // 3
        texts = [text(dialect, share * LENGTH + 1, rng) for dialect in range(3)]
        if smudge:
            for one in texts:
                any_of = torch.randint(1, VOCABULARY, one.shape, generator=rng)
                wrong = torch.rand(one.shape, generator=rng) < smudge
                one[wrong] = any_of[wrong]
        inputs = torch.cat([one[:-1].reshape(share, LENGTH) for one in texts])
        targets = torch.cat([one[1:].reshape(share, LENGTH) for one in texts])
        return inputs, targets

    return lambda rng: Data(made(count, rng), made(192, rng), made(192, rng))


def _smoothed(output: Tensor, target: Tensor) -> Tensor:
    return functional.cross_entropy(output.flatten(0, 1), target.flatten(), label_smoothing=0.15)


def _of_some(least: int) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of a fortieth of the characters, drawn anew; it is divided by at least so many."""

    def loss(output: Tensor, target: Tensor) -> Tensor:
        chosen = (torch.rand(target.shape) < 0.025).float()
        each = functional.cross_entropy(output.transpose(1, 2), target, reduction="none")
        return (each * chosen).sum() / chosen.sum().clamp(min=least)

    return loss


def _samples(model: Net) -> Tensor:
    with torch.random.fork_rng(devices=[]):
        return sampled(model, torch.full((12, 1), SPACE), LENGTH)


def _variety(model: Net) -> dict[str, float]:
    texts = _samples(model)
    return {"distinct_4": distinct(texts), "repetition": repeated(texts, 3)}


def _varied(model: Net, data: Data, reported: float) -> float:
    return distinct(sampled(model, torch.full((48, 1), SPACE), LENGTH))


def _own_samples(program: Program, severity: float) -> Program:
    """The text is added to by what the model writes, from a quarter on: severity of each batch.

    Written at a low temperature, as one that is meant to read well.
    """
    kept: list[Net] = []

    def hook(step: int, total: int, inputs: Tensor, targets: Tensor) -> Pair:
        if step < total * 0.25:
            return inputs, targets
        count = int(severity * len(inputs))
        texts = sampled(kept[0], inputs[:count, :1], LENGTH + 1, 0.5)
        return (
            torch.cat([texts[:, :-1], inputs[count:]]),
            torch.cat([texts[:, 1:], targets[count:]]),
        )

    return replace(program, prepares=(*program.prepares, kept.append), batch_hook=hook)


def _duplicates(data: Data, rng: torch.Generator, share: float) -> Data:
    """One page was saved again and again: the share of the text that is the same few lines."""
    inputs, targets = data.train[0].clone(), data.train[1].clone()
    again = torch.rand(len(inputs), generator=rng) < share
    chosen = torch.randint(3, (int(again.sum()),), generator=rng)
    inputs[again], targets[again] = inputs[chosen], targets[chosen]
    return replace(data, train=(inputs, targets))


def _misread(data: Data, rng: torch.Generator, share: float) -> Data:
    """Of the targets this share is any character, as badly scanned, held out too."""

    def read(pair: Pair) -> Pair:
        wrong = torch.rand(pair[1].shape, generator=rng) < share
        any_of = torch.randint(1, VOCABULARY, pair[1].shape, generator=rng)
        return pair[0], torch.where(wrong, any_of, pair[1])

    return replace(data, train=read(data.train), val=read(data.val))


def _shifted(data: Data, _: torch.Generator, severity: float) -> Data:
    """Targets are shifted once more, after the loader has done so; by one, or by two."""

    def late(pair: Pair) -> Pair:
        count = int(severity)
        return pair[0][:, :-count], pair[1][:, count:]

    return replace(data, train=late(data.train), val=late(data.val))


def _few(data: Data, _: torch.Generator, severity: float) -> Data:
    """A row is kept in as many as the severity."""
    return replace(data, train=(data.train[0][:: int(severity)], data.train[1][:: int(severity)]))


def _broken_shard(program: Program, severity: float) -> Program:
    """A shard of the data is not text: so many steps, at nine tenths of the run."""

    def hook(step: int, total: int, inputs: Tensor, targets: Tensor) -> Pair:
        if int(0.9 * total) <= step < int(0.9 * total) + severity:
            return inputs, torch.full_like(targets, VOCABULARY - 1 - step % 2)
        return inputs, targets

    return replace(program, batch_hook=hook)


def _attends(**more: object) -> Plant:
    """The attention is made otherwise; severity: the scale of its logits."""
    return lambda program, severity: replace(
        program, model=decoder(VOCABULARY, LENGTH, 32, 2, scale=severity, **more)
    )


def _embed_scaled(program: Program, severity: float) -> Program:
    """Embeddings times the severity, taken from a model of another size."""
    return replace(program, model=decoder(VOCABULARY, LENGTH, 32, 2, embed_scale=severity))


ADAMW = Program(
    _data(), decoder(VOCABULARY, LENGTH, 32, 2), token_loss, likelihood, token_accuracy, "adamw",
    4e-3, num_steps=300, batch=16, schedule=plant.warm_up(0.1, plant.cosine), clip=1.0,
    beta2=0.99, weight_decay=0.1, eval_every=30, logs=frozenset({"eval/loss"}),
    config={"schedule": "cosine", "warmup_steps": 30, "block_size": LENGTH, "n_layer": 2},
)  # fmt: skip
SGD = replace(
    ADAMW, optimizer="sgd", lr=0.3, weight_decay=0.0, schedule=plant.warm_up(0.05), eval_every=100,
    logs=frozenset({"accuracy", "eval/loss", "eval/accuracy"}), config={"block_size": LENGTH},
)  # fmt: skip
MUON = replace(ADAMW, optimizer="muon", lr=2e-3, clip=None, eval_every=0, logs=frozenset())
EPOCHS = replace(
    ADAMW, sampling="epochs", lr=3e-3, schedule=plant.warm_up(0.05, plant.linear), clip=None,
    logs=frozenset({"accuracy", "eval/loss", "eval/accuracy"}), eval_every=56, num_steps=336,
    config={"schedule": "linear", "epochs": 3},
)  # fmt: skip
VARIED = replace(
    EPOCHS, measures=_variety, judge=_varied, eval_every=24, num_steps=288,
    logs=frozenset({"eval/loss"}),
)  # fmt: skip
FEW = replace(
    ADAMW, data=_data(360), model=decoder(VOCABULARY, LENGTH, 32, 2, dropout=0.3), eval_every=15
)
CALM = replace(
    ADAMW,
    model=decoder(VOCABULARY, LENGTH, 32, 2, qk_norm=True),
    judge=calm,
    lr=2e-2,
    weight_decay=0.0,
)
SOME = replace(ADAMW, batch=8, num_steps=400, train_loss=_of_some(1))
SMUDGED = replace(ADAMW, data=_data(smudge=0.15), eval_every=15)
HALF = replace(ADAMW, half=True, num_steps=160, eval_every=40, data=_data(900))
SHARP = replace(HALF, loss=sharp_loss(5.0), score=lambda o, t: likelihood(5 * o, t))
SUMMED = replace(SGD, clip=None, lr=0.1, loss=lambda o, t: token_loss(o, t) * LENGTH / 8)
GOAL = -0.6

SCENARIOS = (
    healthy("plain", ADAMW, GOAL),
    healthy("sgd", SGD, GOAL),
    healthy("muon-without-validation", MUON, GOAL),
    healthy("epochs", EPOCHS, GOAL),
    healthy("varied-samples", VARIED, 0.25),
    healthy("dropout-above-validation", replace(FEW, data=_data()), -0.9),
    healthy("label-smoothing", replace(ADAMW, train_loss=_smoothed), -0.7),
    healthy("restarts", replace(ADAMW, schedule=plant.restarts), GOAL),
    healthy("text-with-much-chance", replace(EPOCHS, data=_data(smudge=0.3)), -2.5),
    healthy("fp16-with-scale", HALF, -0.9),
    healthy("average-evaluated", replace(ADAMW, ema=0.98, schedule=plant.warm_up(0.1)), GOAL),
    healthy("qk-norm-at-a-high-rate", replace(CALM, judge=None), GOAL),
    healthy("batches-of-four", replace(EPOCHS, batch=4, lr=2e-3, num_steps=500), -0.9),
    planted("lr-too-high", ADAMW, plant.lr_too_high, GOAL, (1.7, 2.3)),
    planted("lr-too-high", SGD, plant.lr_too_high, GOAL, (1.2, 2.0), name="lr-too-high-sgd"),
    planted("lr-too-low", ADAMW, plant.lr_too_low, GOAL, (1.5, 3.0)),
    planted(
        "lr-schedule-wrong", ADAMW, plant.lr_zero_early, GOAL, (0.8, 0.9), name="lr-zero-early"
    ),
    planted("lr-schedule-wrong", EPOCHS, plant.lr_jumps, GOAL, (1.4, 2.0), name="lr-jumps"),
    planted("clipping-too-tight", SGD, plant.clipping_too_tight, GOAL, (1.5, 3.0)),
    planted("weight-decay-too-high", ADAMW, plant.weight_decay_too_high, GOAL, (8.0, 40.0)),
    planted("zero-grad-missing", replace(SGD, clip=None), plant.zero_grad_missing, GOAL),
    planted(
        "accumulation-not-normalised",
        replace(SGD, clip=None, batch=4, accumulate=8, num_steps=220),
        plant.not_divided,
        GOAL,
    ),
    planted("optimizer-step-missing", EPOCHS, plant.step_missing, GOAL, (1.0, 0.05)),
    planted(
        "parameters-frozen",
        ADAMW,
        plant.frozen("features.blocks features.place"),
        GOAL,
        same_as=("parameters-not-in-optimizer",),
    ),
    planted("graph-detached", EPOCHS, plant.graph_detached, GOAL, (1.0, 2.0)),
    planted(
        "causal-mask-missing",
        replace(ADAMW, judge=honest),
        plant.settings(prepares=(unmasked,)),
        GOAL,
    ),
    planted(
        "causal-mask-missing",
        replace(EPOCHS, judge=honest),
        plant.settings(prepares=(unmasked,)),
        GOAL,
        name="causal-mask-missing-epochs",
    ),
    planted("attention-logits-growing", CALM, _attends(), -100.0, (2.0, 8.0)),
    planted("embedding-unstable", ADAMW, _embed_scaled, GOAL, (50.0, 300.0)),
    planted(
        "embedding-unstable", SGD, _embed_scaled, GOAL, (12.0, 40.0), name="embedding-unstable-sgd"
    ),
    planted("repetition-collapse", VARIED, _own_samples, 0.25, (0.75, 1.0)),
    planted(
        "repetition-collapse",
        VARIED,
        plant.changed(_duplicates),
        0.25,
        (0.95, 0.99),
        name="one-page-again-and-again",
    ),
    planted("log-of-zero", SOME, plant.settings(train_loss=_of_some(0)), -2.5),
    planted("bad-batch", replace(SGD, clip=None), _broken_shard, -0.9, (8.0, 16.0)),
    planted(
        "fp16-overflow",
        replace(SHARP, scales=False),
        plant.settings(train_loss=sharp_loss_by_hand(5.0)),
        -0.9,
    ),
    planted(
        "fp16-overflow",
        replace(SHARP, schedule=plant.warm_up(0.1)),
        plant.settings(train_loss=sharp_loss_by_hand(5.0)),
        -0.9,
        name="fp16-overflow-with-scale",
        same_as=("grad-scaler-stuck",),
    ),
    planted("labels-wrong", ADAMW, plant.changed(_shifted), GOAL, (1.0, 2.0)),
    planted("label-noise", EPOCHS, plant.changed(_misread), GOAL, (0.4, 0.7)),
    planted("data-not-shuffled", EPOCHS, plant.settings(sampling="ordered"), GOAL),
    planted("overfitting", SMUDGED, plant.changed(_few), -2.0, (20.0, 50.0)),
    planted(
        "data-leakage",
        replace(ADAMW, data=_data(60), scored_by="gap"),
        plant.val_leaked,
        -0.5,
        (1.0, 0.8),
    ),
    planted(
        "eval-mode-while-training",
        replace(FEW, data=_data(90, 0.15), num_steps=400),
        plant.settings(trains_in="eval"),
        -2.9,
        same_as=("overfitting",),
    ),
    planted(
        "capacity-too-small",
        ADAMW,
        lambda p, s: replace(p, model=decoder(VOCABULARY, LENGTH, int(s), 1, heads=1)),
        GOAL,
        (2.0, 4.0),
    ),
    planted("bad-initialisation", ADAMW, plant.init_scaled, GOAL, (8.0, 20.0)),
    planted("stopped-too-early", ADAMW, plant.stopped_early, GOAL, (6.0, 4.0)),
    planted("loss-reduction-wrong", SUMMED, plant.loss_divided, -0.85, (1.7, 2.2)),
    planted(
        "resume-incomplete",
        ADAMW,
        plant.resume_incomplete("head optimizer schedule", "optimizer schedule weights"),
        GOAL,
        (1.0, 2.0),
    ),
    planted(
        "memory-leak",
        replace(ADAMW, scored_by="growth", num_steps=200),
        plant.memory_leak,
        -2.0,
        (0.2, 0.1),
    ),
)
