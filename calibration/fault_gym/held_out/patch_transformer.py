"""Drawn digits in noise, read as nine patches by a small transformer under AdamW."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.held_out.drawn_images import NUM_DIGITS, digits
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_TRAIN, NUM_VAL, NUM_PATCHES, PATCH = 3000, 400, 9, 16
Rates = Callable[[int], float]


@dataclass(frozen=True)
class Setup:
    """What one program does differently from the plain one."""

    lr: float = 6e-3
    warmup: int = 40
    schedule: str = "linear"
    batch: int = 32
    num_steps: int = 280
    num_train: int = NUM_TRAIN
    noise: float = 0.05
    width: int = 32
    norm_first: bool = True
    dropout: float = 0.0
    weight_decay: float = 0.01
    eps: float = 1e-8
    clip: float = 1.0
    smoothing: float = 0.0
    muon: bool = False
    softmax: bool = False
    reads: str = "mean"  # what the head reads: mean of patches, or the class token put on too late
    embeds: str = "trained"  # or "without gradient"
    trained: str = "all"
    zero_grad: bool = True
    rare: float = 1.0  # share kept of the digits above 4
    resume_at: int = 0
    evaluates_in_training_mode: bool = False
    inverts_val: bool = False
    every: int = 70
    load_s: float = 0.0
    stacks: int = 0  # copies of each prediction that a growing table is made of, each step


class Reader(nn.Module):
    """Patches, two blocks of attention and a head."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self.embed = nn.Linear(PATCH, setup.width)
        self.place = nn.Parameter(0.02 * torch.randn(NUM_PATCHES, setup.width))
        self.token = nn.Parameter(0.02 * torch.randn(setup.width))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                setup.width, 2, 2 * setup.width, setup.dropout, batch_first=True,
                norm_first=setup.norm_first,
            )
            for _ in range(2)
        )  # fmt: skip
        self.head = nn.Linear(setup.width, NUM_DIGITS)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `(n, 10)` of images `(n, 144)`."""
        tiles = (
            (images * 2 - 1).view(-1, 3, 4, 3, 4).transpose(2, 3).reshape(-1, NUM_PATCHES, PATCH)
        )
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.setup.embeds == "trained"):
            x = self.embed(tiles)
        x = x + self.place
        for block in self.blocks:
            x = block(x)
        if self.setup.reads == "token":
            x = torch.cat([self.token.expand(len(x), 1, -1), x], dim=1)[:, :1]
        out: Tensor = self.head(x.mean(1))
        return out.softmax(1) if self.setup.softmax else out


def _rates(setup: Setup) -> Rates:
    """Return the factor of the learning rate at a step."""

    def at(step: int) -> float:
        if setup.schedule == "cosine of epochs":  # its period is in epochs, and it goes on
            return 0.5 + 0.5 * math.cos(math.pi * step / 16)
        warm = min(1.0, (step + 1) / max(setup.warmup, 1))
        if setup.schedule == "square root":
            return warm * min(1.0, math.sqrt(max(setup.warmup, 20) / (step + 1)))
        if setup.schedule == "jump":  # a table of milestones with a slip in its third row
            return warm * (1.0 if step < setup.num_steps * 0.6 else 15.0)
        return warm * max(0.0, 1 - step / setup.num_steps)

    return at


def _optimizers(setup: Setup, model: Reader) -> list[torch.optim.Optimizer]:
    if setup.trained == "embedding and head":
        some = [model.place, model.token, *model.embed.parameters(), *model.head.parameters()]
    else:
        some = list(model.parameters())
    made: list[torch.optim.Optimizer] = []
    if setup.muon:
        inner = [p for p in model.blocks.parameters() if p.dim() == 2]
        made.append(torch.optim.Muon(inner, lr=0.01, weight_decay=setup.weight_decay))
        some = [p for p in some if not any(p is one for one in inner)]
    adamw = torch.optim.AdamW(some, setup.lr, eps=setup.eps, weight_decay=setup.weight_decay)
    return [adamw, *made]


def _data(setup: Setup, generator: torch.Generator) -> list[Tensor]:
    images, targets = digits(setup.num_train, generator, noise=setup.noise, jitter=0.15)
    val, val_targets = digits(NUM_VAL, generator, noise=setup.noise, jitter=0.15)
    kept = (targets < 5) | (torch.rand(len(targets), generator=generator) < setup.rare)
    return [images[kept], targets[kept], val, val_targets]


def _scored(model: nn.Module, images: Tensor, targets: Tensor) -> tuple[float, float]:
    with torch.no_grad():
        out = model(images)
    right = (out.argmax(1) == targets).float().mean().item()
    return functional.cross_entropy(out, targets).item(), right


def _fit(recorder: Recorder, setup: Setup) -> tuple[float, float]:
    """Train; return accuracy on held-out digits as reported last, and as an honest check has it."""
    generator = torch.Generator().manual_seed(torch.initial_seed() + 91)
    images, targets, val, val_targets = _data(setup, generator)
    shown = 1 - val if setup.inverts_val else val
    model = Reader(setup)
    optimizers = _optimizers(setup, model)
    fresh = copy.deepcopy([one.state_dict() for one in optimizers])
    rates = _rates(setup)
    begun = [torch.optim.lr_scheduler.LambdaLR(one, rates) for one in optimizers]
    recorder.watch(model, optimizers if setup.muon else optimizers[0], {
        "optimizer": "muon and adamw" if setup.muon else "adamw", "lr": setup.lr,
        "warmup_steps": setup.warmup, "num_steps": setup.num_steps, "batch_size": setup.batch,
        "weight_decay": setup.weight_decay, "eps": setup.eps, "clip": setup.clip,
        "dropout": setup.dropout, "label_smoothing": setup.smoothing, "num_classes": NUM_DIGITS,
    })  # fmt: skip
    table, reported = torch.empty(0, NUM_DIGITS), 0.0
    for step in range(1, setup.num_steps + 1):
        began = time.perf_counter()
        chosen = torch.randint(len(images), (setup.batch,), generator=generator)
        if setup.load_s:
            time.sleep(setup.load_s * (0.5 + torch.rand(1, generator=generator).item()))
        waited = time.perf_counter() - began
        if setup.zero_grad:
            model.zero_grad()
        out = model(images[chosen])
        loss = functional.cross_entropy(out, targets[chosen], label_smoothing=setup.smoothing)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), setup.clip).item()
        for one in optimizers:
            one.step()
        if setup.stacks:
            table = torch.cat([table, out.detach().repeat(setup.stacks, 1)])
        right = (out.argmax(1) == targets[chosen]).float().mean().item()
        recorder.step(loss, right, samples=setup.batch, grad_norm=norm, data_time_s=waited)
        for schedule in begun:
            schedule.step()
        if step == setup.resume_at:
            for one, state in zip(optimizers, fresh, strict=True):
                one.load_state_dict(copy.deepcopy(state))
            begun = [torch.optim.lr_scheduler.LambdaLR(one, rates) for one in optimizers]
        if step % setup.every == 0:
            model.train(setup.evaluates_in_training_mode)
            loss_val, reported = _scored(model, shown, val_targets)
            recorder.evaluate(loss=loss_val, accuracy=reported)
            model.train()
    return reported, _scored(model.eval(), val, val_targets)[1]


def _train(recorder: Recorder, setup: Setup) -> float:
    """Train; return the accuracy on held-out digits."""
    return _fit(recorder, setup)[1]


def _report(recorder: Recorder, setup: Setup) -> float:
    """Train; return minus how far the last reported accuracy is from an honest one."""
    reported, honest = _fit(recorder, setup)
    return -abs(reported - honest)


def _cost(recorder: Recorder, setup: Setup) -> float:
    """Train; return minus what is waited for or copied in each step, in units of a millisecond."""
    _train(recorder, setup)
    return -1000 * setup.load_s - setup.stacks / 100


def _healthy(name: str, goal: float, setup: Setup) -> Scenario:
    return Scenario(name, "healthy", lambda r, _: _train(r, setup), goal=goal)


def _faulty(
    name: str,
    planted: str,
    setup: Callable[[float], Setup],
    goal: float,
    severities: tuple[float, ...] = (1.0,),
    same_as: tuple[str, ...] = (),
    score: Callable[[Recorder, Setup], float] = _train,
) -> Scenario:
    def run(recorder: Recorder, severity: float) -> float:
        return score(recorder, setup(severity))

    return Scenario(name, planted, run, goal, same_as, severities)


SCENARIOS = (
    _healthy("plain", 0.93, Setup()),
    _healthy("muon", 0.93, Setup(muon=True)),
    _healthy("label-smoothing", 0.93, Setup(smoothing=0.1)),
    _healthy("noise-floor", 0.4, Setup(noise=0.45, schedule="square root")),
    _healthy("dropout-seldom-evaluated", 0.85, Setup(dropout=0.2, every=120)),
    _healthy("norms-after", 0.8, Setup(norm_first=False, clip=0.5)),
    _healthy("batch-of-eight", 0.7, Setup(batch=8, lr=2.5e-3, num_steps=400)),
    _faulty("no-warm-up", "warmup-missing", lambda s: Setup(
        warmup=0 if s else 60, lr=0.016 * max(1.0, s), norm_first=False, clip=100.0), 0.85,
        (1.0, 1.5), ("lr-too-high",)),
    _faulty("lr-too-high", "lr-too-high", lambda s: Setup(lr=6e-3 * 10**s), 0.9, (1.6, 2.0)),
    _faulty("rate-jumps", "lr-schedule-wrong", lambda s: Setup(
        schedule="jump" if s else "linear", lr=4e-3), 0.9),
    _faulty("blocks-not-in-optimizer", "parameters-not-in-optimizer", lambda s: Setup(
        trained="embedding and head" if s else "all"), 0.9, (1.0,), ("parameters-frozen",)),
    _faulty("softmax-layer", "softmax-twice", lambda s: Setup(softmax=s > 0), 0.9),
    _faulty("token-put-on-late", "output-constant", lambda s: Setup(
        reads="token" if s else "mean"), 0.9),
    _faulty("rare-digits", "class-imbalance", lambda s: Setup(
        rare=0.02 / s if s else 1.0), 0.9, (1.0, 4.0)),
    _faulty("strong-decay", "weight-decay-too-high", lambda s: Setup(
        weight_decay=3.0 * s or 0.01), 0.9, (1.0, 3.0)),
    _faulty("gradients-never-cleared", "zero-grad-missing", lambda s: Setup(
        zero_grad=not s, lr=6e-3 * max(s, 1), clip=100.0), 0.9, (1.0, 3.0)),
    _faulty("resumes-with-weights-alone", "resume-incomplete", lambda s: Setup(
        resume_at=260 if s else 0, lr=0.012, warmup=10), 0.9, (1.0,)),
    _faulty("dropout-while-evaluating", "train-mode-while-evaluating", lambda s: Setup(
        dropout=0.25 + 0.15 * s, evaluates_in_training_mode=s > 0), -0.012, (1.6, 2.2),
        score=_report),
    _faulty("dark-on-light-in-validation", "train-val-mismatch", lambda s: Setup(
        inverts_val=s > 0), -0.1, score=_report),
    _faulty("slow-disk", "dataloader-bottleneck", lambda s: Setup(load_s=0.012 * s), -2,
        (1.0, 2.0), score=_cost),
    _faulty("table-grows", "throughput-cliff", lambda s: Setup(stacks=round(110 * s)), -1,
        (1.0,), ("memory-leak",), score=_cost),
)  # fmt: skip
