"""Data are scaled or selected by statistics of all of them, and split afterwards.

Look: fit or fit_transform of a scaler, imputer, decomposition or selection of
sklearn, a pipeline of these or a scaler of the file, or (x - x.mean()) / x.std(), by
names of the two, in place and in a function as well, on data that train_test_split,
random_split, a fold, a slice named for training, or a cut into what comes before and
after then divides; also on what a dataset keeps that is divided afterwards.

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
from typing import TypeAlias

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.row_parts import begins_rows, cut_of, is_head, is_of_rows, rows_of
from neural_trainer.inspect.lint.scope import Assignment, Scope
from neural_trainer.inspect.lint.source import Source

ID = "scaler-fitted-before-split"
CAUSE = "data-leakage"
_FITTED = re.compile(
    r"(?:Standard|MinMax|MaxAbs|Robust)Scaler|PowerTransformer|QuantileTransformer|PCA|TruncatedSVD"
    r"|\w*Imputer|SelectKBest|SelectPercentile|VarianceThreshold|TfidfVectorizer|KBinsDiscretizer"
    r"|FastICA|NMF|ColumnTransformer|SelectFromModel|RFE"
)
_SPLITS = re.compile(r"^(?:\w*train\w*|random|time\w*|temporal\w*)_split$")
_TRAIN = re.compile(r"train|(?:^|_)tr(?:_|$)", re.IGNORECASE)
_PIPELINES = ("Pipeline", "make_pipeline", "make_column_transformer")


def find(source: Source) -> list[Spot]:
    """Return where statistics of data are taken before these are split."""
    if not any(word in source.text for word in ("split", "train", "fit_transform")):
        return []
    spots: dict[int, Spot] = {}
    for scope in source.scopes:
        if scope.is_class or not scope.events or source.callers.get(scope.number):
            continue
        for spot in _Course(source).of(scope):
            spots[id(spot.node)] = spot
    return list(spots.values())


class _Course:
    """What data hold statistics of all of them, as a course goes on.

    fitted: by the key of the data; calls: by the call whose result they are; figures: of what data
    a mean, a deviation or an extreme is, by its key.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.fitted: dict[str, Held] = {}
        self.calls: dict[int, Held] = {}
        self.figures: dict[str, Held] = {}

    def of(self, scope: Scope) -> list[Spot]:
        """Return the statistics in a course of what is split after them."""
        spots = []
        for action in course_of(self.source, scope):
            if action.is_call:
                self.fit(action)
                spots += self.divided(action)
            else:
                spots += self.assigned(action)
        return spots

    def fit(self, action: Action) -> None:
        """Take note of a scaler that is fitted."""
        if action.word not in ("fit", "fit_transform") or not _is_scaler(self.source, action):
            return
        given = action.call.argument(0, "X")
        key = action.key(self.source, given)
        if key and given is not None and not is_of_rows(given):
            what = ast.unparse(action.call.node.func)
            held = (action.call.node, f"{what} sees all of {_name(key)}")
            self.calls[id(action.call.node)] = held
            self.fitted[key] = self.fitted[key.partition("[")[0]] = held

    def divided(self, action: Action) -> list[Spot]:
        """Return the statistics of what a call splits: train_test_split, a fold, a head of rows."""
        given = action.call.node.args
        if not (self.fitted or self.calls):
            return []
        if action.word == "TensorDataset":
            given = [v for v in given if isinstance(v, ast.Subscript) and is_head(v.slice)]
        elif action.word == "Subset":
            given = given[:1] if len(given) > 1 and self.is_part(action, given[1]) else []
        elif action.word == "split":  # of a KFold
            given = given[:1]
        elif not _SPLITS.match(action.word):
            return []
        line = action.call.node.lineno
        return [spot for value in given for spot in self.split(action, value, line)]

    def is_part(self, action: Action, rows: ast.expr) -> bool:
        """Tell whether rows of a Subset are named for training, or come before those of others."""
        if _TRAIN.search(ast.unparse(rows)):
            return True
        base, scope = ast.unparse(action.call.node.args[0]), action.call.scope
        same = [
            c for c in self.source.called("Subset") if c.scope is scope and len(c.node.args) > 1
        ]
        others = [c for c in same if ast.unparse(c.node.args[0]) == base]
        return len(others) > 1 and begins_rows(rows)

    def assigned(self, action: Action) -> list[Spot]:
        """Return the statistics of data that an assignment takes a part of; note what it makes."""
        event = action.event
        assert isinstance(event, Assignment)
        if not action.receiver:
            return []
        if event.how in ("-=", "/="):
            self.in_place(action, event)
        if event.how != "=":
            return []
        spots = []
        named = _TRAIN.search(_name(action.receiver)) is not None
        part = rows_of(event.value)
        taken = part is not None and (_says_train(part) or self.is_cut(part, event))
        drawn = named and (part is not None or _samples(event.value))
        if taken or drawn:
            spots += self.split(action, event.value, event.node.lineno)
        self.note(action, event)
        return spots

    def note(self, action: Action, event: Assignment) -> None:
        """Take note of what a name holds now: figures, scaled data, or neither."""
        figure = _figure_of(action, self.source, event.value)
        by_hand = self.standardised(action, event)
        kept = self.held(action, event.value, event.element)
        if figure:
            self.figures[action.receiver] = (event.node, figure)
        if by_hand is not None:
            self.fitted[action.receiver] = by_hand
        elif kept is not None:
            self.fitted[action.receiver] = kept
        elif not _is_laid_in(self.source, event):
            self.fitted.pop(action.receiver, None)

    def in_place(self, action: Action, event: Assignment) -> None:
        """Take note of x -= x.mean(0) and x /= x.std(0)."""
        keys = [of for _, of in self.statistics(action, event.value)]
        if action.receiver in keys and event.how == "/=":
            told = f"mean and std are of all of {_name(action.receiver)}"
            self.fitted[action.receiver] = (event.node, told)

    def split(self, action: Action, value: ast.expr, line: int) -> list[Spot]:
        """Return where what is split on a line was fitted, [] where it was not."""
        held = self.held(action, value, None)
        return [Spot(held[0], f"{held[1]}, and these are split on line {line}")] if held else []

    def held(self, action: Action, value: ast.expr, element: int | None) -> Held | None:
        """Return what a value was fitted by, where it holds data that were."""
        if isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "fit":
            return None  # the scaler itself
        for node in ast.walk(value):
            found = self.calls.get(id(node))
            if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
                found = self.fitted.get(action.key(self.source, node))
            if found is not None:
                return found
        return self.returned(action, value, element)

    def returned(self, action: Action, value: ast.expr, element: int | None) -> Held | None:
        """Return what the result of a function of this file, or an element of it, was fitted by."""
        scope = action.event.scope
        made = self.source.defined(value.func, scope) if isinstance(value, ast.Call) else None
        if made is not None and made.is_class:  # data that an object keeps
            own = f"{made.number}:self."
            return next((held for key, held in self.fitted.items() if key.startswith(own)), None)
        for item in made.returns if made is not None and made.is_function else ():
            result = item.value
            by_hand = self.standardised_in(made, result) if made is not None else None
            if by_hand is not None:
                return by_hand
            parts = result.elts if isinstance(result, ast.Tuple) else []
            if element is not None and element < len(parts):
                result = parts[element]
            for node in ast.walk(result):
                found = self.calls.get(id(node))
                if isinstance(node, (ast.Name, ast.Attribute)) and made is not None:
                    found = self.fitted.get(self.source.key(node, made))
                if found is not None:
                    return found
        return None

    def statistics(self, action: Action, value: ast.expr) -> list[tuple[ast.AST, str]]:
        """Return each mean, deviation or extreme in a value: where it is taken, and of what."""
        found: list[tuple[ast.AST, str]] = []
        for node in ast.walk(value):
            own = _figure_of(action, self.source, node) if isinstance(node, ast.Call) else ""
            if own:
                found.append((node, own))
            elif isinstance(node, (ast.Name, ast.Attribute)):
                known = self.figures.get(action.key(self.source, node))
                found += [known] if known is not None else []
        return found

    def standardised(self, action: Action, event: Assignment) -> Held | None:
        """Return by what data are scaled: (x - x.mean()) / x.std(), by names of these as well."""
        value, moved = event.value, _moved(event.value)
        key = action.key(self.source, moved) if moved is not None else ""
        own = [node for node, of in self.statistics(action, value) if of == key]
        if not key or len(own) < 2:
            return None
        apart = [node for node in own if isinstance(node, ast.stmt)]
        told = f"mean and std are of all of {_name(key)}"
        return (apart[0] if len(apart) == len(own) else event.node), told

    def standardised_in(self, made: Scope, result: ast.expr) -> Held | None:
        """Return by what a function scales its argument: return (x - x.mean()) / x.std()."""
        moved = _moved(result)
        key = self.source.key(moved, made) if moved is not None else ""
        if not key or _name(key) not in made.parameters:
            return None
        found: list[ast.AST] = []
        for node in ast.walk(result):
            own = _figure(self.source, node, made) if isinstance(node, ast.Call) else None
            if own is not None and self.source.key(own, made) == key:
                found.append(result)
            elif isinstance(node, ast.Name) and (at := self.source.key(node, made)) in self.figures:
                found.append(self.figures[at][0])
        return (found[0], f"mean and std are of all of {_name(key)}") if len(found) > 1 else None

    def is_cut(self, part: ast.Subscript, event: Assignment) -> bool:
        """Tell whether rows up to a place are taken where others are taken from there on."""
        cut = cut_of(part)
        if cut is None or event.place.loops or cut[0] != "head":
            return False
        base = ast.unparse(part.value)
        for scope in self.source.scopes:
            for other in scope.events:
                if not isinstance(other, Assignment) or other.place.loops:
                    continue
                rest = rows_of(other.value)
                tail = cut_of(rest) if rest is not None else None
                if rest is None or tail is None or tail[0] != "tail":
                    continue
                names = re.findall(r"[\w.]+", tail[1])
                if ast.unparse(rest.value) == base and (tail[1] == cut[1] or cut[1] in names):
                    return True
        return False


Held: TypeAlias = "tuple[ast.AST, str]"
_FIGURES = frozenset({
    "mean", "std", "var", "min", "max", "amin", "amax", "std_mean", "var_mean", "nanmean",
    "nanstd", "quantile", "median",
})  # fmt: skip


def _figure_of(action: Action, source: Source, value: ast.expr) -> str:
    """Return the key of the data of which a call takes the mean, the deviation or an extreme."""
    data = _figure(source, value, action.event.scope)
    return action.key(source, data) if data is not None else ""


def _figure(source: Source, value: ast.expr, scope: Scope) -> ast.expr | None:
    """Return the data of which a call takes the mean, the deviation or an extreme."""
    if not isinstance(value, ast.Call):
        return None
    function = value.func
    while isinstance(function, ast.Attribute) and function.attr not in _FIGURES:
        inner = function.value  # x.mean(0).clamp_min(1e-6)
        if not isinstance(inner, ast.Call):
            return None
        value, function = inner, inner.func
    word = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if word not in _FIGURES:
        return None
    named = source.name(function, scope).partition(".")[0] in ("torch", "numpy")
    if _of_each_row(value, value.args[int(named) :]):
        return None
    if named:
        return value.args[0] if value.args else None
    return function.value if isinstance(function, ast.Attribute) else None


def _of_each_row(call: ast.Call, rest: list[ast.expr]) -> bool:
    """Tell whether figures are of each row by itself: x.mean(-1), x.std(dim=(1, 2))."""
    given = [k.value for k in call.keywords if k.arg in ("dim", "axis")] or rest[:1]
    text = ast.unparse(given[0]) if given else ""
    return re.fullmatch(r"\(?(?:-?[1-9],? ?)+\)?", text) is not None


def _moved(value: ast.expr) -> ast.expr | None:
    """Return x of (x - mean) / std."""
    scaled = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)
    moved = value.left if isinstance(value, ast.BinOp) and scaled else None
    below = isinstance(moved, ast.BinOp) and isinstance(moved.op, ast.Sub)
    return moved.left if isinstance(moved, ast.BinOp) and below else None


def _says_train(part: ast.Subscript) -> bool:
    """Tell whether rows are picked by what is named for training: x[train_rows]."""
    return not _is_key(part) and _TRAIN.search(ast.unparse(part.slice)) is not None


def _is_key(part: ast.Subscript) -> bool:
    return isinstance(part.slice, ast.Constant)


def _is_laid_in(source: Source, event: Assignment) -> bool:
    """Tell whether a value is the result of a function of this file, which has the same name."""
    value = event.value
    made = source.defined(value.func, event.scope) if isinstance(value, ast.Call) else None
    return made is not None and made.is_function


def _name(key: str) -> str:
    return key.partition(":")[2]


def _samples(value: ast.expr) -> bool:
    """Tell whether a value is a random share of a table: df.sample(frac=0.8)."""
    drawn = isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "sample"
    return drawn and any(k.arg == "frac" for k in value.keywords)  # type: ignore[attr-defined]


def _is_scaler(source: Source, action: Action) -> bool:
    receiver = action.call.receiver
    if receiver is None:
        return False
    values = (
        [(receiver, action.call.scope)]
        if isinstance(receiver, ast.Call)
        else [(value, at) for value, at, _ in source.values(receiver, action.call.scope)]
    )
    return bool(values) and all(_takes_statistics(source, *value, action.word) for value in values)


def _takes_statistics(source: Source, value: ast.expr, at: Scope, word: str) -> bool:
    """Tell whether a thing of sklearn is one, or a pipeline of such that gives scaled data."""
    name = source.name(value.func, at).rpartition(".")[2] if isinstance(value, ast.Call) else ""
    if name in _PIPELINES and isinstance(value, ast.Call):
        inner = [n for each in value.args for n in ast.walk(each) if isinstance(n, ast.Call)]
        words = [source.name(n.func, at).rpartition(".")[2] for n in inner]
        return word == "fit_transform" and any(_FITTED.fullmatch(each) for each in words)
    made = source.defined(value.func, at) if isinstance(value, ast.Call) and not name else None
    fit = source.method(made, "fit") if made is not None and made.is_class else None
    if fit is not None:  # a scaler of this file
        figures = [_figure(source, call.node, fit) for call in fit.calls() if call.word in _FIGURES]
        return len([data for data in figures if data is not None]) > 1
    return _FITTED.fullmatch(name) is not None
