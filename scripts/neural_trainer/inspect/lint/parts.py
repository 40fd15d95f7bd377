"""What an attribute, an item or an element is, by how the thing that holds it was made.

cfg.lr of a dataclass, a NamedTuple, argparse or saved hyper-parameters; table["a"] of a dict;
x of `for x in [a, b]`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from neural_trainer.inspect.lint.class_made import class_said
from neural_trainer.inspect.lint.scope import Call, Scope, defaults_of

if TYPE_CHECKING:
    from neural_trainer.inspect.lint.source import Source

Given: TypeAlias = "tuple[ast.expr, Scope]"


def part_values(source: Source, expr: ast.expr, scope: Scope) -> list[Given]:
    """Return what an attribute or item can be, [] where what holds it is out of sight."""
    if isinstance(expr, ast.Attribute):
        return _of_attribute(source, expr, scope)
    if isinstance(expr, ast.Subscript):
        return _of_item(source, expr, scope)
    return []


def default(source: Source, name: ast.Name, scope: Scope) -> list[Given]:
    """Return the default of a parameter, unless every call in this file gives it."""
    function = source.binder(name.id, scope)
    value = defaults_of(function).get(name.id) if function is not None else None
    if function is None or value is None:
        return []
    callers = source.uses(function)
    if callers and len(source.passed(function, name.id)) >= len(callers):
        return []
    return [(value, function.parent or source.module)]


def annotated(source: Source, function: Scope, parameter: ast.Name) -> list[Given]:
    """Return what makes an object of the class of this file that a parameter is said to be."""
    args = getattr(function.node, "args", None)
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs] if args is not None else []
    said = next((a.annotation for a in every if a.arg == parameter.id), None)
    at = function.parent or source.module
    cls = class_said(source, said, at)
    if said is None or cls is None:
        return _of_trainer(source, function, parameter)
    made = ast.Call(ast.copy_location(ast.Name(cls.name, ast.Load()), said), [], [])
    return [(ast.copy_location(made, said), at)]


def _of_trainer(source: Source, function: Scope, parameter: ast.Name) -> list[Given]:
    """Return the model that a Trainer of transformers is built with, which it gives its steps."""
    steps = ("compute_loss", "training_step", "prediction_step")
    if parameter.id != "model" or function.name not in steps or not function.is_method:
        return []
    cls = function.parent
    calls = source.called(cls.name) if cls is not None else []
    built = [c for c in calls if source.defined(c.node.func, c.scope) is cls]
    return [(given, c.scope) for c in built if (given := c.argument(0, "model")) is not None]


def starred(source: Source, call: Call, name: str) -> list[Given]:
    """Return what a call gives as `name` out of ** of a dict in sight: f(**cfg["init"])."""
    waiting: set[tuple[int, str]] = source.kept.setdefault("starred", set())
    place = (id(call.node), name)
    options = [item.value for item in call.node.keywords if item.arg is None]
    if not options or place in waiting:
        return []
    waiting.add(place)  # while it is being worked out: f(cfg) may call f(**cfg)
    held = [each for value in options for each in made_of(source, value, call.scope)]
    waiting.discard(place)
    return [(inner, at) for value, at in held if (inner := entry(value, name)) is not None]


def settled(source: Source, expr: ast.expr, scope: Scope) -> list[Given]:
    """Return an expression itself where it is no name, else what the name is set to."""
    if isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        found = [(v, at) for v, at, index in source.values(expr, scope) if index is None]
        return found + (default(source, expr, scope) if isinstance(expr, ast.Name) else [])
    return [(expr, scope)]


def entry(options: ast.expr, name: str) -> ast.expr | None:
    """Return what a dict that is written out has under `name`."""
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                return value
    elif is_dict(options) and isinstance(options, ast.Call):
        return next((k.value for k in options.keywords if k.arg == name), None)
    elif (inner := _wrapped_dict(options)) is not None:
        return entry(inner, name)
    return None


def _wrapped_dict(made: ast.expr) -> ast.Dict | None:
    """Return the dict that a table or a tree of settings is made of: OmegaConf.create({...})."""
    if not isinstance(made, ast.Call) or len(made.args) > 1:
        return None
    starred = [k.value for k in made.keywords if k.arg is None]  # SimpleNamespace(**{...})
    inner = next((each for each in (*made.args, *starred) if isinstance(each, ast.Dict)), None)
    word = getattr(made.func, "attr", getattr(made.func, "id", ""))
    return inner if word == "create" or word[:1].isupper() or word in ("dict", "munchify") else None


def is_dict(expr: ast.expr) -> bool:
    """Tell whether an expression is a dict that is written out whole."""
    if isinstance(expr, ast.Dict):
        return None not in expr.keys
    made = isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name) and expr.func.id == "dict"
    return (
        made and isinstance(expr, ast.Call) and not expr.args and all(k.arg for k in expr.keywords)
    )


def settled_through(source: Source, expr: ast.expr, scope: Scope) -> list[Given]:
    """Return what an expression is set to, each once, through as many names as it takes."""
    found: dict[int, Given] = {}
    waiting: list[Given] = [(expr, scope)]
    seen: set[str] = set()
    while waiting and len(seen) < MOST_NAMES:
        value, at = waiting.pop(0)
        value = original(value)
        if not isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)):
            found[id(value)] = (value, at)
            continue
        key = source.key(value, at)
        if key and key not in seen:
            seen.add(key)
            waiting += settled(source, value, at)
    return list(found.values())


def original(value: ast.expr) -> ast.expr:
    """Return x of dict(x), x.copy() and deepcopy(x), x["a"] of x.get("a") and x.pop("a")."""
    if not isinstance(value, ast.Call) or value.keywords:
        return value
    word = getattr(value.func, "attr", getattr(value.func, "id", ""))
    first = value.args[0] if value.args else None
    inner = value.func.value if isinstance(value.func, ast.Attribute) else None
    if word in ("dict", "deepcopy", "copy") and len(value.args) == 1 and first is not None:
        named = isinstance(first, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))
        return original(first) if named and _is_plain(inner) else value
    if word == "copy" and inner is not None and first is None:
        return inner
    text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    if word in ("get", "pop") and inner is not None and first is not None and text:
        return ast.copy_location(ast.Subscript(inner, first, ast.Load()), value)
    return value


def _is_plain(module: ast.expr | None) -> bool:
    """Tell whether a function is called by its name alone, or as copy.deepcopy."""
    return module is None or getattr(module, "id", "") == "copy"


def made_of(source: Source, expr: ast.expr, scope: Scope, depth: int = 4) -> list[Given]:
    """Return what an expression is set to, through names and what functions here give back."""
    found: list[Given] = []
    for value, at in settled_through(source, expr, scope):
        made = source.defined(value.func, at) if isinstance(value, ast.Call) and depth else None
        arms = [value.body, value.orelse] if isinstance(value, ast.IfExp) and depth else []
        inner = [(arm, at) for arm in arms]
        if made is not None and made.is_function:
            inner = [(item.value, made) for item in made.returns]
        for each, where in inner:
            found += made_of(source, each, where, depth - 1)
        found += [] if inner else [(value, at)]
    return found


MOST_NAMES = 12  # a thing that goes by more names is seldom one thing


def _of_attribute(source: Source, expr: ast.Attribute, scope: Scope) -> list[Given]:
    holder = source.key(expr.value, scope)
    if holder.endswith(":self"):
        cls = source.scopes[int(holder.split(":")[0])]
        made = _of_field(source, cls, expr.attr)
        shared = cls.is_class and expr.attr not in fields_of(cls)  # a name of the class body
        return made or (_of_class(source, cls, expr.attr) if shared else [])
    if holder.endswith(":self.hparams"):
        return _of_hparams(source, source.scopes[int(holder.split(":")[0])], expr.attr)
    near = settled(source, expr.value, scope)
    for value, at in (*near, *settled_through(source, expr.value, scope)):
        if source.key(value, at).endswith(":self.hparams"):
            owner = source.scopes[int(source.key(value, at).split(":")[0])]
            return _of_hparams(source, owner, expr.attr)
        found = _of_made(source, value, at, expr.attr)
        if found:
            return found
    itself = source.defined(expr.value, scope) if isinstance(expr.value, ast.Name) else None
    named = source.class_of(expr.value, scope) or itself
    if named is None or not named.is_class:
        return []
    own = source.assignments.get(f"{named.number}:self.{expr.attr}", [])
    return [(i.value, i.scope) for i in own if i.element is None] or _of_class(
        source, named, expr.attr
    )


def _of_class(source: Source, cls: Scope, name: str) -> list[Given]:
    """Return what the body of a class, or of a base, sets a name to; of field() what it makes."""
    for each in source.bases(cls):
        items = source.assignments.get(f"{each.number}:{name}", [])
        if items:
            return [(field_value(i.value), i.scope) for i in items if i.element is None]
    return []


def field_value(value: ast.expr) -> ast.expr:
    """Return what a field of a dataclass begins with: of field(default=...) and default_factory."""
    if not isinstance(value, ast.Call) or not value.keywords:
        return value
    if getattr(value.func, "attr", getattr(value.func, "id", "")) not in ("field", "Field"):
        return value
    given = {k.arg: k.value for k in value.keywords}
    factory = given.get("default_factory")
    if isinstance(factory, ast.Lambda):
        return factory.body
    if factory is not None:
        return ast.copy_location(ast.Call(factory, [], []), value)
    return given.get("default", value)


def _of_field(source: Source, cls: Scope, name: str) -> list[Given]:
    """Return what the calls of this file that make a dataclass give it as a field."""
    fields = fields_of(cls) if cls.is_class else []
    if name not in fields or "__init__" in cls.inner:
        return []
    calls = [c for c in source.called(cls.name) if source.defined(c.node.func, c.scope) is cls]
    return [given for c in calls for given in _of_made(source, c.node, c.scope, name)]


def _of_made(source: Source, made: ast.expr, at: Scope, name: str) -> list[Given]:
    """Return a field by the call that makes its object: by keyword, place, or argparse default."""
    held = entry(made, name)  # a dict whose items are read as attributes
    if held is not None:
        return [(held, at)]
    if isinstance(made, ast.Name):  # a class that holds settings, itself
        itself = source.defined(made, at)
        return _of_class(source, itself, name) if itself is not None and itself.is_class else []
    if not isinstance(made, ast.Call):
        return []
    inner = next((k.value for k in made.keywords if k.arg == name), None)
    if inner is not None:
        return [(inner, at)]
    if isinstance(made.func, ast.Attribute) and made.func.attr.startswith("parse_"):
        return _option_default(source, name)
    cls = source.defined(made.func, at) if isinstance(made.func, ast.Name) else None
    if cls is not None and cls.is_function:
        return _of_returned(source, cls, name)
    fields = fields_of(cls) if cls is not None else []
    if cls is None or name not in fields or "__init__" in cls.inner:
        return []
    place = fields.index(name)
    if place < len(made.args):
        return [(made.args[place], at)]
    return _of_class(source, cls, name)


def _of_returned(source: Source, function: Scope, name: str) -> list[Given]:
    """Return a field of what a function of this file gives back: args of parse_args()."""
    seen: set[tuple[int, str]] = source.kept.setdefault("of_returned", set())
    if (function.number, name) in seen:
        return []
    seen.add((function.number, name))  # while it is being worked out: it may call itself
    found = [
        given
        for item in function.returns
        for value, at in settled_through(source, item.value, function)
        for given in _of_made(source, value, at, name)
    ]
    seen.discard((function.number, name))
    return list({id(value): (value, at) for value, at in found}.values())


def fields_of(cls: Scope) -> list[str]:
    """Return the annotated names of a class body in order: the fields of a dataclass."""
    body = cls.node.body if isinstance(cls.node, ast.ClassDef) else []
    return [
        each.target.id
        for each in body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]


def _of_hparams(source: Source, cls: Scope, name: str) -> list[Given]:
    """Return an argument of __init__ that save_hyperparameters() keeps."""
    made = cls.inner.get("__init__")
    if made is None or name not in made.parameters:
        return []
    if not any(call.word == "save_hyperparameters" for call in made.calls()):
        return []
    return source.passed(made, name) + default(source, ast.Name(name), made)


def _made_when_asked(held: ast.expr) -> ast.expr | None:
    """Return what an item is that a defaultdict does not have: defaultdict(Meter)["loss"]."""
    word = getattr(
        getattr(held, "func", None), "id", getattr(getattr(held, "func", None), "attr", "")
    )
    if word != "defaultdict" or not isinstance(held, ast.Call) or not held.args:
        return None
    factory = held.args[0]
    if isinstance(factory, ast.Lambda):
        return factory.body
    return ast.copy_location(ast.Call(factory, [], []), held)


def _option_default(source: Source, name: str) -> list[Given]:
    found = []
    for call in source.called("add_argument"):
        flags = [a.value for a in call.node.args if isinstance(a, ast.Constant)]
        if any(str(flag).lstrip("-").replace("-", "_") == name for flag in flags):
            value = call.argument(99, "default")
            if value is not None:
                found.append((value, call.scope))
    return found


def _of_item(source: Source, expr: ast.Subscript, scope: Scope) -> list[Given]:
    """Return what a dict or list that is written out has at an index."""
    indices = [expr.slice] if isinstance(expr.slice, ast.Constant) else []
    if isinstance(expr.slice, (ast.Name, ast.Attribute, ast.Subscript)):
        chosen = settled_through(source, expr.slice, scope)
        indices = [v for v, _ in chosen if isinstance(v, ast.Constant)]
    found: list[Given] = []
    for held, at in made_of(source, expr.value, scope):
        made = _made_when_asked(held)
        found += [(made, at)] if made is not None else []
    for held, at in made_of(source, expr.value, scope) if indices and not found else []:
        for index in indices:
            at_index = index.value if isinstance(index, ast.Constant) else None
            if isinstance(held, (ast.List, ast.Tuple)) and isinstance(at_index, int):
                inside = -len(held.elts) <= at_index < len(held.elts)
                inner = held.elts[at_index] if inside else None
            else:
                inner = entry(held, str(at_index))
            if inner is not None:
                found.append((inner, at))
    return found
