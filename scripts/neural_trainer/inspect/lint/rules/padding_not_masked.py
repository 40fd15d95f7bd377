"""The loss counts padding: cross entropy over padded sequences has no ignore_index.

Look: cross_entropy or CrossEntropyLoss over flattened or transposed sequences,
in a file that pads (pad_sequence, padding_idx, padding="max_length", a name
such as PAD or pad_id), without ignore_index and without a mask on the loss.

Reason: predicting padding is easy and makes up much of a batch: the loss looks
low, and the gradients teach the model to end.

Fix: ignore_index=pad_id; or pad targets with -100, which is left out by default.

Not reported: one label per sequence; reduction="none", which is masked later;
targets of -100; files that only read such data.

Sources: PyTorch documentation, torch.nn.CrossEntropyLoss (ignore_index).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_calls import criterion, loss_calls
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

ID = "padding-not-masked"
CAUSE = "padding-not-masked"
_PADS = re.compile(
    r"pad_sequence|padding_idx|padding ?= ?(?:True|['\"](?:max_length|longest)['\"])|\bPAD\b"
    r"|\bPAD_\w+|\bpad_(?:id|idx|index|token|token_id)\b|<pad>|\[PAD\]"
)
_LEFT_OUT = re.compile(r"ignore_index|- ?100\b|masked_select|loss_mask|padding_value ?= ?-")
_SEQUENCE = re.compile(
    r"\.(?:reshape|view)\(-1,|\.flatten\((?:0|start_dim=0), ?(?:1|end_dim=1)\)|\.transpose\(1, ?2\)"
    r"|\.transpose\(-1, ?-2\)|\.transpose\(2, ?1\)|\.permute\(0, ?2, ?1\)|rearrange\(|\.mT\b"
)


def find(source: Source) -> list[Spot]:
    """Return each cross entropy over padded sequences that counts the padding."""
    if not mentions(source, _PADS) or mentions(source, _LEFT_OUT):
        return []
    saw = "padded positions count in this loss: no ignore_index, no mask"
    return [
        Spot(criterion(source, call), saw)
        for call in loss_calls(source, "cross_entropy", "CrossEntropyLoss")
        if _over_sequences(source, call)
        and not _masked(call)
        and "reduction" not in ast.unparse(criterion(source, call))
    ]


def _over_sequences(source: Source, call: Call) -> bool:
    """Tell whether logits and targets are sequences, flattened or with classes moved."""
    given = [call.argument(0, "input"), call.argument(1, "target")]
    texts = [_spelled(source, value, call.scope, call) for value in given if value is not None]
    flat = len(texts) == 2 and re.search(r"\.(?:reshape|view)\(-1\)|flatten\(", texts[1])
    moved = len(texts) == 2 and re.search(r"transpose|permute|rearrange|\.mT", texts[0])
    return bool(texts and _SEQUENCE.search(texts[0]) and (flat or moved))


def _spelled(source: Source, value: ast.expr, scope: Scope, call: Call) -> str:
    text = ast.unparse(value)
    last = source.last_value(value, scope, call.place) if isinstance(value, ast.Name) else None
    return text if last is None else ast.unparse(last.value)


def _masked(call: Call) -> bool:
    """Tell whether a mask picks what counts, in the call or in what takes its result."""
    given = " ".join(ast.unparse(value) for value in call.node.args)
    around = {name.arg for name in call.node.keywords}
    body = ast.unparse(call.scope.node) if call.scope.is_function else ""
    return "mask" in given or "reduction" in around or "loss * mask" in body
