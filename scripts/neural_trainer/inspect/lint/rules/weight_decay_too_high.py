"""Weight decay is far above what is used: it outweighs the loss.

Look: weight_decay of 1 or more for AdamW and its kind, which decay apart from
the gradient (10 for Lion), or in the arguments of a Hugging Face trainer; 0.1
or more for SGD, Adam and others, where it is added to the gradient.

Reason: the weights shrink towards zero faster than the loss can move them. The
training loss stays high and the weight norm falls.

Fix: 0.01 to 0.1 for AdamW, 1e-4 to 5e-4 for SGD; tune it on a logarithmic scale.

Not reported: values that another file gives; weights of no known optimizer.

Sources: Loshchilov & Hutter 2019, arXiv 1711.05101; He et al. 2016, arXiv
1512.03385, section 3.4 (1e-4); Brown et al. 2020, arXiv 2005.14165 (0.1);
Chen et al. 2023, arXiv 2302.06675, section 5 (Lion: three to ten times more).
"""

from __future__ import annotations

import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.settings import number, setting
from neural_trainer.inspect.lint.source import Source

ID = "weight-decay-too-high"
CAUSE = "weight-decay-too-high"
_SETTINGS = ("TrainingArguments", "Seq2SeqTrainingArguments", "SFTConfig", "DPOConfig")
_APART = re.compile(r"AdamW|NAdamW|Muon|LAMB|Lamb|Adafactor|LARS|Sophia|AdEMAMix")


def find(source: Source) -> list[Spot]:
    """Return each optimizer that decays weights too fast."""
    spots = []
    for call in optimizer_calls(source):
        word = source.called_name(call).rpartition(".")[2]
        most = 10.0 if word.startswith("Lion") else 1.0 if _APART.search(word) else 0.1
        values = [number(source, *g) for g in optimizer_options(source, call, "weight_decay")]
        decay = max((v for v in values if v is not None), default=0.0)
        if decay >= most:
            saw = f"weight_decay={decay:g} for {word}: {most:g} and more outweighs the loss"
            spots.append(Spot(call.node, saw))
    for call in source.called(*_SETTINGS):
        given = setting(source, call, 99, "weight_decay")
        decay = number(source, *given) or 0.0 if given is not None else 0.0
        if decay >= 1.0:
            saw = f"weight_decay={decay:g} for the AdamW of {call.word}: it outweighs the loss"
            spots.append(Spot(call.node, saw))
    return spots
