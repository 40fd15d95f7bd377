"""Training begins at a rate that asks for a warm-up, at its full height.

Look: a file that builds a transformer (nn.Transformer and its layers, attention
in a class of its own, one of torchvision, timm or transformers with fresh
weights) and an Adam or AdamW with a rate of 5e-4 or more, trains it, and has no
warm-up of any kind: no schedule that begins low. The same in the arguments of a
Hugging Face trainer. A schedule with warm-up of which a setting takes it away:
num_warmup_steps=0, at 1e-4 and more for pretrained weights, pct_start=0, a factor
that is 1 at the first step. SGD with a rate that is multiplied by the number of
processes.

Reason: at the first steps Adam's second moments rest on a few batches and the
gradients near the output are large: full steps throw the weights where
attention is flat, and the loss stays high or spikes. A rate that is scaled with
the batch is too high for the first epochs of any network.

Fix: raise the rate over the first percents of the steps (LinearLR in a
SequentialLR, OneCycleLR, get_linear_schedule_with_warmup).

Not reported: norm_first=True, which bears it better; lower rates, other
networks and optimizers; schedules out of sight; RAdam; adapters.

Sources: Xiong et al. 2020, arXiv 2002.04745, section 3; Vaswani et al. 2017,
arXiv 1706.03762, section 5.3; Liu et al. 2020, arXiv 1908.03265; Goyal et al.
2017, arXiv 1706.02677, section 2.2 (scaled rates); Devlin et al. 2019, arXiv
1810.04805, appendix A.3 (5e-5 at most).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.parts import Given
from neural_trainer.inspect.lint.roles import MODEL, by_use
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope
from neural_trainer.inspect.lint.settings import given, number, setting, truth, word
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.warm_ups import begins_low, turned_off
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
_HIGH_PRETRAINED = 1e-4  # twice what Devlin et al. 2019 fine-tune with
_BEARS_IT = re.compile(r"norm_first\s*=\s*True")
_ADAPTS = re.compile(r"[pP]eft|[lL]o[rR][aA]|adapter")
_OF_TIMM = re.compile(r"(?:vit|deit|swin|beit|eva|cait|xcit)\d?_")
_OF_TORCHVISION = re.compile(
    r"torchvision\.models\.(?:\w+\.)?(?:vit_|swin_|maxvit_|VisionT|SwinT|MaxVit)"
)
_BY_NAME = {"timm.create_model": "pretrained", "torchvision.models.get_model": "weights"}
_OF_LUCIDRAINS = re.compile(r"(?:vit_pytorch|x_transformers)\.(?:\w+\.)?(?:\w*ViT|\w+Wrapper)$")
_OF_TRANSFORMERS = re.compile(r"(?:Model|LMHeadModel|For[A-Z]\w+)$")
_ARGUMENTS = ("TrainingArguments", "Seq2SeqTrainingArguments")


def find(source: Source) -> list[Spot]:
    """Return each optimizer that begins at a full rate which asks for a warm-up."""
    if "lr" not in source.text and "learning_rate" not in source.text:
        return []
    built = _fresh_transformer(source)
    spots = list(_taken_away(source)) + list(_in_arguments(source, built))
    if spots or not training_loops(source) or begins_low(source):
        return spots
    off = turned_off(source)
    bears_it = mentions(source, _BEARS_IT) and not off
    for call in optimizer_calls(source):
        rates = [number(source, *given) for given in optimizer_options(source, call, "lr")]
        rate = max((r for r in rates if r is not None), default=0.0)
        kind = source.called_name(call).rpartition(".")[2]
        high = rate >= _HIGH or (not rates and kind == "Adam")
        if built and kind in ("Adam", "AdamW", "NAdam") and high and not bears_it:
            saw = f"lr={rate or 1e-3:g} from the first step for the attention of line {built}"
            spots.append(Spot(off[0] if off else call.node, saw))
        elif kind == "SGD" and _by_processes(source, call):
            saw = "a rate that is multiplied by the number of processes holds from the first step"
            spots.append(Spot(off[0] if off else call.node, saw))
    return spots


def _fresh_transformer(source: Source) -> int:
    """Return the line where a transformer is built with fresh weights, 0 where none is seen."""
    lines = [
        c.node.lineno
        for c in source.called(*_TRANSFORMERS)
        if source.called_name(c).startswith("torch.")
    ]
    for called, calls in source.calls.items():
        for call in calls if called[:1].isupper() or "_" in called else ():
            name = source.called_name(call)
            if name and _is_fresh(source, call, name):
                lines.append(call.node.lineno)
    return min(lines, default=0)


def _is_fresh(source: Source, call: Call, name: str) -> bool:
    """Tell whether a call of a library builds a transformer without weights."""
    first = call.argument(0)
    if name in _BY_NAME:
        kind = word(source, first, call.scope) or ""
        pretrained = setting(source, call, 1 if name.startswith("timm") else 99, _BY_NAME[name])
        off = pretrained is None or _is_off(source, *pretrained)
        return off and bool(_OF_TIMM.match(kind))
    if _OF_LUCIDRAINS.match(name):
        return True
    if name.startswith("timm.models.") and _OF_TIMM.match(name.rpartition(".")[2]):
        pretrained = setting(source, call, 0, "pretrained")
        return pretrained is None or _is_off(source, *pretrained)
    if _OF_TORCHVISION.match(name):
        weights = call.argument(99, "weights")
        return weights is None or ast.unparse(weights) == "None"
    if name.startswith("transformers."):
        made = given(source, first, call.scope) if first is not None else []
        made = made if made or first is None else [(first, call.scope)]
        config = any(re.search(r"Config\b(?!.*from_pre)", ast.unparse(v)) for v, _ in made)
        kept = any(
            _OF_TRANSFORMERS.search(ast.unparse(c.node.func.value))  # type: ignore[attr-defined]
            for c in source.called("from_pretrained")
            if c.receiver is not None
        )
        kind = name.removesuffix(".from_config")
        config = config or (kind != name and not source.called("load_state_dict"))
        return config and not kept and bool(_OF_TRANSFORMERS.search(kind))
    return name.endswith("Transformer") and _is_model(source, call)  # of another file


def _is_off(source: Source, expr: ast.expr, scope: Scope) -> bool:
    """Tell whether an option that gives weights is False or None."""
    return ast.unparse(expr) == "None" or truth(source, expr, scope) is False


def _is_model(source: Source, call: Call) -> bool:
    """Tell whether what a call makes is asked for its parameters."""
    return any(
        by_use(source, event.target, event.scope) == MODEL
        for event in call.scope.events
        if isinstance(event, Assignment) and call.node in ast.walk(event.value)
    )


_WITH_WARM_UP = (
    "get_linear_schedule_with_warmup",
    "get_cosine_schedule_with_warmup",
    "get_cosine_with_hard_restarts_schedule_with_warmup",
    "get_polynomial_decay_schedule_with_warmup",
    "get_constant_schedule_with_warmup",
)


def _taken_away(source: Source) -> Iterator[Spot]:
    """Yield each schedule with a warm-up of 0 steps for weights that are fine-tuned fast."""
    if "from_pretrained" not in source.text or mentions(source, _ADAPTS):
        return
    rates = [
        number(source, *each)
        for call in optimizer_calls(source)
        for each in optimizer_options(source, call, "lr")
    ]
    rate = max((r for r in rates if r is not None), default=0.0)
    for call in source.called("get_scheduler", *_WITH_WARM_UP):
        place = 2 if call.word == "get_scheduler" else 1
        steps = setting(source, call, place, "num_warmup_steps")
        none = steps is not None and number(source, *steps) == 0
        if none and rate >= _HIGH_PRETRAINED and training_loops(source):
            saw = f"num_warmup_steps=0: pretrained weights take lr={rate:g} from the first step"
            yield Spot(call.node, saw)


def _in_arguments(source: Source, built: int) -> Iterator[Spot]:
    """Yield the arguments of a Hugging Face trainer without warm-up for fresh weights."""
    for call in source.called(*_ARGUMENTS) if built and not mentions(source, _ADAPTS) else ():
        given_rate = setting(source, call, 99, "learning_rate")
        rate = number(source, *given_rate) or 0.0 if given_rate is not None else 0.0
        warm = [setting(source, call, 99, name) for name in ("warmup_steps", "warmup_ratio")]
        none = all(each is None or number(source, *each) == 0 for each in warm)
        kind = call.argument(99, "lr_scheduler_type")
        begins_low = kind is not None and "warmup" in ast.unparse(kind)
        if rate >= _HIGH and none and not begins_low and "Trainer(" in source.text:
            saw = f"learning_rate={rate:g} from the first step for the attention of line {built}"
            yield Spot(call.node, saw)


def _by_processes(source: Source, call: Call) -> bool:
    """Tell whether the rate of an optimizer is a product with the number of processes."""
    return any(
        isinstance(factor, ast.expr) and _is_number_of_processes(source, factor, at)
        for rate in optimizer_options(source, call, "lr")
        for factor, at in _factors(source, *rate)
    )


def _factors(source: Source, expr: ast.expr, scope: Scope, depth: int = 4) -> Iterator[Given]:
    """Yield what a product is made of, through names; nothing of what is no product."""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Mult, ast.Div)):
        sides = [expr.left] if isinstance(expr.op, ast.Div) else [expr.left, expr.right]
        for side in sides:
            yield side, scope
            yield from _factors(source, side, scope, depth)
    elif isinstance(expr, ast.BinOp):
        return
    elif depth > 0:
        found = given(source, expr, scope)
        by_operator = source.assignments.get(source.key(expr, scope), ())
        for item in by_operator:
            if item.how == "*=":
                yield item.value, item.scope
        for value, at in found:
            yield from _factors(source, value, at, depth - 1)


def _is_number_of_processes(source: Source, expr: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression is how many processes there are, by its name or what it was."""
    if _PROCESSES.search(ast.unparse(expr)):
        return not isinstance(expr, ast.BinOp)
    return any(_PROCESSES.search(ast.unparse(value)) for value, _ in given(source, expr, scope))


_PROCESSES = re.compile(r"world_?size|num_processes|device_count\(|num_replicas", re.IGNORECASE)
