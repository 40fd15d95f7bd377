"""A generator and a discriminator of few dimensions: how one such game is played and planted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario

Sampler = Callable[[int], Tensor]
Judge = Callable[[Tensor], float]  # of samples: how good and how many-sided, 0 to 1


@dataclass(frozen=True)
class Game:
    """The settings of one game; the defaults of the second half are what is right.

    told: the name under which the variety of samples is logged; it is not, where empty.
    """

    real: Sampler
    judge: Judge
    dims: int = 2
    latent: int = 4
    width: int = 48
    kind: Literal["logistic", "squares", "hinge"] = "logistic"
    optimizer: Literal["adam", "rmsprop"] = "adam"
    lr: float = 1e-3
    lr_of_critic: float = 1e-3
    beta1: float = 0.5
    num_steps: int = 400
    batch: int = 64
    told: str = "diversity"
    every: int = 10  # steps between figures of variety
    total: bool = False  # whether the sum of both losses is logged as the loss
    config: dict[str, Any] = field(default_factory=dict)

    noise_of_latent: float = 1.0
    one_latent: bool = False  # for a whole batch
    generator_steps: int = 1
    critic_steps: int = 1
    saturates: bool = False
    regulated: float = 0.1  # weight of the penalty on the critic's gradient at real samples
    steps: bool = True  # of the generator
    detaches: bool = False
    zeroes: bool = True
    nan_at: float = 0.0
    momentum_of_average: float = 0.0
    frozen: bool = False


def _mlp(i: int, width: int, o: int, act: Callable[[], nn.Module]) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(i, width), act(), nn.Linear(width, width), act(), nn.Linear(width, o)
    )


def spread(samples: Tensor) -> float:
    """Return the mean distance of samples from each other."""
    return functional.pdist(samples[:128]).mean().item()


def _critic_loss(game: Game, real: Tensor, fake: Tensor) -> Tensor:
    if game.kind == "squares":
        return (real - 1).square().mean() + fake.square().mean()
    if game.kind == "hinge":
        return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def _generator_loss(game: Game, fake: Tensor) -> Tensor:
    if game.saturates:
        return -functional.softplus(fake).mean()
    if game.kind == "squares":
        return (fake - 1).square().mean()
    return -fake.mean() if game.kind == "hinge" else functional.softplus(-fake).mean()


class _Play:
    """One run of a game."""

    def __init__(self, recorder: Recorder, game: Game) -> None:
        self.recorder, self.game = recorder, game
        self.generator = _mlp(game.latent, game.width, game.dims, nn.ReLU)
        self.critic = _mlp(game.dims, game.width, 1, lambda: nn.LeakyReLU(0.2))
        if game.frozen:
            self.generator.requires_grad_(False)
        self.average = [p.detach().clone() for p in self.generator.parameters()]
        betas = (game.beta1, 0.99)
        made: list[torch.optim.Optimizer] = []
        for net, lr in ((self.generator, game.lr), (self.critic, game.lr_of_critic)):
            if game.optimizer == "adam":
                made.append(torch.optim.Adam(net.parameters(), lr, betas))
            else:
                made.append(torch.optim.RMSprop(net.parameters(), lr))
        self.of_generator, self.of_critic = made

    def run(self) -> float:
        game = self.game
        self.recorder.watch(
            nn.ModuleDict({"generator": self.generator, "discriminator": self.critic}),
            [self.of_generator, self.of_critic],
            {"lr_g": game.lr, "lr_d": game.lr_of_critic, "batch_size": game.batch,
             "latent_dim": game.latent, "gan_loss": game.kind, **game.config},
        )  # fmt: skip
        for step in range(1, game.num_steps + 1):
            for _ in range(game.critic_steps):
                of_critic = self._teach_critic(step)
            for _ in range(game.generator_steps):
                of_generator = self._teach_generator()
            more = {"loss/generator": of_generator, "loss/discriminator": of_critic}
            if game.told and step % game.every == 0:
                with torch.no_grad():
                    more[game.told] = spread(self._made(128)) / spread(game.real(128))
            self.recorder.step(
                of_generator + of_critic if game.total else None, samples=game.batch, **more
            )
        with torch.no_grad():
            if game.momentum_of_average:
                for now, mean in zip(self.generator.parameters(), self.average, strict=True):
                    now.copy_(mean)
            found = game.judge(self._made(1024))
        return found if math.isfinite(found) else -1.0

    def _made(self, count: int) -> Tensor:
        latent = torch.randn(count, self.game.latent) * self.game.noise_of_latent
        if self.game.one_latent:
            latent = latent[:1].expand_as(latent)
        out: Tensor = self.generator(latent)
        return out

    def _teach_critic(self, step: int) -> float:
        game = self.game
        real = game.real(game.batch)
        if game.nan_at and step == int(game.nan_at * game.num_steps):
            real[5, 0] = math.nan
        real.requires_grad_(game.regulated > 0)
        said = self.critic(real)
        loss = _critic_loss(game, said, self.critic(self._made(game.batch).detach()))
        if game.regulated:
            (slope,) = torch.autograd.grad(said.sum(), real, create_graph=True)
            loss = loss + game.regulated * slope.square().sum(1).mean()
        if game.zeroes:
            self.of_critic.zero_grad()
        loss.backward()
        self.of_critic.step()
        return loss.item()

    def _teach_generator(self) -> float:
        made = self._made(self.game.batch)
        loss = _generator_loss(
            self.game, self.critic(made.detach() if self.game.detaches else made)
        )
        if self.game.zeroes:
            self.of_generator.zero_grad()
        loss.backward()
        if self.game.steps:
            self.of_generator.step()
        if self.game.momentum_of_average:
            for mean, now in zip(self.average, self.generator.parameters(), strict=True):
                mean.lerp_(now.detach(), 1 - self.game.momentum_of_average)
        return loss.item()


def changed(**more: object) -> Callable[[Game, float], Game]:
    """Return a plant of other settings, whatever the severity."""
    return lambda game, _: replace(game, **more)  # type: ignore[arg-type]


def planted(
    cause: str, base: Game, plant: Callable[[Game, float], Game], goal: float,
    severities: tuple[float, ...] = (1.0,), *, name: str = "", same_as: tuple[str, ...] = (),
) -> Scenario:  # fmt: skip
    """Return the scenario of a fault in a game."""

    def run(recorder: Recorder, severity: float) -> float:
        return _Play(recorder, plant(base, severity) if severity else base).run()

    return Scenario(name or cause, cause, run, goal, same_as, severities)


def healthy(name: str, game: Game, goal: float) -> Scenario:
    """Return the scenario of a game that is sound."""
    return Scenario(name, HEALTHY, lambda recorder, _: _Play(recorder, game).run(), goal)
