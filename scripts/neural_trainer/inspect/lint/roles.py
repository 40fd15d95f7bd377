"""What part an object plays in training: told by how it was built, else by its name and use."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.dispatch import function_held
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import SAME_OBJECT, WRAPPERS, Source, word_in

OPTIMIZER, SCHEDULER, SCALER = "optimizer", "scheduler", "scaler"
MODEL, LOSS, LOADER, ENGINE = "model", "loss", "loader", "engine"

OPTIMIZERS = re.compile(
    r"(?:\w*Adam\w*|\w*SGD\w*|RMSprop|Adagrad|Adadelta|Rprop|ASGD|L?BFGS|LBFGS|Lion\w*|L[Aa][Mm][Bb]|LARS"
    r"|Adafactor|Muon|Shampoo|SOAP|Sophia\w*|Lookahead|ZeroRedundancyOptimizer|\w+Optimizer)(?:8bit|32bit)?"
)
_SCHEDULERS = re.compile(
    r"(?:\w*LR|\w*LRScheduler|\w*AnnealingWarmRestarts|ReduceLROnPlateau|ChainedScheduler"
    r"|get_\w*schedule\w*|get_scheduler)"
)
_LOSSES = re.compile(r"\w*Loss")
_ENGINES = {"Accelerator": ENGINE, "Fabric": ENGINE}
_MODEL_FACTORIES = re.compile(r"torchvision\.models\.|timm\.create_model|torch\.hub\.load$")
_BY_NAME = (
    (SCHEDULER, re.compile(r"(?:^|_)(?:lr_?)?sched(?:uler)?s?(?:$|_|\d)|^lr_schedule")),
    (
        OPTIMIZER,
        re.compile(r"^(?:opt|optim|optimi[sz]er)s?(?:$|_|\d)|_(?:opt|optim|optimi[sz]er)s?$"),
    ),
    (SCALER, re.compile(r"^(?:grad_?|amp_?|loss_?)?scaler$")),
    (
        LOSS,
        re.compile(r"^(?:crit|criterion|loss_?(?:fn|func|function|f))(?:$|_|\d)|_(?:loss_fn|crit)"),
    ),
    (LOADER, re.compile(r"(?:loader|_dl|^dl)$")),
    (
        MODEL,
        re.compile(
            r"^(?:model|net|network|encoder|decoder|generator|discriminator|classifier|student)"
            r"(?:_?\d+|_[a-z])?$|_(?:model|net|network)$"
        ),
    ),
)


def role(source: Source, expr: ast.expr | None, scope: Scope, depth: int = 5) -> str:
    """Return the role of the object that an expression gives, "" where it cannot be told."""
    if expr is None or depth <= 0:
        return ""
    if isinstance(expr, ast.Call):
        return _role_of_call(source, expr, scope, depth)
    if isinstance(expr, ast.IfExp):
        body = role(source, expr.body, scope, depth - 1)
        return body or role(source, expr.orelse, scope, depth - 1)
    if isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        known = built_role(source, expr, scope, depth)
        return known or by_name(source.key(expr, scope)) or by_use(source, expr, scope)
    return ""


def built_role(source: Source, expr: ast.expr, scope: Scope, depth: int = 5) -> str:
    """Return the role of an object by what it was made of in this file alone."""
    key = source.key(expr, scope)
    if not key or depth <= 0:
        return ""
    known: dict[str, str] = source.kept.setdefault("roles", {})
    if key not in known:
        known[key] = ""  # while it is being worked out: a name may be made of itself
        known[key] = _role_of_values(source, expr, scope, depth)
    return known[key]


def _role_of_values(source: Source, expr: ast.expr, scope: Scope, depth: int) -> str:
    roles = set()
    for value, at, index in source.values(expr, scope):
        if index is None:
            roles.add(role(source, value, at, depth - 1))
        else:
            roles.add(_role_of_element(source, value, at, index, depth - 1))
    roles.discard("")
    return roles.pop() if len(roles) == 1 else ""


def by_name(key: str) -> str:
    """Return the role that the last part of a key speaks of."""
    name = re.sub(r"\[[^\]]*\]|\(\)", "", key.partition(":")[2]).rpartition(".")[2].lower()
    return next((part for part, pattern in _BY_NAME if pattern.search(name)), "")


def by_use(source: Source, expr: ast.expr, scope: Scope) -> str:
    """Return MODEL for what is asked for its parameters anywhere in the file."""
    if "asked_for_parameters" not in source.kept:
        asked = source.called("parameters", "named_parameters")
        source.kept["asked_for_parameters"] = {source.key(c.receiver, c.scope) for c in asked} - {
            ""
        }
    return MODEL if source.key(expr, scope) in source.kept["asked_for_parameters"] else ""


def is_module_class(source: Source, cls: Scope) -> bool:
    """Tell whether a class of this file is a model: it derives from a Module, at any remove."""
    names = source.base_names(cls)
    last = {name.rpartition(".")[2] for name in names}
    return bool(last & {"Module", "Sequential", "PreTrainedModel", "LightningModule", "ModuleList"})


def _role_of_call(source: Source, call: ast.Call, scope: Scope, depth: int) -> str:
    name = source.name(call.func, scope)
    if name:
        return _role_by_constructor(source, name, call, scope, depth)
    made = source.defined(call.func, scope) or function_held(source, call.func, scope)
    if made is not None and made.is_class:
        if is_module_class(source, made):
            return LOSS if _LOSSES.fullmatch(made.name) else MODEL
        return role_by_class(source, made)
    if made is not None:
        roles = {role(source, item.value, made, depth - 1) for item in made.returns} - {""}
        return roles.pop() if len(roles) == 1 else ""
    if isinstance(call.func, ast.Attribute):
        word = call.func.attr
        if word in SAME_OBJECT:
            return role(source, call.func.value, scope, depth - 1)
        if word in WRAPPERS and len(call.args) == 1:
            return role(source, call.args[0], scope, depth - 1)
        if word == "optimizers":  # of a Lightning module
            return OPTIMIZER
        if word == "lr_schedulers":
            return SCHEDULER
        if word.endswith("_dataloader"):
            return LOADER
    return ""


def _role_by_constructor(
    source: Source, name: str, call: ast.Call, scope: Scope, depth: int
) -> str:
    last = name.rpartition(".")[2]
    if name.startswith("torch.optim.lr_scheduler.") or _SCHEDULERS.fullmatch(last):
        return SCHEDULER
    if (name.startswith("torch.optim.") and last[:1].isupper()) or OPTIMIZERS.fullmatch(last):
        return OPTIMIZER
    if last.endswith("GradScaler"):
        return SCALER
    if last.endswith("DataLoader"):
        return LOADER
    if last in _ENGINES:
        return ENGINE
    if name.startswith("torch.nn.") and _LOSSES.fullmatch(last):
        return LOSS
    if last in WRAPPERS and call.args:
        return role(source, call.args[0], scope, depth - 1)
    if name.startswith("torch.nn.") and last[:1].isupper():
        return "" if last.startswith(("Parameter", "Buffer")) else MODEL
    if _MODEL_FACTORIES.match(name) or re.match(r"torch_geometric\.nn\.[A-Z]", name):
        return MODEL
    if last == "from_pretrained" and "Model" in name:
        return MODEL
    return ""


def role_by_class(source: Source, cls: Scope) -> str:
    """Return the role of a class of this file by what it derives from."""
    for name in source.base_names(cls):
        last = name.rpartition(".")[2]
        if last == "Optimizer" or (name.startswith("torch.optim.") and last[:1].isupper()):
            return SCHEDULER if "lr_scheduler" in name else OPTIMIZER
        if _SCHEDULERS.fullmatch(last):
            return SCHEDULER
    return ""


def _role_of_element(source: Source, value: ast.expr, scope: Scope, index: int, depth: int) -> str:
    """Return the role of one element of what `value` gives: a tuple, or prepare(...) of several."""
    if depth <= 0:
        return ""
    if isinstance(value, (ast.Tuple, ast.List)) and index < len(value.elts):
        return role(source, value.elts[index], scope, depth)
    if not isinstance(value, ast.Call):
        return ""
    made = source.defined(value.func, scope)
    if made is not None and not made.is_class:
        roles = {
            _role_of_element(source, item.value, made, index, depth - 1) for item in made.returns
        }
        roles -= {""}
        return roles.pop() if len(roles) == 1 else ""
    prepared = word_in(value.func, frozenset({"prepare", "setup"}))
    if prepared and index < len(value.args):
        given = value.args[index]
        known = built_role(source, given, scope, depth - 1)
        return known or by_name(source.key(given, scope))
    return ""
