"""A transformer is trained at its full learning rate from the first step on.

Look: a file that builds a transformer (nn.Transformer and its layers,
attention in a class of its own) and an Adam or AdamW with a rate of 5e-4 or
more, trains it, and has no warm-up of any kind: no schedule that begins low.

Reason: at the first steps Adam's second moments rest on a few batches and the
gradients near the output are large: full steps throw the weights where
attention is flat, and the loss stays high or spikes.

Fix: raise the rate over the first percents of the steps (LinearLR in a
SequentialLR, OneCycleLR, get_linear_schedule_with_warmup).

Not reported: norm_first=True, which bears it better; lower rates, other
networks and optimizers; schedules out of sight; RAdam.

Sources: Xiong et al. 2020, arXiv 2002.04745, section 3; Vaswani et al. 2017,
arXiv 1706.03762, section 5.3; Liu et al. 2020, arXiv 1908.03265.
"""

from __future__ import annotations

import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.scope import Call
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "warmup-missing"
CAUSE = "warmup-missing"
_TRANSFORMERS = (
    "Transformer",
    "TransformerEncoderLayer",
    "TransformerDecoderLayer",
    "MultiheadAttention",
    "scaled_dot_product_attention",
)
_HIGH = 5e-4  # Vaswani et al. 2017 reach 7e-4 after 4000 steps of warm-up
_BEGINS_LOW = re.compile(
    r"warm|OneCycleLR|CyclicLR|LambdaLR|LinearLR|get_\w*schedul|\[ ?['\"]lr['\"] ?\]\s*[*/+-]?=[^=]"
    r"|norm_first\s*=\s*True|ramp",
    re.IGNORECASE,
)


def find(source: Source) -> list[Spot]:
    """Return each optimizer that begins a transformer at its full rate."""
    if not source.called(*_TRANSFORMERS) or mentions(source, _BEGINS_LOW):
        return []
    lines = [c.node.lineno for c in source.called(*_TRANSFORMERS) if _of_torch(source, c)]
    first = min(lines, default=0)
    if not first or not training_loops(source):
        return []
    spots = []
    for call in optimizer_calls(source):
        rates = [number(source, *given) for given in optimizer_options(source, call, "lr")]
        rate = max((r for r in rates if r is not None), default=0.0)
        word = source.called_name(call).rpartition(".")[2]
        if word in ("Adam", "AdamW", "NAdam") and (rate >= _HIGH or (not rates and word == "Adam")):
            saw = f"lr={rate or 1e-3:g} from the first step for the attention of line {first}"
            spots.append(Spot(call.node, saw))
    return spots


def _of_torch(source: Source, call: Call) -> bool:
    return source.called_name(call).startswith("torch.")
