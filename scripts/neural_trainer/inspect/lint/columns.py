"""Whether a batch of numbers has shape (n,), (n, 1) or (n, k), as far as the code shows."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.batch_steps import batch_step
from neural_trainer.inspect.lint.flat_targets import is_met_flat
from neural_trainer.inspect.lint.given_arguments import entry_of_result
from neural_trainer.inspect.lint.loaders import loader_option, loaders_of, looped_over
from neural_trainer.inspect.lint.module_builds import built_in_turn, last_layers, new_head
from neural_trainer.inspect.lint.scalars import is_list_of_numbers, is_next_of_series, is_scalar
from neural_trainer.inspect.lint.scope import Assignment, Call, Place, Scope
from neural_trainer.inspect.lint.sequence_scores import is_label, scores_one
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

FLAT, COLUMN, TABLE = "(n,)", "(n, 1)", "(n, k)"
_SAME = frozenset({
    "to", "cuda", "cpu", "float", "double", "half", "type", "detach", "clone", "contiguous",
    "sigmoid", "tanh", "exp", "relu", "abs", "astype", "copy", "long", "numpy", "to_numpy",
    "pin_memory", "sin", "cos", "log", "log1p", "sqrt", "square", "pow", "clamp", "clip", "div",
    "mul", "add", "sub", "neg", "type_as", "bfloat16", "requires_grad_", "round",
})  # fmt: skip
_MADE = frozenset({
    "tensor", "as_tensor", "from_numpy", "FloatTensor", "Tensor", "asarray", "array", "sigmoid",
    "tanh", "exp", "softplus", "sin", "cos", "log", "log1p", "sqrt", "square", "relu", "abs", "pow",
    "clamp", "zeros_like", "ones_like", "randn_like", "rand_like", "float32",
})  # fmt: skip
_DRAWN = frozenset({"randn", "rand", "zeros", "ones", "empty"})
_COUNTED = frozenset({"arange", "linspace", "logspace", "randperm"})
_SUMS = frozenset({"sum", "mean", "norm", "amax"})


def column_or_flat(
    source: Source,
    expr: ast.expr | None,
    scope: Scope,
    place: Place,
    index: int | None = None,
    depth: int = 10,
) -> str:
    """Return the shape of a value, or of its element `index`; "" where it cannot be told."""
    if expr is None or depth == 0:
        return ""

    def again(value: ast.expr | None, at: Scope = scope, element: int | None = None) -> str:
        return column_or_flat(source, value, at, place, element, depth - 1)

    if isinstance(expr, (ast.Tuple, ast.List)):
        return again(expr.elts[index]) if index is not None and index < len(expr.elts) else ""
    if isinstance(expr, ast.Attribute) and expr.attr in ("values", "data", "target"):
        if expr.attr == "target":
            return FLAT if _is_bundled(source, expr.value, scope) else ""
        of = expr.value
        if isinstance(of, ast.Call) and getattr(of.func, "attr", "") in ("max", "min"):
            return FLAT if of.args or of.keywords else ""  # over one dimension, of a table
        return again(of)
    if isinstance(expr, ast.Attribute) and expr.attr == "logits" and scores_one(source):
        return COLUMN
    if isinstance(expr, (ast.Name, ast.Attribute)):
        found = _of_name(source, expr, scope, place, index, depth)
        met = not found and index is None and is_met_flat(source, expr, scope, column_or_flat)
        return FLAT if met else found
    if index is None and is_label(source, expr):
        return FLAT
    held = entry_of_result(source, expr, scope, place) if index is None else None
    if held is not None:
        return column_or_flat(source, *held, None, depth - 1)
    if isinstance(expr, ast.Subscript) and index is None:
        rest = re.fullmatch(r"\(:, (\d+):\)|:, (\d+):", ast.unparse(expr.slice))
        features = rest and f"{ast.unparse(expr.value)}[:, :{rest[1] or rest[2]}]"
        if features and features in source.text:  # the columns after the features
            return TABLE
        return _of_subscript(expr, again(expr.value))
    if isinstance(expr, ast.ListComp):
        return FLAT if is_scalar(source, expr.elt, scope) else ""
    if isinstance(expr, ast.BinOp) and index is None:
        sides = {again(expr.left), again(expr.right)} - {""}
        return sides.pop() if len(sides) == 1 else ""
    if isinstance(expr, ast.Call):
        found = _of_call(source, expr, scope, place, index, depth)
        met = not found and index is None and is_met_flat(source, expr, scope, column_or_flat)
        return FLAT if met else found
    return ""


def _is_bundled(source: Source, expr: ast.expr, scope: Scope) -> bool:
    """Tell whether a value is a data set of sklearn, whose target is flat."""
    made = isinstance(expr, ast.Call)
    values = [(expr, scope, None)] if made else source.values(expr, scope)
    return len(values) == 1 and any(
        source.name(node.func, values[0][1]).startswith("sklearn.datasets.")
        for node in ast.walk(values[0][0])
        if isinstance(node, ast.Call)
    )


def _of_name(
    source: Source,
    expr: ast.Name | ast.Attribute,
    scope: Scope,
    place: Place,
    index: int | None,
    depth: int,
) -> str:
    key = source.key(expr, scope)
    own = [a for a in source.assignments.get(key, ()) if a.scope is scope]
    earlier = [a for a in own if a.node.lineno <= expr.lineno and a.value is not expr]
    if earlier:
        last = earlier[-1]
        if any(n is expr for n in ast.walk(last.value)):
            last = earlier[-2] if len(earlier) > 1 else last
        if last.how == "for":
            return _of_batch(source, last, scope, depth)
        if last.how != "=" or any(n is expr for n in ast.walk(last.value)):
            return ""
        if isinstance(last.value, ast.List) and not last.value.elts:
            return FLAT if is_list_of_numbers(source, key) else ""
        element = last.element if last.element is not None else index
        step = batch_step(source, scope) and isinstance(last.value, ast.Name)
        if step and element is not None and last.value.id in scope.parameters:  # type: ignore[attr-defined]
            return _of_step(source, element, depth)
        return column_or_flat(source, last.value, scope, last.place, element, depth - 1)
    if index is None and _is_asserted_flat(source, expr, scope):
        return FLAT
    found = {
        column_or_flat(source, v, s, Place(), index if i is None else i, depth - 1)
        for v, s, i in source.values(expr, scope)
    }
    return found.pop() if len(found) == 1 else ""


def _is_asserted_flat(source: Source, expr: ast.expr, scope: Scope) -> bool:
    """Tell whether the function around asserts that a value has one dimension."""
    if not scope.is_function or "assert" not in source.text:
        return False
    name = ast.unparse(expr)
    said = (f"{name}.ndim == 1", f"{name}.dim() == 1", f"len({name}.shape) == 1")
    return any(
        isinstance(node, ast.Assert) and any(each in ast.unparse(node.test) for each in said)
        for node in ast.walk(scope.node)
    )


def _of_subscript(expr: ast.Subscript, inner: str) -> str:
    text = ast.unparse(expr.slice).strip("()")
    if re.fullmatch(r"(?::|\.\.\.), (?:0|-1)", text):
        return FLAT
    if re.fullmatch(r"(?::|\.\.\.), None", text):
        return COLUMN if inner == FLAT else ""
    if re.fullmatch(r"(?::|\.\.\.), -1:", text):
        return COLUMN
    if text.startswith("'"):  # a column of a table
        return FLAT
    return inner if re.fullmatch(r"[\w.]*:?[\w.]*|\w*(?:idx|index|mask|perm)\w*", text) else ""


def _of_call(
    source: Source, call: ast.Call, scope: Scope, place: Place, index: int | None, depth: int
) -> str:
    func = call.func
    name = source.name(func, scope)
    last = name.rpartition(".")[2]
    if index is None and (name.startswith(("torch.", "numpy."))):
        if last in _MADE and call.args:
            if isinstance(call.args[0], (ast.List, ast.Tuple)):
                return _of_list(call.args[0])
            return column_or_flat(source, call.args[0], scope, place, None, depth - 1)
        if last in _DRAWN:
            sizes = [a for a in call.args if not isinstance(a, ast.Starred)]
            return (
                FLAT if len(sizes) == 1 and _is_size(sizes[0]) else _of_sizes(source, sizes, scope)
            )
        if last in _COUNTED:
            return FLAT
        if last in ("squeeze", "flatten", "ravel") and call.args:
            return FLAT
        if last == "unsqueeze" and len(call.args) + len(call.keywords) == 2:
            again = ast.copy_location(
                ast.Call(ast.Attribute(call.args[0], last, ast.Load()), call.args[1:], []), call
            )
            return _of_method(source, again, again.func, scope, place, depth)  # type: ignore[arg-type]
        return ""
    if index == 1 and name.startswith("sklearn.datasets.make_"):
        return FLAT
    if index == 1 and name.startswith("sklearn.datasets."):
        return FLAT if any(k.arg == "return_X_y" for k in call.keywords) else ""
    if index is not None and name.endswith(".train_test_split") and index // 2 < len(call.args):
        return column_or_flat(source, call.args[index // 2], scope, place, None, depth - 1)
    made = source.defined(func, scope)
    if made is not None and made.is_function:
        found = {
            column_or_flat(source, r.value, made, r.place, index, depth - 1) for r in made.returns
        }
        return found.pop() if len(found) == 1 else ""
    if index is None:
        shape = _of_model(source, func, scope, depth)
        if shape or made is not None:
            return shape
    if isinstance(func, ast.Attribute) and index is None:
        return _of_method(source, call, func, scope, place, depth)
    return ""


def _of_method(
    source: Source, call: ast.Call, func: ast.Attribute, scope: Scope, place: Place, depth: int
) -> str:
    inner = column_or_flat(source, func.value, scope, place, None, depth - 1)
    given = [number(source, value, scope) for value in call.args]
    if func.attr in ("squeeze", "flatten", "ravel"):
        if func.attr == "squeeze" and inner == TABLE:
            return ""
        return FLAT if func.attr != "squeeze" or not given or given[0] in (1, -1) else inner
    if func.attr == "gather" and len(call.args) == 2:
        index = column_or_flat(source, call.args[1], scope, place, None, depth - 1)
        apart = ast.unparse(call.args[1]).endswith((".unsqueeze(1)", ".unsqueeze(-1)", "[:, None]"))
        return COLUMN if index == COLUMN or apart else index
    if func.attr == "unsqueeze":
        return COLUMN if inner == FLAT and given and given[0] in (1, -1) else ""
    if func.attr in ("view", "reshape"):
        return FLAT if given == [-1] else COLUMN if len(given) == 2 and given[1] == 1 else ""
    if func.attr in _SUMS:
        kept = any(k.arg in ("keepdim", "keepdims") for k in call.keywords)
        dims = [
            *given,
            *(number(source, k.value, scope) for k in call.keywords if k.arg in ("dim", "axis")),
        ]
        return FLAT if not kept and dims in ([1], [-1]) else ""
    return inner if func.attr in _SAME else ""


def _is_size(value: ast.expr) -> bool:
    return not isinstance(value, (ast.Tuple, ast.List, ast.Attribute, ast.Name)) or (
        isinstance(value, ast.Name) and value.id.lower() in ("n", "num", "size", "batch_size")
    )


def _of_sizes(source: Source, sizes: list[ast.expr], scope: Scope) -> str:
    if len(sizes) == 1 and isinstance(sizes[0], (ast.Tuple, ast.List)):
        sizes = sizes[0].elts
        if len(sizes) == 1:
            return FLAT
    return COLUMN if len(sizes) == 2 and number(source, sizes[1], scope) == 1 else ""


def _of_list(values: ast.List | ast.Tuple) -> str:
    """Return the shape of a tensor of numbers that are written out."""
    inner = values.elts[0] if values.elts else None
    if isinstance(inner, (ast.List, ast.Tuple)):
        return COLUMN if len(inner.elts) == 1 else ""
    return FLAT if isinstance(inner, (ast.Constant, ast.UnaryOp)) else ""


def _of_model(source: Source, func: ast.expr, scope: Scope, depth: int) -> str:
    """Return the shape of what a model of this file gives: one that ends in Linear(k, 1)."""
    if depth == 0:
        return ""
    values = (
        [(func, scope)]
        if isinstance(func, ast.Call)
        else [(v, s) for v, s, i in source.values(func, scope) if i is None]
    )
    for value, at in values:
        if not isinstance(value, ast.Call):
            continue
        name = source.name(value.func, at)
        if name == "torch.nn.Linear":
            width = value.args[1] if len(value.args) > 1 else None
            return COLUMN if number(source, width, at) == 1 else ""
        if name == "torch.nn.Sequential":
            return _of_layers(source, last_layers(source, value, at), at, depth)
        head = new_head(source, value, at) if source.defined(value.func, at) is None else None
        if head is not None:
            return _of_model(source, head, at, depth - 1)
        made = source.defined(value.func, at)
        in_turn = built_in_turn(source, made) if made is not None else None
        if in_turn is not None:
            return _of_layers(source, last_layers(source, *in_turn), in_turn[1], depth)
        if made is not None and made.is_function and len(made.returns) == 1:
            return _of_model(source, made.returns[0].value, made, depth - 1)
    key = source.key(func, scope)
    own = source.scopes[int(key.split(":")[0])] if key.endswith(":self") else None
    cls = own or source.class_of(func, scope)
    forward = source.method(cls, "forward") if cls is not None else None
    if forward is None:
        return ""
    found = {
        column_or_flat(source, r.value, forward, r.place, None, depth - 1) for r in forward.returns
    }
    return found.pop() if len(found) == 1 else ""


def _of_layers(source: Source, layers: list[ast.expr], at: Scope, depth: int) -> str:
    """Return the shape of what layers give, from the last one back."""
    for layer in layers:
        name = source.name(layer.func, at) if isinstance(layer, ast.Call) else ""
        last = name.rpartition(".")[2]
        if last in ("Flatten", "Squeeze"):
            return ""
        if last not in ("Sigmoid", "Tanh", "Softplus", "ReLU", "Identity", "Dropout"):
            return _of_model(source, layer, at, depth - 1)
    return ""


def _of_batch(source: Source, given: Assignment, scope: Scope, depth: int) -> str:
    """Return the shape of one part of a batch: of a TensorDataset, or of a dataset of this file."""
    loop = given.node
    if not isinstance(loop, (ast.For, ast.AsyncFor)) or given.element is None:
        return ""
    calls = [c for expr in looped_over(loop) for c in loaders_of(source, expr, scope)]
    return _of_loaders(source, calls, given.element, depth)


def _of_step(source: Source, element: int, depth: int) -> str:
    """Return the shape of one part of the batch that an engine gives a step: by its loaders."""
    calls: list[Call] = []
    for call in source.called("fit"):
        loader = call.argument(1, "train_dataloaders")
        calls += loaders_of(source, loader, call.scope) if loader is not None else []
    for scope in source.scopes:
        if scope.name == "train_dataloader" and scope.is_method:
            calls += [c for r in scope.returns for c in loaders_of(source, r.value, scope)]
    return _of_loaders(source, calls, element, depth)


def _of_loaders(source: Source, calls: list[Call], element: int, depth: int) -> str:
    for call in calls:
        dataset = loader_option(source, call, "dataset")
        if dataset is None:
            continue
        values = [(dataset[0], dataset[1])]
        if not isinstance(dataset[0], ast.Call):
            values = [(v, s) for v, s, i in source.values(*dataset) if i is None]
        for value, at in values:
            found = _of_item(source, value, at, element, depth)
            if found:
                return found
    return ""


def _of_item(source: Source, value: ast.expr, at: Scope, element: int, depth: int) -> str:
    if not isinstance(value, ast.Call):
        return ""
    if source.name(value.func, at).endswith(".TensorDataset"):
        part = value.args[element] if element < len(value.args) else None
        return column_or_flat(source, part, at, Place(), None, depth - 1)
    cls = source.class_of(value, at)
    item = source.method(cls, "__getitem__") if cls is not None else None
    for result in item.returns if item is not None else ():
        if isinstance(result.value, ast.Tuple) and element < len(result.value.elts):
            part = result.value.elts[element]
            assert item is not None
            if isinstance(part, ast.Name):
                last = source.last_value(part, item, result.place)
                part = last.value if last is not None and last.element is None else part
            if isinstance(part, ast.Subscript) and is_next_of_series(item, part):
                return FLAT
            if isinstance(part, ast.Subscript):  # one number of each item
                return column_or_flat(source, part.value, item, result.place, None, depth - 1)
            if isinstance(part, ast.Call) and getattr(part.func, "attr", "") in _MADE and part.args:
                inner = part.args[0]
                if isinstance(inner, ast.List):
                    return COLUMN if len(inner.elts) == 1 else ""
                if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Name):
                    return column_or_flat(source, inner.value, item, result.place, None, depth - 1)
                if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") in (
                    "float",
                    "int",
                ):
                    return FLAT
    return ""
