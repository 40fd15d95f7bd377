"""Data are scaled or selected by statistics of all of them, and split afterwards.

Look: fit or fit_transform of a scaler, imputer, decomposition or selection of
sklearn, or (x - x.mean()) / x.std(), on data that train_test_split,
random_split, a fold or a slice named for training then divides.

Reason: mean, variance and chosen features of the held-out rows are in the
training data: what is measured on them is too good.

Fix: split first; fit on the training part, transform both; or a Pipeline.

Not reported: encoders of labels, which learn names alone; what is fitted after
the split; a scaling of other data.

Sources: scikit-learn documentation, Common pitfalls (data leakage during
pre-processing); Kapoor & Narayanan 2023, doi 10.1016/j.patter.2023.100804.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.scope import Assignment, Scope
from neural_trainer.inspect.lint.source import Source

ID = "scaler-fitted-before-split"
CAUSE = "data-leakage"
_FITTED = re.compile(
    r"(?:Standard|MinMax|MaxAbs|Robust)Scaler|PowerTransformer|QuantileTransformer|PCA|TruncatedSVD"
    r"|\w*Imputer|SelectKBest|SelectPercentile|VarianceThreshold|TfidfVectorizer|KBinsDiscretizer"
    r"|FastICA|NMF|ColumnTransformer|SelectFromModel|RFE"
)
_SPLITS = ("train_test_split", "random_split")
_TRAIN = re.compile(r"train|(?:^|_)tr(?:_|$)", re.IGNORECASE)


def find(source: Source) -> list[Spot]:
    """Return where statistics of data are taken before these are split."""
    if not any(word in source.text for word in ("split", "train")):
        return []
    spots: dict[int, Spot] = {}
    for scope in source.scopes:
        if scope.is_class or not scope.events or source.callers.get(scope.number):
            continue
        for spot in _of_course(source, scope):
            spots[id(spot.node)] = spot
    return list(spots.values())


def _of_course(source: Source, scope: Scope) -> list[Spot]:
    fitted: dict[str, tuple[ast.AST, str]] = {}
    spots = []
    for action in course_of(source, scope):
        if action.is_call:
            if action.word in ("fit", "fit_transform") and _is_scaler(source, action):
                given = action.call.argument(0, "X")
                key = action.key(source, given)
                if key:
                    what = ast.unparse(action.call.node.func)
                    held = (action.call.node, f"{what} sees all of {_name(key)}")
                    fitted[key] = fitted[key.partition("[")[0]] = held
            elif action.word in _SPLITS and fitted:
                for value in action.call.node.args:
                    spots += _split(source, action, value, fitted, action.call.node.lineno)
            elif action.word == "TensorDataset" and fitted:
                for value in action.call.node.args:
                    if isinstance(value, ast.Subscript) and _is_head(value.slice):
                        spots += _split(source, action, value, fitted, action.call.node.lineno)
            elif action.word == "split" and fitted and action.call.node.args:  # of a KFold
                value = action.call.node.args[0]
                spots += _split(source, action, value, fitted, action.call.node.lineno)
            continue
        event = action.event
        assert isinstance(event, Assignment)
        if event.how != "=" or not action.receiver:
            continue
        line = event.node.lineno
        if _is_slice(event.value) and _TRAIN.search(_name(action.receiver)):
            spots += _split(source, action, event.value, fitted, line)
        if _samples(event.value) and _TRAIN.search(_name(action.receiver)):
            spots += _split(source, action, event.value, fitted, line)
        by_hand = _standardised(source, action, event.value)
        kept = _held(source, action, event.value, fitted)
        if by_hand:
            fitted[action.receiver] = (event.node, f"mean and std are of all of {_name(by_hand)}")
        elif kept is not None:
            fitted[action.receiver] = kept
        elif not _is_laid_in(source, event):
            fitted.pop(action.receiver, None)
    return spots


def _is_laid_in(source: Source, event: Assignment) -> bool:
    """Tell whether a value is the result of a function of this file, which has the same name."""
    value = event.value
    made = source.defined(value.func, event.scope) if isinstance(value, ast.Call) else None
    return made is not None and made.is_function


def _name(key: str) -> str:
    return key.partition(":")[2]


def _is_slice(value: ast.expr) -> bool:
    return isinstance(value, ast.Subscript) and any(
        isinstance(node, ast.Slice) for node in ast.walk(value.slice)
    )


def _is_head(index: ast.expr) -> bool:
    """Tell whether an index takes what comes before a place: x[:cut]."""
    return (
        isinstance(index, ast.Slice) and index.lower is None and isinstance(index.upper, ast.Name)
    )


def _samples(value: ast.expr) -> bool:
    """Tell whether a value is a random share of a table: df.sample(frac=0.8)."""
    drawn = isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "sample"
    return drawn and any(k.arg == "frac" for k in value.keywords)  # type: ignore[attr-defined]


def _split(
    source: Source,
    action: Action,
    value: ast.expr,
    fitted: dict[str, tuple[ast.AST, str]],
    line: int,
) -> list[Spot]:
    held = _held(source, action, value, fitted)
    return [Spot(held[0], f"{held[1]}, and these are split on line {line}")] if held else []


def _held(
    source: Source, action: Action, value: ast.expr, fitted: dict[str, tuple[ast.AST, str]]
) -> tuple[ast.AST, str] | None:
    """Return what a value was fitted by, where it holds data that were."""
    if isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "fit":
        return None  # the scaler itself
    for node in ast.walk(value):
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            found = fitted.get(action.key(source, node))
            if found is not None:
                return found
    return None


def _is_scaler(source: Source, action: Action) -> bool:
    receiver = action.call.receiver
    if receiver is None:
        return False
    values = (
        [(receiver, action.call.scope)]
        if isinstance(receiver, ast.Call)
        else [(value, at) for value, at, _ in source.values(receiver, action.call.scope)]
    )
    names = [
        source.name(value.func, at).rpartition(".")[2] if isinstance(value, ast.Call) else ""
        for value, at in values
    ]
    return bool(names) and all(_FITTED.fullmatch(name) for name in names)


def _standardised(source: Source, action: Action, value: ast.expr) -> str:
    """Return the key of what is scaled by its own mean or extremes: (x - x.mean()) / x.std()."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Div):
        return ""
    if not isinstance(value.left, ast.BinOp) or not isinstance(value.left.op, ast.Sub):
        return ""
    key = action.key(source, value.left.left)
    words = {
        (node.func.attr, action.key(source, node.func.value))
        for node in ast.walk(value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    own = {word for word, of in words if of == key}
    return key if key and own & {"mean", "min"} and own & {"std", "max"} else ""
