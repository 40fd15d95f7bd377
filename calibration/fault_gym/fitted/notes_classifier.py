"""Padded notes of words: the topic, and how urgent it is, from a mean of words or an LSTM.

Targets: the topic, and the urgency. Outputs: logits of topics, then the urgency.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.planting import Plant, healthy, planted
from fault_gym.program import Data, Net, Pair, Program

VOCABULARY, NUM_TOPICS, PAD, SHORT, LONG = 120, 4, 0, 14, 36


def _data(
    count: int = 2048, clear: float = 0.35, longest: int = 12, wide: int = SHORT, odd: float = 0.0
) -> Callable[[torch.Generator], Data]:
    """clear: share of words that tell the topic. wide: what held-out notes are padded to.

    odd: share of topics that were told wrongly, everywhere.
    """
    fixed = torch.Generator().manual_seed(131)
    urgency = torch.randn(VOCABULARY, generator=fixed)

    def made(size: int, width: int, rng: torch.Generator) -> Pair:
        topic = torch.randint(NUM_TOPICS, (size,), generator=rng)
        words = torch.randint(1, VOCABULARY, (size, width), generator=rng)
        own = 1 + topic[:, None] * 10 + torch.randint(10, (size, width), generator=rng)
        words = torch.where(torch.rand(size, width, generator=rng) < clear, own, words)
        length = torch.randint(3, longest + 1, (size, 1), generator=rng)
        is_real = torch.arange(width)[None] < length
        words = torch.where(is_real, words, PAD)
        urgent = (urgency[words] * is_real).sum(1) / length[:, 0].sqrt()
        if odd:
            other = torch.randint(NUM_TOPICS, (size,), generator=rng)
            topic = torch.where(torch.rand(size, generator=rng) < odd, other, topic)
        return words, torch.stack([topic.float(), urgent], 1)

    return lambda rng: Data(made(count, SHORT, rng), made(384, wide, rng), made(768, wide, rng))


class Words(nn.Module):
    """A note as the mean of its words. masks: whether padding is left out."""

    def __init__(self, width: int, masks: bool, spread: float, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, width)
        nn.init.normal_(self.embed.weight, std=spread)
        self.up, self.drop, self.masks = nn.Linear(width, width), nn.Dropout(dropout), masks

    def forward(self, words: Tensor) -> Tensor:
        """Return features, (batch, width)."""
        found = self.embed(words)
        if self.masks:
            real = (words != PAD).float()[..., None]
            mean = (found * real).sum(1) / real.sum(1).clamp(min=1)
        else:
            mean = found.mean(1)
        out: Tensor = self.drop(functional.relu(self.up(mean)))
        return out


class Reader(nn.Module):
    """A note as the state of an LSTM behind its last word. masks: or behind its padding."""

    def __init__(self, width: int, masks: bool, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, width)
        self.rnn = nn.LSTM(width, width, batch_first=True)
        self.drop, self.masks = nn.Dropout(dropout), masks

    def forward(self, words: Tensor) -> Tensor:
        """Return features, (batch, width)."""
        states = self.rnn(self.embed(words))[0]
        last = (words != PAD).sum(1) - 1 if self.masks else torch.full((len(words),), -1)
        out: Tensor = self.drop(states[torch.arange(len(words)), last])
        return out


def _mean(
    width: int = 24, masks: bool = True, spread: float = 0.3, dropout: float = 0.0
) -> Callable[[], Net]:
    return lambda: Net(Words(width, masks, spread, dropout), nn.Linear(width, NUM_TOPICS + 1))


def _lstm(width: int = 24, masks: bool = True, dropout: float = 0.0) -> Callable[[], Net]:
    return lambda: Net(Reader(width, masks, dropout), nn.Linear(width, NUM_TOPICS + 1))


def _topic(output: Tensor, target: Tensor) -> Tensor:
    return functional.cross_entropy(output[:, :NUM_TOPICS], target[:, 0].long())


def _urgency(output: Tensor, target: Tensor) -> Tensor:
    return (output[:, NUM_TOPICS] - target[:, 1]).square().mean()


def _both(weight: float) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda output, target: _topic(output, target) + weight * _urgency(output, target)


def _cut_off(output: Tensor, target: Tensor) -> Tensor:
    """Urgency is taken to be above zero, by a rectifier far from where outputs begin."""
    said = functional.relu(output[:, NUM_TOPICS] - 4)
    return _topic(output, target) + (said - target[:, 1]).square().mean()


def _terms(output: Tensor, target: Tensor) -> dict[str, float]:
    said = output[:, NUM_TOPICS]
    return {
        "loss/topic": _topic(output, target).item(),
        "loss/urgency": _urgency(output, target).item(), "urgency_std": said.std().item(),
    }  # fmt: skip


def _terms_cut_off(output: Tensor, target: Tensor) -> dict[str, float]:
    said = functional.relu(output[:, NUM_TOPICS] - 4)
    return {
        "loss/topic": _topic(output, target).item(),
        "loss/urgency": (said - target[:, 1]).square().mean().item(),
        "urgency_std": said.std().item(),
    }  # fmt: skip


def _accuracy(output: Tensor, target: Tensor) -> float:
    return (output[:, :NUM_TOPICS].argmax(1) == target[:, 0]).float().mean().item()


def _likelihood(output: Tensor, target: Tensor) -> float:
    return -_topic(output, target).item()


def _score_of_urgency(output: Tensor, target: Tensor) -> float:
    return -_urgency(output, target).item()


def _with(model: Callable[..., Callable[[], Net]], **more: object) -> Plant:
    return lambda program, severity: replace(program, model=model(**more))


def _embedding_wide(program: Program, severity: float) -> Program:
    """Words begin so many times further apart, as a table of another model has them."""
    return replace(program, model=_mean(spread=0.3 * severity))


def _embedding_leaps(program: Program, severity: float) -> Program:
    """The gradient of a word is divided by how often it is met, and not by the batch."""

    def prepare(model: Net) -> None:
        model.features.embed.weight.register_hook(lambda slope: severity * slope)  # type: ignore[union-attr,operator]

    return replace(program, prepares=(prepare,))


MEAN = Program(
    _data(), _mean(), _topic, _accuracy, _accuracy, "adam", 5e-3, num_steps=320, batch=32,
    sampling="epochs", eval_every=64, config={"epochs": 5, "model": "mean of words"},
)  # fmt: skip
LSTM = replace(
    MEAN, model=_lstm(), lr=5e-3, sampling="random", clip=1.0, num_steps=360, eval_every=60,
    schedule=plant.warm_up(0.1, plant.cosine), data=_data(wide=LONG),
    logs=frozenset({"eval/loss", "eval/accuracy"}), config={"model": "lstm"},
)  # fmt: skip
SGD = replace(
    MEAN, optimizer="sgd", lr=0.3, num_steps=500, logs=frozenset({"accuracy"}), eval_every=0,
    schedule=plant.warm_up(0.05, plant.steps_down), config={"model": "mean of words"},
)  # fmt: skip
TWO = replace(
    MEAN, loss=_both(1.0), terms=_terms, score=_score_of_urgency, eval_every=32, num_steps=448,
    logs=frozenset({"eval/loss"}), config={"tasks": ["topic", "urgency"], "weights": [1.0, 1.0]},
)  # fmt: skip
TWO_LSTM = replace(
    LSTM, loss=_both(0.5), terms=_terms, score=_score_of_urgency, logs=frozenset(), eval_every=0,
    num_steps=400, lr=1e-2, data=_data(),
)  # fmt: skip
LIKELY = replace(MEAN, score=_likelihood, eval_every=32, data=_data(clear=0.25), sampling="random")
GOAL, URGENT = 0.76, -0.5

SCENARIOS = (
    healthy("mean-of-words", MEAN, GOAL),
    healthy("lstm", LSTM, GOAL),
    healthy("sgd-without-validation", SGD, GOAL),
    healthy("two-tasks", TWO, URGENT),
    healthy("two-tasks-of-an-lstm", TWO_LSTM, URGENT),
    healthy("dropout-above-validation", replace(LSTM, model=_lstm(32, dropout=0.6)), GOAL),
    healthy("a-third-of-topics-is-odd", replace(MEAN, data=_data(odd=0.4), eval_every=32), 0.5),
    planted(
        "padding-not-masked",
        replace(LSTM, data=_data(wide=90)),
        _with(_lstm, masks=False),
        GOAL,
        name="state-behind-the-padding",
    ),
    planted(
        "padding-not-masked",
        replace(MEAN, data=_data(clear=0.3, wide=LONG), score=_likelihood),
        _with(_mean, masks=False),
        -0.64,
        name="mean-with-padding",
    ),
    planted(
        "auxiliary-head-collapsed",
        TWO,
        lambda p, s: replace(p, loss=_both(10**-s)),
        URGENT,
        (4.0, 8.0),
        name="urgency-weighs-nothing",
    ),
    planted(
        "auxiliary-head-collapsed",
        TWO,
        plant.settings(loss=_cut_off, terms=_terms_cut_off),
        URGENT,
        name="urgency-cut-off",
    ),
    planted(
        "auxiliary-head-collapsed",
        TWO_LSTM,
        lambda p, s: replace(p, loss=_both(10**-s)),
        URGENT,
        (6.0,),
        name="urgency-of-an-lstm-weighs-nothing",
    ),
    planted("embedding-unstable", SGD, _embedding_leaps, GOAL, (100.0, 300.0)),
    planted(
        "embedding-unstable", SGD, _embedding_wide, GOAL, (20.0, 60.0), name="embedding-too-wide"
    ),
    planted("lr-too-high", MEAN, plant.lr_too_high, GOAL, (2.0, 2.7)),
    planted("lr-too-low", MEAN, plant.lr_too_low, GOAL, (1.7, 3.0)),
    planted("lr-schedule-wrong", LSTM, plant.lr_zero_early, GOAL, (0.9, 0.95)),
    planted(
        "clipping-too-tight", replace(SGD, clip=1.0), plant.clipping_too_tight, GOAL, (2.0, 3.0)
    ),
    planted("weight-decay-too-high", SGD, plant.weight_decay_too_high, GOAL, (0.02, 0.1)),
    planted("zero-grad-missing", SGD, plant.zero_grad_missing, GOAL),
    planted("optimizer-step-missing", LSTM, plant.step_missing, GOAL, (1.0, 0.03)),
    planted(
        "parameters-frozen",
        TWO,
        plant.frozen("features"),
        URGENT,
        same_as=("parameters-not-in-optimizer",),
    ),
    planted("graph-detached", TWO_LSTM, plant.graph_detached, URGENT, (1.0, 2.0)),
    planted("output-constant", LSTM, plant.flawed("averaged over the batch"), GOAL),
    planted("labels-wrong", MEAN, plant.labels_misaligned, GOAL, (1.0, 0.8)),
    planted("label-noise", LIKELY, plant.label_noise, -0.88, (0.5, 0.7)),
    planted(
        "data-not-shuffled",
        replace(SGD, sampling="epochs", schedule=plant.warm_up(0.05)),
        plant.not_shuffled,
        GOAL,
    ),
    planted("overfitting", LIKELY, plant.few_samples, -1.2, (0.93, 0.97)),
    planted(
        "data-leakage",
        replace(LIKELY, data=_data(160, 0.2), scored_by="gap", num_steps=400),
        plant.val_leaked,
        -0.5,
        (1.0, 0.7),
    ),
    planted(
        "eval-mode-while-training",
        replace(LIKELY, data=_data(400, 0.3), model=_mean(32, dropout=0.8), num_steps=500),
        plant.settings(trains_in="eval"),
        -1.5,
        same_as=("overfitting",),
    ),
    planted(
        "train-mode-while-evaluating",
        replace(LIKELY, model=_mean(32, dropout=0.85), scored_by="gap", lr=2e-3),
        plant.settings(evaluates_in="train"),
        -0.06,
    ),
    planted("capacity-too-small", MEAN, lambda p, s: replace(p, model=_mean(int(s))), GOAL, (1.0,)),
    planted("bad-initialisation", LSTM, plant.init_scaled, 0.74, (300.0, 1000.0)),
    planted("stopped-too-early", LSTM, plant.stopped_early, GOAL, (9.0, 6.5)),
    planted(
        "resume-incomplete",
        replace(LSTM, resume_at=0.98),
        plant.resume_incomplete("head optimizer schedule"),
        GOAL,
    ),
)
