"""Points around class centres in 32 dimensions, told apart by an MLP under AdamW."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_CLASSES, NUM_FEATURES, BATCH, NUM_STEPS = 10, 32, 64, 400
SPREAD = 2.2  # of a class over the distance of its centre: the classes overlap a little


def _data(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    centres = torch.randn(NUM_CLASSES, NUM_FEATURES, generator=torch.Generator().manual_seed(7))
    target = torch.randint(NUM_CLASSES, (size,), generator=generator)
    noise = torch.randn(size, NUM_FEATURES, generator=generator)
    return centres[target] + SPREAD / 2 * noise, target


def _train(recorder: Recorder, lr: float = 2e-3, *, stop_at: int | None = None) -> float:
    """Train; return the accuracy on held-out points. stop_at: the step whose rate is zero."""
    generator = torch.Generator().manual_seed(torch.initial_seed())
    inputs, targets = _data(4096, generator)
    val_inputs, val_targets = _data(1024, generator)
    model = nn.Sequential(
        nn.Linear(NUM_FEATURES, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, NUM_CLASSES),
    )  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: 0.0 if stop_at is not None and step >= stop_at else 1.0
    )
    recorder.watch(model, optimizer, {"optimizer": "adamw", "lr": lr, "batch_size": BATCH})
    accuracy = 0.0
    for step in range(1, NUM_STEPS + 1):
        chosen = torch.randint(len(inputs), (BATCH,), generator=generator)
        optimizer.zero_grad()
        logits = model(inputs[chosen])
        loss = functional.cross_entropy(logits, targets[chosen])
        loss.backward()
        optimizer.step()
        right = (logits.argmax(1) == targets[chosen]).float().mean().item()
        recorder.step(loss, right, samples=BATCH)
        schedule.step()
        if step % 40 == 0:
            model.eval()
            with torch.no_grad():
                out = model(val_inputs)
                accuracy = (out.argmax(1) == val_targets).float().mean().item()
                recorder.evaluate(
                    loss=functional.cross_entropy(out, val_targets).item(), accuracy=accuracy
                )
            model.train()
    return accuracy


SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=0.95),
    Scenario(
        "lr-too-high",
        "lr-too-high",
        lambda r, s: _train(r, 2e-3 * 10**s),
        goal=0.95,
        severities=(2.2, 3.0),
    ),
    Scenario(
        "lr-too-low",
        "lr-too-low",
        lambda r, s: _train(r, 2e-3 / 10**s),
        goal=0.95,
        severities=(1.7, 2.5),
    ),
    Scenario(
        "lr-zero-early",
        "lr-schedule-wrong",
        lambda r, s: _train(r, stop_at=int(NUM_STEPS / (1 + 15 * s))),
        goal=0.95,
        severities=(1.0, 2.0),
    ),
)
