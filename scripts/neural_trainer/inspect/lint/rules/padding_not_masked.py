"""The loss counts padding: cross entropy over padded sequences has no ignore_index.

Look: cross_entropy, nll_loss or their modules over flattened or transposed
sequences, in a file that pads (pad_sequence, padding_idx, padding="max_length",
a name such as PAD or pad_id), without ignore_index and without a mask on the
loss; over targets of which a metric of the file leaves some out (mask != VOID);
"labels" that are the padded input_ids of a tokenizer; a loss of the file that can
leave padding out, and is not told which it is; mse_loss and its kind over
numbers that a collate function of the file pads.

Reason: predicting padding is easy and makes up much of a batch: the loss looks
low, and the gradients teach the model to end.

Fix: ignore_index=pad_id; or pad targets with -100, which is left out by default.

Not reported: a forward that is given labels; one label per sequence;
reduction="none", which is masked later; targets of -100, also where only a
docstring says so; files that only read such data.

Sources: PyTorch documentation, torch.nn.CrossEntropyLoss (ignore_index).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.given_arguments import calls_of
from neural_trainer.inspect.lint.loaders import (
    loader_calls,
    loader_option,
    loaders_of,
    looped_over,
)
from neural_trainer.inspect.lint.loss_calls import (
    DEFAULT,
    criterion,
    loss_calls,
    reduction,
    two_sides,
)
from neural_trainer.inspect.lint.parts import default, entry
from neural_trainer.inspect.lint.scope import Call, Return, Scope, bound_arguments
from neural_trainer.inspect.lint.settings import all_in_sight
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "padding-not-masked"
CAUSE = "padding-not-masked"
_PADS = re.compile(
    r"pad_sequence|padding_idx|padding ?= ?(?:True|['\"](?:max_length|longest)['\"])|\bPAD\b"
    r"|\bPAD_\w+|\bpad_(?:id|idx|index|token|token_id)\b|<pad>|\[PAD\]"
)
_SAID = re.compile(r"-100\b")
"""Also where only a docstring says it: labels of -100 are what callers give."""
_LEFT_OUT = re.compile(r"ignore_index|- ?100\b|masked_select|loss_mask|padding_value ?= ?-")
_COUNT_ALL = ("mean", "sum", DEFAULT)
_SEQUENCE = re.compile(
    r"\.(?:reshape|view)\((?:-1|\w+ \* \w+),"
    r"|\.flatten\((?:0|start_dim=0), ?(?:1|end_dim=1)\)|\.transpose\(1, ?2\)"
    r"|\.transpose\(-1, ?-2\)|\.transpose\(2, ?1\)|\.permute\(0, ?2, ?1\)|rearrange\(|\.mT\b"
)


def find(source: Source) -> list[Spot]:
    """Return each loss, or the labels of one, that counts the padding."""
    own = _own_losses(source) if mentions(source, _PADS) else []
    if own or _SAID.search(source.text) or mentions(source, _LEFT_OUT):
        return own
    saw = "padded positions count in this loss: no ignore_index, no mask"
    spots = [Spot(node, saw) for node in _left_in(source)]
    if not mentions(source, _PADS) and not _collates_padding(source):
        return spots
    for call in _losses_of_tokens(source):
        built = criterion(source, call)
        counted = _over_sequences(source, call) and not _masked(call)
        counted = counted and not _labels_of_callers(call)
        if counted and reduction(source, call.node, call.scope)[0] in _COUNT_ALL:
            spots.append(Spot(built, saw))
    return spots + _labels(source) + [Spot(node, saw) for node in _numbers_padded(source)]


def _own_losses(source: Source) -> list[Spot]:
    """Return each loss of this file that can leave padding out, and is not told which it is."""
    found = []
    for function in source.scopes:
        name = next((n for n in function.parameters if _CAN_LEAVE_OUT.fullmatch(n)), "")
        whole = function.parent if function.name == "__init__" else function
        text = ast.unparse(whole.node) if name and whole is not None else ""
        if whole is None or not _SCORES_TOKENS.search(text):
            continue
        flattens = _SEQUENCE.search(text) is not None
        for call in source.callers.get(function.number, ()):
            given = all_in_sight(source, call) and name not in bound_arguments(function, call)
            off = default(source, ast.Name(name, ast.Load()), function) if given else []
            silent = bool(off) and getattr(off[0][0], "value", 0) is None
            uses = _uses(source, whole, call) if silent else []
            if any(flattens or _over_sequences(source, use) for use in uses):
                saw = (
                    f"padded positions count in this loss: {name} is not given, and leaves none out"
                )
                found.append(Spot(call.node, saw))
    return found


_CAN_LEAVE_OUT = re.compile(
    r"ignore(?:_index|_idx|_id)?|pad(?:ding)?(?:_index|_idx|_id|_token_id)?"
)
_SCORES_TOKENS = re.compile(r"log_softmax|cross_entropy|CrossEntropyLoss|nll_loss")


def _uses(source: Source, loss: Scope, call: Call) -> list[Call]:
    """Return the calls that compute a loss: of the objects of a class, of a function itself."""
    forward = source.method(loss, "forward") if loss.is_class else None
    return calls_of(source, forward) if forward is not None else [call]


def _collates_padding(source: Source) -> bool:
    """Tell whether a collate function of this file pads: by F.pad, or into a tensor of one number.

    As long as the longest item.
    """
    for loader in loader_calls(source):
        collate = loader_option(source, loader, "collate_fn")
        function = source.defined(*collate) if collate is not None else None
        text = ast.unparse(function.node) if function is not None else ""
        filled = re.search(r"\b(?:pad|zeros|full|new_zeros|new_full)\(", text)
        if filled and re.search(r"\bmax\(", text):
            return True
    return False


def _numbers_padded(source: Source) -> list[ast.expr]:
    """Return each loss of numbers whose targets a collate function of this file pads."""
    padded: dict[int, set[int]] = {}
    for loader in loader_calls(source):
        collate = loader_option(source, loader, "collate_fn")
        function = source.defined(*collate) if collate is not None else None
        for item in function.returns if function is not None else ():
            elements = item.value.elts if isinstance(item.value, ast.Tuple) else []
            padded[id(loader.node)] = {
                n for n, each in enumerate(elements) if _is_padded(source, each, function, item)
            }
    if not padded or mentions(source, re.compile(r"mask|reduction")):
        return []
    return [
        call.node
        for function, module in _LOSSES_OF_NUMBERS
        for call in loss_calls(source, function, module)
        if _is_element_of(source, call, padded)
    ]


def _is_padded(source: Source, expr: ast.expr, function: Scope | None, item: Return) -> bool:
    """Tell whether a collate function makes a part of its batch by pad_sequence."""
    assert function is not None
    last = source.last_value(expr, function, item.place)
    value = last.value if last is not None else expr
    name = source.name(value.func, function) if isinstance(value, ast.Call) else ""
    return name.endswith(".pad_sequence")


def _is_element_of(source: Source, call: Call, padded: dict[int, set[int]]) -> bool:
    """Tell whether the target of a loss is, as it comes, a padded part of a batch in training."""
    target = call.argument(1, "target")
    for item in source.assignments.get(source.key(target, call.scope), ()):
        loop = item.node
        if item.how == "for" and isinstance(loop, (ast.For, ast.AsyncFor)):
            calls = [c for e in looped_over(loop) for c in loaders_of(source, e, item.scope)]
            if any(item.element in padded.get(id(c.node), ()) for c in calls):
                return any(
                    loop in a.place.loops for t in training_loops(source) for a in t.backwards
                )
    return False


_LOSSES_OF_NUMBERS = (
    ("mse_loss", "MSELoss"),
    ("l1_loss", "L1Loss"),
    ("smooth_l1_loss", "SmoothL1Loss"),
    ("huber_loss", "HuberLoss"),
)


def _labels_of_callers(call: Call) -> bool:
    """Tell whether a model is given labels with its inputs: what they hold, its callers know."""
    scope = call.scope
    return scope.name == "forward" and any("label" in name for name in scope.parameters)


def _losses_of_tokens(source: Source) -> list[Call]:
    return [
        *loss_calls(source, "cross_entropy", "CrossEntropyLoss"),
        *loss_calls(source, "nll_loss", "NLLLoss"),
    ]


def _left_in(source: Source) -> list[ast.expr]:
    """Return each cross entropy over targets of which a metric of this file leaves some out."""
    if not re.search(rf"!=\s*(?:{_NOT_ASKED.pattern})", source.text):
        return []
    left_out = {
        source.key(node.left, scope)
        for scope in source.scopes
        for event in scope.events
        for node in ast.walk(event.node)
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.NotEq)
        and isinstance(node.comparators[0], ast.Name)
        and _NOT_ASKED.fullmatch(node.comparators[0].id)
    } - {""}
    return [
        built
        for call in (_losses_of_tokens(source) if left_out else ())
        if source.key(call.argument(1, "target"), call.scope) in left_out
        and "reduction" not in ast.unparse(built := criterion(source, call))
    ]


_NOT_ASKED = re.compile(r"VOID|IGNORE\w*|UNLABEL+ED|UNKNOWN|PAD\w*")


def _labels(source: Source) -> list[Spot]:
    """Return where labels are a tokenizer's padded ids, which models take for tokens to predict."""
    if not _PADDED_BY_TOKENIZER.search(source.text):
        return []
    if not training_loops(source) and "Trainer(" not in source.text:
        return []  # what is made here may be masked where it is used
    saw = "labels keep the padding that the tokenizer put in, and models leave out -100 alone"
    spots = []
    for scope in source.scopes:
        for event in scope.events:
            target = getattr(event, "target", None)
            if isinstance(target, ast.Subscript) and ast.unparse(target.slice) == "'labels'":
                value = getattr(event, "value", None)
                if value is not None and _IDS.search(ast.unparse(value)):
                    spots.append(Spot(event.node, saw))
        for item in scope.returns:
            inner = entry(item.value, "labels")
            if inner is not None and _IDS.search(ast.unparse(inner)):
                spots.append(Spot(item.value, saw))
    return spots


_PADDED_BY_TOKENIZER = re.compile(r"padding\s*=\s*(?:True|['\"](?:max_length|longest)['\"])")
_IDS = re.compile(r"(?:\[['\"]input_ids['\"]\]|\.input_ids)(?:\.clone\(\)|\.copy\(\))?$")


def _over_sequences(source: Source, call: Call) -> bool:
    """Tell whether logits and targets are sequences, flattened or with classes moved."""
    given = two_sides(source, call)
    texts = [_spelled(source, value, call.scope, call) for value in given if value is not None]
    flat = len(texts) == 2 and re.search(
        r"\.(?:reshape|view)\((?:-1|\w+ \* \w+)\)|flatten\(", texts[1]
    )
    moved = len(texts) == 2 and re.search(r"transpose|permute|rearrange|\.mT", texts[0])
    return bool(texts and _SEQUENCE.search(texts[0]) and (flat or moved))


def _spelled(source: Source, value: ast.expr, scope: Scope, call: Call) -> str:
    text = ast.unparse(value)
    last = source.last_value(value, scope, call.place) if isinstance(value, ast.Name) else None
    return text if last is None else ast.unparse(last.value)


def _masked(call: Call) -> bool:
    """Tell whether a mask picks what counts, in the call or in what takes its result."""
    given = " ".join(ast.unparse(value) for value in call.node.args)
    body = ast.unparse(call.scope.node) if call.scope.is_function else ""
    return "mask" in given or "loss * mask" in body
