"""Eight blobs on a ring, drawn by a generator against a discriminator, two MLPs under Adam.

Three losses; logged are both players' losses, what the discriminator says of real and of drawn
points, and the spread of the drawn. The score is how evenly the eight blobs are hit.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_BLOBS, NOISE, BATCH, NUM_STEPS = 8, 6, 96, 500
Loss = Literal["log", "hinge", "squares"]


def _centres() -> Tensor:
    angle = torch.arange(NUM_BLOBS) * 2 * math.pi / NUM_BLOBS
    return 2 * torch.stack([angle.cos(), angle.sin()], 1)


def _real(size: int) -> Tensor:
    return _centres()[torch.randint(NUM_BLOBS, (size,))] + 0.25 * torch.randn(size, 2)


def _mlp(num_in: int, num_out: int, width: int = 64) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(num_in, width), nn.LeakyReLU(0.2), nn.Linear(width, width),
        nn.LeakyReLU(0.2), nn.Linear(width, num_out),
    )  # fmt: skip


def _discriminator_loss(kind: Loss, real: Tensor, fake: Tensor) -> Tensor:
    if kind == "hinge":
        return (1 - real).relu().mean() + (1 + fake).relu().mean()
    if kind == "squares":
        return ((real - 1) ** 2).mean() + (fake**2).mean()
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def _generator_loss(kind: Loss, fake: Tensor) -> Tensor:
    if kind == "hinge":
        return -fake.mean()
    return ((fake - 1) ** 2).mean() if kind == "squares" else functional.softplus(-fake).mean()


@torch.no_grad()
def _evenness(points: Tensor) -> float:
    """Return how many blobs are hit, as the exponent of an entropy, over NUM_BLOBS."""
    if not bool(points.isfinite().all()):
        return 0.0
    distance, nearest = torch.cdist(points, _centres()).min(1)
    share = torch.bincount(nearest[distance < 0.75], minlength=NUM_BLOBS) / len(points)
    full = share[share > 0]
    if not len(full):
        return 0.0
    spread = full / full.sum()
    return float((-(spread * spread.log()).sum()).exp()) / NUM_BLOBS * float(full.sum())


def _train(
    recorder: Recorder, *, kind: Loss = "log", lr: float = 2e-3, lr_generator: float = 0.0,
    momentum: float = 0.5, rounds: int = 1, rounds_generator: int = 1, steps: int = NUM_STEPS,
    detach: bool = False, zero_grad: bool = True, gain: float | None = None,
) -> float:  # fmt: skip
    generator, discriminator = _mlp(NOISE, 2), _mlp(2, 1)
    if gain is not None:
        for parameter in generator.parameters():
            nn.init.normal_(parameter, std=gain)
    of_generator = torch.optim.Adam(
        generator.parameters(), lr=lr_generator or lr, betas=(momentum, 0.99)
    )
    of_discriminator = torch.optim.Adam(discriminator.parameters(), lr=lr, betas=(momentum, 0.99))
    recorder.watch(
        nn.ModuleDict({"generator": generator, "discriminator": discriminator}),
        [of_generator, of_discriminator],
        {"optimizer": "adam", "lr": lr, "lr_generator": lr_generator or lr, "batch_size": BATCH,
         "noise": NOISE},
    )  # fmt: skip

    def draw(size: int) -> Tensor:
        return torch.as_tensor(generator(torch.randn(size, NOISE)))

    for step in range(1, steps + 1):
        for _ in range(rounds):
            real, fake = _real(BATCH), draw(BATCH).detach()
            said, said_fake = discriminator(real), discriminator(fake)
            loss_d = _discriminator_loss(kind, said, said_fake)
            if zero_grad:
                of_discriminator.zero_grad()
            loss_d.backward()
            of_discriminator.step()
        for _ in range(rounds_generator):
            fake = draw(BATCH)
            if detach:
                fake = fake.detach()
            loss_g = _generator_loss(kind, discriminator(fake))
            of_generator.zero_grad()
            loss_g.backward()
            of_generator.step()
        more = {
            "loss/generator": loss_g.item(), "loss/discriminator": loss_d.item(),
            "score/real": said.mean().item(), "score/fake": said_fake.mean().item(),
        }  # fmt: skip
        if step % 50 == 0:
            with torch.no_grad():
                more["sample/diversity"] = torch.pdist(draw(128)).mean().item()
        recorder.step(loss_d.detach() + loss_g.detach(), samples=BATCH, **more)
    with torch.no_grad():
        return _evenness(draw(1024))


GOAL = 0.55
SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=GOAL),
    Scenario("hinge", "healthy", lambda r, _: _train(r, kind="hinge"), goal=GOAL),
    Scenario("least-squares", "healthy", lambda r, _: _train(r, kind="squares"), goal=GOAL),
    Scenario(
        "discriminator-ahead", "healthy",
        lambda r, _: _train(r, lr=4e-3, lr_generator=2e-3, rounds=2, steps=450), goal=GOAL,
    ),
    Scenario(
        "generator-too-fast", "mode-collapse",
        lambda r, s: _train(
            r, lr_generator=2e-3 * 10 ** (0.8 * s), rounds_generator=1 + int(s)
        ),
        goal=GOAL, severities=(1.0, 2.0),
    ),
    Scenario(
        "drawn-points-detached", "graph-detached",
        lambda r, s: _train(r, detach=s > 0), goal=GOAL,
        same_as=("parameters-frozen", "optimizer-step-missing"),
    ),
    Scenario(
        "discriminator-keeps-gradients", "zero-grad-missing",
        lambda r, s: _train(r, zero_grad=s == 0), goal=GOAL,
    ),
    Scenario(
        "lr-too-low", "lr-too-low", lambda r, s: _train(r, kind="hinge", lr=2e-3 / 10**s),
        goal=GOAL, severities=(1.3,),
    ),
    Scenario(
        "generator-starts-at-zero", "bad-initialisation",
        lambda r, s: _train(r, gain=0.0 if s else None), goal=GOAL,
        same_as=("mode-collapse", "output-constant"),
    ),
)  # fmt: skip
