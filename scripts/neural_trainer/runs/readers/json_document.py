"""JSON documents: one list or object a file that holds the whole history of a run.

Keras (history.json: an object of lists, or of objects keyed by the epoch as pandas writes them),
Chainer (LogReport's `log`, a list of objects without an extension), lists of objects by any
trainer, pandas' exports in each orientation, TensorBoard's own download, and the same nested below
a key such as "history". Lists side by side in one object are columns: where they differ in length
and a list counts their steps (train_steps, epochs), that places them; else one that divides the
longest is spread over it. Histories side by side (folds, several runs) are a run each. Nested keys
are joined with "/"; `{"num", "mean", "std"}` stands for its mean; of a key that is given twice the
last counts; settings (config, args, hparams) become the run's configuration. AllenNLP's
metrics.json and wandb-summary.json hold one value of each metric, and are refused as such;
metrics_epoch_N.json of one folder are a run. A file that ends too early is read up to its last
comma.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.runs import names
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Columns
from neural_trainer.runs.document import SETTINGS, Found, find_series, placed, torn_json
from neural_trainer.runs.lines import encoding, text
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.readers import sacred, trainer_state
from neural_trainer.runs.run import Run

NAME = "json-document"

_LARGEST = 1 << 27  # bytes, parsed up to 25 times that; half a million rows of ten metrics
_SUMMARY = '"_wandb"'  # in wandb-summary.json alone


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the file is one JSON list or object, not one a line, that holds metrics."""
    decoded = text(head)
    start = (decoded or "").lstrip("\ufeff \t\r\n")
    if (
        not start.startswith(("{", "["))
        or trainer_state.sniff(head, path)
        or sacred.sniff(head, path)
    ):
        return False
    try:
        document, end = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        document, end = torn_json(start.rstrip("\ufffd")), len(start)
        # JSON Lines have a whole object on the first line, or one that is longer than the head.
        first = start.partition("\n")[0].rstrip()
        if document is None or (first.startswith("{") and first.endswith("}") and "\n" in start):
            return False
    if start[end:].strip() or not document:
        return False
    found = find_series(document)
    if isinstance(document, dict) and "\n" not in start.strip():
        return bool(found) or _SUMMARY in start
    # One value of each metric is no log, but is worth a word; a configuration is not.
    return bool(found) or any(map(names.better, found.scalars))


def read(path: Path) -> list[Run]:
    """Return the runs whose histories the document holds."""
    document, notes = _load(path)
    found = find_series(document)
    if not found:
        some = ", ".join(map(shown_name, list(found.scalars)[:3]))
        what = f"at most one value of each name ({some})" if some else "no list of numbers"
        raise ReadError(
            f"{path}: JSON with {what}, from which no course can be judged; expected lists or rows "
            "of metrics, as in the log beside it"
        )
    config = _config(document)
    runs = []
    for key, one in found.several.items() or [("", found)]:
        if one.left_out:
            left_out = ", ".join(map(shown_name, one.left_out[:5]))
            notes = [*notes, f"lists of lists, left out: {left_out}"]
        if "" in one.columns:  # a list alone is named by its file, as in TensorBoard's download
            one.columns[path.stem.partition("tag-")[2] or path.stem] = one.columns.pop("")
        table = _table(one, f"{path.stem}#{key}" if key else path.stem, path)
        table.config, table.notes = config, [*notes, *table.notes]
        runs += to_runs(table)
    return runs


def read_epochs(paths: list[Path]) -> list[Run]:
    """Return the run of AllenNLP's metrics_epoch_N.json, one value of each metric a file."""
    rows = []
    for path in paths:
        document, _ = _load(path)
        if isinstance(document, dict):
            rows.append(document)
    columns = Columns()
    columns.add(sorted(rows, key=lambda row: str(row.get("epoch")).zfill(9)))
    folder = paths[0].parent
    name = folder.absolute().name
    return to_runs(Table(name, str(folder), NAME, columns.columns(), columns.num_rows))


def _load(path: Path) -> tuple[Any, list[str]]:
    if path.stat().st_size > _LARGEST:
        raise ReadError(f"{path}: a JSON document of over {_LARGEST >> 20} MiB; write JSON Lines")
    data = path.read_bytes()
    whole = data.decode(encoding(data[:4]), errors="replace").lstrip("\ufeff").replace("\0", "")
    try:
        return json.loads(whole), []
    except (ValueError, RecursionError) as error:
        document = torn_json(whole, whole_lists=True)
        if not find_series(document):
            document = torn_json(whole)
        if document is None:
            raise ReadError(f"{path}: JSON that is torn or broken ({error})") from error
        return document, ["the file ends too early: read up to the last comma"]


def _config(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        return {}
    found = [document[key] for key in SETTINGS if isinstance(document.get(key), dict)]
    plain = {k: v for k, v in document.items() if isinstance(v, (str, int, float, bool))}
    return {**plain, **(found[0] if found else {})}


def _table(found: Found, name: str, path: Path) -> Table:
    """Return the table of one run."""
    if len(found.rows) == 1 and not any(names.better(own) for own in found.columns):
        (rows,) = found.rows.values()
        evaluated = list(rows.evaluated)
        return Table(name, str(path), NAME, dict(rows.columns), rows.num_rows, evaluated=evaluated)
    axis = "epoch" if any(names.split(own) == "eval" for own in found.columns) else "row"
    columns, num_rows, notes = placed(found)
    return Table(name, str(path), NAME, columns, num_rows, axis=axis, notes=notes)
