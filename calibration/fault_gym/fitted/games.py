"""Small games, agents that play them, and how well they do."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Game:
    """Many copies of one game, a row of `state` each; a copy that ends begins anew."""

    size, actions, last = 4, 3, 10

    def __init__(self, count: int = 32) -> None:
        self.count = count
        self.state = self.fresh()

    def fresh(self) -> Tensor:
        raise NotImplementedError

    def view(self) -> Tensor:
        return self.state

    def move(self, action: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def step(self, action: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        reward, done = self.move(action)
        self.state = torch.where(done[:, None], self.fresh(), self.state)
        return self.view(), reward, done


class Catch(Game):
    """A ball falls and bounces off the walls; the paddle is to meet it: 1 or -1 at the end.

    mirrored: share of the copies whose controls are reversed, which a flag shows.
    """

    size, actions = 5, 3

    def __init__(
        self, count: int = 32, width: int = 9, height: int = 7, mirrored: float = 0.0,
        drift: int = 1,
    ) -> None:  # fmt: skip
        self.width, self.last, self.mirrored, self.drift = width, height, mirrored, drift
        super().__init__(count)

    def fresh(self) -> Tensor:
        n = self.count
        paddle = torch.full((n,), float(self.width // 2))
        x = torch.randint(0, self.width, (n,)).float()
        slope = torch.randint(-self.drift, self.drift + 1, (n,)).float()
        flag = 1 - 2 * (torch.rand(n) < self.mirrored).float()
        return torch.stack([paddle, x, torch.zeros(n), slope, flag], 1)

    def view(self) -> Tensor:
        half = (self.width - 1) / 2
        scale = torch.tensor([half, half, self.last / 2, 1.0, 1.0])
        return (self.state - torch.tensor([half, half, self.last / 2, 0.0, 0.0])) / scale

    def move(self, action: Tensor) -> tuple[Tensor, Tensor]:
        paddle, x, y, slope, flag = self.state.unbind(1)
        paddle = (paddle + (action - 1) * flag).clamp(0, self.width - 1)
        slope = torch.where((x + slope < 0) | (x + slope > self.width - 1), -slope, slope)
        x, y = x + slope, y + 1
        done = y >= self.last
        reward = torch.where((paddle - x).abs() <= 1, 1.0, -1.0) * done
        self.state = torch.stack([paddle, x, y, slope, flag], 1)
        return reward, done


class Pole(Game):
    """A pole on a cart, a reward for each step that it stands, 100 of them at most."""

    size, actions, last = 4, 2, 100

    def __init__(self, count: int = 32, raw: bool = False) -> None:
        self.raw = raw  # the cart's place in pixels of a frame, angles in radians
        super().__init__(count)

    def fresh(self) -> Tensor:
        return torch.cat([torch.rand(self.count, 4) * 0.1 - 0.05, torch.zeros(self.count, 1)], 1)

    def view(self) -> Tensor:
        seen = self.state[:, :4]
        if self.raw:
            return seen * torch.tensor([120.0, 120.0, 1.0, 1.0]) + torch.tensor([300.0, 0, 0, 0])
        return seen * torch.tensor([0.5, 0.5, 5.0, 0.5])

    def move(self, action: Tensor) -> tuple[Tensor, Tensor]:
        x, v, angle, spin, age = self.state.unbind(1)
        sin, cos = angle.sin(), angle.cos()
        pushed = ((action * 2 - 1) * 10 + 0.05 * spin.square() * sin) / 1.1
        turn = (9.8 * sin - cos * pushed) / (0.5 * (4 / 3 - 0.1 * cos.square() / 1.1))
        speed = pushed - 0.05 * turn * cos / 1.1
        after = [x + 0.02 * v, v + 0.02 * speed, angle + 0.02 * spin, spin + 0.02 * turn, age + 1]
        self.state = torch.stack(after, 1)
        done = (self.state[:, 0].abs() > 2.4) | (self.state[:, 2].abs() > 0.21)
        return torch.ones(self.count), done | (self.state[:, 4] >= self.last)


class Corridor(Game):
    """A walk along cells that pays 1 at the far end and nothing before."""

    size, actions, last = 9, 3, 14

    def fresh(self) -> Tensor:
        return torch.zeros(self.count, 2)

    def view(self) -> Tensor:
        return F.one_hot(self.state[:, 0].long(), self.size).float()

    def move(self, action: Tensor) -> tuple[Tensor, Tensor]:
        cell = (self.state[:, 0] + action - 1).clamp(0, self.size - 1)
        self.state = torch.stack([cell, self.state[:, 1] + 1], 1)
        there = cell == self.size - 1
        return there.float(), there | (self.state[:, 1] >= self.last)


class Reach(Game):
    """A mass on a plane is pushed to a mark; the cost is the distance, in metres."""

    size, actions, last = 6, 2, 20

    def fresh(self) -> Tensor:
        place = torch.rand(self.count, 4) * 2 - 1
        return torch.cat([place, torch.zeros(self.count, 3)], 1)

    def view(self) -> Tensor:
        return self.state[:, :6]

    def move(self, action: Tensor) -> tuple[Tensor, Tensor]:
        place, mark, speed, age = self.state.split([2, 2, 2, 1], 1)
        speed = 0.6 * speed + 0.2 * action.clamp(-1, 1)
        place = place + speed
        self.state = torch.cat([place, mark, speed, age + 1], 1)
        return -(place - mark).norm(dim=1), age[:, 0] + 1 >= self.last


class Agent(nn.Module):
    """Actor and critic, on a body in common or apart."""

    def __init__(
        self, game: Game, width: int = 64, depth: int = 2, shared: bool = False,
        act: type[nn.Module] = nn.Tanh, norm: bool = False, gain: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()

        def body() -> nn.Sequential:
            layers: list[nn.Module] = []
            for index in range(depth):
                layers.append(nn.Linear(width if index else game.size, width))
                layers += [nn.LayerNorm(width)] if norm else []
                layers.append(act())
            return nn.Sequential(*layers)

        self.body = body()
        self.critic_body = None if shared else body()
        self.actor, self.critic = nn.Linear(width, game.actions), nn.Linear(width, 1)
        if gain:
            nn.init.orthogonal_(self.actor.weight, gain)
            nn.init.zeros_(self.actor.bias)

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.body(seen)
        other = hidden if self.critic_body is None else self.critic_body(seen)
        return self.actor(hidden), self.critic(other)[:, 0]

    def sample(self, out: Tensor, greedy: bool = False) -> Tensor:
        noise = -torch.empty_like(out).exponential_().log()
        return (out if greedy else out + noise).argmax(1)

    def judge(self, out: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """Return the log-probability of the actions and the entropy."""
        logs = out.log_softmax(1)
        return logs.gather(1, action[:, None])[:, 0], -(logs.exp() * logs).sum(1)


class Pusher(Agent):
    """An agent whose actions are real numbers."""

    def __init__(self, game: Game, **options: Any) -> None:
        super().__init__(game, **options)
        self.log_std = nn.Parameter(torch.full((game.actions,), -0.5))

    def sample(self, out: Tensor, greedy: bool = False) -> Tensor:
        return out if greedy else out + self.log_std.exp() * torch.randn_like(out)

    def judge(self, out: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        normal = torch.distributions.Normal(out, self.log_std.exp(), validate_args=False)
        return normal.log_prob(action).sum(1), normal.entropy().sum(1)


def play(game: Game, agent: Any, rounds: int = 2) -> float:
    """Return the mean return of an episode, best actions taken."""
    total, ends, seen = 0.0, 0, game.view()
    with torch.no_grad():
        for _ in range(rounds * game.last):
            out = agent(seen)
            out = out[0] if isinstance(out, tuple) else out
            action = agent.sample(out, greedy=True) if isinstance(agent, Agent) else out.argmax(1)
            seen, reward, done = game.step(action)
            total, ends = total + float(reward.sum()), ends + int(done.sum())
    return total / max(ends, game.count) if math.isfinite(total) else -1e9
