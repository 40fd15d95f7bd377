"""Policies and values learned on small games: catch, pole, corridor, reach, tokens."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import lr_scheduler as schedules

from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario


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


@dataclass
class Plan:
    """How a policy is trained. ratio_clip: PPO's; 0 is the plain policy gradient."""

    steps: int = 400
    rollout: int = 16
    epochs: int = 1
    parts: int = 1
    gamma: float = 0.97
    lam: float = 0.95
    ratio_clip: float = 0.0
    entropy: float = 0.01
    value: float = 0.5
    max_norm: float = 0.0
    evaluations: int = 12
    logs: tuple[str, ...] = ("reward", "entropy", "value_loss")
    scaled: bool = True
    sum_values: bool = False
    detached: bool = False
    keep_grad: bool = False
    unpaid_ends: bool = False


def advantages(
    reward: Tensor, done: Tensor, value: Tensor, plan: Plan
) -> tuple[Tensor, Tensor]:  # value: one row more
    """Return generalised advantages and the returns."""
    gain, sofar = torch.zeros_like(reward), torch.zeros(reward.shape[1])
    alive = 1 - done.float()
    for t in reversed(range(len(reward))):
        delta = reward[t] + plan.gamma * alive[t] * value[t + 1] - value[t]
        sofar = delta + plan.gamma * plan.lam * alive[t] * sofar
        gain[t] = sofar
    return gain.flatten(), (gain + value[:-1]).flatten()


def learn(
    recorder: Recorder, game: Game, agent: Agent, optimizer: Any, plan: Plan,
    config: dict[str, Any], schedule: Any = None, tests: dict[str, Game] | None = None,
    at: Callable[[float], None] | None = None,
) -> None:  # fmt: skip
    """Train by REINFORCE with a baseline, actor-critic or PPO. at: called with the progress."""
    recorder.watch(agent, optimizer, config)
    seen, taken, due = game.view(), 0, 1
    while taken < plan.steps:
        rows: list[tuple[Tensor, ...]] = []
        with torch.no_grad():
            for _ in range(plan.rollout):
                out, value = agent(seen)
                action = agent.sample(out)
                old = agent.judge(out, action)[0]
                after, reward, done = game.step(action)
                if plan.unpaid_ends:
                    reward = reward * (1 - done.float())
                rows.append((seen, action, old, value, reward, done))
                seen = after
            ahead = agent(seen)[1]
        views, actions, olds, values, rewards, dones = (
            torch.stack(x) for x in zip(*rows, strict=True)
        )
        gain, returns = advantages(rewards, dones, torch.cat([values, ahead[None]]), plan)
        views, actions, olds = views.flatten(0, 1), actions.flatten(0, 1), olds.flatten()
        if plan.scaled:
            gain = (gain - gain.mean()) / (gain.std() + 1e-8)
        mean_reward = float(rewards.mean())
        for _ in range(plan.epochs):
            for part in torch.randperm(len(views)).chunk(plan.parts):
                out, value = agent(views[part])
                if plan.detached:
                    out = torch.as_tensor(out.detach().numpy())
                logs, entropy = agent.judge(out, actions[part])
                ratio, better = (logs - olds[part]).exp(), gain[part]
                aim = -logs * better
                if plan.ratio_clip:
                    near = ratio.clamp(1 - plan.ratio_clip, 1 + plan.ratio_clip)
                    aim = -torch.minimum(ratio * better, near * better)
                reduction = "sum" if plan.sum_values else "mean"
                value_loss = F.mse_loss(value, returns[part], reduction=reduction)
                loss = aim.mean() + plan.value * value_loss - plan.entropy * entropy.mean()
                if not plan.keep_grad:
                    optimizer.zero_grad()
                loss.backward()
                if plan.max_norm:
                    nn.utils.clip_grad_norm_(agent.parameters(), plan.max_norm)
                optimizer.step()
                if schedule is not None:
                    schedule.step()
                known: dict[str, Any] = {
                    "reward": mean_reward, "entropy": entropy.mean(), "value_loss": value_loss,
                    "kl": (ratio - 1 - ratio.log()).mean(), "policy_loss": aim.mean(),
                    "return_mean": returns.mean(),
                }  # fmt: skip
                picked = {key: float(known[key]) for key in plan.logs}
                recorder.step(loss, samples=len(part), **picked)
                taken += 1
                if tests and taken >= due * plan.steps / plan.evaluations:
                    recorder.evaluate(**{key: play(test, agent, 1) for key, test in tests.items()})
                    due += 1
        if at is not None:
            at(taken / plan.steps)


def q_learn(
    recorder: Recorder, game: Game, net: nn.Module, optimizer: Any, config: dict[str, Any],
    steps: int = 600, batch: int = 96, sync: int = 40, huber: bool = True, column: bool = False,
    gamma: float = 0.95, evaluations: int = 10, test: Game | None = None,
) -> None:  # fmt: skip
    """Train values of actions from a memory, against a copy of the net that is synced at times.

    column: the chosen values stay a column.
    """
    target_net = copy.deepcopy(net)
    recorder.watch(net, optimizer, config)
    memory: list[tuple[Tensor, ...]] = []
    seen = game.view()
    for step in range(1, steps + 1):
        explore = max(0.05, 1 - step / (0.5 * steps))
        with torch.no_grad():
            action = net(seen).argmax(1)
        random = torch.randint(0, game.actions, (game.count,))
        action = torch.where(torch.rand(game.count) < explore, random, action)
        after, reward, done = game.step(action)
        memory = [*memory[-299:], (seen, action, reward, after, done)]
        seen = after
        drawn = [memory[i] for i in torch.randint(0, len(memory), (8,)).tolist()]
        views, actions, rewards, afters, dones = (
            torch.cat(x)[:batch] for x in zip(*drawn, strict=True)
        )
        with torch.no_grad():
            ahead = target_net(afters).max(1).values
        target = rewards + gamma * ahead * (1 - dones.float())
        chosen = net(views).gather(1, actions[:, None])
        chosen = chosen if column else chosen[:, 0]
        loss = (F.smooth_l1_loss if huber else F.mse_loss)(chosen, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recorder.step(
            loss, samples=batch, q_mean=float(chosen.mean()), reward=float(reward.mean()),
            epsilon=explore,
        )  # fmt: skip
        if step % sync == 0:
            target_net.load_state_dict(net.state_dict())
        if test is not None and step % (steps // evaluations) == 0:
            recorder.evaluate(reward=play(test, net, 1))


def q_net(game: Game, width: int = 64) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(game.size, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, game.actions),
    )  # fmt: skip


class Writer(nn.Module):
    """Writes `length` tokens in answer to a prompt, each given the one before."""

    def __init__(self, prompts: int, words: int, length: int, width: int = 48) -> None:
        super().__init__()
        self.prompt, self.place = nn.Embedding(prompts, width), nn.Embedding(length, width)
        self.token = nn.Embedding(words + 1, width)
        self.body = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 96), nn.GELU())
        self.head = nn.Linear(96, words)
        self.words, self.length = words, length

    def forward(self, prompt: Tensor, tokens: Tensor) -> Tensor:
        before = F.pad(tokens[:, :-1], (1, 0), value=self.words)
        hidden = self.prompt(prompt)[:, None] + self.place.weight + self.token(before)
        out: Tensor = self.head(self.body(hidden))
        return out.log_softmax(2)

    @torch.no_grad()
    def write(self, prompt: Tensor) -> Tensor:
        tokens = torch.zeros(len(prompt), self.length, dtype=torch.long)
        for t in range(self.length):
            tokens[:, t] = self(prompt, tokens)[:, t].exp().multinomial(1)[:, 0]
        return tokens


def tune_writer(
    recorder: Recorder, writer: Writer, pay: Callable[[Tensor, Tensor], Tensor], kl_weight: float,
    lr: float, steps: int, groups: int, each: int = 8, max_norm: float = 1.0,
) -> None:  # fmt: skip
    """Tune by rewards relative to those of a group of answers to one prompt, near a reference."""
    reference = copy.deepcopy(writer).requires_grad_(False)
    optimizer = torch.optim.AdamW(writer.parameters(), lr, weight_decay=0.0)
    config = {"lr": lr, "num_generations": each, "beta": kl_weight, "max_grad_norm": max_norm}
    recorder.watch(writer, optimizer, {**config, "steps": steps, "optimizer": "AdamW"})
    for _ in range(steps):
        prompt = torch.randint(0, writer.prompt.num_embeddings, (groups,)).repeat_interleave(each)
        tokens = writer.write(prompt)
        reward = pay(prompt, tokens)
        table = reward.view(groups, each)
        gain = ((table - table.mean(1, True)) / (table.std(1, keepdim=True) + 1e-4)).flatten()
        dist = writer(prompt, tokens)
        logs = dist.gather(2, tokens[..., None])[..., 0]
        apart = reference(prompt, tokens).gather(2, tokens[..., None])[..., 0] - logs
        kl = (apart.exp() - 1 - apart).mean()
        ratio = (logs - logs.detach()).exp()
        loss = -(ratio * gain[:, None]).mean() + kl_weight * kl
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(writer.parameters(), max_norm)
        optimizer.step()
        recorder.step(
            loss, samples=len(prompt), reward=float(reward.mean()), kl=float(kl),
            reward_std=float(table.std(1).mean()),
            entropy=float(-(dist.exp() * dist).sum(2).mean()),
            clipped=float(norm > max_norm),
        )  # fmt: skip


def _tune(
    recorder: Recorder, *, exact: bool = False, beta: float = 0.05, flaw: float = 0.0,
    lr: float = 3e-3, steps: int = 190, groups: int = 6,
) -> float:  # fmt: skip
    """Tune a writer that knows the task by half. exact: pays whole answers only. Score: matches."""
    words, length, prompts = 12, 8, 10
    right, odd = torch.randint(0, words, (prompts, length)), torch.randint(0, words, (length,))
    writer = Writer(prompts, words, length)
    early = torch.optim.Adam(writer.parameters(), 3e-3)
    for _ in range(80):
        prompt = torch.randint(0, prompts, (64,))
        noise = torch.randint(0, words, (64, length))
        tokens = torch.where(torch.rand(64, length) < 0.35, right[prompt], noise)
        early.zero_grad()
        F.nll_loss(writer(prompt, tokens).flatten(0, 1), tokens.flatten()).backward()
        early.step()

    def pay(prompt: Tensor, tokens: Tensor) -> Tensor:
        same = (tokens == right[prompt]).float()
        known = (tokens < words).all(1).float() * 0.1  # well formed
        got = (same.sum(1) == length).float() if exact else same.mean(1)
        return known + got + flaw * (tokens == odd).float().mean(1)

    tune_writer(recorder, writer, pay, beta, lr, steps, groups)
    prompt = torch.arange(prompts).repeat(20)
    return float((writer.write(prompt) == right[prompt]).float().mean())


def tokens_frozen(recorder: Recorder, severity: float) -> float:
    return _tune(recorder, exact=severity > 0, beta=0.02)


def tokens_kl(recorder: Recorder, severity: float) -> float:
    return _tune(recorder, beta=0.0 if severity else 0.6, flaw=1.6, lr=3e-3, steps=220)


def tokens_sound(recorder: Recorder, severity: float) -> float:
    return _tune(recorder, beta=0.01, lr=1.5e-3, steps=200, groups=5)


def catch_ppo_entropy(recorder: Recorder, severity: float) -> float:
    game = Catch(32, width=11, height=8)
    agent = Agent(game, shared=True)
    optimizer = torch.optim.Adam(agent.parameters(), 2.5e-3, eps=1e-5)
    weight = -0.35 * severity if severity else 0.01
    plan = Plan(480, 24, 3, 4, ratio_clip=0.2, entropy=weight, max_norm=0.5, scaled=False,
                logs=("reward", "entropy", "kl", "value_loss"))  # fmt: skip
    config = {"lr": 2.5e-3, "clip_range": 0.2, "n_epochs": 3, "num_envs": 32, "optimizer": "Adam"}
    test = Catch(64, width=11, height=8)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def catch_unpaid(recorder: Recorder, severity: float) -> float:
    game = Catch(48, width=7, height=6)
    agent = Agent(game, width=48, act=nn.ReLU)
    optimizer = torch.optim.RMSprop(agent.parameters(), 2e-3, alpha=0.99)
    plan = Plan(260, 12, max_norm=0.5, unpaid_ends=severity > 0, entropy=0.005, scaled=False)
    config = {"lr": 2e-3, "gamma": 0.97, "ent_coef": 0.005, "optimizer": "RMSprop"}
    learn(recorder, game, agent, optimizer, plan, config)
    return play(Catch(64, width=7, height=6), agent, 4)


def catch_q(recorder: Recorder, severity: float) -> float:
    game = Catch(16, width=8, height=6)
    net = q_net(game)
    lr = 2e-3 * (40 * severity if severity else 1)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    config = {"lr": lr, "batch_size": 96, "target_update": 25, "optimizer": "Adam"}
    test = Catch(32, width=8, height=6)
    q_learn(recorder, game, net, optimizer, config, 700, 96, 25, huber=False, test=test)
    return play(Catch(96, width=8, height=6), net, 4)


def pole_low(recorder: Recorder, severity: float) -> float:
    game = Pole(32)
    agent = Agent(game, act=nn.Tanh)
    lr = 3e-6 if severity else 3e-3
    optimizer = torch.optim.AdamW(agent.parameters(), lr, weight_decay=0.0)
    schedule = schedules.CosineAnnealingLR(optimizer, 500, lr / 10)
    plan = Plan(500, 32, 2, 4, ratio_clip=0.2, entropy=0.0, value=0.25,
                logs=("reward", "return_mean", "entropy", "kl"))  # fmt: skip
    config = {"lr": lr, "optimizer": "AdamW", "schedule": "cosine", "n_epochs": 2}
    test = Pole(32)
    tests: dict[str, Game] = {"episode_length": test}
    learn(recorder, game, agent, optimizer, plan, config, schedule, tests)
    return play(Pole(64), agent)


def catch_detached(recorder: Recorder, severity: float) -> float:
    game = Catch(64, width=9, height=7)
    agent = Agent(game, width=64)
    optimizer = torch.optim.Adam(agent.parameters(), 3e-3)
    plan = Plan(300, 10, detached=severity > 0, entropy=0.02, max_norm=1.0, evaluations=20,
                logs=("reward", "entropy", "policy_loss", "value_loss"))  # fmt: skip
    config = {"lr": 3e-3, "gamma": 0.97, "n_steps": 10, "num_envs": 64, "optimizer": "Adam"}
    test = Catch(64, width=9, height=7)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def reach_head(recorder: Recorder, severity: float) -> float:
    game = Reach(32)
    agent = Pusher(game, width=48)
    trained = list(agent.parameters())
    if severity:  # made for the critic, before the actor was there
        trained = [p for name, p in agent.named_parameters() if name.startswith("critic")]
    optimizer = torch.optim.Adam(trained, 4e-3)
    schedule = schedules.LinearLR(optimizer, 1.0, 0.1, 640)
    plan = Plan(640, 20, 4, 4, ratio_clip=0.2, entropy=0.0, gamma=0.9,
                logs=("reward", "kl", "entropy"))  # fmt: skip
    config = {"lr": 4e-3, "optimizer": "Adam", "schedule": "linear", "n_epochs": 4, "gamma": 0.9}
    test = Reach(48)
    learn(recorder, game, agent, optimizer, plan, config, schedule, {"reward": test})
    return play(Reach(64), agent)


def catch_kept(recorder: Recorder, severity: float) -> float:
    game = Catch(24, width=7, height=6)
    agent = Agent(game, width=32, depth=1)
    optimizer = torch.optim.SGD(agent.parameters(), 0.1, momentum=0.9)
    plan = Plan(300, 12, keep_grad=severity > 0, entropy=0.01, evaluations=10, lam=1.0,
                logs=("reward", "entropy"))  # fmt: skip
    config = {"lr": 0.1, "momentum": 0.9, "optimizer": "SGD", "algorithm": "reinforce"}
    test = Catch(64, width=7, height=6)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def catch_q_column(recorder: Recorder, severity: float) -> float:
    game = Catch(16, width=7, height=6)
    net = q_net(game, 96)
    optimizer = torch.optim.Adam(net.parameters(), 1.5e-3)
    config = {"lr": 1.5e-3, "batch_size": 64, "target_update": 20, "optimizer": "Adam"}
    test = Catch(48, width=7, height=6)
    q_learn(recorder, game, net, optimizer, config, 800, 64, 20, column=severity > 0,
            gamma=0.97, test=test, evaluations=16)  # fmt: skip
    return play(Catch(96, width=7, height=6), net, 4)


def catch_clipped(recorder: Recorder, severity: float) -> float:
    game = Catch(32, width=9, height=7)
    agent = Agent(game, width=64, depth=2, shared=True, norm=True)
    optimizer = torch.optim.SGD(agent.parameters(), 0.1, momentum=0.9)
    norm = 0.0002 if severity else 1.0
    plan = Plan(260, 14, max_norm=norm, entropy=0.005, logs=("reward", "entropy", "value_loss"))
    config = {"lr": 0.1, "momentum": 0.9, "optimizer": "SGD", "max_grad_norm": norm}
    test = Catch(64, width=9, height=7)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def pole_epsilon(recorder: Recorder, severity: float) -> float:
    game = Pole(24)
    agent = Agent(game, act=nn.ReLU, shared=True)
    eps = 1.0 if severity else 1e-5
    optimizer = torch.optim.Adam(agent.parameters(), 1.5e-3, eps=eps)
    plan = Plan(560, 32, 4, 4, ratio_clip=0.2, entropy=0.01, value=0.1, max_norm=0.5,
                logs=("reward", "return_mean", "entropy", "kl", "value_loss"))  # fmt: skip
    config = {"lr": 1.5e-3, "adam_eps": eps, "optimizer": "Adam", "n_epochs": 4, "clip": 0.2}
    learn(recorder, game, agent, optimizer, plan, config, tests={"episode_length": Pole(24)})
    return play(Pole(64), agent)


def pole_units(recorder: Recorder, severity: float) -> float:
    game, test = Pole(32, raw=severity > 0), Pole(32, raw=severity > 0)
    agent = Agent(game, width=64)
    optimizer = torch.optim.Adam(agent.parameters(), 2e-3)
    plan = Plan(480, 32, 2, 4, ratio_clip=0.2, entropy=0.01, max_norm=1.0, evaluations=10)
    config = {"lr": 2e-3, "optimizer": "Adam", "clip_range": 0.2, "n_epochs": 2}
    learn(recorder, game, agent, optimizer, plan, config, tests={"episode_length": test})
    return play(Pole(64, raw=severity > 0), agent)


def catch_mirrored(recorder: Recorder, severity: float) -> float:
    game = Catch(64, width=7, height=6)
    agent = Agent(game, width=96, act=nn.ReLU)
    optimizer = torch.optim.Adam(agent.parameters(), 4e-3)
    plan = Plan(840, 12, 3, 4, ratio_clip=0.2, entropy=0.01, evaluations=18)
    config = {"lr": 4e-3, "optimizer": "Adam", "second_task_at": 0.4, "n_epochs": 2}

    def switch(progress: float) -> None:
        if progress >= 0.4:
            game.mirrored = 1.0 if severity else 0.5

    plain, other = Catch(64, width=7, height=6), Catch(64, width=7, height=6, mirrored=1.0)
    tests: dict[str, Game] = {"reward": plain, "reward_mirrored": other}
    learn(recorder, game, agent, optimizer, plan, config, tests=tests, at=switch)
    return min(play(plain, agent, 4), play(other, agent, 4))


def reach_short(recorder: Recorder, severity: float) -> float:
    game = Reach(32)
    agent = Pusher(game, width=64, act=nn.ReLU)
    optimizer = torch.optim.Adam(agent.parameters(), 1e-3)
    steps = 160 if severity else 800
    plan = Plan(steps, 20, 4, 4, ratio_clip=0.2, entropy=0.0, gamma=0.9,
                evaluations=max(8, steps // 40), logs=("reward", "kl", "value_loss"))  # fmt: skip
    config = {"lr": 1e-3, "optimizer": "Adam", "n_epochs": 4, "total_updates": steps}
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": Reach(48)})
    return play(Reach(64), agent)


def catch_summed(recorder: Recorder, severity: float) -> float:
    game = Catch(32, width=11, height=8)
    agent = Agent(game, width=48, shared=True, act=nn.ReLU)
    optimizer = torch.optim.SGD(agent.parameters(), 0.05, momentum=0.9)
    plan = Plan(540, 16, 2, 2, ratio_clip=0.2, max_norm=0.5, sum_values=severity > 0,
                evaluations=9, logs=("reward", "policy_loss", "value_loss", "entropy"))  # fmt: skip
    config = {"lr": 0.05, "optimizer": "SGD", "vf_coef": 0.5, "max_grad_norm": 0.5}
    test = Catch(64, width=11, height=8)
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": test})
    return play(test, agent, 4)


def catch_initial(recorder: Recorder, severity: float) -> float:
    game = Catch(40, width=9, height=7)
    agent = Agent(game, width=64, shared=False, gain=0.01)
    if severity:
        for layer in agent.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, 0.0, 2.5)
    optimizer = torch.optim.Adam(agent.parameters(), 1e-3)
    schedule = schedules.OneCycleLR(optimizer, 4e-3, 400)
    plan = Plan(400, 14, 2, 2, ratio_clip=0.2, max_norm=0.5,
                logs=("reward", "entropy", "kl", "value_loss"))  # fmt: skip
    config = {"lr": 4e-3, "optimizer": "Adam", "schedule": "one-cycle", "clip_range": 0.2}
    test = Catch(64, width=9, height=7)
    learn(recorder, game, agent, optimizer, plan, config, schedule, {"reward": test})
    return play(test, agent, 4)


def corridor_late(recorder: Recorder, severity: float) -> float:
    """The far end is seldom reached at first: the reward lies at its floor for a good while."""
    game = Corridor(32)
    agent = Agent(game, width=32, depth=1)
    optimizer = torch.optim.Adam(agent.parameters(), 1.5e-3)
    plan = Plan(300, 14, entropy=0.01, scaled=False, evaluations=13)
    config = {"lr": 1.5e-3, "optimizer": "Adam", "ent_coef": 0.01, "algorithm": "a2c"}
    learn(recorder, game, agent, optimizer, plan, config, tests={"reward": Corridor(16)})
    return play(Corridor(32), agent)


def catch_harder(recorder: Recorder, severity: float) -> float:
    """A curriculum: from half of the run on, balls come aslant."""
    game = Catch(40, width=11, height=9, drift=0)
    agent = Agent(game, width=64)
    optimizer = torch.optim.AdamW(agent.parameters(), 4e-3, weight_decay=1e-3)
    schedule = schedules.StepLR(optimizer, 480, 0.3)
    plan = Plan(640, 18, 4, 4, ratio_clip=0.2, max_norm=0.5, evaluations=16)
    config = {"lr": 4e-3, "optimizer": "AdamW", "schedule": "step", "n_epochs": 4}

    def harder(progress: float) -> None:
        game.drift = 1 if progress >= 0.5 else 0

    test = Catch(64, width=11, height=9)
    tests: dict[str, Game] = {"reward": test}
    learn(recorder, game, agent, optimizer, plan, config, schedule, tests, harder)
    return play(test, agent, 4)


def pole_growing(recorder: Recorder, severity: float) -> float:
    """The values grow as the pole stands longer, and the loss grows with them."""
    game = Pole(16)
    net = q_net(game, 80)
    optimizer = torch.optim.RMSprop(net.parameters(), 1e-3)
    config = {"lr": 1e-3, "batch_size": 128, "target_update": 20, "optimizer": "RMSprop"}
    q_learn(recorder, game, net, optimizer, config, 800, 128, 20, gamma=0.97, test=Pole(16))
    return play(Pole(64), net)


def catch_tuned(recorder: Recorder, severity: float) -> float:
    """Goes on with a policy that is good already, at a small rate."""
    game = Catch(32, width=7, height=6)
    agent = Agent(game, width=48, shared=True)
    teacher = torch.optim.Adam(agent.parameters(), 5e-3)
    for _ in range(150):
        paddle, x, _, slope, _ = game.state.unbind(1)
        out = agent(game.view())[0]
        way = (x + slope - paddle).sign().long() + 1
        teacher.zero_grad()
        F.cross_entropy(out, way, label_smoothing=0.1).backward()
        teacher.step()
        game.step(way)
    optimizer = torch.optim.Adam(agent.parameters(), 1e-4)
    plan = Plan(300, 12, 2, 2, ratio_clip=0.1, entropy=0.003, evaluations=10,
                logs=("reward", "entropy", "kl"))  # fmt: skip
    config = {"lr": 1e-4, "optimizer": "Adam", "clip_range": 0.1, "n_epochs": 2}
    learn(recorder, game, agent, optimizer, plan, config,
          tests={"reward": Catch(48, width=7, height=6)})  # fmt: skip
    return play(Catch(96, width=7, height=6), agent, 4)


def reach_millimetres(recorder: Recorder, severity: float) -> float:
    """Costs in large units: losses in the thousands and large gradients, all the way."""
    game = Reach(40)
    agent = Pusher(game, width=64)
    optimizer = torch.optim.Adam(agent.parameters(), 3e-3)
    plan = Plan(480, 20, 3, 4, ratio_clip=0.2, entropy=0.001, value=200.0, gamma=0.9,
                logs=("reward", "return_mean", "entropy"))  # fmt: skip
    config = {"lr": 3e-3, "optimizer": "Adam", "vf_coef": 200.0, "n_epochs": 3}
    learn(recorder, game, agent, optimizer, plan, config)
    return play(Reach(64), agent)


SCENARIOS = (
    Scenario("catch-ppo-entropy", "policy-collapse", catch_ppo_entropy, 0.6, severities=(2.0, 4.0)),
    Scenario("tokens-off-reference", "policy-collapse", tokens_kl, 0.28),
    Scenario("catch-a2c-unpaid", "reward-frozen", catch_unpaid, 0.6),
    Scenario("tokens-whole-answers", "reward-frozen", tokens_frozen, 0.7),
    Scenario("catch-dqn-rate", "lr-too-high", catch_q, 0.6, severities=(1.0, 4.0)),
    Scenario("pole-ppo-rate", "lr-too-low", pole_low, 70.0),
    Scenario("catch-a2c-numpy", "graph-detached", catch_detached, 0.6),
    Scenario("reach-ppo-groups", "parameters-not-in-optimizer", reach_head, -5.0),
    Scenario("catch-reinforce-sgd", "zero-grad-missing", catch_kept, 0.6),
    Scenario("catch-dqn-gather", "target-shape-broadcast", catch_q_column, 0.6),
    Scenario("catch-a2c-norm", "clipping-too-tight", catch_clipped, 0.4),
    Scenario("pole-ppo-denominator", "adam-epsilon-too-large", pole_epsilon, 70.0),
    Scenario("pole-ppo-units", "inputs-not-normalised", pole_units, 60.0),
    Scenario("catch-two-controls", "catastrophic-forgetting", catch_mirrored, 0.6),
    Scenario("reach-ppo-length", "stopped-too-early", reach_short, -3.0),
    Scenario("catch-ppo-values", "loss-reduction-wrong", catch_summed, 0.6),
    Scenario("catch-ppo-normal", "bad-initialisation", catch_initial, 0.6),
    Scenario("corridor-late-reward", HEALTHY, corridor_late, 0.9),
    Scenario("catch-curriculum", HEALTHY, catch_harder, 0.5),
    Scenario("pole-dqn-growing", HEALTHY, pole_growing, 70.0),
    Scenario("catch-tuned-further", HEALTHY, catch_tuned, 0.8),
    Scenario("reach-large-units", HEALTHY, reach_millimetres, -6.0),
    Scenario("tokens-matched", HEALTHY, tokens_sound, 0.6),
)
