"""A walker that looks for the exit of a grid, trained by policy gradients with a value head.

Sixteen grids at once, a step for each batch of episodes. Logged are the reward, the entropy, the
divergence from the policy before the update, the episodes' length and the values; there is no
validation. The score is the reward of the policy's own walks, undiscounted, at the end.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional

from fault_gym.held_out.measuring import resident_bytes
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_WALKERS, LONGEST, NUM_STEPS = 16, 14, 220
MOVES = np.array([(0, 1), (0, -1), (1, 0), (-1, 0)])


class Grid:
    """Walkers in a square with one exit; a step costs, the exit pays."""

    def __init__(self, side: int = 5, cost: float = 0.05, far: bool = False) -> None:
        self.side, self.cost, self.far = side, cost, far
        self.reset()

    def reset(self) -> np.ndarray:
        self.place = np.random.randint(0, self.side, (NUM_WALKERS, 2))
        if self.far:
            self.place[:] = 0
        self.done = np.zeros(NUM_WALKERS, dtype=bool)
        return self.seen()

    def seen(self) -> np.ndarray:
        return np.asarray(np.eye(self.side**2, dtype=np.float32)[self.place @ [self.side, 1]])

    def blocked(self) -> np.ndarray:
        """Return which moves would leave the grid, `(walkers, moves)`."""
        after = self.place[:, None] + MOVES
        return np.asarray(((after < 0) | (after >= self.side)).any(-1))

    def step(self, action: np.ndarray) -> np.ndarray:
        active = ~self.done
        moved = np.clip(self.place + MOVES[action], 0, self.side - 1)
        self.place = np.where(active[:, None], moved, self.place)
        out = active & (self.place == self.side - 1).all(1)
        self.done |= out
        return np.asarray(out * 1.0 - self.cost * active, dtype=np.float32)


class Walker(nn.Module):
    """A policy and a value, on one hidden layer."""

    def __init__(self, side: int = 5, relu_value: bool = False) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(side**2, 48), nn.Tanh())
        self.policy, self.value = nn.Linear(48, 4), nn.Linear(48, 1)
        self.out = nn.ReLU() if relu_value else nn.Identity()
        nn.init.normal_(self.policy.weight, std=0.01)
        if relu_value:
            nn.init.constant_(self.value.bias, -0.1)

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.body(seen)
        return self.policy(hidden), self.out(self.value(hidden)).squeeze(-1)


@dataclass
class Walks:
    """What a batch of episodes left, `(steps, walkers)` each."""

    seen: Tensor
    action: Tensor
    reward: Tensor
    active: Tensor
    blocked: Tensor


@torch.no_grad()
def _walk(grid: Grid, model: Walker, masked: bool) -> Walks:
    seen, kept = grid.reset(), []
    for _ in range(LONGEST):
        logits, _ = model(torch.from_numpy(seen))
        blocked = torch.from_numpy(grid.blocked()) & masked
        action = Categorical(logits=logits.nan_to_num(0.0).masked_fill(blocked, -1e9)).sample()
        active = torch.from_numpy(~grid.done)
        reward = grid.step(action.numpy())
        kept.append((torch.from_numpy(seen), action, torch.from_numpy(reward), active, blocked))
        seen = grid.seen()
        if grid.done.all():
            break
    return Walks(*(torch.stack(part) for part in zip(*kept, strict=True)))


def _returns(reward: Tensor, discount: float) -> Tensor:
    total, out = torch.zeros(NUM_WALKERS), []
    for one in reward.flip(0):
        total = one + discount * total
        out.append(total)
    return torch.stack(out).flip(0)


def _train(
    recorder: Recorder, *, lr: float = 1e-2, entropy_weight: float = 0.01, epochs: int = 1,
    clip: float = 0.0, cost: float = 0.05, far: bool = False, side: int = 5, scale: float = 1.0,
    reward_at_end: bool = False, detach: bool = False, relu_value: bool = False,
    masked: bool = False, by_hand: bool = False, optimizer: str = "adam", steps: int = NUM_STEPS,
    keep: bool = False, score: str = "reward",
) -> float:  # fmt: skip
    grid, model = Grid(side, cost, far), Walker(side, relu_value)
    of_model: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    if optimizer == "rmsprop":
        of_model = torch.optim.RMSprop(model.parameters(), lr=lr)
    recorder.watch(
        model, of_model,
        {"algorithm": "ppo" if clip else "reinforce", "optimizer": optimizer, "lr": lr,
         "entropy_coef": abs(entropy_weight), "ppo_clip": clip, "discount": 0.97,
         "num_envs": NUM_WALKERS, "max_episode_length": LONGEST},
    )  # fmt: skip
    memory: list[object] = []
    first_bytes, values = 0, torch.zeros(1)
    for step in range(1, steps + 1):
        walks = _walk(grid, model, masked)
        reward = walks.reward * scale
        if reward_at_end:  # read after the grids were reset
            reward = torch.zeros_like(reward)
        gain = _returns(reward, 0.97)
        with torch.no_grad():
            before = model(walks.seen)[0].log_softmax(-1)
        active = walks.active
        for epoch in range(epochs):
            logits, values = model(walks.seen)
            if by_hand:
                p = logits.softmax(-1) * ~walks.blocked
                p = p / p.sum(-1, keepdim=True)
                entropy = -(p * p.log()).sum(-1)[active].mean()
                policy = Categorical(probs=p, validate_args=False)
            else:
                policy = Categorical(logits=logits.masked_fill(walks.blocked, -1e9))
                entropy = policy.entropy()[active].mean()
            log_p = policy.log_prob(walks.action)
            advantage = gain - values.detach()
            if clip:
                spread = advantage[active].std() + 1e-6
                advantage = (advantage - advantage[active].mean()) / spread
                if epoch == 0:
                    old = log_p.detach()
                ratio = (log_p - old).exp()
                term = torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
            else:
                term = (log_p.detach() if detach else log_p) * advantage
            value_loss = functional.mse_loss(values[active], gain[active])
            loss = -term[active].mean() + 0.5 * value_loss - entropy_weight * entropy
            of_model.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0 * scale)
            of_model.step()
        with torch.no_grad():
            new = model(walks.seen)[0].log_softmax(-1)
            kl = (before.exp() * (before - new)).sum(-1)[active].mean().item()
        if keep:
            memory.append((walks, values, copy.deepcopy(model.state_dict())))
        if step == 60:
            first_bytes = resident_bytes()
        recorder.step(
            loss, samples=int(active.sum()), reward=reward.sum(0).mean().item(),
            entropy=entropy.item(), kl=kl, episode_length=active.sum(0).float().mean().item(),
            value_loss=value_loss.item(), value_std=values[active].detach().std().item(),
        )  # fmt: skip
    if score == "memory":
        return -(resident_bytes() - first_bytes) / 2**20
    if score == "value":
        return float(values.detach().std())
    return float(
        np.mean([float(_walk(grid, model, masked).reward.sum(0).mean()) for _ in range(6)])
    )


GOAL = 0.6
SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=GOAL),
    Scenario(
        "ppo", "healthy", lambda r, _: _train(r, epochs=3, clip=0.2, lr=6e-3, steps=140), goal=GOAL
    ),
    Scenario(
        "entropy-falls-to-nothing-at-the-best", "healthy",
        lambda r, _: _train(r, entropy_weight=0.0, lr=2e-2, steps=300), goal=GOAL,
    ),
    Scenario(
        "reward-at-its-floor-at-first", "healthy",
        lambda r, _: _train(r, far=True, side=4, cost=0.02, lr=8e-3, steps=300), goal=GOAL,
    ),
    Scenario(
        "returns-in-thousands", "healthy",
        lambda r, _: _train(r, scale=1000.0, entropy_weight=10.0, optimizer="rmsprop", lr=4e-3),
        goal=0.5,
    ),
    Scenario(
        "rate-too-high-for-the-policy", "policy-collapse",
        lambda r, s: _train(r, lr=1e-2 * 10**s, epochs=3, clip=0.2, entropy_weight=0.0),
        goal=0.55, same_as=("lr-too-high",), severities=(1.5,),
    ),
    Scenario(
        "sign-of-entropy-flipped", "policy-collapse",
        lambda r, s: _train(r, entropy_weight=-0.3 * s if s else 0.01), goal=0.55,
        severities=(2.0, 4.0),
    ),
    Scenario(
        "reward-of-the-wrong-step", "reward-frozen",
        lambda r, s: _train(r, reward_at_end=s > 0), goal=0.55,
    ),
    Scenario(
        "log-probability-detached", "graph-detached",
        lambda r, s: _train(r, detach=s > 0), goal=0.55, same_as=("reward-frozen",),
    ),
    Scenario(
        "value-behind-a-relu", "auxiliary-head-collapsed",
        lambda r, s: _train(r, relu_value=s > 0, cost=0.12, score="value"), goal=0.1,
    ),
    Scenario(
        "entropy-of-blocked-moves", "log-of-zero",
        lambda r, s: _train(r, masked=True, by_hand=s > 0), goal=0.55,
    ),
    Scenario(
        "walks-kept", "memory-leak",
        lambda r, s: _train(r, keep=s > 0, score="memory", steps=260), goal=-4.0,
        severities=(1.0,),
    ),
)  # fmt: skip
