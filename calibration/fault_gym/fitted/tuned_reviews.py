"""Fine-tuning: a base is pretrained unrecorded, then tuned on reviews (tokens) or on pictures."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from fault_gym.fitted.reviews import (
    Looker,
    Loop,
    Reader,
    inject,
    live,
    measure,
    pictures,
    pretrain,
    ramp,
    reviews,
    tested,
    tune,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario


def forgets(recorder: Recorder, severity: float) -> float:
    """New classes beside the old ones in one head; without the old texts among the new."""
    task = reviews(labels=4)
    sets: dict[str, Any] = {
        k: (getattr(task, k)[0], getattr(task, k)[1] + 16) for k in ("train", "val", "test")
    }
    model = pretrain(Reader(20, drop=0.0), task, 200, labels=0)
    loop = Loop(280, every=20, factor=ramp(280, 20), log=("source_loss", "source_accuracy"))
    loop.replay = None if severity else task.source
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    tune(recorder, model, optimizer, replace(task, **sets), loop, num_classes=20)
    return tested(model, task.source)


def forgets_domain(recorder: Recorder, severity: float) -> float:
    """The same head goes on to pictures of another contrast."""
    task = pictures()
    model = pretrain(Looker(10, batch=False), task, 200, labels=0)
    loop = Loop(350, 24, 35, clip=5.0, log=("base_loss", "base_accuracy"))
    loop.replay = None if severity else task.source
    tune(recorder, model, torch.optim.SGD(model.parameters(), 0.03, 0.9), task, loop)
    return tested(model, task.source)


def lora_head(recorder: Recorder, severity: float) -> float:
    """What is not an adapter is frozen, after the new head was put on."""
    task = reviews(labels=8)
    model = inject(pretrain(Reader(16, drop=0.0), task))
    model.head.requires_grad_(not severity)
    optimizer = torch.optim.AdamW(live(model), 3e-3, weight_decay=0.01)
    loop = Loop(320, 32, 20, ramp(320, 20, "linear"))
    return tune(recorder, model, optimizer, task, loop, lora_rank=4)


def frozen_body(recorder: Recorder, severity: float) -> float:
    """The loop that thaws the last layers matches no name, but for the norms."""
    task = pictures()
    model = pretrain(Looker(10), task)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not severity or name == "head.bias" or "body.1." in name)
    optimizer = torch.optim.Adam(live(model), 2e-3)
    return tune(recorder, model, optimizer, task, Loop(300, 48, 25, clip=1.0))


def late_head(recorder: Recorder, severity: float) -> float:
    """The optimizer is made before the head is replaced."""
    task = reviews(labels=8)
    model = pretrain(Reader(16), task, labels=0)
    early = list(model.parameters())
    model.head = nn.Linear(32, 8)
    nn.init.zeros_(model.head.weight)
    optimizer = torch.optim.AdamW(early if severity else model.parameters(), 1e-3)
    return tune(recorder, model, optimizer, task, Loop(300, 32, 30, ramp(300, 30)))


def late_adapters(recorder: Recorder, severity: float) -> float:
    """The optimizer is made before the adapters are put in: it holds the head alone."""
    task = reviews(labels=6, kinds=3)
    model = pretrain(Reader(3, drop=0.0), task)
    inject(model, ("query", "value", "up", "down"), 8)
    held = list(model.head.parameters()) if severity else live(model)
    return tune(recorder, model, torch.optim.Adam(held, 6e-3), task, Loop(350, 32, 25))


def one_of_two(recorder: Recorder, severity: float) -> float:
    """An optimizer for the body and one for the head, neither of which is stepped."""
    task = pictures()
    model = pretrain(Looker(10, batch=False), task)
    body = [p for name, p in model.named_parameters() if "head" not in name]
    both = [torch.optim.SGD(body, 0.01, 0.9), torch.optim.SGD(model.head.parameters(), 0.05, 0.9)]
    loop = Loop(300, 32, 20, ramp(300, 0, "steps"))
    loop.stepped = (not severity, not severity)
    return tune(recorder, model, both, task, loop)


def stays_in_eval(recorder: Recorder, severity: float) -> float:
    """The evaluation does not switch back."""
    task = pictures(n=300)
    model = pretrain(Looker(10, drop=0.5), task)
    loop = Loop(400, 24, 20, ramp(400, 0))
    loop.back = not severity
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    tune(recorder, model, optimizer, task, loop, dropout=0.5)
    return float(loop.ended)


def stays_in_train(recorder: Recorder, severity: float) -> float:
    """The evaluation leaves dropout on."""
    task = reviews()
    model = pretrain(Reader(16, drop=0.5), task)
    loop = Loop(360, 64, 30, ramp(360, 0, "linear"), clip=1.0)
    loop.settle = not severity
    tune(recorder, model, torch.optim.Adam(model.parameters(), 1e-3), task, loop)
    return measure(model, task.val)[0] - loop.logged[0]


def rate_of_scratch(recorder: Recorder, severity: float) -> float:
    """The full model is tuned at a rate far above that of its pretraining."""
    task = pictures()
    model = pretrain(Looker(10, batch=False), task)
    rate = 0.8 if severity else 0.03
    optimizer = torch.optim.SGD(model.parameters(), rate, 0.9)
    return tune(recorder, model, optimizer, task, Loop(300, 32, 20, ramp(300, 15, "linear")))


def rate_of_full(recorder: Recorder, severity: float) -> float:
    """Adapters and head at the rate of full fine-tuning of a large model."""
    task = reviews()
    model = inject(pretrain(Reader(16, drop=0.0), task), ("query", "key", "value", "out"))
    optimizer = torch.optim.AdamW(live(model), 2e-5 if severity else 4e-3)
    return tune(recorder, model, optimizer, task, Loop(300, 32, 25, ramp(300, 20)))


def epochs_for_steps(recorder: Recorder, severity: float) -> float:
    """The schedule's length is in epochs, and it is stepped at each batch."""
    task = pictures()
    model = pretrain(Looker(10, batch=False), task)
    optimizer = torch.optim.SGD(model.parameters(), 0.02, 0.9, weight_decay=1e-4)
    loop = Loop(376, 32, 47, ramp(8 if severity else 376, 0, "linear"))
    return tune(recorder, model, optimizer, task, loop, epochs=8)


def decays_per_batch(recorder: Recorder, severity: float) -> float:
    """A factor of 0.8 for each epoch is applied at each of its parts."""
    task = reviews(n=1600)
    model = pretrain(Reader(16, recurrent=True), task, 160)
    optimizer = torch.optim.RMSprop(model.parameters(), 1e-3)
    unit = 3 if severity else 50
    loop = Loop(400, 32, 25, lambda step: 0.8 ** (step // unit))
    return tune(recorder, model, optimizer, task, loop, epochs=8, gamma=0.8)


def decayed(recorder: Recorder, severity: float) -> float:
    """Decoupled decay a hundred times its usual size."""
    task = reviews()
    model = pretrain(Reader(16), task)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=severity * 12 or 0.05)
    return tune(recorder, model, optimizer, task, Loop(340, 32, 20, clip=1.0))


def few_reviews(recorder: Recorder, severity: float) -> float:
    """All weights on 90 texts, for many epochs."""
    task = reviews(kinds=4, n=60 if severity else 4000, spread=0.6)
    model = pretrain(Reader(4, drop=0.0), task)
    loop = Loop(360, 30, 15)
    tune(recorder, model, torch.optim.Adam(model.parameters(), 1e-3), task, loop)
    return -loop.logged[0]


def other_words(recorder: Recorder, severity: float) -> float:
    """Half of the words of the validation texts get the ids of another vocabulary."""
    task = reviews()
    if severity:
        ids = torch.where(torch.rand(150) < 0.6, torch.randperm(150), torch.arange(150))
        task = replace(task, val=(ids[task.val[0]], task.val[1]))
    model = pretrain(Reader(16), task)
    loop = Loop(320, 32, 20, ramp(320, 20))
    tune(recorder, model, torch.optim.AdamW(model.parameters(), 8e-4), task, loop)
    return loop.logged[1]


def noisy_stars(recorder: Recorder, severity: float) -> float:
    """A share of the labels is drawn anew, in all sets."""
    task = reviews(n=4000)
    for y in (task.train[1], task.val[1]):
        spoilt = torch.rand(len(y)) < 0.4 * severity
        y[spoilt] = torch.randint(0, 5, (int(spoilt.sum()),))
    model = pretrain(Reader(16, recurrent=True), task, 160)
    loop = Loop(380, 48, 25, ramp(380))
    tune(recorder, model, torch.optim.Adam(model.parameters(), 2e-3), task, loop)
    return loop.logged[1]


def rare_stars(recorder: Recorder, severity: float) -> float:
    """Nearly all texts are of one label; the test set is balanced."""
    share = (0.95, 0.02, 0.01, 0.01, 0.01) if severity else None
    task = reviews(share=share)
    model = pretrain(Reader(16), task)
    loop = Loop(280, 32, 20, ramp(280, 0, "linear"))
    return tune(recorder, model, torch.optim.AdamW(model.parameters(), 4e-4), task, loop)


def resumed(recorder: Recorder, severity: float) -> float:
    """The checkpoint holds the adapters and not the head; the rest is begun anew."""
    task = reviews(labels=6)
    model = inject(pretrain(Reader(16, drop=0.0), task))
    loop = Loop(180, 32, 15, ramp(400, 20))
    optimizer = torch.optim.AdamW(live(model), 4e-3)
    tune(recorder, model, optimizer, task, loop, epochs=6)
    state, moments = copy.deepcopy(model.state_dict()), optimizer.state_dict()
    model.head = nn.Linear(32, 6)
    optimizer = torch.optim.AdamW(live(model), 4e-3)
    if not severity:
        model.load_state_dict(state)
        optimizer.load_state_dict(moments)
    before, now = loop.logged[0], measure(model.eval(), task.val)[0]
    loop.start, loop.steps = 180, 400
    tune(recorder, model, optimizer, task, loop, epochs=6)
    return before - now


def cut_short(recorder: Recorder, severity: float) -> float:
    """Ended while it still falls."""
    task = reviews()
    model = pretrain(Reader(16, recurrent=True), task, 160)
    steps = 150 if severity else 600
    optimizer = torch.optim.Adam(model.parameters(), 2.5e-4)
    return tune(recorder, model, optimizer, task, Loop(steps, 32, 15))


def sound_lora(recorder: Recorder, severity: float) -> float:
    """Adapters whose second matrix starts at zero; the base is frozen."""
    task = reviews()
    model = inject(pretrain(Reader(16), task), ("query", "value", "up"), 4)
    optimizer = torch.optim.AdamW(live(model), 4e-3)
    return tune(recorder, model, optimizer, task, Loop(350, 32, 25, ramp(350, 30), clip=1.0))


def sound_probe(recorder: Recorder, severity: float) -> float:
    """A frozen body with a new head."""
    task = reviews()
    model = pretrain(Reader(16), task).requires_grad_(False)
    model.head.requires_grad_(True)
    optimizer = torch.optim.SGD(live(model), 0.05, 0.9)
    return tune(recorder, model, optimizer, task, Loop(400, 64, 40, ramp(400, 0, "steps")))


def sound_start(recorder: Recorder, severity: float) -> float:
    """Goes on with the task of the base at a small rate: nothing is left to learn."""
    task = reviews(kinds=6)
    task = replace(task, train=task.source, val=task.source, test=task.source, labels=6)
    half = [(x[1000:], y[1000:]) for x, y in [task.source]]
    task = replace(task, train=(task.source[0][:1000], task.source[1][:1000]), val=half[0])
    model = pretrain(Reader(6), replace(task, source=task.train), 150, labels=0)
    optimizer = torch.optim.AdamW(model.parameters(), 5e-5)
    return tune(recorder, model, optimizer, task, Loop(240, 32, 24, ramp(240, 20, "linear")))


def sound_pairs(recorder: Recorder, severity: float) -> float:
    """Two texts in a batch: very noisy signals."""
    task = reviews(labels=3)
    model = pretrain(Reader(16, drop=0.0), task)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-4)
    return tune(recorder, model, optimizer, task, Loop(600, 2, 60, ramp(600, 60, "linear")))


def sound_restarts(recorder: Recorder, severity: float) -> float:
    """Cosine restarts on pictures."""
    task = pictures()
    model = pretrain(Looker(10), task)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, 0.9, weight_decay=5e-4)
    return tune(recorder, model, optimizer, task, Loop(390, 32, 26, ramp(390, 0, "restarts")))


def sound_dropout(recorder: Recorder, severity: float) -> float:
    """Much dropout and label smoothing: training loss lies above validation loss."""
    task = reviews()
    model = pretrain(Reader(16, drop=0.4), task, 160)
    loop = Loop(380, 64, 30, ramp(380, 40, "linear"), smoothing=0.1, clip=1.0)
    return tune(recorder, model, torch.optim.Adam(model.parameters(), 1e-3), task, loop)


def sound_full(recorder: Recorder, severity: float) -> float:
    """All weights of a convolutional net, few evaluations."""
    task = pictures(labels=4)
    model = pretrain(Looker(10, batch=False), task)
    optimizer = torch.optim.Adam(model.parameters(), 5e-4)
    return tune(recorder, model, optimizer, task, Loop(450, 16, 90), epochs=5)


SCENARIOS = (
    Scenario("class-incremental", "catastrophic-forgetting", forgets, 0.35),
    Scenario("domain-shift", "catastrophic-forgetting", forgets_domain, 0.6),
    Scenario("lora-head", "parameters-frozen", lora_head, 0.68),
    Scenario("thaw-by-name", "parameters-frozen", frozen_body, 0.75),
    Scenario("head-after-optimizer", "parameters-not-in-optimizer", late_head, 0.6),
    Scenario("adapters-after-optimizer", "parameters-not-in-optimizer", late_adapters, 0.805),
    Scenario("two-optimizers", "optimizer-step-missing", one_of_two, 0.75),
    Scenario("dropout-off", "eval-mode-while-training", stays_in_eval, 0.5),
    Scenario("dropout-on", "train-mode-while-evaluating", stays_in_train, -0.04),
    Scenario("full-rate", "lr-too-high", rate_of_scratch, 0.8),
    Scenario("lora-rate", "lr-too-low", rate_of_full, 0.75),
    Scenario("linear-epochs", "lr-schedule-wrong", epochs_for_steps, 0.75),
    Scenario("gamma-unit", "lr-schedule-wrong", decays_per_batch, 0.81),
    Scenario("decoupled", "weight-decay-too-high", decayed, 0.8),
    Scenario("small-set", "overfitting", few_reviews, -1.2),
    Scenario("vocabulary", "train-val-mismatch", other_words, 0.8),
    Scenario("noisy-stars", "label-noise", noisy_stars, 0.75),
    Scenario("rare-stars", "class-imbalance", rare_stars, 0.7),
    Scenario("lora-resumed", "resume-incomplete", resumed, -0.3),
    Scenario("gru-brief", "stopped-too-early", cut_short, 0.78),
    Scenario("lora", "healthy", sound_lora, 0.75),
    Scenario("frozen-backbone", "healthy", sound_probe, 0.75),
    Scenario("starts-converged", "healthy", sound_start, 0.75),
    Scenario("batch-of-two", "healthy", sound_pairs, 0.75),
    Scenario("restarts", "healthy", sound_restarts, 0.75),
    Scenario("much-dropout", "healthy", sound_dropout, 0.75),
    Scenario("conv-full", "healthy", sound_full, 0.75),
)
