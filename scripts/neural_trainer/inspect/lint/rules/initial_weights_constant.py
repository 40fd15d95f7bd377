"""All weights of the linear layers begin at one number: their units stay alike.

Look: nn.init.constant_, ones_ or zeros_, fill_ or zero_ on the weight of each
Linear or convolution of a model, told by isinstance, type or the name of its class,
or a new tensor of one number in its place; on each parameter of two dimensions or
named weight, or on all that an optimizer is given; a draw without width (uniform_
with a = b, normal_ with std = 0); a matrix of ones that inputs are multiplied with,
or two and more of zeros; a state_dict of one number that is loaded.

Reason: units with the same weights get the same gradients, and differ by nothing
ever after: a layer is as wide as one unit. With zeros nothing reaches the layers
below.

Fix: leave torch's own initialisation, or kaiming_normal_ and xavier_uniform_.

Not reported: one layer by its name, such as the last of a residual branch or an
adapter that is to begin as nothing; a matrix of zeros; biases; layers of
normalisation; a second initialisation after it.

Sources: Glorot & Bengio 2010, Understanding the difficulty of training deep
feedforward neural networks; Goodfellow et al. 2016, Deep Learning, section 8.4
(breaking symmetry).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.constant_matrices import FILLED, constant_matrices, is_own_matrix
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope, bound_arguments, taken_from
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

ID = "initial-weights-constant"
CAUSE = "bad-initialisation"
_SETS = ("constant_", "ones_", "zeros_", "fill_", "zero_", "copy_", "constant")
_DRAWS = ("uniform_", "normal_", "trunc_normal_")
_LAYERS = re.compile(r"torch\.nn\.(?:Linear|Conv[123]d|ConvTranspose[123]d)")
_OTHERS = re.compile(r"norm_?|emb|bias", re.IGNORECASE)
_LIKE = re.compile(r"torch\.(?:full|ones|zeros)_like")
_SAME = "all units of a layer stay alike"


def find(source: Source) -> list[Spot]:
    """Return where the weights of all linear layers are set to one number."""
    spots = []
    for call in source.called(*_SETS):
        target = _target(source, call)
        if target is None or _again(source, call, target):
            continue
        handed = _handed(source, call, target)
        each_layer = any(
            _of_each_layer(source, *each) and not _again(source, *each) for each in handed
        )
        if each_layer or _of_all_matrices(call, target):
            saw = f"the weights of every layer begin at {_value(source, call)}: {_SAME}"
            spots.append(Spot(call.node, saw))
        elif isinstance(target, ast.Name) and _of_all_parameters(source, call, target):
            saw = f"all parameters begin at {_value(source, call)}: {_SAME}"
            spots.append(Spot(call.node, saw))
        elif is_own_matrix(source, target, call.scope) and _value(source, call) != "0":
            saw = f"{ast.unparse(target)} begins at one number: its columns stay alike"
            spots.append(Spot(call.node, saw))
    return [
        *spots,
        *_given_to_each_layer(source),
        *_written_as_vector(source),
        *_drawn_without_width(source),
        *_matrices_of_one_number(source),
        *_loaded(source),
    ]


def _handed(source: Source, call: Call, target: ast.expr) -> list[tuple[Call, ast.expr]]:
    """Return a tensor as the calls give it to the function that sets it, else where it is set."""
    scope = call.scope
    if not isinstance(target, ast.Name) or target.id not in scope.parameters:
        return [(call, target)]
    if call.place.branches:
        return []
    given = [(each, bound_arguments(scope, each).get(target.id)) for each in source.uses(scope)]
    return [(each, value) for each, value in given if value is not None]


def _target(source: Source, call: Call) -> ast.expr | None:
    """Return the tensor that is set: m.weight of constant_(m.weight, c) or m.weight.fill_(c)."""
    name = source.called_name(call)
    if name.startswith("torch.nn.init."):
        return call.argument(0, "tensor")
    own = call.word in ("fill_", "zero_") or (call.word == "copy_" and _copied(source, call))
    target = call.receiver if not name and own else None
    if isinstance(target, ast.Attribute) and target.attr == "data":
        target = target.value
    return target


def _copied(source: Source, call: Call) -> ast.Call | None:
    """Return what makes the tensor of one number that copy_ is given: full_like(p, c)."""
    given = call.argument(0)
    like = isinstance(given, ast.Call) and _LIKE.fullmatch(source.name(given.func, call.scope))
    return given if like and isinstance(given, ast.Call) else None


def _value(source: Source, call: Call) -> str:
    word = call.word
    made = _copied(source, call) if word == "copy_" else None
    if made is not None:
        word = f"{getattr(made.func, 'attr', '').partition('_')[0]}_"
    known = {"ones_": "1", "zeros_": "0", "zero_": "0"}.get(word)
    given = call.argument(1 if word.startswith("constant") else 0, "val")
    if made is not None:
        given = made.args[1] if len(made.args) > 1 else None
    value = number(source, given, call.scope) if given is not None and known is None else None
    return known or (f"{value:g}" if value is not None else "one number")


def _of_each_layer(source: Source, call: Call | Assignment, target: ast.expr) -> bool:
    """Tell whether a weight is set in a branch that linear layers alone come into."""
    if not isinstance(target, ast.Attribute) or target.attr != "weight":
        return False
    owner = target.value
    test = _test_around(call)
    if test is None:
        return _runs_over_layers(source, call, owner)
    if ast.unparse(test) == f"hasattr({ast.unparse(owner)}, 'weight')":
        return True
    if isinstance(test, ast.Compare) and ast.unparse(test.left) != f"type({ast.unparse(owner)})":
        return _of_class_name(test)
    if isinstance(test, ast.Compare):  # type(m) == nn.Linear
        asked = test.comparators[0]
    elif isinstance(test, ast.Call) and getattr(test.func, "id", "") == "isinstance":
        if ast.unparse(test.args[0]) != ast.unparse(owner):
            return False
        asked = test.args[1]
    else:
        return False
    kinds = asked.elts if isinstance(asked, (ast.Tuple, ast.List, ast.Set)) else [asked]
    return all(_LAYERS.fullmatch(source.name(kind, call.scope)) for kind in kinds)


def _runs_over_layers(source: Source, call: Call | Assignment, owner: ast.expr) -> bool:
    """Tell whether a name runs over two linear layers or more: for layer in (a, b)."""
    loop = call.place.loops[-1] if call.place.loops else None
    over = taken_from(loop) if loop is not None else None
    own = ast.unparse(getattr(loop, "target", call.node)) == ast.unparse(owner)
    listed = over.elts if own and isinstance(over, (ast.Tuple, ast.List)) else []
    built = [source.values(each, call.scope) for each in listed]
    names = [source.name(getattr(v[0][0], "func", v[0][0]), v[0][1]) for v in built if len(v) == 1]
    return 1 < len(names) == len(listed) and all(map(_LAYERS.fullmatch, names))


def _given_to_each_layer(source: Source) -> Iterator[Spot]:
    """Yield where the weight of each linear layer is given a new tensor of one number."""
    for scope in source.scopes if re.search(r"\.weight\b.* = ", source.text) else ():
        for event in scope.events:
            if not isinstance(event, Assignment) or event.how != "=":
                continue
            target: ast.expr = event.target
            if isinstance(target, ast.Subscript) and ast.unparse(target.slice) in (":", "..."):
                target = target.value
            if isinstance(target, ast.Attribute) and target.attr == "data":
                target = target.value
            filled = _is_filled(source, event.value, scope, isinstance(event.target, ast.Subscript))
            if filled and _of_each_layer(source, event, target):
                saw = f"the weights of every layer begin at one number: {_SAME}"
                yield Spot(event.node, saw)


def _written_as_vector(source: Source) -> Iterator[Spot]:
    """Yield where all parameters of a model are written from a vector of one number."""
    for call in source.called("vector_to_parameters"):
        vector = call.argument(0, "vec")
        if isinstance(vector, ast.Name):
            last = source.last_value(vector, call.scope, call.place)
            vector = last.value if last is not None else vector
        if vector is not None and _is_filled(source, vector, call.scope, False):
            yield Spot(call.node, f"all parameters begin at one number: {_SAME}")


def _is_filled(source: Source, value: ast.expr, scope: Scope, in_place: bool) -> bool:
    """Tell whether a value is a tensor of one number, or such a number put into each place."""
    if in_place and number(source, value, scope) is not None:
        return True
    name = source.name(value.func, scope) if isinstance(value, ast.Call) else ""
    if name.endswith("nn.Parameter") and value.args:  # type: ignore[attr-defined]
        return _is_filled(source, value.args[0], scope, in_place)  # type: ignore[attr-defined]
    return name in FILLED or bool(_LIKE.fullmatch(name))


def _test_around(call: Call | Assignment) -> ast.expr | None:
    """Return the condition under which a call runs, None where its last branch is no such."""
    arms = [(n, arm) for n, arm in call.place.branches if isinstance(n, ast.If)]
    return arms[-1][0].test if arms and arms[-1][1] == "then" else None


def _of_class_name(test: ast.Compare) -> bool:
    """Tell whether a condition asks for layers by the name of a class: name.find("Conv") != -1."""
    if len(test.ops) != 1:
        return False
    left, right = test.left, test.comparators[0]
    if isinstance(test.ops[0], (ast.In, ast.Eq)):
        said = right if isinstance(test.ops[0], ast.Eq) else left
    elif isinstance(test.ops[0], (ast.NotEq, ast.Gt, ast.GtE)) and isinstance(left, ast.Call):
        if getattr(left.func, "attr", "") != "find" or not left.args:
            return False
        said = left.args[0]
    else:
        return False
    return isinstance(said, ast.Constant) and said.value in ("Conv", "Linear", "Conv2d")


def _of_all_matrices(call: Call, target: ast.expr) -> bool:
    """Tell whether a loop over a model's parameters sets each of two dimensions, or weight."""
    loop = call.place.loops[-1] if call.place.loops else None
    over = taken_from(loop) if loop is not None else None
    word = getattr(getattr(over, "func", None), "attr", "")
    if word not in ("parameters", "named_parameters"):
        return False
    run = getattr(loop, "target", None)
    names = run.elts if isinstance(run, ast.Tuple) else [run]
    if not isinstance(target, ast.Name) or getattr(names[-1], "id", "") != target.id:
        return False
    test = ast.unparse(_test_around(call) or ast.Constant(None))
    own = re.escape(target.id)
    wide = re.fullmatch(rf"(?:{own}\.(?:dim\(\)|ndim)|len\({own}\.shape\)) (?:> 1|>= 2|== 2)", test)
    name = getattr(names[0], "id", "") if word == "named_parameters" else ""
    said = rf"'weight' in {re.escape(name)}|{re.escape(name)}\.endswith\('\.?weight'\)"
    weight = name and re.fullmatch(said, test)
    return bool(wide or weight)


def _of_all_parameters(source: Source, call: Call, target: ast.Name) -> bool:
    """Tell whether a loop over the parameters() of what an optimizer is given sets each."""
    loop = call.place.loops[-1] if call.place.loops else None
    over = taken_from(loop) if loop is not None else None
    own = getattr(getattr(loop, "target", None), "id", "") == target.id
    whole = isinstance(over, ast.Call) and getattr(over.func, "attr", "") == "parameters"
    given = " ".join(ast.unparse(c.node) for c in optimizer_calls(source)) if own and whole else ""
    return bool(given) and ast.unparse(over) in given and not call.place.branches  # type: ignore[arg-type]


def _again(source: Source, call: Call, target: ast.expr) -> bool:
    """Tell whether the same tensor is drawn afterwards, or an average or a gradient is begun."""
    text = ast.unparse(target)
    later = [
        c
        for c in call.scope.calls()
        if c.word.endswith("_") and c.node.lineno > call.node.lineno and c.word not in _SETS
    ]
    drawn = any(text in ast.unparse(c.node) for c in later)
    owner = ast.unparse(call.scope.node)[:80] if call.scope.is_function else ""
    return drawn or bool(_OTHERS.search(text)) or bool(re.search(r"ema|average|test|mock", owner))


def _drawn_without_width(source: Source) -> Iterator[Spot]:
    """Yield each draw of torch.nn.init that can give one number alone, other than 0."""
    for call in source.called(*_DRAWS, "partial"):
        first = call.argument(0)
        bound = call.word == "partial" and first is not None
        name = source.name(first, call.scope) if bound else source.called_name(call)  # type: ignore[arg-type]
        word = name.removeprefix("torch.nn.init.")
        target = "" if bound or first is None else ast.unparse(first)
        if not name.startswith("torch.nn.init.") or word not in _DRAWS or _OTHERS.search(target):
            continue
        ends = ("a", "b") if word == "uniform_" else ("mean", "std")
        low, high = (
            number(source, call.argument(n, end), call.scope) for n, end in enumerate(ends, 1)
        )
        same = word == "uniform_" and low is not None and low == high and low != 0
        still = word != "uniform_" and high == 0 and call.argument(1, "mean") is not None
        if same or (still and low != 0):
            said = ", ".join(f"{k} = {v:g}" for k, v in zip(ends, (low, high)) if v is not None)  # noqa: B905
            yield Spot(call.node, f"{word} with {said} draws one number alone: {_SAME}")


def _matrices_of_one_number(source: Source) -> Iterator[Spot]:
    """Yield each matrix of one number that learns and that inputs are multiplied with."""
    for call, name in constant_matrices(source):
        yield Spot(call, f"{name} begins at one number: its columns stay alike")


def _loaded(source: Source) -> Iterator[Spot]:
    """Yield each state_dict of one number that a model loads: {k: ones_like(v) for ...}."""
    for call in source.called("load_state_dict"):
        given = call.argument(0, "state_dict")
        held = source.values(given, call.scope) if given is not None else []
        value = held[0][0] if len(held) == 1 else given
        if not isinstance(value, ast.DictComp):
            continue
        over = ast.unparse(value.generators[0].iter)
        made: ast.expr = value.value
        while isinstance(made, ast.BinOp) and isinstance(made.op, (ast.Mult, ast.Div)):
            made = made.left
        scope = held[0][1] if held else call.scope
        like = isinstance(made, ast.Call) and _LIKE.fullmatch(source.name(made.func, scope))
        if like and over.endswith(".state_dict().items()") and not value.generators[0].ifs:
            saw = f"all parameters that line {call.node.lineno} loads begin at one number: {_SAME}"
            yield Spot(value, saw)
