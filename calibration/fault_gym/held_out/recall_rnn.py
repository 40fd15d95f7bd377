"""The first sign of a long sequence, recalled at its end, by recurrent layers under RMSprop.

Noise lies between the sign and the end, so that nothing is learnt until gradients reach back all
the way. Accuracy is logged, evaluations are rare. The score is the accuracy on fresh sequences.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_SIGNS, LENGTH, BATCH, NUM_STEPS = 6, 24, 48, 320
GOAL = 0.8


def _sequences(size: int, length: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    signs = torch.randint(NUM_SIGNS, (size,), generator=generator)
    noise = torch.randint(NUM_SIGNS, (size, length), generator=generator) + NUM_SIGNS
    noise[:, 0] = signs
    return noise, signs


class Recaller(nn.Module):
    """Signs through a recurrent layer; its last state says which came first."""

    def __init__(
        self, cell: str = "gru", width: int = 40, gain: float = 0.0, forget: float | None = 2.0,
        chunk: int = 0, std: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.signs, self.chunk = nn.Embedding(2 * NUM_SIGNS, 12), chunk
        if cell == "gru":
            self.cell: nn.RNNBase = nn.GRU(12, width, batch_first=True)
        elif cell == "lstm":
            self.cell = nn.LSTM(12, width, batch_first=True)
        else:
            self.cell = nn.RNN(12, width, batch_first=True, nonlinearity=cell)
        self.head = nn.Linear(width, NUM_SIGNS)
        weights = dict(self.cell.named_parameters())
        if gain:
            nn.init.orthogonal_(weights["weight_hh_l0"], gain)
        if forget is not None and cell == "gru":  # the update gate keeps what it has at first
            with torch.no_grad():
                weights["bias_hh_l0"][width : 2 * width] += forget
        if std is not None:
            for parameter in self.parameters():
                nn.init.normal_(parameter, std=std)

    def forward(self, signs: Tensor) -> Tensor:
        steps = self.signs(signs)
        if not self.chunk:
            return torch.as_tensor(self.head(self.cell(steps)[0][:, -1]))
        state = None
        for part in steps.split(self.chunk, 1):
            if state is not None:
                state = state.detach()  # so that the graph does not grow
            out, state = self.cell(part, state)
        return torch.as_tensor(self.head(out[:, -1]))


def _train(
    recorder: Recorder, model: Recaller, *, lr: float = 3e-3, steps: int = NUM_STEPS,
    length: int = LENGTH, clip: float = 1.0, curriculum: bool = False, size: int = 6000,
    noise: float = 0.0, in_order: bool = False, evaluate_every: int = 80, decay: float = 0.0,
    restart_every: int = 0,
) -> float:  # fmt: skip
    generator = torch.Generator().manual_seed(torch.initial_seed())
    seen, signs = _sequences(size, length, generator)
    val_seen, val_signs = _sequences(600, length, generator)
    wrong = torch.rand(size, generator=generator) < noise
    signs[wrong] = torch.randint(NUM_SIGNS, (int(wrong.sum()),), generator=generator)
    if in_order:
        order = signs.argsort(stable=True)
        seen, signs = seen[order], signs[order]
    optimizer = torch.optim.RMSprop(model.parameters(), lr=lr, weight_decay=decay, alpha=0.95)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(
        optimizer, restart_every or steps, eta_min=lr / 20
    )
    recorder.watch(
        model, optimizer,
        {"optimizer": "rmsprop", "lr": lr, "batch_size": BATCH, "length": length,
         "grad_clip": clip, "weight_decay": decay},
    )  # fmt: skip
    for step in range(1, steps + 1):
        chosen = torch.randint(size, (BATCH,), generator=generator)
        if in_order:
            chosen = torch.arange((step - 1) * BATCH, step * BATCH) % size
        inputs = seen[chosen]
        if curriculum:  # the first third short, the second longer
            inputs = inputs[:, : length * (1 + 3 * step // (steps + 1)) // 3]
        optimizer.zero_grad()
        out = model(inputs)
        loss = functional.cross_entropy(out, signs[chosen])
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        schedule.step()
        right = (out.argmax(1) == signs[chosen]).float().mean().item()
        recorder.step(loss, right, samples=BATCH)
        if evaluate_every and step % evaluate_every == 0:
            with torch.no_grad():
                out = model(val_seen)
                recorder.evaluate(
                    loss=functional.cross_entropy(out, val_signs).item(),
                    accuracy=(out.argmax(1) == val_signs).float().mean().item(),
                )
    with torch.no_grad():
        return float((model(val_seen).argmax(1) == val_signs).float().mean())


SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r, Recaller()), goal=GOAL),
    Scenario(
        "plateau-then-drop", "healthy",
        lambda r, _: _train(r, Recaller(forget=0.5), evaluate_every=0, length=20, steps=400),
        goal=GOAL,
    ),
    Scenario(
        "longer-in-stages", "healthy", lambda r, _: _train(r, Recaller(), curriculum=True), goal=0.6
    ),
    Scenario(
        "restarts", "healthy",
        lambda r, _: _train(r, Recaller(), restart_every=100, steps=400, lr=4e-3), goal=GOAL,
    ),
    Scenario(
        "forgetful-from-the-start", "gradients-vanishing",
        lambda r, s: _train(
            r, Recaller("tanh" if s > 1 else "gru", forget=2.0 if s == 0 else -2.0,
                        gain=0.4 if s > 1 else 0.0)
        ),
        goal=GOAL, severities=(1.0, 2.0),
    ),
    Scenario(
        "unclipped-and-chaotic", "recurrent-gradients-exploding",
        lambda r, s: _train(
            r, Recaller("tanh", gain=1.0 + s), clip=0.0 if s else 1.0, lr=2e-3, length=16
        ),
        goal=0.9, severities=(3.0, 4.0),
    ),
    Scenario(
        "state-detached-between-chunks", "graph-detached",
        lambda r, s: _train(r, Recaller(chunk=int(6 / s) if s else 0, forget=1.4)), goal=GOAL,
    ),
    Scenario(
        "two-units", "capacity-too-small",
        lambda r, s: _train(r, Recaller(width=int(3 - s) if s else 40), steps=360), goal=GOAL,
        severities=(1.0,),
    ),
    Scenario(
        "signs-mixed-up", "label-noise", lambda r, s: _train(r, Recaller(), noise=s),
        goal=0.93, severities=(0.8,),
    ),
    Scenario(
        "sorted-by-sign", "data-not-shuffled",
        lambda r, s: _train(r, Recaller(), in_order=s > 0, size=6000), goal=GOAL,
    ),
    Scenario(
        "decay-typed-wrong", "weight-decay-too-high",
        lambda r, s: _train(r, Recaller(), decay=0.03 * s), goal=GOAL, severities=(1.0, 3.0),
    ),
    Scenario(
        "stopped-early", "stopped-too-early",
        lambda r, s: _train(r, Recaller(), steps=int(NUM_STEPS / (1 + 3 * s))), goal=GOAL,
        severities=(1.6,),
    ),
)  # fmt: skip
