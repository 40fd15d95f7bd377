"""Transcripts of Morse code: recurrent nets read a noisy keyed tone.

A message of a few letters is keyed as marks and spaces, a frame for a dot and three for a dash,
with noise and a gain of its own. A tagger names the letter under way in each frame; a
reader with attention writes the letters one by one; a stack of self-attention does the
tagger's work. The score is the share of right letters (or frames of letters) in fresh messages.
"""

from __future__ import annotations

import torch
from torch import nn

from fault_gym.fitted.morse import (
    PAD,
    Attentive,
    Messages,
    Reader,
    Tagger,
    adam,
    clean,
    fit,
    letters_right,
    messages,
    read_loss,
    sgd,
    tag_loss,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario


def wild_rnn(recorder: Recorder, severity: float) -> float:
    data, val = messages(1200, 6), messages(150, 6)
    model = Tagger(40, kind=nn.RNN)
    for name, weight in model.rnn.named_parameters():
        if "weight_hh" in name:
            nn.init.orthogonal_(weight, 2.0)
    clip = None if severity else 0.5
    return fit(recorder, model, tag_loss(), data, val, sgd(model, 0.5), clip=clip, kind="linear")


def kept_gradients(recorder: Recorder, severity: float) -> float:
    data, val = messages(1200), messages(150)
    model = Tagger(front=16)
    optimizer = sgd(model, 0.2)
    zero = not severity
    return fit(recorder, model, tag_loss(), data, val, optimizer, zero=zero, every=30, steps=360)


def two_optimizers(recorder: Recorder, severity: float) -> float:
    """Encoder and decoder have one each, and the encoder's (or either's) is never stepped."""
    data, val = messages(1500, 2, 0.15), messages(150, 2, 0.15)
    model = Reader(32)
    each = [adam(model.encoder, 8e-3), adam(model.decoder, 8e-3)]
    stepped = {0.0: slice(None), 1.0: slice(1, None), 2.0: slice(0)}[severity]
    fit(recorder, model, read_loss, data, val, each, steps=400, stepped=stepped, clip=1.0)
    return clean(model, read_loss, val)


def left_frozen(recorder: Recorder, severity: float) -> float:
    data, val = messages(1200), messages(150)
    model = Tagger(32, front=16)
    model.rnn.requires_grad_(not severity)
    return fit(recorder, model, tag_loss(), data, val, adam(model, 8e-3), kind="cosine", steps=250)


def tight_clip(recorder: Recorder, severity: float) -> float:
    data, val = messages(1200), messages(150)
    model, clip = Tagger(40), 0.003 * severity or 1.0
    return fit(recorder, model, tag_loss(), data, val, sgd(model, 0.5), clip=clip, kind="steps")


def post_norm(recorder: Recorder, severity: float) -> float:
    data, val = messages(1000, 2), messages(100, 2)
    model, kind = Attentive(32, 4), "linear" if severity else "warmup"
    optimizer = adam(model, 2.5e-2)
    return fit(recorder, model, tag_loss(), data, val, optimizer, kind=kind, batch=16, steps=220)


def noisy_eval(recorder: Recorder, severity: float) -> float:
    data, val = messages(1200), messages(150)
    model = Tagger(48, dropout=0.7, front=16)
    return fit(
        recorder, model, tag_loss(), data, val, adam(model, 8e-3), evaluates=not severity,
        kind="cosine", steps=350, every=20,
    )  # fmt: skip


def padded(recorder: Recorder, severity: float) -> float:
    """Messages are filled up to the longest with silence, which counts as right answers."""
    data, val = messages(800, 4, frames=150, shortest=1), messages(150, 4)
    if severity:
        data = data._replace(tags=data.tags.masked_fill(data.tags == PAD, 0))
    shown = Messages(*(field[:100] for field in data))
    model = Tagger(32)
    fit(recorder, model, tag_loss(), data, shown, sgd(model, 0.3), batch=16, steps=250)
    return letters_right(model, val)


def silent_tape(recorder: Recorder, severity: float) -> float:
    """Each recording is divided by its own deviation, and a few are silent."""
    data, val = messages(1200), messages(150)
    data.sound[torch.randperm(1200)[:3]] = 0
    spread = data.sound.std(1, keepdim=True) + (0 if severity else 1e-3)
    data = data._replace(sound=data.sound / spread)
    val = val._replace(sound=val.sound / val.sound.std(1, keepdim=True))
    model = Tagger(32)
    return fit(recorder, model, tag_loss(), data, val, sgd(model, 0.4), batch=24, kind="linear")


def timid(recorder: Recorder, severity: float) -> float:
    data, val = messages(1000), messages(150)
    model = Tagger(32, front=12)
    optimizer = adam(model, 3e-5 if severity else 8e-3)
    return fit(recorder, model, tag_loss(), data, val, optimizer, clip=2.0, every=15)


def early_end(recorder: Recorder, severity: float) -> float:
    """The length given to the schedule is that of an earlier, much shorter, training."""
    data, val = messages(1200), messages(150)
    model, kind = Tagger(40), "early" if severity else "cosine"
    return fit(recorder, model, tag_loss(), data, val, sgd(model, 0.5), kind=kind, steps=320)


def wrong_rows(recorder: Recorder, severity: float) -> float:
    """The sound is sorted by length to pad less, and the tags are not."""
    data, val = messages(1200), messages(150)
    if severity:
        data = data._replace(sound=data.sound[data.length.argsort()])
    model = Tagger(32)
    fit(recorder, model, tag_loss(), data, val, sgd(model, 0.5), kind="cosine")
    return letters_right(model, val)


def probabilities(recorder: Recorder, severity: float) -> float:
    data, val = messages(1200), messages(150)
    tagger = Tagger(32, front=16)
    model = nn.Sequential(tagger, nn.Softmax(-1)) if severity else tagger
    fit(recorder, model, tag_loss(), data, val, adam(model, 4e-3), every=20)
    return -float(tag_loss()(model, val)[0])


def few_messages(recorder: Recorder, severity: float) -> float:
    data, val = messages(32 if severity else 1200, 3, 0.4), messages(200, 3, 0.4)
    model = Tagger(64)
    return fit(recorder, model, tag_loss(), data, val, adam(model, 8e-3), batch=16, steps=400)


def tiny(recorder: Recorder, severity: float) -> float:
    data, val = messages(1000), messages(150)
    model = Tagger(1 if severity else 32, front=12)
    return fit(recorder, model, tag_loss(), data, val, adam(model, 8e-3), kind="steps", clip=1.0)


# ---- sound


def plain(recorder: Recorder, severity: float) -> float:
    data, val = messages(1500), messages(150)
    model = Tagger(40)
    return fit(recorder, model, tag_loss(), data, val, sgd(model, 0.6), kind="cosine", steps=350)


def small_batches(recorder: Recorder, severity: float) -> float:
    data, val = messages(1500), messages(150)
    model = Tagger(24, front=12)
    return fit(
        recorder, model, tag_loss(), data, val, adam(model, 3e-3), batch=2, steps=600, every=60
    )


def longer_each(recorder: Recorder, severity: float) -> float:
    """A curriculum: from two letters without much noise to five with more."""
    stages = [messages(600, 2, 0.1, known=4), messages(600, 3, 0.2), messages(600, 5, 0.35)]
    model = Tagger(32, front=16)
    return fit(
        recorder, model, tag_loss(), stages[0], messages(150), adam(model, 5e-3),
        curriculum=stages[1:], steps=360, every=20,
    )  # fmt: skip


def smoothed_drop(recorder: Recorder, severity: float) -> float:
    data, val = messages(1200), messages(150)
    model = Tagger(40, dropout=0.4, front=16)
    optimizer = torch.optim.AdamW(model.parameters(), 6e-3, weight_decay=0.05)
    loss = tag_loss(smoothing=0.1)
    return fit(recorder, model, loss, data, val, optimizer, kind="warmup", steps=350, every=35)


def over_and_over(recorder: Recorder, severity: float) -> float:
    """A small set many times, in the same order."""
    data, val = messages(320), messages(150)
    model = Tagger(24, front=12)
    optimizer = torch.optim.RMSprop(model.parameters(), 2e-3)
    return fit(recorder, model, tag_loss(), data, val, optimizer, ordered=True, every=10, steps=200)


def reads(recorder: Recorder, severity: float) -> float:
    """The reader stays for long where it only knows how frequent letters are."""
    data, val = messages(1500, 2, 0.15), messages(150, 2, 0.15)
    model = Reader(32)
    optimizer = torch.optim.AdamW(model.parameters(), 8e-3)
    return fit(recorder, model, read_loss, data, val, optimizer, steps=450, clip=1.0, kind="linear")


SCENARIOS = (
    Scenario("wild-rnn", "recurrent-gradients-exploding", wild_rnn, 0.65),
    Scenario("kept-gradients", "zero-grad-missing", kept_gradients, 0.75),
    Scenario(
        "two-optimizers", "optimizer-step-missing", two_optimizers, 0.55, severities=(1.0, 2.0)
    ),
    Scenario("left-frozen", "parameters-frozen", left_frozen, 0.75),
    Scenario("tight-clip", "clipping-too-tight", tight_clip, 0.6, severities=(1.0, 3.0)),
    Scenario("post-norm", "warmup-missing", post_norm, 0.65),
    Scenario("noisy-eval", "train-mode-while-evaluating", noisy_eval, 0.86),
    Scenario("padded", "padding-not-masked", padded, 0.5),
    Scenario("silent-tape", "bad-batch", silent_tape, 0.65),
    Scenario("timid", "lr-too-low", timid, 0.7),
    Scenario("early-end", "lr-schedule-wrong", early_end, 0.65),
    Scenario("wrong-rows", "labels-wrong", wrong_rows, 0.5),
    Scenario("probabilities", "softmax-twice", probabilities, -1.0),
    Scenario("few-messages", "overfitting", few_messages, 0.7),
    Scenario("tiny", "capacity-too-small", tiny, 0.75),
    Scenario("plain", "healthy", plain, 0.68),
    Scenario("small-batches", "healthy", small_batches, 0.65),
    Scenario("longer-each", "healthy", longer_each, 0.7),
    Scenario("smoothed-drop", "healthy", smoothed_drop, 0.75),
    Scenario("over-and-over", "healthy", over_and_over, 0.6),
    Scenario("reads", "healthy", reads, 0.55),
)
