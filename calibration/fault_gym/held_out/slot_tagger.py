"""Slots of short commands, a tag for each word, by a post-norm transformer encoder under Adam.

Commands differ in length and are padded; the tag of a word hangs on the command's first word.
Linear warm-up and decay, dropout, token accuracy; some runs in half precision. The score is the
accuracy on the words of held-out commands, minus how far the logged loss is from the true one,
or how much dropout still changes an answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_WORDS, NUM_VERBS, NUM_TAGS, LENGTH, PAD = 60, 4, 8, 16, 0
WIDTH, BATCH, NUM_STEPS = 32, 16, 240
GOAL = 0.85


def _commands(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return words and tags, `(size, LENGTH)` each; where the word is PAD so is the tag."""
    table = torch.randint(
        1, NUM_TAGS, (NUM_WORDS, NUM_VERBS), generator=torch.Generator().manual_seed(3)
    )
    table[:, 1:][::2] = table[:, :1][::2]  # every other word means the same after any verb
    words = torch.randint(NUM_VERBS + 1, NUM_WORDS, (size, LENGTH), generator=generator)
    words[:, 0] = torch.randint(1, NUM_VERBS + 1, (size,), generator=generator)
    tags = table[words, words[:, :1] - 1]
    length = 3 + (torch.rand(size, 1, generator=generator) ** 2 * (LENGTH - 3)).long()
    padding = torch.arange(LENGTH) >= length
    return words.masked_fill(padding, PAD), tags.masked_fill(padding, PAD)


class Layer(nn.Module):
    """Attention and an MLP, each normed after it is added to what came in."""

    def __init__(self, dropout: float, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.query, self.key = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.value, self.out = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 96), nn.ReLU(), nn.Linear(96, WIDTH))
        self.norm_1, self.norm_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, padding: Tensor) -> Tensor:
        logits = self.query(hidden) @ self.key(hidden).transpose(1, 2) * self.scale
        weights = logits.masked_fill(padding[:, None], float("-inf")).softmax(-1)
        mixed = self.out(weights @ self.value(hidden))
        hidden = self.norm_1(hidden + self.dropout(mixed))
        return torch.as_tensor(self.norm_2(hidden + self.dropout(self.mlp(hidden))))


class Tagger(nn.Module):
    """Words to the logits of their tags."""

    def __init__(
        self, layers: int = 2, dropout: float = 0.1, scale: float = WIDTH**-0.5, std: float = 0.1,
        half: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.words, self.places = nn.Embedding(NUM_WORDS, WIDTH), nn.Embedding(LENGTH, WIDTH)
        for embedding in (self.words, self.places):
            nn.init.normal_(embedding.weight, std=std)
        self.half_precision = half
        self.layers = nn.ModuleList(Layer(dropout, scale) for _ in range(layers))
        self.head = nn.Linear(WIDTH, NUM_TAGS)

    def forward(self, words: Tensor) -> Tensor:
        hidden = self.words(words) + self.places.weight
        for layer in self.layers:
            hidden = layer(hidden, words == PAD)
            if self.half_precision:  # what passes between layers, and its gradient, is fp16
                hidden = hidden.half().float()
        logits: Tensor = self.head(hidden)
        return logits.half() if self.half_precision else logits


@dataclass
class LossScale:
    """Of half precision: doubled after some good steps, halved after a bad one."""

    scale: float = 2.0**14
    growth_every: int = 60
    good: int = 0

    def update(self, finite: bool) -> None:
        self.good = self.good + 1 if finite else 0
        if not finite:
            self.scale /= 2
        elif self.good % self.growth_every == 0:
            self.scale *= 2


def _naive_loss(logits: Tensor, tags: Tensor) -> Tensor:
    """Cross-entropy by hand, in the precision of the logits."""
    right = logits.gather(-1, tags[:, None])[:, 0]
    return (logits.exp().sum(-1).log() - right).mean()


def _train(
    recorder: Recorder, model: Tagger, *, lr: float = 3e-3, warmup: int = 30,
    steps: int = NUM_STEPS, size: int = 4096, ignore: int = PAD, noise: float = 0.0,
    batch: int = BATCH, in_order: bool = False, evaluate_in_eval: bool = True, back: bool = True,
    half: LossScale | None = None, update_always: bool = True, naive: bool = False,
    check: bool = True, temperature: float = 1.0, evaluate_every: int = 30, sgd: bool = False,
    report: str = "accuracy", horizon: int = NUM_STEPS, clip: float = 1.0,
) -> float:  # fmt: skip
    generator = torch.Generator().manual_seed(torch.initial_seed())
    words, tags = _commands(size, generator)
    val_words, val_tags = _commands(512, generator)
    wrong = (torch.rand(tags.shape, generator=generator) < noise) & (tags != PAD)
    tags[wrong] = torch.randint(1, NUM_TAGS, (int(wrong.sum()),), generator=generator)
    if in_order:
        order = (words[:, 0] * NUM_WORDS + words[:, 1]).argsort()
        words, tags = words[order], tags[order]
    optimizer: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    if sgd:
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, nesterov=True)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            (step + 1) / warmup
            if step < warmup
            else 1 - 0.95 * (step - warmup) / (horizon - warmup)
        ),
    )
    recorder.watch(
        model, optimizer,
        {"optimizer": "sgd" if sgd else "adam", "lr": lr, "batch_size": batch, "max_length": LENGTH,
         "warmup_steps": warmup, "precision": "fp16" if half else "fp32", "grad_clip": clip},
    )  # fmt: skip
    logged = 0.0
    model.train()
    for step in range(1, steps + 1):
        chosen = torch.randint(size, (batch,), generator=generator)
        if in_order:
            chosen = torch.arange(step * batch, (step + 1) * batch) % size
        seen, wanted = words[chosen], tags[chosen].flatten()
        out = model(seen).flatten(0, 1) * temperature
        counted = wanted != ignore
        loss = (
            _naive_loss(out[counted], wanted[counted])
            if naive
            else functional.cross_entropy(out.float(), wanted, ignore_index=ignore)
        )
        optimizer.zero_grad()
        more: dict[str, float] = {}
        finite = True
        if half is None:
            loss.backward()
        else:
            more["loss_scale"] = half.scale
            (loss.float() * half.scale).backward()
            grads = [p.grad for p in model.parameters() if p.grad is not None]
            for grad in grads:
                grad /= half.scale
            finite = all(bool(grad.isfinite().all()) for grad in grads) or not check
            if finite or update_always:
                half.update(finite)
        if finite:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
        right = (out.argmax(-1) == wanted)[counted].float().mean().item()
        recorder.step(loss, right, samples=batch, **more)
        scheduler.step()
        if evaluate_every and step % evaluate_every == 0:
            if evaluate_in_eval:
                model.eval()
            with torch.no_grad():
                out = model(val_words).flatten(0, 1) * temperature
                wanted = val_tags.flatten()
                right = (out.argmax(-1) == wanted)[wanted != ignore].float().mean().item()
                logged = functional.cross_entropy(out.float(), wanted, ignore_index=ignore).item()
                recorder.evaluate(loss=logged, accuracy=right)
            if back:
                model.train()
    with torch.no_grad():  # as the loop left the model: does dropout draw anew?
        drawn = float((model(val_words).float() - model(val_words).float()).abs().mean())
        model.eval()
        out = model(val_words)
        right = float((out.argmax(-1) == val_tags)[val_tags != PAD].float().mean())
        honest = functional.cross_entropy(
            out.float().flatten(0, 1), val_tags.flatten(), ignore_index=PAD
        ).item()
    if not math.isfinite(float(out.sum())):
        return -99.0
    if report == "gap":
        return -abs(honest - logged) / honest
    return drawn if report == "noise" else right


SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r, Tagger()), goal=GOAL),
    Scenario(
        "dropout-lowers-training", "healthy", lambda r, _: _train(r, Tagger(dropout=0.35)),
        goal=0.7,
    ),
    Scenario(
        "half-settles", "healthy",
        lambda r, _: _train(r, Tagger(half=True), half=LossScale(2.0**32, 100)), goal=0.8,
    ),
    Scenario(
        "no-evaluations", "healthy",
        lambda r, _: _train(r, Tagger(1), lr=5e-3, evaluate_every=0), goal=GOAL,
    ),
    Scenario(
        "padding-counted", "padding-not-masked",
        lambda r, s: _train(r, Tagger(), ignore=-100 if s else PAD, report="gap"), goal=-0.05,
    ),
    Scenario(
        "dropout-while-evaluating", "train-mode-while-evaluating",
        lambda r, s: _train(
            r, Tagger(dropout=0.15 + 0.15 * s), evaluate_in_eval=s == 0, report="gap"
        ),
        goal=-0.05, severities=(1.0,),
    ),
    Scenario(
        "no-train-after-evaluation", "eval-mode-while-training",
        lambda r, s: _train(
            r, Tagger(dropout=0.35), back=s == 0, size=300, steps=400, horizon=400, report="noise"
        ),
        goal=0.01,
    ),
    Scenario(
        "no-warm-up", "warmup-missing",
        lambda r, s: _train(
            r, Tagger(4, std=1.0, dropout=0.0), lr=2.2e-2, warmup=1 if s else 100, clip=1e9
        ),
        goal=0.7,
        same_as=("lr-too-high",),
    ),
    Scenario(
        "annotators-disagree", "label-noise", lambda r, s: _train(r, Tagger(), noise=0.35 * s),
        goal=GOAL, severities=(1.0, 2.0),
    ),
    Scenario(
        "sorted-by-verb", "data-not-shuffled",
        lambda r, s: _train(r, Tagger(), in_order=s > 0, batch=BATCH), goal=GOAL,
    ),
    Scenario(
        "few-commands", "overfitting",
        lambda r, s: _train(
            r, Tagger(dropout=0.0), size=int(4096 / 40**s), steps=400, horizon=400,
            evaluate_every=20,
        ),
        goal=GOAL, severities=(1.1,),
    ),
    Scenario(
        "logsumexp-in-half", "fp16-overflow",
        lambda r, s: _train(
            r, Tagger(half=True), half=LossScale(2.0**10), naive=s > 0, check=s == 0,
            temperature=8.0,
        ),
        goal=GOAL, same_as=("grad-scaler-stuck",), severities=(1.0,),
    ),
    Scenario(
        "scale-not-updated-when-skipping", "grad-scaler-stuck",
        lambda r, s: _train(
            r, Tagger(half=True), half=LossScale(2.0 ** (34 if s == 1 else 20), 3 if s else 60),
            update_always=s == 0,
        ),
        goal=0.8, same_as=("fp16-overflow",), severities=(1.0, 2.0),
    ),
    Scenario(
        "attention-multiplied-by-root", "attention-logits-growing",
        lambda r, s: _train(r, Tagger(scale=WIDTH ** (0.5 * s - 0.5), std=1.0), lr=6e-3),
        goal=0.94, severities=(3.0, 4.0),
    ),
    Scenario(
        "sgd-clipped-to-nothing", "clipping-too-tight",
        lambda r, s: _train(r, Tagger(), sgd=True, lr=0.2, clip=1.0 / 10**s), goal=0.7,
        severities=(2.1, 2.8),
    ),
)  # fmt: skip
