"""Drawn digits, squeezed through a code and drawn again, by MLPs under Adam or SGD."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.held_out.drawn_images import digits
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_TRAIN, NUM_VAL, PIXELS = 2048, 400, 144


@dataclass(frozen=True)
class Setup:
    """What one program does differently from the plain one."""

    lr: float = 2e-3
    optimizer: str = "adam"
    eps: float = 1e-8
    batch: int = 64
    epochs: int = 10
    planned_epochs: int = 0  # that the schedule is made for
    schedule: str = "constant"
    code: int = 16
    hidden: tuple[int, ...] = (64,)
    activation: type[nn.Module] = nn.ReLU
    bias: float | None = None  # that every layer begins with
    spread: float = 0.0  # of normal weights
    noise: float = 0.0  # that is to be taken away
    brightness: float = 1.0  # of what the encoder sees
    loss: str = "cross-entropy"
    beta: float = 0.0  # weight of the divergence; above 0 the code is drawn
    beta_warmup: int = 0
    entropy: str = ""  # how the logarithm of the shares of codes is taken
    clip: float = 0.0
    detaches: bool = False
    frozen: str = ""
    trained: str = "all"
    resume: str = ""
    zero_grad: bool = True
    evaluates: bool = True
    logs_clipped_norm: bool = True
    slow_from: int = 0  # the step from which every step also writes a picture
    slow_s: float = 0.0


def _mlp(setup: Setup, sizes: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inner, outer in pairwise(sizes):
        layer = nn.Linear(inner, outer)
        if setup.bias is not None:
            nn.init.constant_(layer.bias, setup.bias)
        if setup.spread:
            nn.init.normal_(layer.weight, std=setup.spread)
        layers += [layer, setup.activation()]
    return nn.Sequential(*layers[:-1])


def _blur(code: Tensor, how: str) -> Tensor:
    """Return the entropy of what part of a drawing each code takes, sharply told apart."""
    logits = 12 * code
    share = logits.softmax(1)
    logs = share.log() if how == "log" else logits.log_softmax(1)
    return -(share * logs).sum(1)


class Autoencoder(nn.Module):
    """Encoder and decoder; variational where beta is above 0."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        codes = setup.code * (2 if setup.beta and not setup.entropy else 1)
        self.encoder = _mlp(setup, [PIXELS, *setup.hidden, codes])
        self.decoder = _mlp(setup, [setup.code, *reversed(setup.hidden), PIXELS])

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of pixels `(n, 144)` and the divergence of each code `(n,)`."""
        code = self.encoder(images * self.setup.brightness)
        if self.setup.detaches:
            code = code.detach()
        if self.setup.entropy:
            return self.decoder(code), _blur(code, self.setup.entropy)
        if not self.setup.beta:
            return self.decoder(code), torch.zeros(len(code))
        mean, log_var = code.chunk(2, dim=1)
        code = mean + (log_var / 2).exp() * torch.randn_like(mean) if self.training else mean
        divergence = 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum(1)
        return self.decoder(code), divergence


def _loss(setup: Setup, out: Tensor, images: Tensor, divergence: Tensor, beta: float) -> Tensor:
    """Return the loss of a batch."""
    if setup.loss == "squares":
        return functional.mse_loss(torch.sigmoid(out), images)
    drawn = functional.binary_cross_entropy_with_logits(out, images, reduction="none")
    if setup.loss == "mean of pixels, sum of codes":
        return drawn.mean() + beta * divergence.mean()
    if setup.loss == "sum of pixels":
        return drawn.sum(1).mean() + beta * divergence.mean()
    return drawn.mean() + beta * divergence.mean() / PIXELS


def _optimizer(setup: Setup, model: Autoencoder) -> torch.optim.Optimizer:
    trained = model.decoder if setup.trained == "decoder" else model
    if setup.optimizer == "sgd":
        return torch.optim.SGD(trained.parameters(), lr=setup.lr, momentum=0.9)
    return torch.optim.Adam(trained.parameters(), lr=setup.lr, eps=setup.eps)


def _schedule(
    setup: Setup, optimizer: torch.optim.Optimizer, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    if setup.schedule == "restarts":
        return torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, steps // 5)
    if setup.schedule == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    if setup.schedule == "linear":
        return torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    return torch.optim.lr_scheduler.ConstantLR(optimizer, 1.0)


def _drawn_share(
    setup: Setup, model: Autoencoder, seen: Tensor, images: Tensor
) -> tuple[float, ...]:
    """Return the loss, and the share of the variance of clean images that is drawn."""
    model.eval()
    with torch.no_grad():
        out, divergence = model(seen)
        loss = _loss(setup, out, images, divergence, setup.beta).item()
        left = (torch.sigmoid(out) - images).square().mean() / images.var(0).mean()
    model.train()
    return loss, 1 - left.item()


def _train(recorder: Recorder, setup: Setup) -> float:
    """Train; return the share of the variance of held-out images that is drawn."""
    generator = torch.Generator().manual_seed(torch.initial_seed() + 71)
    images, _ = digits(NUM_TRAIN, generator)
    val, _ = digits(NUM_VAL, generator)
    val_seen = val + setup.noise * torch.randn(val.shape, generator=generator)
    model = Autoencoder(setup)
    if setup.frozen:
        for parameter in getattr(model, setup.frozen).parameters():
            parameter.requires_grad = False
    optimizer = _optimizer(setup, model)
    per_epoch = NUM_TRAIN // setup.batch
    steps = per_epoch * (setup.planned_epochs or setup.epochs)
    schedule = _schedule(setup, optimizer, steps)
    fresh = copy.deepcopy(optimizer.state_dict())
    recorder.watch(model, optimizer, {
        "optimizer": setup.optimizer, "lr": setup.lr, "eps": setup.eps, "batch_size": setup.batch,
        "epochs": setup.epochs, "code": setup.code, "schedule": setup.schedule,
        "clip": setup.clip or None, "beta": setup.beta,
    })  # fmt: skip
    step = 0
    for epoch in range(setup.epochs):
        if setup.resume and epoch == setup.epochs - 1:
            optimizer.load_state_dict(fresh)
            schedule = _schedule(setup, optimizer, steps)
        for chosen in torch.randperm(NUM_TRAIN, generator=generator).split(setup.batch):
            step += 1
            batch = images[chosen]
            seen = batch + setup.noise * torch.randn(batch.shape, generator=generator)
            if setup.zero_grad:
                optimizer.zero_grad()
            out, divergence = model(seen)
            beta = setup.beta * min(1.0, step / (setup.beta_warmup or 1))
            loss = _loss(setup, out, batch, divergence, beta)
            loss.backward()
            more = {}
            if setup.clip:
                norm = nn.utils.clip_grad_norm_(model.parameters(), setup.clip).item()
                more = {"grad_norm": norm} if setup.logs_clipped_norm else {}
            optimizer.step()
            if setup.slow_from and step >= setup.slow_from:
                time.sleep(setup.slow_s)
            recorder.step(loss, samples=len(batch), **more)
            schedule.step()
        if setup.evaluates:
            recorder.evaluate(loss=_drawn_share(setup, model, val_seen, val)[0])
    return _drawn_share(setup, model, val_seen, val)[1]


def _slow(recorder: Recorder, severity: float) -> float:
    """Train while a picture is written each step from the middle on; return minus its time, ms."""
    slow_s = 0.008 * severity
    _train(recorder, Setup(slow_from=180 if severity else 0, slow_s=slow_s))
    return -1000 * slow_s


def _healthy(name: str, goal: float, setup: Setup) -> Scenario:
    return Scenario(name, "healthy", lambda r, _: _train(r, setup), goal=goal)


def _faulty(
    name: str,
    planted: str,
    setup: Callable[[float], Setup],
    goal: float,
    severities: tuple[float, ...] = (1.0,),
    same_as: tuple[str, ...] = (),
) -> Scenario:
    def run(recorder: Recorder, severity: float) -> float:
        return _train(recorder, setup(severity))

    return Scenario(name, planted, run, goal, same_as, severities)


SGD = partial(Setup, optimizer="sgd", lr=1.0, schedule="cosine")
VAE = partial(Setup, loss="sum of pixels", beta=1.0, code=8)

SCENARIOS = (
    _healthy("plain", 0.6, Setup()),
    _healthy("denoises", 0.35, Setup(noise=0.6, schedule="linear")),
    _healthy("divergence-warms-up", 0.4, VAE(beta_warmup=160)),
    _healthy("restarts", 0.6, Setup(schedule="restarts", lr=4e-3)),
    _healthy("squares-unwatched", 0.6, Setup(loss="squares", evaluates=False)),
    _healthy("sgd-clipped-at-first", 0.4, SGD(clip=0.5)),
    _healthy("elu", 0.55, Setup(activation=nn.ELU, schedule="cosine", batch=32, epochs=7)),
    _faulty("code-detached", "graph-detached", lambda s: Setup(
        detaches=s > 0, code=round(16 / max(s, 1))), 0.6, (1.0, 2.0), ("parameters-frozen",)),
    _faulty("encoder-frozen", "parameters-frozen", lambda s: Setup(
        frozen="encoder" if s else ""), 0.6, (1.0,),
        ("parameters-not-in-optimizer", "graph-detached")),
    _faulty("decoder-alone-in-optimizer", "parameters-not-in-optimizer", lambda s: Setup(
        trained="decoder" if s else "all"), 0.6, (1.0,), ("parameters-frozen",)),
    _faulty("log-of-softmax", "log-of-zero", lambda s: Setup(
        entropy="log" if s else "log-softmax", beta=1.0, lr=2e-3 * max(s, 1)), 0.5, (1.0, 2.0)),
    _faulty("lr-too-low", "lr-too-low", lambda s: Setup(lr=2e-3 / 10**s), 0.6, (1.3, 2.3)),
    _faulty("lr-too-high", "lr-too-high", lambda s: Setup(lr=2e-3 * 10**s), 0.6, (1.75, 2.2)),
    _faulty("clip-at-a-hundredth", "clipping-too-tight", lambda s: SGD(
        clip=0.01 / s if s else 1.0), 0.4, (1.0, 4.0)),
    _faulty("clip-unlogged", "clipping-too-tight", lambda s: SGD(
        clip=0.006 if s else 1.0, logs_clipped_norm=False), 0.4),
    _faulty("large-epsilon", "adam-epsilon-too-large", lambda s: Setup(
        eps=s or 1e-8), 0.6, (1e-3, 0.1)),
    _faulty("negative-biases", "relus-dead", lambda s: Setup(
        bias=-0.6 * s if s else None), 0.6, (1.0, 3.0), ("bad-initialisation",)),
    _faulty("five-sigmoid-layers", "gradients-vanishing", lambda s: Setup(
        hidden=(64,) * round(1 + 2 * s), activation=nn.Sigmoid if s else nn.ReLU), 0.5,
        (1.0, 2.0)),
    _faulty("tiny-weights", "bad-initialisation", lambda s: Setup(
        spread=1e-3 / s if s else 0.0, hidden=(64, 32)), 0.3, (1.0, 10.0),
        ("gradients-vanishing",)),
    _faulty("bytes-into-sigmoids", "activations-saturated", lambda s: Setup(
        brightness=255 * s if s else 1.0, activation=nn.Sigmoid if s else nn.ReLU, lr=4e-3),
        0.5, (0.4, 1.0), ("inputs-not-normalised",)),
    _faulty("stopped-while-falling", "stopped-too-early", lambda s: Setup(
        epochs=round(4 / s) if s else 12, lr=1e-3), 0.55, (1.0, 2.0)),
    _faulty("one-code", "capacity-too-small", lambda s: Setup(
        code=round(3 - s) if s else 16, schedule="cosine", lr=4e-3, epochs=12), 0.6, (1.0, 2.0)),
    _faulty("mean-of-pixels", "loss-reduction-wrong", lambda s: VAE(
        loss="mean of pixels, sum of codes" if s else "sum of pixels"), 0.35, (1.0,),
        ("output-constant",)),
    _faulty("strong-divergence", "output-constant", lambda s: VAE(
        beta=20.0 * s or 1.0), 0.35, (1.0, 5.0)),
    _faulty("cosine-for-fewer-epochs", "lr-schedule-wrong", lambda s: Setup(
        schedule="linear", planned_epochs=round(2 / s) if s else 10, lr=3e-3), 0.58,
        (1.0, 2.0)),
    _faulty("resumes-at-first-rate", "resume-incomplete", lambda s: Setup(
        schedule="linear", resume="optimizer" if s else "", lr=0.025), 0.85),
    _faulty("gradients-never-cleared", "zero-grad-missing", lambda s: Setup(
        zero_grad=not s, lr=2e-3 * max(s, 1)), 0.6, (1.0, 5.0)),
    Scenario("a-picture-each-step", "throughput-cliff", _slow, goal=-2, severities=(1.0, 3.0)),
)  # fmt: skip
