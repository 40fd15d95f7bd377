"""A writer of signs, a GRU that knows a grammar, tuned to a reward by policy gradients.

Eight prompts, four writings each, advantages against the prompt's mean, a penalty on the
divergence from the writer before tuning, AdamW. Logged are the reward, its spread, the divergence,
the entropy and how many pairs of signs differ. The score is the reward of writings times how
varied they are.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_SIGNS, LENGTH, NUM_PROMPTS, GROUP, NUM_STEPS = 12, 14, 8, 4, 150
GOAL = 0.3


def _grammar() -> Tensor:
    """Return the chance of each sign after another."""
    noise = torch.randn(NUM_SIGNS, NUM_SIGNS, generator=torch.Generator().manual_seed(2))
    return (1.5 * noise).softmax(-1)


def _texts(size: int) -> Tensor:
    signs = torch.randint(NUM_SIGNS, (size, LENGTH + 1))
    for at in range(1, LENGTH + 1):
        signs[:, at] = _grammar()[signs[:, at - 1]].multinomial(1)[:, 0]
    return signs


class Writer(nn.Module):
    """Signs to the logits of the next."""

    def __init__(self) -> None:
        super().__init__()
        self.signs, self.cell = nn.Embedding(NUM_SIGNS, 24), nn.GRU(24, 40, batch_first=True)
        self.head = nn.Linear(40, NUM_SIGNS)

    def forward(self, signs: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        hidden, state = self.cell(self.signs(signs), state)
        return self.head(hidden), state

    @torch.no_grad()
    def write(self, prompts: Tensor) -> Tensor:
        """Return the prompt and the LENGTH signs after it."""
        out, state = [prompts[:, None]], None
        for _ in range(LENGTH):
            logits, state = self(out[-1], state)
            chances = logits[:, -1].softmax(-1).nan_to_num(1 / NUM_SIGNS)
            out.append(chances.multinomial(1))
        return torch.cat(out, 1)


def _reward(written: Tensor) -> Tensor:
    """Return the share of signs that the reader likes, the first four."""
    return (written < 4).float().mean(1)


def _distinct(written: Tensor) -> float:
    """Return the mean share of different pairs within a writing."""
    pairs = written[:, :-1] * NUM_SIGNS + written[:, 1:]
    return float(sum(len(row.unique()) for row in pairs)) / pairs.numel()


def _pretrain(model: Writer, steps: int = 200) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    texts = _texts(512)
    for _ in range(steps):
        some = texts[torch.randint(len(texts), (32,))]
        optimizer.zero_grad()
        out, _ = model(some[:, :-1])
        functional.cross_entropy(out.flatten(0, 1), some[:, 1:].flatten()).backward()
        optimizer.step()


def _train(
    recorder: Recorder, *, lr: float = 2e-3, kl_weight: float = 0.1, steps: int = NUM_STEPS,
    entropy_weight: float = 0.0, read: str = "writing", bonus: float = 0.0, epochs: int = 1,
    ratio_clip: float = 0.0, scale: float = 1.0,
) -> float:  # fmt: skip
    model = Writer()
    _pretrain(model)
    before = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(step / 5 + 0.1, 1))
    recorder.watch(
        model, optimizer,
        {"algorithm": "grpo", "optimizer": "adamw", "lr": lr, "kl_coef": kl_weight,
         "group_size": GROUP, "num_prompts": NUM_PROMPTS, "max_length": LENGTH},
    )  # fmt: skip
    for _ in range(steps):
        prompts = torch.randint(NUM_SIGNS, (NUM_PROMPTS,)).repeat_interleave(GROUP)
        written = model.write(prompts)
        read_from = written[:, 1:] if read == "writing" else written[:, :1]
        reward = _reward(read_from) * scale
        reward = reward + bonus * (written[:, 1:] == written[:, :-1]).float().mean(1)
        group = reward.view(NUM_PROMPTS, GROUP)
        spread = group.std(1, keepdim=True)
        advantage = ((group - group.mean(1, keepdim=True)) / (spread + 0.05 * scale)).flatten()
        old: Tensor | None = None
        for _epoch in range(epochs):
            logits, _ = model(written[:, :-1])
            policy = Categorical(logits=logits, validate_args=False)
            log_p = policy.log_prob(written[:, 1:])
            old = log_p.detach() if old is None else old
            with torch.no_grad():
                reference = before(written[:, :-1])[0].log_softmax(-1)
            kl = (logits.softmax(-1) * (logits.log_softmax(-1) - reference)).sum(-1).mean()
            ratio = (log_p - old).exp()
            term = ratio * advantage[:, None]
            if ratio_clip:
                kept = ratio.clamp(1 - ratio_clip, 1 + ratio_clip) * advantage[:, None]
                term = torch.minimum(term, kept)
            entropy = policy.entropy().mean()
            loss = -term.mean() + kl_weight * kl - entropy_weight * entropy
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        schedule.step()
        recorder.step(
            loss, samples=len(written), reward=reward.mean().item(),
            reward_std=spread.mean().item(), kl=kl.item(), entropy=entropy.item(),
            **{"sample/distinct_2": _distinct(written[:, 1:])},
        )  # fmt: skip
    written = model.write(torch.arange(NUM_SIGNS).repeat(20))[:, 1:]
    return float(_reward(written).mean()) * _distinct(written)


SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=GOAL),
    Scenario(
        "clipped-ratio", "healthy",
        lambda r, _: _train(r, epochs=2, ratio_clip=0.2, lr=1.5e-3, steps=110), goal=GOAL,
    ),
    Scenario(
        "reward-in-hundreds", "healthy", lambda r, _: _train(r, scale=100.0, lr=1.5e-3), goal=GOAL
    ),
    Scenario(
        "entropy-held", "healthy", lambda r, _: _train(r, entropy_weight=0.02), goal=GOAL
    ),
    Scenario(
        "reward-for-repeating", "repetition-collapse",
        lambda r, s: _train(
            r, bonus=s, kl_weight=0.1 if s == 0 else 0.0, lr=2e-3 + 3e-3 * (s > 0)
        ),
        goal=GOAL, same_as=("policy-collapse",), severities=(1.0, 3.0),
    ),
    Scenario(
        "sign-of-divergence-flipped", "policy-collapse",
        lambda r, s: _train(r, kl_weight=-0.2 * s if s else 0.1), goal=GOAL,
        severities=(1.0, 3.0),
    ),
    Scenario(
        "prompt-judged-for-the-writing", "reward-frozen",
        lambda r, s: _train(r, read="prompt" if s else "writing"), goal=GOAL,
    ),
)  # fmt: skip
