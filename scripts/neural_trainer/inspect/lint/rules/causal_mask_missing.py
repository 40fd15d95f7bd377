"""A model that predicts the next token attends to it: no causal mask.

Look: a file that shifts its sequences by one (x[:, :-1] against x[:, 1:], or
roll), whose model gives at each place a logit for each of the tokens that it
embeds, or is given its target among what it takes by turns (x[:, 1::3] is read),
and whose attention (scaled_dot_product_attention, flash_attn_func,
MultiheadAttention, TransformerEncoder, or softmax of a product of its own) is given no mask and not
is_causal. In such a file also a mask that hides too little: triu from the second
diagonal on, tril with diagonals above the first.

Reason: position t sees t + 1, which it is asked for. The loss falls below the
entropy of the data, and generation is nonsense.

Fix: is_causal=True; nn.Transformer.generate_square_subsequent_mask.

Not reported: attention to another sequence; files with an encoder of their own
(of these only nn.Transformer and its decoder without tgt_mask), masked tokens;
masks in sight, whatever else they hold.

Sources: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.3; PyTorch
documentation, torch.nn.functional.scaled_dot_product_attention.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_calls import loss_calls, two_sides
from neural_trainer.inspect.lint.origins import origin
from neural_trainer.inspect.lint.scope import Assignment, Call
from neural_trainer.inspect.lint.settings import number, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

ID = "causal-mask-missing"
CAUSE = "causal-mask-missing"
_TRIANGLES = {"triu": 1, "tril": 0}  # with the diagonal that hides what is to come, and no more
_MOVED = (  # i + 1 : i + 1 + n, and 1 : n + 1
    re.compile(r"(?:(?::|\.\.\.), )?\w+ \+ 1:\w+ \+ (?:1 \+ )?\w+(?: \+ 1)?"),
    re.compile(r"(?:(?::|\.\.\.), )?1:\w+ \+ 1"),
)
_OTHER = re.compile(r"(?i:cross_?attn|cross_?attention|encoder_hidden|memory|mlm|src_)|\bMASK\b")
_HIDES = re.compile(
    r"triu|tril|is_causal|square_subsequent|masked_fill|\battn_mask\b|float\('-inf'\)"
)
_LAYERS = {
    "torch.nn.MultiheadAttention": ("attn_mask", "is_causal"),
    "torch.nn.TransformerEncoder": ("mask", "src_mask", "is_causal"),
    "torch.nn.TransformerEncoderLayer": ("src_mask", "is_causal"),
}


def find(source: Source) -> list[Spot]:
    """Return each attention without a mask in a file that predicts the next token."""
    if not re.search(r"ttention|Transformer|softmax|flash_attn", source.text):
        return []
    if not (
        _shifts(source) or _predicts_its_own_tokens(source) or _predicts_what_it_is_given(source)
    ):
        return []
    spots = list(_hiding_too_little(source))
    decoder_only = not mentions(source, _OTHER)
    saw = "attention sees the tokens to come, and this file predicts the next one: no causal mask"
    for scope in source.scopes:
        for call in scope.calls():
            if _attends_freely(source, call, decoder_only):
                spots.append(Spot(call.node, saw))
    return spots


def _hiding_too_little(source: Source) -> Iterator[Spot]:
    """Yield the triangles that leave the token after a place in its sight."""
    for call in source.called(*_TRIANGLES):
        first = _TRIANGLES[call.word]
        is_function = source.called_name(call).startswith("torch.")
        diagonal = number(source, call.argument(int(is_function), "diagonal"), call.scope)
        if diagonal is not None and diagonal > first:
            saw = (
                f"{call.word} with diagonal {diagonal:g} leaves {diagonal - first:g} of the tokens "
                f"to come in sight, and this file predicts the next one: diagonal={first}"
            )
            yield Spot(call.node, saw)


def _shifts(source: Source) -> bool:
    """Tell whether the file sets sequences against themselves, moved by one."""
    ends, starts = set(), set()
    windows: dict[str, set[str]] = defaultdict(set)
    for node in source.nodes:
        if isinstance(node, ast.Subscript):
            text, base = ast.unparse(node.slice).strip("()"), ast.unparse(node.value)
            windows[base].add(text)
            if not re.match(r"(?::|\.\.\.),", text) and not _TOKENS.search(base):
                continue
            if re.search(r"(?:^|, ):-1(?:,|$)", text):
                ends.add(base)
            elif re.search(r"(?:^|, )1:(?:,|$)", text):
                starts.add(base)
            elif any(pattern.fullmatch(text) for pattern in _MOVED):
                ends.add(base)
                starts.add(base)
    if any(_is_window_and_next(texts) for texts in windows.values()):
        return True
    for call in source.called("roll"):  # targets = tokens.roll(-1, 1)
        rolled = call.argument(int(bool(source.called_name(call))), "shifts")
        if number(source, rolled, call.scope) == -1:
            return True
    logits = any("logit" in name for name in ends)
    return bool(ends & starts) or (logits and bool(starts))


def _is_window_and_next(texts: set[str]) -> bool:
    """Tell whether a line is cut at i:i + n, and once more a place later: i + 1:i + n + 1."""
    for text in texts:
        begin, _, end = text.partition(":")
        size = end.removeprefix(f"{begin} + ")
        if re.fullmatch(r"\w+", begin) and end != size and re.fullmatch(r"[\w.]+", size):
            later = {f"{begin} + {size} + 1", f"{begin} + 1 + {size}", f"{begin} + ({size} + 1)"}
            if texts & {f"{begin} + 1:{each}" for each in later}:
                return True
    return False


def _predicts_its_own_tokens(source: Source) -> bool:
    """Tell whether a model that embeds V tokens gives V logits at each place, and a loss flattens.

    Next tokens or hidden ones: the latter are told by a mask token.
    """
    sizes: dict[str, set[str]] = {"Embedding": set(), "Linear": set()}
    for call in source.called(*sizes):
        given = call.argument(0 if call.word == "Embedding" else 1, "")
        if given is not None and source.called_name(call).startswith("torch.nn."):
            sizes[call.word].add(ast.unparse(given))
    same = {s for s in sizes["Embedding"] & sizes["Linear"] if not s.isdigit()}
    flat = any(
        re.search(
            r"\.(?:flatten\(0, ?1\)|(?:view|reshape)\((?:-1|\w+ \* \w+),|transpose\(1, ?2\))",
            ast.unparse(c.node),
        )
        for c in loss_calls(source, "cross_entropy", "CrossEntropyLoss")
    )
    return bool(same) and flat


def _predicts_what_it_is_given(source: Source) -> bool:
    """Tell whether a model is given its own target, among what it takes by turns along a sequence.

    As (return, state, action) of a trajectory: it reads the places of one kind, x[:, 1::3] or of
    x.view(b, n, 3, -1).
    """
    if not re.search(r"\[:, ?\d*::\d", source.text) and not _takes_turns(source):
        return False
    for function, module in _LOSSES:
        for call in loss_calls(source, function, module):
            predicted, target = two_sides(source, call)
            if _is_given(source, predicted, target, call):
                return True
    for call in source.called("mean"):
        for node in ast.walk(call.node):
            apart = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
            if apart and _is_given(source, node.left, node.right, call):  # type: ignore[attr-defined]
                return True
    return False


def _takes_turns(source: Source) -> bool:
    """Tell whether things are stacked into one line, and it is read by turns: view(b, n, 3, -1)."""
    for call in source.called("flatten", "permute", "reshape", "view", "transpose"):
        made = call.receiver
        if not isinstance(made, ast.Call) or source.name(made.func, call.scope) != "torch.stack":
            continue
        parts = made.args[0] if made.args else None
        count = len(parts.elts) if isinstance(parts, (ast.List, ast.Tuple)) else 0
        for other in source.called("reshape", "view", "unflatten") if count > 1 else ():
            sizes = other.node.args
            turns = [ast.unparse(each) for each in sizes[-2:-1]] == [str(count)]
            if turns and len(sizes) == 4:
                return True
    return False


_LOSSES = (
    ("cross_entropy", "CrossEntropyLoss"),
    ("mse_loss", "MSELoss"),
    ("smooth_l1_loss", "SmoothL1Loss"),
    ("l1_loss", "L1Loss"),
)


def _is_given(
    source: Source, predicted: ast.expr | None, target: ast.expr | None, call: Call
) -> bool:
    """Tell whether the call that predicts is given the target as well."""
    if isinstance(predicted, ast.Name):
        last = source.last_value(predicted, call.scope, call.place)
        predicted = last.value if last is not None else predicted
    given = predicted.args if isinstance(predicted, ast.Call) else []
    key = source.key(target, call.scope)  # one of several: else it is rebuilt, not predicted
    return bool(key) and len(given) > 1 and key in {source.key(each, call.scope) for each in given}


_TOKENS = re.compile(
    r"(?:^|[._])(?:ids?|tok\w*|seqs?|chunk|data|text|x|row|sample|batch|buf\w*|window)$"
)
"""What a line of tokens is called, where it is cut as a whole."""


def _attends_freely(source: Source, call: Call, decoder_only: bool) -> bool:
    name = source.called_name(call)
    keywords = {item.arg for item in call.node.keywords}
    if None in keywords:
        return False
    if call.word not in _NAMES and not name:
        layer = _layer_of(source, call)
        if layer in _DECODERS:
            return _unset(call.argument(_DECODERS[layer], "tgt_mask")) and _unset(
                call.argument(99, "tgt_is_causal")
            )
    if not decoder_only:
        return False
    if name == "torch.nn.functional.scaled_dot_product_attention":
        unmasked = call.argument(3, "attn_mask") is None
        return unmasked and not _is_on(source, call.argument(5, "is_causal"), call)
    if name.endswith(("flash_attn_func", "flash_attn_qkvpacked_func")):
        return not _is_on(source, call.argument(99, "causal"), call)
    layer = "" if name or not call.node.args else _softmax_of(source, call)
    if name.endswith("softmax") or layer or (not name and call.word == "softmax"):
        value = call.argument(0, "input") if name or layer else call.receiver
        return value is not None and _is_product(source, value, call)
    if call.word not in _NAMES and not name:
        layer = _layer_of(source, call)
        if layer in _LAYERS:
            masks = _LAYERS[layer]
            at = 5 if layer.endswith("MultiheadAttention") else 1
            given = [call.argument(at, masks[0]), *(call.argument(99, k) for k in masks[1:])]
            same = at == 1 or len({ast.unparse(a) for a in call.node.args[:3]}) == 1
            return all(map(_unset, given)) and same
    return False


def _softmax_of(source: Source, call: Call) -> str:
    """Return the name of torch.nn.Softmax where a call is of one that was built, else ""."""
    values = source.values(call.node.func, call.scope)
    made = [source.name(v.func, at) for v, at, _ in values if isinstance(v, ast.Call)]
    return next((name for name in made if name == "torch.nn.Softmax"), "")


def _unset(value: ast.expr | None) -> bool:
    """Tell whether an option is left out, None or False."""
    return value is None or (isinstance(value, ast.Constant) and value.value in (None, False))


_DECODERS = {"torch.nn.Transformer": 3, "torch.nn.TransformerDecoder": 2}
"""Where these take tgt_mask."""

_NAMES = frozenset({"super", "print", "len"})


def _is_on(source: Source, value: ast.expr | None, call: Call) -> bool:
    """Tell whether a switch is given, and is not off by this file."""
    return value is not None and truth(source, value, call.scope) is not False


def _layer_of(source: Source, call: Call) -> str:
    """Return the class of torch.nn that an object which is called was built of."""
    values = source.values(call.node.func, call.scope)
    if isinstance(call.node.func, ast.Name):  # for block in self.blocks: block(x)
        for item in source.assignments.get(source.key(call.node.func, call.scope), ()):
            if item.how == "for":
                values = source.values(_run_over(item), item.scope)
    for value, at, _ in values:
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and source.name(node.func, at) in (*_LAYERS, *_DECODERS):
                return source.name(node.func, at)
    return ""


def _run_over(item: Assignment) -> ast.expr:
    """Return what the target of a loop runs over: its own part of zip(self.attn, self.norms)."""
    over = item.value
    word = getattr(over.func, "id", "") if isinstance(over, ast.Call) else ""
    if word in ("zip", "enumerate") and isinstance(over, ast.Call) and item.element is not None:
        part = item.element if word == "zip" else item.element - 1
        return over.args[part] if 0 <= part < len(over.args) else over
    return over


def _is_product(source: Source, value: ast.expr, call: Call) -> bool:
    """Tell whether a value is a product of queries and keys, scaled or not, and unmasked."""
    body = ast.unparse(call.scope.node) if call.scope.is_function else ""
    if _HIDES.search(body) or "mask" in body:
        return False
    for _ in range(5):
        if isinstance(value, ast.Name):
            last = source.last_value(value, call.scope, call.place)
            if last is None:
                return False
            value = last.value
        elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Div, ast.Mult)):
            value = value.left
        elif isinstance(value, ast.BinOp):
            return isinstance(value.op, ast.MatMult) and _transposes(value.right)
        elif isinstance(value, ast.Call):
            made = origin(source, value, call.scope, call.place)
            known = made is not None and made.operation in ("matmul", "bmm", "einsum", "baddbmm")
            return known and (made.operation == "einsum" or _transposes(value))  # type: ignore[union-attr]
        else:
            return False
    return False


def _transposes(value: ast.expr) -> bool:
    return (
        re.search(r"transpose|\.mT|\.T\b|permute|\bk(?:ey)?_?t\b", ast.unparse(value)) is not None
    )
