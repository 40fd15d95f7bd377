"""Each training step waits for the device: a number is fetched from it every time.

Look: .item(), .tolist(), .cpu() or float(loss) on a loss or an output, or
torch.cuda.synchronize(), in every pass of a training loop, in a file that trains on
a device.

Reason: the host must wait until the device has done all that is queued, and can
then queue nothing while it works with the number: the device idles between
steps.

Fix: keep loss.detach() and sum on the device; fetch every N steps.

Not reported: what runs under an if; files that name no device; what is fetched
once an epoch.

Sources: PyTorch documentation, Performance Tuning Guide (avoid unnecessary
CPU-GPU synchronization).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.device_values import FETCHES, DeviceValues
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_terms import losses_of
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "item-in-inner-loop"
CAUSE = "throughput-cliff"
_DEVICE = re.compile(r"cuda|device|accelerat|mps|xpu")
_WAITS = ("torch.cuda.synchronize", "torch.mps.synchronize", "torch.xpu.synchronize")


def find(source: Source) -> list[Spot]:
    """Return the first place in each training loop that fetches a number at every step."""
    if not source.called(*FETCHES, "float", "synchronize"):
        return []
    spots = []
    for loop in training_loops(source):
        fetches = _fetches(source, loop)
        if fetches and mentions(source, _DEVICE):
            more = f", as do {len(fetches) - 1} more in this loop" if len(fetches) > 1 else ""
            what = ast.unparse(fetches[0].call.node)
            saw = f"{what} waits for the device at every step{more}"
            spots.append(Spot(fetches[0].call.node, saw))
    return spots


def _fetches(source: Source, loop: TrainingLoop) -> list[Action]:
    losses = losses_of(source, loop.actions, loop.backwards)
    acts = any(a.is_call and a.word == "step" and "env" in a.receiver for a in loop.actions)
    values = DeviceValues(source, losses, outputs=not acts)
    found = []
    usual = loop.backwards[0].place.branches
    for action in loop.actions:
        values.learn(action)
        if not action.is_call:
            continue
        branches = tuple(each for each in action.place.branches if not _asks_for_tensor(each[0]))
        if branches != usual[: len(branches)]:
            continue
        receiver = action.call.receiver
        if source.called_name(action.call) in _WAITS:
            found.append(action)
            continue
        if action.word == "float" and receiver is None:
            receiver = action.call.argument(0)
        elif action.word not in FETCHES:
            continue
        if receiver is not None and values.reads(action, receiver):
            found.append(action)
    return found


def _asks_for_tensor(node: ast.AST) -> bool:
    """Tell whether a condition asks whether something is a tensor: it is, where one is given."""
    text = ast.unparse(node.test) if isinstance(node, ast.If) else ""
    return re.fullmatch(_TENSOR, text) is not None


_TENSOR = r"isinstance\(\w+, (?:torch\.)?Tensor\)|torch\.is_tensor\(\w+\)|hasattr\(\w+, 'item'\)"
