"""Tiny pictures of one bright bar, drawn by a generator against a critic, under RMSprop.

Eight bars are possible, four across and four down, in pictures of 4 by 4. A Wasserstein critic
with a gradient penalty, whose loss has no unit and may be negative, or the usual discriminator.
The score is how evenly the bars are drawn.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

SIDE, NUM_BARS, NOISE, BATCH, NUM_STEPS = 4, 8, 8, 64, 300
GOAL = 0.5


def _bars() -> Tensor:
    """Return the pictures without noise, `(NUM_BARS, SIDE * SIDE)`."""
    across = torch.eye(SIDE)[:, :, None].expand(-1, -1, SIDE)
    return torch.cat([across, across.transpose(1, 2)]).reshape(NUM_BARS, -1) * 1.6 - 0.8


def _pictures(size: int) -> Tensor:
    clean = _bars()[torch.randint(NUM_BARS, (size,))]
    return clean + 0.08 * torch.randn_like(clean)


class Generator(nn.Module):
    """Noise to pictures between -1 and 1."""

    def __init__(self, batch_norm: bool) -> None:
        super().__init__()
        norm = nn.BatchNorm1d(64) if batch_norm else nn.Identity()
        last = nn.Linear(64, SIDE * SIDE)
        self.layers = nn.Sequential(
            nn.Linear(NOISE, 64), norm, nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), last, nn.Tanh()
        )

    def forward(self, noise: Tensor) -> Tensor:
        return torch.as_tensor(self.layers(noise))


@torch.no_grad()
def _evenness(pictures: Tensor) -> float:
    """Return how many bars are drawn, as the exponent of an entropy, over NUM_BARS."""
    if not bool(pictures.isfinite().all()):
        return 0.0
    distance, nearest = torch.cdist(pictures, _bars()).min(1)
    good = distance < 1.6
    if not bool(good.any()):
        return 0.0
    share = torch.bincount(nearest[good], minlength=NUM_BARS) / good.sum()
    share = share[share > 0]
    return float((-(share * share.log()).sum()).exp()) / NUM_BARS * float(good.float().mean())


def _penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """Return how far the slope of the critic between real and drawn is from 1."""
    mixed = real.lerp(fake, torch.rand(len(real), 1)).requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return torch.as_tensor(((slope.norm(dim=1) - 1) ** 2).mean())


def _train(
    recorder: Recorder, *, critic_loss: bool = True, penalty: float = 2.0, lr: float = 2e-3,
    lr_generator: float = 0.0, rounds: int = 2, rounds_generator: int = 1, steps: int = NUM_STEPS,
    same_noise: bool = False, batch_norm: bool = False, lonely: float = 0.0,
) -> float:  # fmt: skip
    generator = Generator(batch_norm)
    critic = nn.Sequential(
        nn.Linear(SIDE * SIDE, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 1)
    )
    of_generator = torch.optim.RMSprop(generator.parameters(), lr=lr_generator or lr)
    of_critic = torch.optim.RMSprop(critic.parameters(), lr=lr)
    recorder.watch(
        nn.ModuleDict({"generator": generator, "critic": critic}), [of_generator, of_critic],
        {"optimizer": "rmsprop", "lr": lr, "lr_generator": lr_generator or lr, "batch_size": BATCH,
         "gradient_penalty": penalty if critic_loss else 0.0, "critic_steps": rounds},
    )  # fmt: skip
    kept_noise = torch.randn(1, NOISE)

    def noise(size: int) -> Tensor:
        return kept_noise.expand(size, NOISE) if same_noise else torch.randn(size, NOISE)

    for _ in range(steps):
        for _ in range(rounds):
            real, fake = _pictures(BATCH), generator(noise(BATCH)).detach()
            said, said_fake = critic(real), critic(fake)
            if critic_loss:
                loss_c = said_fake.mean() - said.mean() + penalty * _penalty(critic, real, fake)
            else:
                loss_c = (functional.softplus(-said) + functional.softplus(said_fake)).mean()
            of_critic.zero_grad()
            loss_c.backward()
            of_critic.step()
        for parameter in critic.parameters():
            parameter.requires_grad_(False)
        for _ in range(rounds_generator):
            drawn = generator(noise(BATCH))
            said_fake = critic(drawn)
            loss_g = -said_fake.mean() if critic_loss else functional.softplus(-said_fake).mean()
            if lonely:  # was to spread the pictures; draws them together
                loss_g = loss_g + lonely * drawn.var(0).mean()
            of_generator.zero_grad()
            loss_g.backward()
            of_generator.step()
        for parameter in critic.parameters():
            parameter.requires_grad_(True)
        recorder.step(
            loss_c.detach() + loss_g.detach(), samples=BATCH,
            **{"loss/generator": loss_g.item(), "loss/discriminator": loss_c.item(),
               "sample/diversity": drawn.detach().var(0).mean().item()},
        )  # fmt: skip
    generator.eval()
    with torch.no_grad():
        return _evenness(generator(noise(1024)))


SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=GOAL),
    Scenario(
        "batch-norm", "healthy", lambda r, _: _train(r, batch_norm=True, penalty=4.0), goal=GOAL
    ),
    Scenario("more-critic", "healthy", lambda r, _: _train(r, rounds=4, steps=220), goal=GOAL),
    Scenario(
        "generator-far-ahead", "mode-collapse",
        lambda r, s: _train(
            r, critic_loss=s == 0, lr_generator=2e-3 * 5**s, rounds=2 if s == 0 else 1,
            rounds_generator=1 + int(s),
        ),
        goal=GOAL, severities=(1.0, 2.0),
    ),
    Scenario(
        "sign-of-spread-flipped", "mode-collapse",
        lambda r, s: _train(r, lonely=3.0 * s), goal=GOAL, severities=(2.0, 4.0),
    ),
    Scenario(
        "noise-drawn-before-the-loop", "mode-collapse",
        lambda r, s: _train(r, same_noise=s > 0), goal=GOAL, same_as=("output-constant",),
    ),
)  # fmt: skip
