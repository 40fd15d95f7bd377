"""Can a run be seen? What in its source writes a log that is read here, and what will be in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neural_trainer.live.launch.command_sources import Source, sources_of
from neural_trainer.live.launch.settings import STDOUT
from neural_trainer.runs.names import assign

MINIMUM = ("loss", "lr", "grad_norm", "throughput")
OF_A_TRAINER = frozenset({"loss", "lr", "grad_norm"})  # what transformers' Trainer logs by itself
HOW_TO_LOG = (
    "put `from neural_trainer import Monitor` and `monitor.step(loss)` into the loop, or say which "
    "log to read: --log-from PATH, or --log-from stdout for what it prints"
)

# Calls that log, by the package they come from and the last part of their name.
LOGGERS: tuple[tuple[str, str, str], ...] = (
    ("neural_trainer", "Monitor", "monitor"),
    ("neural_trainer", "NeuralTrainerCallback", "callback"),
    ("torch", "SummaryWriter", "tensorboard"),
    ("tensorboardX", "SummaryWriter", "tensorboard"),
    ("tensorflow", "create_file_writer", "tensorboard"),
    ("tensorflow", "TensorBoard", "tensorboard"),
    ("keras", "TensorBoard", "tensorboard"),
    ("tensorflow", "CSVLogger", "csv"),
    ("keras", "CSVLogger", "csv"),
    ("lightning", "Trainer", "lightning"),
    ("pytorch_lightning", "Trainer", "lightning"),
    ("lightning", "CSVLogger", "csv"),
    ("pytorch_lightning", "CSVLogger", "csv"),
    ("transformers", "Trainer", "transformers"),
    ("transformers", "Seq2SeqTrainer", "transformers"),
    ("trl", "*Trainer", "transformers"),
    ("wandb", "init", "wandb"),
    ("mlflow", "log_metric", "mlflow"),
    ("mlflow", "log_metrics", "mlflow"),
    ("mlflow", "autolog", "mlflow"),
)
_LOG_CALLS = re.compile(r"step|evaluate|log|log_dict|log_metrics?|add_scalars?|scalar|write_scalar")
_VALIDATION = re.compile(
    r"""(?:^|_)(?:val|valid|validation|eval|dev|test)_?
        (?:loader|data|set|ds|dl|dataset|dataloader|loss|acc|accuracy|step|split|batches)
        |(?:^|_)(?:validate|evaluate|validation|held_?out)(?:$|_)|^[xy]_?(?:val|valid|test)$""",
    re.IGNORECASE | re.VERBOSE,
)
_VALIDATION_IN_TEXT = re.compile(
    r"\b(?:val|valid|validation|eval|dev|test|held[- ]out)[ _/-](?:loss|acc|error|ppl|perplexity)",
    re.IGNORECASE,
)
_NO_LOGGER = re.compile(r"optim|sched|scaler", re.IGNORECASE)  # these have a step() too


@dataclass(frozen=True)
class Sight:
    """How a run can be seen.

    by: a logger's name, "path" or "stdout"; "" where the run cannot be seen. where: file and line.
    expected: canonical signals it will log; None where that cannot be told before it starts.
    places: folders that the calls name, as they stand there.
    """

    by: str = ""
    where: str = ""
    expected: frozenset[str] | None = None
    has_validation: bool | None = None
    places: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The minimum signals that will not be logged, as far as that can be told."""
        if self.expected is None:
            return ()
        return tuple(name for name in MINIMUM if name not in self.expected)


@dataclass
class _Seen:
    """What the files of a run show, gathered."""

    loggers: dict[str, str] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    signals: set[str] = field(default_factory=set)
    places: list[str] = field(default_factory=list)
    has_validation: bool = False


def sight(command: Sequence[str], folder: Path, log_from: str | None) -> Sight:
    """Return how the run of `command` in `folder` can be seen."""
    sources = sources_of(command, folder)
    if sources.is_ours:
        return Sight("monitor", "neural-trainer train", frozenset(MINIMUM), has_validation=True)
    seen = _Seen()
    for source in sources.files:
        _look(source, folder, seen)
    known = bool(sources.files)
    validation = seen.has_validation if known else None
    if log_from is not None:
        by = STDOUT if log_from == STDOUT else "path"
        return Sight(by, log_from, None, validation)
    if not seen.loggers:
        return Sight(has_validation=validation)
    # Of several the one that sees most: the Monitor, then the order of LOGGERS.
    order = list(dict.fromkeys(kind for _, _, kind in LOGGERS))
    by = min(seen.loggers, key=order.index)
    expected = seen.signals | set(assign(seen.names).values())
    if by == "callback":
        expected |= set(MINIMUM)
    elif by == "transformers":
        expected |= OF_A_TRAINER
    validation = seen.has_validation or any(name.startswith("eval/") for name in expected)
    return Sight(
        "monitor" if by == "callback" else by, seen.loggers[by], frozenset(expected), validation,
        tuple(seen.places),
    )  # fmt: skip


def _look(source: Source, folder: Path, seen: _Seen) -> None:
    origin = _origins(source.tree)
    shown = source.path
    if source.path.is_relative_to(folder):
        shown = source.path.relative_to(folder)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            kind = _logger(node.func, origin)
            if kind:
                seen.loggers.setdefault(kind, f"{shown}:{node.lineno}")
                seen.places += _texts(node)
                _of_logger(kind, node, seen)
            _of_log_call(node, seen)
            seen.has_validation |= any(_VALIDATION.search(k.arg or "") for k in node.keywords)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            seen.has_validation |= bool(_VALIDATION.search(node.name))
            for base in node.bases if isinstance(node, ast.ClassDef) else ():
                if kind := _logger(base, origin):
                    seen.loggers.setdefault(kind, f"{shown}:{node.lineno}")
        elif isinstance(node, ast.Name):
            seen.has_validation |= bool(_VALIDATION.search(node.id))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            seen.has_validation |= bool(_VALIDATION_IN_TEXT.search(node.value))


def _origins(tree: ast.Module) -> dict[str, str]:
    """Return the dotted name that each name of a file was imported as."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _logger(called: ast.expr, origin: dict[str, str]) -> str:
    """Return which logger a call makes; "" where none."""
    parts: list[str] = []
    while isinstance(called, ast.Attribute):
        parts.append(called.attr)
        called = called.value
    if not isinstance(called, ast.Name) or called.id not in origin:
        return ""
    full = ".".join([origin[called.id], *reversed(parts)])
    package, last = full.partition(".")[0], full.rpartition(".")[2]
    for owner, name, kind in LOGGERS:
        fits = last.endswith(name[1:]) if name.startswith("*") else last == name
        if owner == package and fits:
            return kind
    return ""


def _of_logger(kind: str, call: ast.Call, seen: _Seen) -> None:
    """Take what making a logger says of the signals that it will log."""
    given = {keyword.arg for keyword in call.keywords}
    if kind == "monitor" and (len(call.args) >= 2 or given & {"model", "optimizer"}):
        seen.signals |= {"lr", "grad_norm"}
    if kind in ("monitor", "callback") and None in given:  # **options
        seen.signals |= {"lr", "grad_norm"}


def _of_log_call(call: ast.Call, seen: _Seen) -> None:
    """Take the names of metrics that a call such as writer.add_scalar("loss", …) logs."""
    if not isinstance(call.func, ast.Attribute) or not _LOG_CALLS.fullmatch(call.func.attr):
        return
    if _NO_LOGGER.search(ast.unparse(call.func.value)):
        return
    is_evaluation = call.func.attr == "evaluate"
    seen.has_validation |= is_evaluation
    if call.func.attr == "step" and call.args:
        seen.signals.add("loss")
        if any(keyword.arg == "samples" for keyword in call.keywords) or len(call.args) > 1:
            seen.signals.add("throughput")
    texts = [text for text in map(_text, call.args[:1]) if text]
    texts += [keyword.arg for keyword in call.keywords if keyword.arg]
    for argument in call.args:
        if isinstance(argument, ast.Dict):
            texts += [text for key in argument.keys if key is not None and (text := _text(key))]
    for text in texts:
        name = f"eval/{text}" if is_evaluation else text
        seen.names[name] = seen.names.get(name, 0) + 1


def _text(node: ast.expr) -> str:
    """Return a constant text, of an f-string the parts that stand."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) and len(node.value) <= 80 else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return ""


def _texts(call: ast.Call) -> Iterator[str]:
    """Yield the texts among a call's arguments that may be folders."""
    for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
        text = _text(value)
        if text and re.fullmatch(r"[\w./~ -]{1,80}", text):
            yield text
