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
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_terms import losses_of
from neural_trainer.inspect.lint.roles import MODEL, role
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "item-in-inner-loop"
CAUSE = "throughput-cliff"
_DEVICE = re.compile(r"cuda|device|accelerat|mps|xpu")
_WAITS = ("torch.cuda.synchronize", "torch.mps.synchronize", "torch.xpu.synchronize")
_FETCHES = frozenset({"item", "tolist", "cpu"})


def find(source: Source) -> list[Spot]:
    """Return the first place in each training loop that fetches a number at every step."""
    if not source.called(*_FETCHES, "float", "synchronize"):
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
    known = losses_of(source, loop.actions, loop.backwards)
    found = []
    usual = loop.backwards[0].place.branches
    for action in loop.actions:
        if not action.is_call:
            value = getattr(action.event, "value", None)
            if action.word == "=" and _comes_of(source, action, value, known):
                known = known | {action.receiver} - {""}
            continue
        if action.place.branches != usual[: len(action.place.branches)]:
            continue
        receiver = action.call.receiver
        if source.called_name(action.call) in _WAITS:
            found.append(action)
            continue
        if action.word == "float" and receiver is None:
            receiver = action.call.argument(0)
        elif action.word not in _FETCHES:
            continue
        if receiver is not None and _reads(source, action, receiver, known):
            found.append(action)
    return found


def _comes_of(source: Source, action: Action, value: ast.expr | None, known: set[str]) -> bool:
    """Tell whether a value is an output of a model, or is made of a tensor that is known."""
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Attribute) and value.func.attr in _FETCHES:
        return False
    if role(source, value.func, action.event.scope) == MODEL:
        return True
    if getattr(value.func, "attr", "") in ("clip_grad_norm_", "clip_grad_norm"):
        return True
    given = [*value.args, value.func.value if isinstance(value.func, ast.Attribute) else None]
    return any(each is not None and action.key(source, each) in known for each in given)


def _reads(source: Source, action: Action, expr: ast.expr, known: set[str]) -> bool:
    """Tell whether an expression is a tensor of the device, or worked out from one."""
    if isinstance(expr, ast.Call) and getattr(expr.func, "attr", "") in (*_FETCHES, "numpy"):
        return False  # fetched already, further in; numpy() is of the CPU alone
    parts = (n for n in ast.walk(expr) if isinstance(n, (ast.Name, ast.Attribute)))
    return any(action.key(source, part) in known for part in parts)
