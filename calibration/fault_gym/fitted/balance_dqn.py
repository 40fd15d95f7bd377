"""A pole is to be kept up, or the end of rooms to be found, by deep Q-learning with replay."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario

LONGEST, ROOMS = 40, 6
DOORS = torch.tensor([1.0, -1.0, -1.0, 1.0, -1.0, 1.0, 1.0])  # which action leads on
SIGNS = torch.tensor([0.0, 0.9, -0.8, 0.3, 0.6, -0.5, -0.9])  # what is seen in a room


@dataclass(frozen=True)
class Play:
    """How one agent learns; the defaults of the second half are what is right."""

    task: Literal["pole", "corridor"] = "pole"
    lr: float = 2e-3
    optimizer: Literal["adam", "rmsprop", "sgd"] = "adam"
    num_steps: int = 500
    copies: int = 8  # of the world
    batch: int = 64
    discount: float = 0.95
    explores: float = 0.5  # of the run, until little is left to chance
    least: float = 0.05
    remembers: int = 4000
    target_every: int = 25
    double: bool = True
    huber: bool = True
    seldom: int = 50  # steps between evaluations; 0: none
    gusts: float = 0.02
    logs: frozenset[str] = frozenset({"episode_length", "epsilon"})
    rooms: int = ROOMS
    anneals: bool = False

    first: float = 1.0  # share of random actions at first
    clip: float = 10.0
    steps: bool = True
    zeroes: bool = True
    detaches: bool = False
    frozen: bool = False
    sees_end: bool = True  # whether the end of an episode is known to the target
    acts: bool = True  # whether actions reach the world
    nan_at: float = 0.0
    init: float = 1.0
    scale: float = 1.0  # of rewards


class World:
    """Copies of one task; an episode that is over begins again at once."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.state = torch.zeros(play.copies, 2)
        self.age = torch.zeros(play.copies)
        self.sum = torch.zeros(play.copies)
        self.over: list[tuple[float, float]] = []  # reward and length of episodes
        self._begin(torch.ones(play.copies, dtype=torch.bool))

    def _begin(self, which: Tensor) -> None:
        fresh = 0.1 * torch.randn(self.state.shape) if self.play.task == "pole" else 0.0
        self.state = torch.where(which[:, None], torch.as_tensor(fresh), self.state)
        self.age = torch.where(which, torch.zeros(()), self.age)
        self.sum = torch.where(which, torch.zeros(()), self.sum)

    def step(self, action: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the next state, the reward and whether it was the last, of each copy."""
        play, push = self.play, action.float() * 2 - 1
        if not play.acts:
            push = torch.zeros_like(push)
        if play.task == "pole":
            angle, speed = self.state.unbind(1)
            speed = speed + 0.12 * angle + 0.06 * push + play.gusts * torch.randn(angle.shape)
            after = torch.stack([angle + speed, speed], 1)
            ends = after[:, 0].abs() > 1
            reward = torch.ones(play.copies)
        else:
            place = (self.state[:, 0] * play.rooms).round()
            room = place.long() % len(DOORS)
            place = (place + push * DOORS[room]).clamp(min=0)
            after = torch.stack([place / play.rooms, SIGNS[place.long() % len(DOORS)]], 1)
            ends = place >= play.rooms
            reward = ends.float()
        self.age, self.sum = self.age + 1, self.sum + reward
        done = ends | (self.age >= LONGEST)
        self.over += [(float(self.sum[i]), float(self.age[i])) for i in done.nonzero()[:, 0]]
        self.state = after
        self._begin(done)
        return after, reward, ends.float()


def _net(play: Play) -> nn.Sequential:
    net = nn.Sequential(nn.Linear(2, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 2))
    with torch.no_grad():
        for module in net:
            if isinstance(module, nn.Linear):
                module.weight.mul_(play.init)
    if play.frozen:
        net.requires_grad_(False)
        net[4].bias.requires_grad_(True)
    return net


def _optimizer(play: Play, net: nn.Module) -> torch.optim.Optimizer:
    chosen = [p for p in net.parameters() if p.requires_grad]
    if play.optimizer == "sgd":
        return torch.optim.SGD(chosen, play.lr, 0.9)
    made = torch.optim.Adam if play.optimizer == "adam" else torch.optim.RMSprop
    return made(chosen, play.lr)


def _loss(play: Play, net: nn.Module, target: nn.Module, batch: list[Tensor]) -> Tensor:
    seen, action, reward, after, ends = batch
    with torch.no_grad():
        best = (net if play.double else target)(after).argmax(1, keepdim=True)
        follows = target(after).gather(1, best)[:, 0]
        alive = 1 - ends if play.sees_end else torch.ones_like(ends)
        wanted = play.scale * reward + play.discount * alive * follows
    said = net(seen).gather(1, action.long()[:, None])[:, 0]
    squares: Tensor = (said - wanted).square().mean()
    return nn.functional.smooth_l1_loss(said, wanted) if play.huber else squares


def _judged(play: Play, net: nn.Module) -> float:
    """Return the mean reward of an episode, greedily played in a sound world."""
    world = World(replace(play, copies=32, acts=True, rooms=ROOMS))
    with torch.no_grad():
        for _ in range(LONGEST):
            world.step(net(world.state).argmax(1))
    return float(np.mean([reward for reward, _ in world.over])) if world.over else 0.0


def _train(recorder: Recorder, play: Play) -> float:
    net = _net(play)
    target = copy.deepcopy(net)
    optimizer = _optimizer(play, net)
    recorder.watch(
        net, optimizer,
        {"optimizer": play.optimizer, "lr": play.lr, "batch_size": play.batch,
         "gamma": play.discount, "buffer_size": play.remembers,
         "target_update": play.target_every, "epsilon": play.first},
    )  # fmt: skip
    world = World(play)
    memory = [torch.zeros(0, *shape) for shape in ((2,), (), (), (2,), ())]
    for step in range(1, play.num_steps + 1):
        share = min(1.0, step / (play.explores * play.num_steps))
        epsilon = play.first + (min(play.least, play.first) - play.first) * share
        if play.anneals:
            optimizer.param_groups[0]["lr"] = play.lr * (1 - (step - 1) / play.num_steps)
        for _ in range(2):
            seen = world.state.clone()
            with torch.no_grad():
                action = net(seen).nan_to_num(0.0).argmax(1)
            by_chance = torch.rand(play.copies) < epsilon
            action = torch.where(by_chance, torch.randint(2, (play.copies,)), action)
            after, reward, ends = world.step(action)
            new = [seen, action.float(), reward, after, ends]
            memory = [
                torch.cat([old, one])[-play.remembers :]
                for old, one in zip(memory, new, strict=True)
            ]
        drawn = torch.randint(len(memory[0]), (play.batch,))
        batch = [part[drawn] for part in memory]
        if play.nan_at and step == int(play.nan_at * play.num_steps):
            batch[0][3, 0] = math.nan
        loss = _loss(play, net, target, batch)
        if play.detaches:
            loss = loss.detach().requires_grad_()
        if play.zeroes:
            optimizer.zero_grad()
        loss.backward()
        if play.clip:
            nn.utils.clip_grad_norm_(net.parameters(), play.clip)
        if play.steps:
            optimizer.step()
        if play.target_every and step % play.target_every == 0:
            target.load_state_dict(net.state_dict())
        told = {"epsilon": epsilon}
        if world.over:
            last = world.over[-20:]
            told["reward"] = float(np.mean([one for one, _ in last]))
            told["episode_length"] = float(np.mean([age for _, age in last]))
        recorder.step(
            loss.item(), samples=play.batch,
            **{name: value for name, value in told.items() if name in play.logs | {"reward"}},
        )  # fmt: skip
        if play.seldom and step % play.seldom == 0:
            recorder.evaluate(reward=_judged(play, net))
    is_finite = all(bool(p.isfinite().all()) for p in net.parameters())
    best = float(LONGEST) if play.task == "pole" else 1.0
    return _judged(play, net) / best if is_finite else -1.0


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


POLE = Play()
CORRIDOR = Play(
    "corridor", lr=3e-3, num_steps=400, seldom=0, discount=0.9, logs=frozenset({"epsilon"})
)
RMS = replace(
    POLE, optimizer="rmsprop", lr=1e-3, huber=False, seldom=0, logs=frozenset({"episode_length"})
)
GOAL = 0.7

SCENARIOS = (
    _healthy("pole", POLE, GOAL),
    _healthy("corridor", CORRIDOR, GOAL),
    _healthy("rmsprop-squares", RMS, GOAL),
    _healthy("rate-annealed", replace(POLE, anneals=True, lr=4e-3), GOAL),
    _healthy("strong-gusts", replace(POLE, gusts=0.04), 0.5),
    _planted(
        "policy-collapse",
        POLE,
        lambda p, s: replace(p, lr=p.lr * s, target_every=1, remembers=128, double=False, clip=0.0),
        GOAL,
        (10.0, 30.0),
        "forgets-what-it-saw",
    ),
    _planted(
        "policy-collapse",
        RMS,
        lambda p, s: replace(p, sees_end=False, discount=1.0, clip=0.0, lr=p.lr * s),
        GOAL,
        (3.0, 10.0),
        "ends-are-not-known",
    ),
    _planted(
        "reward-frozen",
        CORRIDOR,
        _with(first=1e-6),
        GOAL,
        name="nothing-is-explored",
        same_as=("bad-initialisation",),
    ),
    _planted("reward-frozen", CORRIDOR, _with(acts=False), GOAL, name="actions-do-not-reach"),
    _planted(
        "reward-frozen",
        CORRIDOR,
        lambda p, s: replace(p, rooms=int(s)),
        GOAL,
        (39.0,),
        "end-too-far",
    ),
    _planted(
        "lr-too-high",
        POLE,
        lambda p, s: replace(p, lr=p.lr * 10**s),
        GOAL,
        (2.0, 3.0),
        same_as=("policy-collapse",),
    ),
    _planted("lr-too-low", POLE, lambda p, s: replace(p, lr=p.lr / 10**s), GOAL, (2.0, 3.0)),
    _planted("optimizer-step-missing", POLE, _with(steps=False), GOAL),
    _planted("parameters-frozen", RMS, _with(frozen=True), GOAL),
    _planted("graph-detached", POLE, _with(detaches=True), GOAL),
    _planted(
        "bad-batch", POLE, lambda p, s: replace(p, nan_at=s), GOAL, (0.4, 0.8), "nan-in-replay"
    ),
    _planted(
        "bad-initialisation",
        POLE,
        lambda p, s: replace(p, init=s),
        GOAL,
        (0.0001,),
        "init-to-nothing",
    ),
    _planted(
        "stopped-too-early", POLE, lambda p, s: replace(p, num_steps=int(s)), GOAL, (30.0, 50.0)
    ),
)
