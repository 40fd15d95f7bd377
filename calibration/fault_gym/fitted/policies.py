"""How policies, values and writers are trained on small games."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.fitted.games import Agent, Game, play
from fault_gym.recorder import Recorder


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
