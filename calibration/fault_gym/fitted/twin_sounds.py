"""Sounds: retrieval by pairs and triplets, distillation, several tasks at once, mixup."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

Lossy = tuple[Tensor, float | None, dict[str, float]]
Objective = Callable[[nn.Module, "Takes"], Lossy]


@dataclass
class Takes:
    """Recordings of 12 bands by 10 frames, who is heard, and how high and how loud."""

    x: Tensor
    who: Tensor
    pitch: Tensor
    level: Tensor

    def rows(self, at: Tensor) -> Takes:
        return Takes(self.x[at], self.who[at], self.pitch[at], self.level[at])


class Studio:
    """Speakers with an envelope and a rhythm each; takes of them are noisy."""

    def __init__(self, speakers: int = 12, noise: float = 0.9) -> None:
        self.speakers, self.noise = speakers, noise
        self.bands, self.beat = torch.randn(speakers, 12), 0.5 + 2 * torch.rand(speakers)

    def record(self, n: int, who: Tensor | None = None) -> Takes:
        who = torch.randint(0, self.speakers, (n,)) if who is None else who
        time = torch.arange(10) + 10 * torch.rand(n, 1)
        swing = 1 + 0.7 * torch.sin(time * self.beat[who][:, None])
        pitch, level = torch.randn(n), -20 + 6 * torch.randn(n)
        tilt = pitch[:, None] * torch.linspace(-1, 1, 12) + (level[:, None] + 20) / 12
        x = self.bands[who][:, :, None] * swing[:, None] + tilt[:, :, None]
        return Takes(x + self.noise * torch.randn_like(x), who, pitch, level)

    def twins(self, n: int) -> Takes:
        """2 n takes: the first n and the last n show the same speakers."""
        who = torch.randint(0, self.speakers, (n,))
        return self.record(2 * n, torch.cat((who, who)))


class Ear(nn.Module):
    """Convolutions over time, pooled, then one or several heads."""

    def __init__(
        self, width: int = 24, norm: bool = False, drop: float = 0.0, layers: int = 2, **heads: int
    ) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        for i in range(layers):
            parts.append(nn.Conv1d(width if i else 12, width, 3, padding=1))
            parts += [nn.BatchNorm1d(width)] if norm else []
            parts.append(nn.ReLU())
        self.body = nn.Sequential(*parts)
        self.drop = nn.Dropout(drop)
        self.heads = nn.ModuleDict({k: nn.Linear(width, n) for k, n in heads.items()})

    def listen(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.drop(self.body(x).mean(2)))

    def forward(self, x: Tensor) -> Any:
        heard = self.listen(x)
        out = {name: head(heard) for name, head in self.heads.items()}
        return out if len(out) > 1 else next(iter(out.values()))


@dataclass
class Loop:
    """How to train. The fields from `clear` on are what a loop can get wrong."""

    steps: int = 300
    batch: int = 32
    every: int = 20
    factor: Callable[[int], float] = lambda step: 1.0
    clip: float | None = None
    draw: Callable[[int], Takes] | None = None
    start: int = 0
    clear: bool = True
    settle: bool = True
    parts: int = 1
    divide: bool = True
    logged: list[dict[str, float]] = field(default_factory=list)


def train(
    recorder: Recorder, model: nn.Module, optimizer: Any, objective: Objective,
    takes: Takes, val: Takes, loop: Loop, **config: Any,
) -> None:  # fmt: skip
    """Train and record; evaluations are kept in loop.logged."""
    group = optimizer.param_groups[0]
    recorder.watch(model, optimizer, {
        "optimizer": type(optimizer).__name__, "lr": group["lr"], "batch_size": loop.batch,
        "weight_decay": group["weight_decay"], "max_steps": loop.steps, **config,
    })  # fmt: skip
    offset, rows = loop.start, torch.empty(0, dtype=torch.long)
    plan = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: loop.factor(s + offset))
    model.train()
    for step in range(loop.start + 1, loop.steps + 1):
        if loop.clear:
            optimizer.zero_grad()
        sums: dict[str, float] = {"loss": 0.0}
        for _ in range(loop.parts):
            size = loop.batch // loop.parts
            if loop.draw is None:
                if len(rows) < size:
                    rows = torch.randperm(len(takes.who))
                part, rows = takes.rows(rows[:size]), rows[size:]
            else:
                part = loop.draw(size)
            loss, right, more = objective(model, part)
            (loss / loop.parts if loop.divide else loss).backward()
            now = {"loss": loss.item(), **more, **({} if right is None else {"accuracy": right})}
            for name, value in now.items():
                sums[name] = sums.get(name, 0.0) + value / loop.parts
        if loop.clip:
            nn.utils.clip_grad_norm_(model.parameters(), loop.clip)
        optimizer.step()
        plan.step()
        recorder.step(samples=loop.batch, **sums)
        if step % loop.every == 0 or step == loop.steps:
            model.train(not loop.settle)
            with torch.no_grad():
                loss, right, more = objective(model, val)
            made = {"loss": float(loss), **more, **({} if right is None else {"accuracy": right})}
            recorder.evaluate(**made)
            loop.logged.append(made)
            model.train()


def cosine(total: int, warm: int = 0, cycles: int = 1) -> Callable[[int], float]:
    """Warm-up, then so many halves of a cosine."""

    def factor(step: int) -> float:
        done = min(1.0, max(0, step - warm) / max(1, total - warm))
        turn = cycles * done % 1 if done < 1 else 1.0
        return min(1.0, (step + 1) / max(1, warm)) * (0.5 + 0.5 * math.cos(math.pi * turn))

    return factor


def naming(smoothing: float = 0.0) -> Objective:
    """Return the objective of telling who is heard."""

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        out = model(takes.x)
        loss = F.cross_entropy(out, takes.who, label_smoothing=smoothing)
        return loss, accuracy(out, takes.who), {}

    return objective


def accuracy(out: Tensor, y: Tensor) -> float:
    return float((out.argmax(1) == y).float().mean())


def named(model: nn.Module, test: Takes) -> float:
    """Return the share of takes whose speaker is named."""
    model.eval()
    with torch.no_grad():
        return accuracy(model(test.x), test.who)


def contrast(temperature: float = 0.2) -> Objective:
    """Return InfoNCE on twins: each take is to find its twin in the batch."""

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        n = len(takes.who) // 2
        out = F.normalize(model(takes.x), dim=1)
        near = out[:n] @ out[n:].T / temperature
        return F.cross_entropy(near, torch.arange(n)), accuracy(near, torch.arange(n)), {}

    return objective


def found(model: nn.Module, studio: Studio) -> float:
    """Return how often a take's nearest among 200 is of the same speaker."""
    model.eval()
    with torch.no_grad():
        one, other = studio.record(300), studio.record(200)
        out = [F.normalize(model(takes.x), dim=1) for takes in (one, other)]
        nearest = (out[0] @ out[1].T).argmax(1)
        return float((one.who == other.who[nearest]).float().mean())


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


def triplets(recorder: Recorder, rate: float, steps: int, margin: float) -> float:
    """Train on anchors, others of the same speaker and of another, and return the retrieval."""
    studio, model = Studio(16, 1.6), Ear(24, layers=3, embed=16)

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        n = len(takes.who) // 2
        out = F.normalize(model(takes.x), dim=1)
        apart = torch.cdist(out[:n], out[n:])
        other = takes.who[:n, None] != takes.who[None, n:]
        hardest = apart.masked_fill(~other, 9.0).min(1).values
        near = apart.diagonal()
        return F.relu(near - hardest + margin).mean(), float((near < hardest).float().mean()), {}

    optimizer = torch.optim.Adam(model.parameters(), rate)
    loop = Loop(steps, 16, 20, draw=studio.twins)
    train(recorder, model, optimizer, objective, studio.twins(1), studio.twins(16), loop)
    return found(model, studio)


def distil(
    recorder: Recorder, rate: float, heat: float, loop: Loop,
    student: Callable[[Tensor], Tensor] = lambda out: out, reduction: str = "batchmean",
    logs: bool = True,
) -> tuple[float, float]:  # fmt: skip
    """Distil a teacher trained beforehand; return test accuracy and the last loss logged."""
    studio = Studio(12, 1.6)
    takes, val, test = studio.record(1500), studio.record(300), studio.record(1000)
    teacher, model = Ear(48, who=12), Ear(12, who=12)
    optimizer: torch.optim.Optimizer = torch.optim.Adam(teacher.parameters(), 5e-3)
    for _ in range(150):
        optimizer.zero_grad()
        naming()(teacher, studio.record(64))[0].backward()
        optimizer.step()

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        out = student(model(takes.x))
        with torch.no_grad():
            soft = (teacher(takes.x) / heat).softmax(1)
        if logs:
            loss = F.kl_div((out / heat).log_softmax(1), soft, reduction=reduction)
        else:
            loss = (soft * (soft.log() - (out / heat).softmax(1).log())).sum(1).mean()
        mix = 0.7 * heat**2 * loss + 0.3 * F.cross_entropy(out, takes.who)
        return mix, accuracy(out, takes.who), {}

    optimizer = torch.optim.Adam(model.parameters(), rate)
    train(recorder, model, optimizer, objective, takes, val, loop, heat=heat, alpha=0.7)
    return named(model, test), loop.logged[-1]["loss"]


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


def tasks(weights: Callable[[int], float], scale: float, cap: Any, flat: bool = True) -> Objective:
    """Return the sum of naming, pitch and level. cap: what the level passes through."""
    calls = [0]

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        out = model(takes.x)
        calls[0] += model.training
        pitch = out["pitch"].squeeze(1) if flat else out["pitch"]
        level = cap(out["level"].squeeze(1))
        who = F.cross_entropy(out["who"], takes.who)
        high = F.mse_loss(pitch * scale, takes.pitch * scale)
        loud = F.mse_loss(level, takes.level / 6)
        loss = who + weights(calls[0]) * high + 0.3 * loud
        more = {"who_loss": who.item(), "pitch_loss": high.item(), "level_loss": loud.item()}
        return loss, accuracy(out["who"], takes.who), more

    return objective


def several(
    recorder: Recorder, objective: Objective, optimizer: Any, loop: Loop, norm: bool = False
) -> tuple[float, float, float]:
    """Train on three tasks; return accuracy, and the explained shares of pitch and level."""
    studio = Studio(10, 1.6)
    model = Ear(32, norm, who=10, pitch=1, level=1)
    made = optimizer(model.parameters())
    train(recorder, model, made, objective, studio.record(2000), studio.record(300), loop)
    test = studio.record(1000)
    model.eval()
    with torch.no_grad():
        out = model(test.x)
        pitch = 1 - (out["pitch"][:, 0] - test.pitch).square().mean()
        level = torch.corrcoef(torch.stack((out["level"][:, 0], test.level)))[0, 1]
    return accuracy(out["who"], test.who), float(pitch), float(level)


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
