"""Encoders over letters: a tag for each letter, or a class for each word, of many lengths.

A word holds letters of several groups and one marker; the tag of a letter is that of its group
under the word's marker. The class of a word is the group that most of its letters are of.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial

import torch

from fault_gym.fitted.letters import IGNORED, PAD, Encoder, Loop, Setup, make_optimizer
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario
from fault_gym.variants import changed, own


def train(recorder: Recorder, s: Setup) -> float:
    """Train as the setup says; return the score."""
    loop = Loop(recorder, s)
    loop.watch()
    loop.run(s.steps)
    return loop.score()


def tag_all(recorder: Recorder, s: Setup, severity: float) -> float:
    """Tag words that are far from equally long; return by what share the reported loss is off."""
    loop = Loop(recorder, replace(s, pad_ignored=not severity))
    loop.watch()
    loop.run(s.steps)
    loop.model.eval()
    x, y = loop.held_out
    with torch.no_grad():
        said, true = loop.loss(x, y)[0], loop.loss(x, y.masked_fill(x == PAD, IGNORED))[0]
    return -abs(float(said / true) - 1)


def resume(recorder: Recorder, s: Setup, severity: float) -> float:
    """Stop midway and go on from a checkpoint; return minus the rise of the loss.

    The checkpoint holds all, or the encoder without the head and the optimizer.
    """
    loop = Loop(recorder, s)
    loop.watch()
    loop.run(stop := s.steps // 2)
    weights = copy.deepcopy(loop.model.state_dict())
    state = copy.deepcopy(loop.optimizer.state_dict())
    loop.model = Encoder(s, loop.alphabet.size)
    if severity:
        weights = {name: value for name, value in weights.items() if "head" not in name}
    loop.model.load_state_dict(weights, strict=False)
    loop.optimizer = make_optimizer(s, loop.model)
    if not severity:
        loop.optimizer.load_state_dict(state)
    loop.watch()
    loop.run(s.steps)
    before, after = loop.losses[stop - 10 : stop], loop.losses[stop : stop + 10]
    return (sum(before) - sum(after)) / 10


plan = partial(changed, train)


TAGS = Setup()
GRU = Setup(kind="bigru", markers=1, letters=60, longest=14, batch=16, steps=350, lr=4e-3)
WORDS = Setup(tagging=False, groups=4)
GRU_WORDS = replace(GRU, letters=40, markers=5, tagging=False, groups=4, pooling="last", longest=12)

# fmt: off
SCENARIOS: tuple[Scenario, ...] = (
    own("uneven-words", "padding-not-masked", -0.1,
        replace(TAGS, shortest=3, longest=40, batch=12, words=1200, noise=0.1), tag_all),
    plan("mean-over-word", "padding-not-masked", 0.8,
         replace(WORDS, optimizer="adamw", weight_decay=0.01, schedule="cosine", warmup=20,
                 pad_to=60, evaluations=10), {"masked": False}),
    plan("gru-last-state", "padding-not-masked", 0.8, replace(GRU_WORDS, pad_to=64, lr=6e-3),
         {"masked": False}),
    plan("fine-tuning-rate", "lr-too-low", 0.85,
         replace(TAGS, optimizer="adamw", schedule="linear", weight_decay=0.01, clip=1.0),
         {"lr": 2e-5}, {"lr": 2e-4}),
    plan("tags-zeroed", "zero-grad-missing", 0.9,
         replace(TAGS, optimizer="adamw", lr=6e-3, warmup=20, clip=5.0), {"zero_every": 10**9}),
    plan("word-epochs-zeroed", "zero-grad-missing", 0.6,
         replace(WORDS, optimizer="sgd", lr=0.1, words=960, steps=400, log_accuracy=False),
         {"zero_every": 40}),
    plan("pretrained-body", "parameters-frozen", 0.85,
         replace(TAGS, optimizer="adamw", schedule="step", words=3000),
         {"frozen": "embedding body"}),
    plan("sum-of-letters", "loss-reduction-wrong", 0.85,
         replace(TAGS, optimizer="sgd", lr=0.1, schedule="cosine", evaluations=20),
         {"reduction": "sum"}),
    plan("epsilon", "adam-epsilon-too-large", 0.85,
         replace(GRU, schedule="exponential", lr=6e-3), {"eps": 0.1}, {"eps": 1.0}),
    plan("tags-after-start", "labels-wrong", 0.85,
         replace(TAGS, norm_first=False, warmup=30, clip=1.0, words=2400), {"offset": 1}),
    plan("gru-clipped", "clipping-too-tight", 0.8,
         replace(GRU, optimizer="sgd", lr=0.5, clip=1.0, log_samples=False),
         {"clip": 0.001}),
    plan("gru-big-rate", "lr-too-high", 0.85, replace(GRU, optimizer="rmsprop", lr=3e-3),
         {"lr": 0.2}),
    plan("big-rate", "lr-too-high", 0.85,
         replace(TAGS, lr=3e-3, depth=2, steps=250, evaluations=10), {"lr": 0.06}),
    plan("step-by-batch", "lr-schedule-wrong", 0.85,
         replace(TAGS, schedule="step", words=1800, lr=4e-3, log_samples=False, evaluations=8),
         {"horizon": 40}),
    plan("few-words", "overfitting", 0.8,
         replace(WORDS, words=2400, width=48, lr=2e-3, optimizer="adamw", weight_decay=0.01),
         {"words": 96}),
    plan("brief", "stopped-too-early", 0.85,
         replace(GRU, steps=500, lr=3e-4, evaluations=12), {"steps": 160}),
    own("checkpoint", "resume-incomplete", -0.2,
        replace(TAGS, steps=320, lr=2e-3, optimizer="adamw", weight_decay=0.05), resume),
    plan("decay", "weight-decay-too-high", 0.8,
         replace(WORDS, optimizer="adamw", weight_decay=0.01, clip=1.0, warmup=15),
         {"weight_decay": 8.0}),
    plan("plain-tags", "healthy", 0.85, replace(TAGS, optimizer="adamw", weight_decay=0.1)),
    plan("smoothed-words", "healthy", 0.8,
         replace(WORDS, smoothing=0.1, pooling="max", schedule="linear", warmup=25, steps=400)),
    plan("noisy-tags", "healthy", 0.85,
         replace(TAGS, noise=0.3, lr=3e-3, schedule="cosine", steps=350, log_samples=False)),
    plan("dropout-epochs", "healthy", 0.8,
         replace(WORDS, words=1200, dropout=0.2, steps=400, evaluations=10)),
    plan("gru-words-small", "healthy", 0.65,
         replace(GRU_WORDS, batch=4, steps=600, width=24, lr=3e-3, log_accuracy=False)),
    plan("step-knee", "healthy", 0.85,
         replace(TAGS, optimizer="rmsprop", lr=2e-3, schedule="step", norm_first=False)),
)
# fmt: on
