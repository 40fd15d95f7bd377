"""Numbers spelt out in letters, by a GRU that reads and a GRU that writes, under Adam.

Spellings differ in length and are padded. Logged are the loss and, now and then, the loss on held
out numbers; no accuracy. The score is the share of letters that the writer gets right by itself,
or minus how far a logged loss is from the true one.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.held_out.measuring import resident_bytes
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LETTERS = ("", "^", "$", *sorted(set("".join(WORDS))))
PAD, BEGIN, END, LONGEST = 0, 1, 2, 17
BATCH, NUM_STEPS, WIDTH = 32, 260, 64
GOAL = 0.66


def _numbers() -> tuple[Tensor, Tensor]:
    """Return digits `(1000, 3)` and letters `(1000, LONGEST)` with BEGIN, END and padding."""
    digits = torch.stack(torch.meshgrid(*[torch.arange(10)] * 3, indexing="ij"), -1).view(-1, 3)
    digits = torch.cat([digits, torch.cat([torch.full((1000, 1), 10), digits[:, 1:]], 1)])
    rows = []
    for row in digits.tolist():
        spelt = "".join(WORDS[digit] for digit in row if digit < 10)
        ids = [BEGIN, *(LETTERS.index(letter) for letter in spelt), END]
        rows.append(ids + [PAD] * (LONGEST + 1 - len(ids)))
    return digits, torch.tensor(rows)


class Speller(nn.Module):
    """Digits to letters."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.digits, self.letters = nn.Embedding(11, 24), nn.Embedding(len(LETTERS), 24)
        self.read = nn.GRU(24, width, batch_first=True)
        self.write = nn.GRU(24, width, batch_first=True)
        self.head = nn.Linear(width, len(LETTERS))

    def forward(self, digits: Tensor, letters: Tensor) -> Tensor:
        _, state = self.read(self.digits(digits))
        hidden, _ = self.write(self.letters(letters), state)
        return torch.as_tensor(self.head(hidden))

    @torch.no_grad()
    def spell(self, digits: Tensor) -> Tensor:
        _, state = self.read(self.digits(digits))
        letter, out = torch.full((len(digits), 1), BEGIN), []
        for _ in range(LONGEST):
            hidden, state = self.write(self.letters(letter), state)
            letter = self.head(hidden).argmax(-1)
            out.append(letter)
        return torch.cat(out, 1)


def _loss(out: Tensor, wanted: Tensor, ignore: int, smoothing: float, by_row: bool) -> Tensor:
    if not by_row:
        return functional.cross_entropy(
            out.flatten(0, 1), wanted.flatten(), ignore_index=ignore, label_smoothing=smoothing
        )
    each = functional.cross_entropy(out.transpose(1, 2), wanted, reduction="none")
    counted = wanted != PAD
    return ((each * counted).sum(1) / counted.sum(1)).mean()


def _train(
    recorder: Recorder, model: Speller | None = None, *, lr: float = 6e-3, steps: int = NUM_STEPS,
    ignore: int = PAD, smoothing: float = 0.0, by_row: bool = False,
    empty: int = 0, unshifted: bool = False, summed_val: bool = False, bucketed: bool = False,
    micro: int = 1, divide: bool = True, sgd: bool = False, clip: float = 1.0, keep: int = 0,
    report: str = "letters", evaluate_every: int = 40, warmup: int = 20, ema: bool = False,
    embedding_lr: float = 1.0,
) -> float:  # fmt: skip
    generator = torch.Generator().manual_seed(torch.initial_seed())
    model = model or Speller()
    digits, letters = _numbers()
    order = torch.randperm(len(digits), generator=generator)
    digits, letters = digits[order], letters[order]
    val_digits, val_letters = digits[1600:], letters[1600:]
    digits, letters = digits[:1600], letters[:1600].clone()
    letters[torch.arange(empty) * 97 + 5] = PAD  # rows without a spelling
    by_length = (letters != PAD).sum(1).argsort()
    names = ("digits.weight", "letters.weight")
    groups: list[dict[str, Any]] = [
        {"params": [p for n, p in model.named_parameters() if n not in names]},
        {"params": [model.digits.weight, model.letters.weight], "lr": lr * embedding_lr},
    ]
    optimizer: torch.optim.Optimizer = torch.optim.Adam(groups, lr=lr)
    if sgd:
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warmup, (warmup / (step + 1)) ** 0.5),
    )
    recorder.watch(
        model, optimizer,
        {"optimizer": "sgd" if sgd else "adam", "lr": lr, "batch_size": BATCH // micro,
         "accumulate": micro, "grad_clip": clip, "label_smoothing": smoothing},
    )  # fmt: skip
    average = {name: one.clone() for name, one in model.state_dict().items()}
    memory: list[Tensor] = []
    first_bytes, logged, honest = 0, 0.0, 0.0
    for step in range(1, steps + 1):
        model.train()
        optimizer.zero_grad()
        total = torch.zeros(())
        for _ in range(micro):
            chosen = torch.randint(len(digits), (BATCH // micro,), generator=generator)
            if bucketed:  # texts of one length together
                at = int(torch.randint(len(digits) - BATCH, (1,), generator=generator))
                chosen = by_length[at : at + BATCH // micro]
            row = letters[chosen]
            given = row[:, 1:] if unshifted else row[:, :-1]
            out = model(digits[chosen], given)
            loss = _loss(out, row[:, 1:], ignore, smoothing, by_row)
            (loss / micro if divide else loss).backward()
            total = total + loss.detach() / micro
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        schedule.step()
        for name, one in model.state_dict().items():
            average[name].lerp_(one, 0.05)
        if keep:
            memory.extend([out.detach().exp()] * 1 if keep == 1 else [out.exp(), out.detach() * 1])
        if step == 60:
            first_bytes = resident_bytes()
        recorder.step(total, samples=BATCH)
        if evaluate_every and step % evaluate_every == 0:
            model.eval()
            own = {name: one.clone() for name, one in model.state_dict().items()}
            if ema:
                model.load_state_dict(average)
            logged = honest = 0.0
            with torch.no_grad():
                parts = list(zip(val_digits.split(40), val_letters.split(40), strict=True))
                for some, row in parts:
                    out = model(some, row[:, 1:] if unshifted else row[:, :-1])
                    logged += float(_loss(out, row[:, 1:], ignore, 0.0, by_row))
                    honest += float(_loss(out, row[:, 1:], PAD, 0.0, False)) / len(parts)
            logged = logged if summed_val else logged / len(parts)
            recorder.evaluate(loss=logged)
            model.load_state_dict(own)
    if report == "memory":
        return -(resident_bytes() - first_bytes) / 2**20
    if report == "gap":
        return -abs(logged - honest) / honest
    if ema:
        model.load_state_dict(average)
    model.eval()
    wanted = val_letters[:, 1:]
    right = (model.spell(val_digits) == wanted)[wanted != PAD].float().mean().item()
    finite = all(bool(one.isfinite().all()) for one in model.parameters())
    return right if finite and math.isfinite(right) else -99.0


SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=GOAL),
    Scenario(
        "smoothed-labels", "healthy", lambda r, _: _train(r, smoothing=0.1), goal=GOAL
    ),
    Scenario(
        "batches-of-one-length", "healthy", lambda r, _: _train(r, bucketed=True), goal=GOAL
    ),
    Scenario("averaged-weights", "healthy", lambda r, _: _train(r, ema=True), goal=GOAL),
    Scenario(
        "padding-counted", "padding-not-masked",
        lambda r, s: _train(r, ignore=-100 if s else PAD, report="gap"), goal=-0.1,
    ),
    Scenario(
        "answer-given-to-the-writer", "data-leakage",
        lambda r, s: _train(r, unshifted=s > 0), goal=GOAL, same_as=("causal-mask-missing",),
    ),
    Scenario(
        "validation-summed-over-batches", "loss-reduction-wrong",
        lambda r, s: _train(r, summed_val=s > 0, report="gap"), goal=-0.1,
    ),
    Scenario(
        "row-without-letters", "bad-batch",
        lambda r, s: _train(r, by_row=True, empty=int(s)), goal=GOAL, severities=(1.0, 3.0),
    ),
    Scenario(
        "narrow", "capacity-too-small",
        lambda r, s: _train(r, Speller(WIDTH if s == 0 else int(12 / s))), goal=GOAL,
        severities=(1.0, 2.0),
    ),
    Scenario(
        "rate-of-the-embeddings", "embedding-unstable",
        lambda r, s: _train(r, embedding_lr=10**s), goal=GOAL, same_as=("lr-too-high",),
        severities=(2.85, 3.2),
    ),
    Scenario(
        "outputs-kept", "memory-leak",
        lambda r, s: _train(r, keep=int(s), report="memory"), goal=-4.0, severities=(1.0, 2.0),
    ),
    Scenario(
        "schedule-of-another-length", "lr-schedule-wrong",
        lambda r, s: _train(r, warmup=20 if s == 0 else int(1000 * s)), goal=GOAL,
        same_as=("lr-too-low",), severities=(1.0, 5.0),
    ),
    Scenario(
        "micro-batches-added-up", "accumulation-not-normalised",
        lambda r, s: _train(
            r, sgd=True, lr=1.0, micro=4, steps=200, divide=s == 0, clip=1e9
        ),
        goal=0.8, same_as=("lr-too-high",),
    ),
)  # fmt: skip
