"""Sounds: retrieval by pairs and triplets, distillation, several tasks at once, mixup."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from fault_gym.fitted.sounds import (
    Ear,
    Loop,
    Lossy,
    Objective,
    Studio,
    Takes,
    accuracy,
    contrast,
    cosine,
    distil,
    found,
    named,
    naming,
    several,
    tasks,
    train,
    triplets,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario


def misaligned(recorder: Recorder, severity: float) -> float:
    """The second takes are one row off."""
    studio, model = Studio(40), Ear(embed=16)

    def draw(n: int) -> Takes:
        one = studio.twins(n)
        second = torch.arange(n, 2 * n).roll(1 if severity else 0)
        return one.rows(torch.cat((torch.arange(n), second)))

    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    loop = Loop(300, 32, 20, cosine(300, 20), draw=draw)
    train(recorder, model, optimizer, contrast(), studio.twins(1), draw(32), loop, temperature=0.2)
    return found(model, studio)


def mixed_pairs(recorder: Recorder, severity: float) -> float:
    """A share of the pairs is of two different speakers, in validation as well."""
    studio, model = Studio(60, 0.6), Ear(32, embed=24)

    def draw(n: int) -> Takes:
        takes = studio.twins(n)
        wrong = torch.rand(n) < 0.45 * severity
        takes.x[n:][wrong] = studio.record(int(wrong.sum())).x
        return takes

    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.01)
    loop = Loop(360, 24, 24, draw=draw, clip=1.0)
    train(recorder, model, optimizer, contrast(0.1), studio.twins(1), draw(24), loop)
    return sum(made["accuracy"] for made in loop.logged[-5:]) / 5


def lone_positives(recorder: Recorder, severity: float) -> float:
    """The pair loss with margin never sees a pair of two speakers."""
    studio, model = Studio(12), Ear(embed=8)

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        n = len(takes.who) // 2
        out = model(takes.x)
        gap = (out[:n] - out[n:]).norm(dim=1)
        same = takes.who[:n] == takes.who[n:]
        loss = torch.where(same, gap.square(), F.relu(2 - gap).square()).mean()
        return loss, float(((gap < 1) == same).float().mean()), {}

    def draw(n: int) -> Takes:
        return studio.twins(n) if severity else studio.record(2 * n)

    optimizer = torch.optim.RMSprop(model.parameters(), 1e-3)
    loop = Loop(300, 48, 30, draw=draw)
    train(recorder, model, optimizer, objective, studio.twins(1), draw(100), loop, margin=2.0)
    return found(model, studio)


def kept_apart(recorder: Recorder, severity: float) -> float:
    """The embeddings are made without a graph, so that the projection alone learns."""
    studio = Studio(30)
    model = Ear(16, layers=3, embed=16)
    if severity:
        model.listen = lambda x: model.body(x).mean(2).detach()  # type: ignore[method-assign]
    optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9)
    loop = Loop(350, 32, 25, cosine(350), draw=studio.twins)
    train(recorder, model, optimizer, contrast(0.3), studio.twins(1), studio.twins(32), loop)
    return found(model, studio)


def contrast_rate(recorder: Recorder, severity: float) -> float:
    """A rate too small by two orders."""
    studio, model = Studio(30), Ear(32, norm=True, embed=16)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-5 if severity else 2e-3)
    loop = Loop(320, 32, 20, cosine(320, 20), draw=studio.twins)
    train(recorder, model, optimizer, contrast(), studio.twins(1), studio.twins(32), loop)
    return found(model, studio)


def twice(recorder: Recorder, severity: float) -> float:
    """The student's output is a softmax already."""
    student = (lambda out: out.softmax(1)) if severity else (lambda out: out)
    return -distil(recorder, 5e-3, 1.0, Loop(380, 48, 20, cosine(380)), student)[1]


def summed(recorder: Recorder, severity: float) -> float:
    """The divergence is summed over the batch, not averaged."""
    loop = Loop(350, 32, 25, cosine(350, 20), clip=5.0)
    return -distil(recorder, 4e-3, 2.0, loop, reduction="sum" if severity else "batchmean")[1]


def empty_logs(recorder: Recorder, severity: float) -> float:
    """The logarithm of the teacher's probabilities, at a temperature that makes some zero."""
    loop = Loop(300, 32, 20)
    return distil(recorder, 3e-3, 0.2, loop, logs=not severity)[0]


def silent_level(recorder: Recorder, severity: float) -> float:
    """The level in dB is below zero, and its head ends in a ReLU."""
    objective = tasks(lambda step: 1.0, 1.0, F.relu if severity else (lambda out: out))
    loop = Loop(340, 32, 20, cosine(340, 30))
    several(recorder, objective, lambda p: torch.optim.Adam(p, 2e-3), loop)
    return -loop.logged[-1]["level_loss"]


def spread_pitch(recorder: Recorder, severity: float) -> float:
    """The pitch is a column for the model and a row in the data."""
    objective = tasks(lambda step: 1.0, 1.0, lambda out: out, flat=not severity)
    loop = Loop(320, 32, 25)
    return several(recorder, objective, lambda p: torch.optim.AdamW(p, 2e-3), loop)[1]


def plain(
    recorder: Recorder, loop: Loop, make: Callable[[Any], Any], *, model: Ear | None = None,
    n: int = 2000, spoil: Callable[[Takes], Takes] | None = None, both: bool = False,
    objective: Objective | None = None, noise: float = 1.8,
) -> tuple[float, Ear]:  # fmt: skip
    """Name 12 speakers. spoil: what is done to the validation takes (both: to training too)."""
    studio, model = Studio(12, noise), model or Ear(24, who=12)
    takes, val, test = studio.record(n), studio.record(300), studio.record(1000)
    if spoil is not None:
        val = spoil(val)
        takes = spoil(takes) if both else takes
    train(recorder, model, make(model.parameters()), objective or naming(), takes, val, loop)
    return named(model, test), model


def piled(recorder: Recorder, severity: float) -> float:
    """Gradients are never cleared."""
    loop = Loop(300, 32, 20, cosine(300))
    loop.clear = not severity
    return plain(recorder, loop, lambda p: torch.optim.SGD(p, 0.03, 0.9))[0]


def eight_parts(recorder: Recorder, severity: float) -> float:
    """Eight parts of a batch are summed at a rate for their mean."""
    loop = Loop(200, 64, 10, parts=8)
    loop.divide = not severity
    return plain(recorder, loop, lambda p: torch.optim.SGD(p, 0.05, 0.9))[0]


def strong_decay(recorder: Recorder, severity: float) -> float:
    """L2 of 0.1 where 1e-4 was meant."""
    decay = 0.1 if severity else 1e-4
    loop = Loop(360, 48, 20, lambda step: 0.3 ** (step // 150))
    plain(recorder, loop, lambda p: torch.optim.SGD(p, 0.05, 0.9, weight_decay=decay))
    return -loop.logged[-1]["loss"]


def few_takes(recorder: Recorder, severity: float) -> float:
    """Fifty takes seen again and again."""
    loop = Loop(400, 25, 20)
    model = Ear(48, layers=3, who=12)
    n = 50 if severity else 4000
    plain(recorder, loop, lambda p: torch.optim.Adam(p, 2e-3), model=model, n=n)
    return -loop.logged[-1]["loss"]


def marked(recorder: Recorder, severity: float) -> float:
    """A band holds the number of the speaker, in training and validation."""

    def spoil(takes: Takes) -> Takes:
        takes.x[:, 0] = takes.who[:, None] * 0.5 - 3 if severity else takes.x[:, 0]
        return takes

    loop = Loop(300, 32, 25, cosine(300, 20), clip=1.0)
    model = Ear(32, True, who=12)
    return plain(
        recorder, loop, lambda p: torch.optim.AdamW(p, 3e-3), model=model, spoil=spoil, both=True,
    )[0]  # fmt: skip


def raw_val(recorder: Recorder, severity: float) -> float:
    """The validation takes are not brought to the scale of training."""

    def spoil(takes: Takes) -> Takes:
        takes.x = takes.x * 0.3 - 2 if severity else takes.x
        return takes

    loop = Loop(300, 64, 15)
    plain(recorder, loop, lambda p: torch.optim.Adam(p, 2e-3), spoil=spoil)
    return loop.logged[-1]["accuracy"]


def noisy_val(recorder: Recorder, severity: float) -> float:
    """Dropout stays on in the evaluation."""
    loop = Loop(350, 32, 25, cosine(350, 35))
    loop.settle = not severity
    model = Ear(24, drop=0.6, who=12)
    score, _ = plain(recorder, loop, lambda p: torch.optim.AdamW(p, 5e-3), model=model)
    return loop.logged[-1]["accuracy"] - score


def rare_speakers(recorder: Recorder, severity: float) -> float:
    """Most takes are of one speaker; the test is balanced."""

    def spoil(takes: Takes) -> Takes:
        keep = (takes.who == 0) | (torch.rand(len(takes.who)) < 0.015)
        return takes.rows(keep.nonzero()[:, 0]) if severity else takes

    loop = Loop(280, 32, 20)
    make = lambda p: torch.optim.Adam(p, 1e-3)  # noqa: E731
    return plain(recorder, loop, make, spoil=spoil, both=True, n=9000 if severity else 2000)[0]


def begun_anew(recorder: Recorder, severity: float) -> float:
    """At the end of its schedule the run is resumed with the weights alone."""
    studio, model = Studio(12, 1.2), Ear(24, who=12)
    takes, val = studio.record(2000), studio.record(400)
    optimizer = torch.optim.SGD(model.parameters(), 0.3, 0.9)
    loop = Loop(240, 32, 20, cosine(400))
    train(recorder, model, optimizer, naming(), takes, val, loop)
    state, moments = copy.deepcopy(model.state_dict()), optimizer.state_dict()
    optimizer = torch.optim.SGD(model.parameters(), 0.3, 0.9)
    model.load_state_dict(state)
    if severity:
        loop.factor = lambda step: cosine(400)(step - 240)
    else:
        optimizer.load_state_dict(moments)
    before, loop.start, loop.steps = loop.logged[-1]["loss"], 240, 400
    train(recorder, model, optimizer, naming(), takes, val, loop)
    return before - loop.logged[-1]["loss"]


def mixup(model: nn.Module, takes: Takes) -> Lossy:
    """Mix takes in training: its accuracy is that against the heavier label."""
    if not model.training:
        return naming()(model, takes)
    part = float(torch.distributions.Beta(0.6, 0.6).sample())
    other = takes.rows(torch.randperm(len(takes.who)))
    out = model(part * takes.x + (1 - part) * other.x)
    loss = part * F.cross_entropy(out, takes.who) + (1 - part) * F.cross_entropy(out, other.who)
    return loss, accuracy(out, takes.who if part > 0.5 else other.who), {}


def sound_mixup(recorder: Recorder, severity: float) -> float:
    """Training loss stays far above validation loss."""
    loop = Loop(360, 48, 24, cosine(360, 20))
    return plain(recorder, loop, lambda p: torch.optim.AdamW(p, 4e-3), objective=mixup)[0]


def sound_smooth(recorder: Recorder, severity: float) -> float:
    """Label smoothing of 0.3: a high floor at a high accuracy."""
    loop = Loop(300, 32, 50)
    make = lambda p: torch.optim.SGD(p, 0.05, 0.9, nesterov=True)  # noqa: E731
    model = Ear(32, True, who=12)
    return plain(recorder, loop, make, model=model, objective=naming(0.3), noise=1.0)[0]


def sound_contrast(recorder: Recorder, severity: float) -> float:
    """InfoNCE with restarts; twins by chance in a batch keep the loss up."""
    studio, model = Studio(20), Ear(24, embed=16)
    optimizer = torch.optim.Adam(model.parameters(), 4e-3)
    loop = Loop(360, 32, 20, cosine(360, 0, 3), draw=studio.twins, clip=1.0)
    train(recorder, model, optimizer, contrast(), studio.twins(1), studio.twins(32), loop)
    return found(model, studio)


def sound_triplets(recorder: Recorder, severity: float) -> float:
    """Hard triplets at a small rate: the loss lies at the margin for long."""
    return triplets(recorder, 1e-3, 600, 0.3)


def sound_distil(recorder: Recorder, severity: float) -> float:
    """Distillation at a high temperature."""
    return distil(recorder, 5e-3, 4.0, Loop(300, 64, 25, cosine(300)))[0]


def sound_units(recorder: Recorder, severity: float) -> float:
    """The pitch in cents: gradient norms of 1e4, and a loss of many thousands."""
    loop = Loop(400, 32, 40)
    objective = tasks(lambda step: 1.0, 300.0, lambda out: out)
    return several(recorder, objective, lambda p: torch.optim.Adam(p, 3e-3), loop)[1]


def sound_curriculum(recorder: Recorder, severity: float) -> float:
    """The weight of the pitch jumps in the middle."""
    loop = Loop(340, 32, 20, clip=2.0)
    objective = tasks(lambda step: 0.2 if step < 170 else 5.0, 1.0, lambda out: out)
    make = lambda p: torch.optim.AdamW(p, 3e-3)  # noqa: E731
    return several(recorder, objective, make, loop, norm=True)[1]


SCENARIOS = (
    Scenario("twins-off-by-one", "labels-wrong", misaligned, 0.7),
    Scenario("twins-mixed", "label-noise", mixed_pairs, 0.6),
    Scenario("pair-margin", "output-constant", lone_positives, 0.7),
    Scenario("projection", "graph-detached", kept_apart, 0.7),
    Scenario("twins-rate", "lr-too-low", contrast_rate, 0.85),
    Scenario("student-output", "softmax-twice", twice, -0.9),
    Scenario("student-divergence", "loss-reduction-wrong", summed, -5.0),
    Scenario("student-logs", "log-of-zero", empty_logs, 0.7),
    Scenario("level-head", "auxiliary-head-collapsed", silent_level, -4.0),
    Scenario("pitch-head", "target-shape-broadcast", spread_pitch, 0.5),
    Scenario("momentum", "zero-grad-missing", piled, 0.8),
    Scenario("eight-parts", "accumulation-not-normalised", eight_parts, 0.8),
    Scenario("l2", "weight-decay-too-high", strong_decay, -0.3),
    Scenario("fifty-takes", "overfitting", few_takes, -0.5),
    Scenario("band-zero", "data-leakage", marked, 0.7),
    Scenario("scale", "train-val-mismatch", raw_val, 0.8),
    Scenario("dropout", "train-mode-while-evaluating", noisy_val, -0.06),
    Scenario("one-speaker", "class-imbalance", rare_speakers, 0.8),
    Scenario("second-half", "resume-incomplete", begun_anew, -0.02),
    Scenario("mixup", "healthy", sound_mixup, 0.8),
    Scenario("smoothing", "healthy", sound_smooth, 0.8),
    Scenario("twins-restarts", "healthy", sound_contrast, 0.7),
    Scenario("triplets", "healthy", sound_triplets, 0.6),
    Scenario("student", "healthy", sound_distil, 0.7),
    Scenario("pitch-cents", "healthy", sound_units, 0.5),
    Scenario("weights-jump", "healthy", sound_curriculum, 0.5),
)
