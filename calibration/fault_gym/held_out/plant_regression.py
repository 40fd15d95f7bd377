"""Three quantities of a plant from eight sensors, by a tanh MLP under RMSprop or SGD."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import lr_scheduler

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_SENSORS, NUM_TRAIN, NUM_VAL = 8, 3000, 800
UNITS = torch.tensor([1e5, 600.0, 400.0, 3e4, 2e3, 500.0, 800.0, 1e3])
LEVELS = torch.tensor([1e5, 0.0, 300.0, 2e5, 5e3, 900.0, 300.0, 2e3])


@dataclass(frozen=True)
class Setup:
    """What one program does differently from the plain one."""

    lr: float = 2e-3
    optimizer: str = "rmsprop"
    batch: int = 50
    num_steps: int = 400
    planned_steps: int = 0  # where the log is of the first part of a longer run
    outputs: int = 3
    noise: float = 0.25
    tails: float = 0.0  # degrees of freedom of the noise; 0: normal
    unit: float = 1.0  # of the targets
    hidden: int = 48
    depth: int = 2
    activation: type[nn.Module] = nn.Tanh
    gain: float = 1.0  # of the first weights
    loss: str = "squares"
    schedule: str = "constant"
    scales: str = "std"
    clip: float = 0.0
    zero_grad: bool = True
    micro_batches: int = 1
    divides: bool = True  # the loss by the number of micro-batches
    glitches: int = 0
    glitch: float = 0.0
    lag: int = 0  # rows by which targets are out of step with sensors
    keeps_curves: int = 0  # rows of a prediction kept each step
    every: int = 80


def _plant(setup: Setup, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Return sensors in their units, targets `(count, outputs)` and those without noise."""
    x = torch.randn(count, NUM_SENSORS, generator=generator)
    a, b, c, d = x[:, :4].unbind(1)
    truth = torch.stack([torch.sin(1.5 * a) + 0.5 * b, a * b + 0.3 * c, (c - d).abs() - 1.1], 1)
    truth = truth.repeat(1, -(-setup.outputs // 3))[:, : setup.outputs]
    spread = setup.noise * (0.3 + 1.4 * torch.sigmoid(2 * d))[:, None]
    error = torch.randn(truth.shape, generator=generator)
    if setup.tails:
        chi = torch.randn(round(setup.tails), *truth.shape, generator=generator).square().mean(0)
        error = error / chi.sqrt()
    return x * UNITS + LEVELS, (truth + spread * error) * setup.unit, truth * setup.unit


def _scaled(setup: Setup, sensors: Tensor, of: Tensor) -> Tensor:
    if setup.scales == "none":
        return sensors
    by = of.var(0) if setup.scales == "variance" else of.std(0)
    return (sensors - of.mean(0)) / by


class Net(nn.Module):
    """An MLP; its second half of outputs is a variance where the loss wants one."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        sizes = [NUM_SENSORS] + [setup.hidden] * setup.depth
        layers: list[nn.Module] = []
        for inner, outer in pairwise(sizes):
            layers += [nn.Linear(inner, outer), setup.activation()]
            layers[-2].weight.data.mul_(setup.gain)  # type: ignore[operator]
        self.body = nn.Sequential(*layers)
        heads = 2 if "likelihood" in setup.loss else 1
        self.head = nn.Linear(setup.hidden, setup.outputs * heads)
        self.unit = setup.unit

    def forward(self, x: Tensor) -> Tensor:
        """Return `(n, outputs)`, or twice that."""
        out: Tensor = self.head(self.body(x))
        return out * self.unit


def _loss(setup: Setup, out: Tensor, target: Tensor) -> Tensor:
    """Return the loss of a batch."""
    if setup.loss == "huber":
        return functional.huber_loss(out, target)
    if setup.loss == "summed over outputs":
        return (out - target).square().sum(1).mean()
    if setup.loss == "summed over the batch":
        return (out - target).square().sum()
    if setup.loss == "flat targets":
        return functional.mse_loss(out, target[:, 0])
    if "likelihood" in setup.loss:
        mean, raw = out.chunk(2, dim=1)
        if setup.loss == "likelihood with relu":
            variance = functional.relu(raw)
        else:
            variance = functional.softplus(raw) + 1e-4
        return (0.5 * variance.log() + 0.5 * (target - mean).square() / variance).mean()
    return functional.mse_loss(out, target)


def _optimizer(setup: Setup, model: nn.Module) -> torch.optim.Optimizer:
    if setup.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), lr=setup.lr, momentum=0.9)
    return torch.optim.RMSprop(model.parameters(), lr=setup.lr, alpha=0.95)


def _schedule(setup: Setup, optimizer: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
    steps = setup.planned_steps or setup.num_steps
    if setup.schedule == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, steps)
    if setup.schedule.startswith("step"):
        return lr_scheduler.StepLR(optimizer, steps // 2, float(setup.schedule.split()[1]))
    return lr_scheduler.ConstantLR(optimizer, 1.0)


def _evaluate(setup: Setup, model: nn.Module, data: tuple[Tensor, ...]) -> tuple[float, float]:
    """Return the loss, and the share of the true variance that is explained."""
    inputs, targets, truth = data
    with torch.no_grad():
        out = model(inputs)
        loss = _loss(setup, out, targets).item()
        left = (out[:, : setup.outputs] - truth).square().mean(0) / truth.var(0)
    return loss, 1 - left.mean().item()


def _train(recorder: Recorder, setup: Setup) -> float:
    """Train; return the share of the true variance that is explained on held-out rows."""
    generator = torch.Generator().manual_seed(torch.initial_seed() + 53)
    raw, targets, _ = _plant(setup, NUM_TRAIN, generator)
    val_raw, val_targets, val_truth = _plant(setup, NUM_VAL, generator)
    inputs, val_inputs = _scaled(setup, raw, raw), _scaled(setup, val_raw, raw)
    val = (val_inputs, val_targets, val_truth)
    rows = torch.randperm(NUM_TRAIN, generator=generator)[: setup.glitches]
    targets[rows] += setup.glitch
    targets = targets.roll(setup.lag, 0)
    model = Net(setup)
    optimizer = _optimizer(setup, model)
    schedule = _schedule(setup, optimizer)
    recorder.watch(model, optimizer, {
        "optimizer": setup.optimizer, "lr": setup.lr, "batch_size": setup.batch,
        "num_steps": setup.planned_steps or setup.num_steps, "hidden": setup.hidden,
        "accumulate": setup.micro_batches, "clip": setup.clip or None,
    })  # fmt: skip
    curves = []
    for step in range(1, setup.num_steps + 1):
        if setup.zero_grad:
            optimizer.zero_grad()
        total = 0.0
        for _ in range(setup.micro_batches):
            chosen = torch.randint(NUM_TRAIN, (setup.batch,), generator=generator)
            loss = _loss(setup, model(inputs[chosen]), targets[chosen])
            total += loss.item() / setup.micro_batches
            (loss / setup.micro_batches if setup.divides else loss).backward()
        more = {}
        if setup.clip:
            more["grad_norm"] = nn.utils.clip_grad_norm_(model.parameters(), setup.clip).item()
        optimizer.step()
        recorder.step(total, samples=setup.batch * setup.micro_batches, **more)
        schedule.step()
        if setup.keeps_curves:
            curves.append(model(val_inputs[: setup.keeps_curves]))
        if setup.every and step % setup.every == 0:
            recorder.evaluate(loss=_evaluate(setup, model, val)[0])
    return _evaluate(setup, model, val)[1]


def _keep(recorder: Recorder, rows: int) -> float:
    """Train; return minus the rows kept each step."""
    _train(recorder, Setup(keeps_curves=rows, num_steps=300))
    return -rows


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


SGD = partial(Setup, optimizer="sgd", num_steps=400)

SCENARIOS = (
    _healthy("plain", 0.75, Setup()),
    _healthy("noise-floor", 0.35, Setup(noise=0.8, schedule="cosine", lr=4e-3, num_steps=600)),
    _healthy("heavy-tails", 0.6, Setup(noise=0.5, tails=2.0, loss="huber")),
    _healthy("likelihood-below-zero", 0.7, Setup(noise=0.15, loss="likelihood")),
    _healthy("squares-of-large-units", 0.7, Setup(unit=500.0, every=0)),
    _healthy("summed-over-outputs", 0.7, Setup(outputs=12, loss="summed over outputs")),
    _healthy("rare-spikes-clipped", 0.6, SGD(lr=0.03, clip=5.0, noise=0.4, tails=2.0)),
    _healthy("first-part-of-a-long-run", 0.6, Setup(planned_steps=8000, schedule="cosine")),
    _healthy("accumulates", 0.7, SGD(lr=0.05, batch=16, micro_batches=4, num_steps=300)),
    _faulty("flat-targets", "target-shape-broadcast", lambda s: Setup(
        outputs=1, loss="flat targets" if s else "squares"), 0.6),
    _faulty("glitches-of-a-sensor", "bad-batch", lambda s: Setup(
        glitches=round(12 / s) if s else 0, glitch=400 * s**2), 0.6, (1.0, 4.0)),
    _faulty("two-hidden-units", "capacity-too-small", lambda s: Setup(
        hidden=round(3 / s) if s else 48, schedule="cosine", lr=4e-3), 0.65, (1.0, 3.0)),
    _faulty("wide-first-weights", "activations-saturated", lambda s: Setup(
        gain=25 * s or 1.0), 0.6, (1.0, 4.0), ("bad-initialisation",)),
    _faulty("eight-sigmoid-layers", "gradients-vanishing", lambda s: Setup(
        depth=round(4 + 2 * s) if s else 2, activation=nn.Sigmoid if s else nn.Tanh),
        0.6, (1.0, 2.0)),
    _faulty("stopped-while-falling", "stopped-too-early", lambda s: Setup(
        num_steps=round(120 / s) if s else 500, lr=1.2e-3, every=20), 0.6, (1.0, 2.0)),
    _faulty("divided-by-variance", "output-constant", lambda s: Setup(
        scales="variance" if s else "std"), 0.6, same_as=("inputs-not-normalised",)),
    _faulty("sensors-in-own-units", "inputs-not-normalised", lambda s: Setup(
        scales="none" if s else "std", lr=2e-3 * max(s, 1)), 0.6, (1.0, 3.0)),
    _faulty("lr-too-high", "lr-too-high", lambda s: Setup(lr=2e-3 * 10**s), 0.65, (1.6, 2.0)),
    _faulty("summed-over-batch", "loss-reduction-wrong", lambda s: SGD(
        lr=0.05 / max(s, 1.0), loss="summed over the batch" if s else "squares"), 0.6,
        (3.0, 12.0)),
    _faulty("rows-out-of-step", "labels-wrong", lambda s: Setup(lag=round(s)), 0.6, (1.0, 7.0)),
    _faulty("gradients-never-cleared", "zero-grad-missing", lambda s: Setup(
        zero_grad=not s, lr=2e-3 * max(s, 1.0)), 0.65, (4.0, 7.0)),
    _faulty("variance-by-relu", "log-of-zero", lambda s: Setup(
        loss="likelihood with relu" if s else "likelihood"), 0.6),
    _faulty("rate-times-ten", "lr-schedule-wrong", lambda s: SGD(
        lr=0.05, schedule=f"step {10.0 * s}" if s else "step 0.1"), 0.65, (1.2, 2.5)),
    _faulty("clip-at-a-hundredth", "clipping-too-tight", lambda s: SGD(
        lr=0.05, clip=0.03 / s if s else 5.0), 0.65, (1.0, 4.0)),
    _faulty("micro-batches", "accumulation-not-normalised", lambda s: SGD(
        lr=0.05, batch=8, micro_batches=round(8 * max(s, 1)), divides=not s, num_steps=200), 0.65,
        (1.5, 2.0)),
    Scenario("curves-kept", "memory-leak", lambda r, s: _keep(r, round(400 * s)), goal=-1,
        severities=(1.0, 2.0)),
)  # fmt: skip
