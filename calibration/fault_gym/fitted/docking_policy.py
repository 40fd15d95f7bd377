"""A boat is to dock, by policy gradients: rollouts of many boats, updates with a clipped ratio."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario

NUM_ACTIONS = 3


@dataclass(frozen=True)
class Play:
    """How one agent learns; the defaults of the second half are what is right.

    sparse: whether all that counts is to have docked. scored_by: the reward of the policy in the
    end, or the share of boats docked.
    """

    lr: float = 3e-3
    optimizer: Literal["adam", "sgd", "rmsprop"] = "adam"
    num_updates: int = 200
    boats: int = 32
    longest: int = 24
    thrust: float = 0.12
    epochs: int = 2
    bonus: float = 0.01  # for entropy
    discount: float = 0.95
    sparse: bool = False
    wind: float = 0.02  # noise on the speed
    logs: frozenset[str] = frozenset({"entropy", "kl", "episode_length"})
    critic: bool = True
    anneals: bool = False
    seldom: int = 0  # updates between evaluations; 0: none

    clip: float = 0.2
    stop: float = 0.05  # of the divergence, at which an update's epochs are over
    clip_norm: float = 1.0
    steers: bool = True  # whether actions reach the boat
    whole: bool = False  # rewards are cut to whole numbers
    zeroes: bool = True
    steps: bool = True
    detaches: bool = False
    frozen: bool = False
    turned: bool = False  # the sign of the advantage
    normalises: Literal["batch", "none"] = "batch"
    grows: float = 0.0  # the bonus, by this share at each update
    init: float = 1.0
    nan_at: float = 0.0  # share of the run at which an observation is NaN


class Agent(nn.Module):
    """What to do, and what it is worth, of position and speed and time."""

    def __init__(self, init: float) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
        self.policy, self.value = nn.Linear(32, NUM_ACTIONS), nn.Linear(32, 1)
        with torch.no_grad():
            self.policy.weight.mul_(0.1 * init)
            for module in self.body:
                if isinstance(module, nn.Linear):
                    module.weight.mul_(init)

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities of actions, and values."""
        found = self.body(seen)
        return self.policy(found).log_softmax(-1), self.value(found)[..., 0]


@dataclass
class Rollout:
    """Of all boats: (steps, boats), the observations with three more."""

    seen: Tensor
    action: Tensor
    chance: Tensor
    reward: Tensor
    alive: Tensor
    docked: float


def _rollout(agent: Agent, play: Play, greedy: bool = False) -> Rollout:
    position = torch.rand(play.boats) * 2 - 1
    position = torch.where(position >= 0, position + 0.3, position - 0.3)
    speed = torch.zeros(play.boats)
    alive = torch.ones(play.boats)
    docked = torch.zeros(play.boats)
    rows: list[tuple[Tensor, ...]] = []
    with torch.no_grad():
        for step in range(play.longest):
            seen = torch.stack(
                [position, 4 * speed, torch.full_like(speed, step / play.longest)], -1
            )
            odds = agent(seen)[0]
            if greedy or not bool(odds.isfinite().all()):
                action = odds.nan_to_num(0.0).argmax(-1)
            else:
                action = torch.multinomial(odds.exp(), 1)[:, 0]
            push = (action - 1) * play.thrust if play.steers else 0.0
            speed = 0.8 * speed + push + play.wind * torch.randn(play.boats)
            position = (position + speed).clamp(-2, 2)
            is_there = (position.abs() < 0.12) & (speed.abs() < 0.1)
            reward = is_there.float() * (1.0 if play.sparse else 2.0)
            if not play.sparse:
                reward = reward - 0.1 * position.abs()
            if play.whole:
                reward = (reward * 0.45).trunc()
            rows.append((seen, action, odds, reward * alive, alive))
            docked = torch.maximum(docked, is_there.float() * alive)
            alive = alive * (~is_there).float()
    seen, action, chance, reward, lives = (torch.stack(part) for part in zip(*rows, strict=True))
    return Rollout(seen, action, chance, reward, lives, docked.mean().item())


def _returns(reward: Tensor, discount: float) -> Tensor:
    found, after = torch.zeros_like(reward), torch.zeros(reward.shape[1])
    for step in reversed(range(len(reward))):
        after = reward[step] + discount * after
        found[step] = after
    return found


def _advantages(play: Play, returns: Tensor, value: Tensor, alive: Tensor) -> Tensor:
    advantage = returns - value.detach() if play.critic else returns
    chosen = advantage[alive > 0]
    if play.normalises == "batch":
        advantage = (advantage - chosen.mean()) / (chosen.std() + 1e-2)
    return -advantage if play.turned else advantage


def _train(recorder: Recorder, play: Play) -> float:
    agent = Agent(play.init)
    if play.frozen:
        agent.body.requires_grad_(False)
        agent.policy.requires_grad_(False)
    made = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}
    optimizer = made[play.optimizer]([p for p in agent.parameters() if p.requires_grad], play.lr)
    recorder.watch(
        agent, optimizer,
        {"optimizer": play.optimizer, "lr": play.lr, "num_envs": play.boats, "gamma": play.discount,
         "update_epochs": play.epochs, "ent_coef": play.bonus, "max_steps": play.num_updates},
    )  # fmt: skip
    for update in range(1, play.num_updates + 1):
        if play.anneals:
            optimizer.param_groups[0]["lr"] = play.lr * (1 - (update - 1) / play.num_updates)
        rollout = _rollout(agent, play)
        if play.nan_at and update == int(play.nan_at * play.num_updates):
            rollout.seen[2, 3, 1] = math.nan
        returns = _returns(rollout.reward, play.discount)
        alive = rollout.alive
        num = alive.sum()
        old = rollout.chance.gather(-1, rollout.action[..., None])[..., 0]
        loss, divergence, entropy = torch.zeros(()), torch.zeros(()), torch.zeros(())
        for _ in range(play.epochs):
            odds, value = agent(rollout.seen)
            advantage = _advantages(play, returns, value, alive)
            new = odds.gather(-1, rollout.action[..., None])[..., 0]
            ratio = (new - old).exp()
            held = ratio.clamp(1 - play.clip, 1 + play.clip) if play.clip else ratio
            gained = torch.minimum(ratio * advantage, held * advantage)
            entropy = (-(odds.exp() * odds).sum(-1) * alive).sum() / num
            divergence = ((ratio - 1 - (new - old)) * alive).sum().detach() / num
            if play.stop and divergence > play.stop:
                break
            loss = -(gained * alive).sum() / num - play.bonus * (1 + play.grows) ** update * entropy
            if play.critic:
                loss = loss + 0.25 * ((returns - value).square() * alive).sum() / num
            if play.detaches:
                loss = loss.detach().requires_grad_()
            if play.zeroes:
                optimizer.zero_grad()
            loss.backward()
            if play.clip_norm:
                nn.utils.clip_grad_norm_(agent.parameters(), play.clip_norm)
            if play.steps:
                optimizer.step()
        told = {
            "entropy": entropy.item(), "kl": divergence.item(),
            "episode_length": (alive.sum() / play.boats).item(),
        }  # fmt: skip
        recorder.step(
            loss.item(), samples=int(num), reward=(rollout.reward.sum() / play.boats).item(),
            **{name: value for name, value in told.items() if name in play.logs},
        )  # fmt: skip
        if play.seldom and update % play.seldom == 0:
            judged = _rollout(agent, play, greedy=True)
            recorder.evaluate(reward=(judged.reward.sum() / play.boats).item())
    with torch.no_grad():
        healthy = all(bool(p.isfinite().all()) for p in agent.parameters())
        docked = _rollout(agent, replace(play, steers=True, boats=512)).docked
    return docked if healthy else -1.0


Plant = Callable[[Play, float], Play]


def _planted(
    cause: str, base: Play, plant: Plant, goal: float, severities: tuple[float, ...] = (1.0,),
    name: str = "", same_as: tuple[str, ...] = (),
) -> Scenario:  # fmt: skip
    def run(recorder: Recorder, severity: float) -> float:
        return _train(recorder, plant(base, severity) if severity else base)

    return Scenario(name or cause, cause, run, goal, same_as, severities)


def _healthy(name: str, play: Play, goal: float) -> Scenario:
    return Scenario(name, HEALTHY, lambda recorder, _: _train(recorder, play), goal)


def _with(**changed: object) -> Plant:
    return lambda play, _: replace(play, **changed)  # type: ignore[arg-type]


DENSE = Play()
SPARSE = Play(sparse=True, lr=5e-3, seldom=20, thrust=0.15, bonus=0.02)
BARE = Play(
    optimizer="rmsprop", lr=2e-3, epochs=1, critic=False, clip=0.0, logs=frozenset({"entropy"}),
    num_updates=300, stop=0.0,
)  # fmt: skip
SGD = Play(optimizer="sgd", lr=0.3, epochs=1, stop=0.0, logs=frozenset({"episode_length"}))
GOAL = 0.8

SCENARIOS = (
    _healthy("dense", DENSE, GOAL),
    _healthy("sparse-lifts-off-late", SPARSE, GOAL),
    _healthy("without-critic", BARE, GOAL),
    _healthy("sgd", SGD, GOAL),
    _healthy("few-boats-much-noise", replace(DENSE, boats=6, lr=1e-3, num_updates=400), GOAL),
    _healthy("entropy-falls-to-little", replace(DENSE, bonus=0.0, epochs=3), GOAL),
    _healthy("rate-annealed", replace(DENSE, anneals=True, seldom=25), GOAL),
    _healthy("strong-wind", replace(DENSE, wind=0.08), 0.6),
    _planted(
        "policy-collapse",
        replace(DENSE, bonus=0.0),
        lambda p, s: replace(p, lr=p.lr * s, epochs=12, clip=0.0, stop=0.0, clip_norm=0.0),
        GOAL,
        (100.0, 300.0),
    ),
    _planted(
        "policy-collapse",
        DENSE,
        lambda p, s: replace(p, grows=s),
        GOAL,
        (0.03, 0.06),
        name="bonus-grows",
    ),
    _planted(
        "policy-collapse",
        BARE,
        lambda p, s: replace(p, lr=p.lr * s, epochs=8, normalises="none", clip_norm=0.0),
        GOAL,
        (50.0, 150.0),
        name="old-rollouts-trusted-too-far",
    ),
    _planted(
        "reward-frozen",
        SPARSE,
        lambda p, s: replace(p, longest=int(s)),
        GOAL,
        (2.0,),
        name="episodes-end-too-early",
    ),
    _planted(
        "reward-frozen",
        replace(DENSE, num_updates=160),
        _with(whole=True),
        GOAL,
        name="rewards-cut-to-whole-numbers",
    ),
    _planted(
        "lr-too-high",
        SGD,
        lambda p, s: replace(p, lr=p.lr * 10**s, clip_norm=0.0),
        GOAL,
        (1.5, 2.5),
        same_as=("policy-collapse",),
    ),
    _planted("lr-too-low", DENSE, lambda p, s: replace(p, lr=p.lr / 10**s), GOAL, (2.0, 3.0)),
    _planted(
        "lr-too-low",
        BARE,
        lambda p, s: replace(p, lr=p.lr / 10**s),
        GOAL,
        (2.0,),
        "lr-too-low-rmsprop",
    ),
    _planted("zero-grad-missing", replace(SGD, clip_norm=0.0), _with(zeroes=False), GOAL),
    _planted("optimizer-step-missing", DENSE, _with(steps=False), GOAL),
    _planted("parameters-frozen", DENSE, _with(frozen=True), GOAL),
    _planted("graph-detached", SPARSE, _with(detaches=True), GOAL),
    _planted(
        "bad-batch",
        DENSE,
        lambda p, s: replace(p, nan_at=s),
        GOAL,
        (0.3, 0.8),
        "nan-in-observation",
    ),
    _planted(
        "clipping-too-tight", SGD, lambda p, s: replace(p, clip_norm=10**-s), GOAL, (2.5, 4.0)
    ),
    _planted(
        "stopped-too-early", DENSE, lambda p, s: replace(p, num_updates=int(s)), GOAL, (8.0, 14.0)
    ),
)
