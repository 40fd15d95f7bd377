"""Text logs: the lines that a training prints, in any common form of names and numbers.

Read are `step 10 | loss 2.3 | lr 1e-3`, `Epoch [1/10] Iter 50/100 loss: 0.5`, `{'loss': 2.3}`,
progress bars with a loss, lines of values below a line with the step, and what else names its
numbers: nanoGPT, llm.c, modded-nanogpt, Megatron-LM, DeepSpeed, GPT-NeoX, fairseq, torchtitan, the
Hugging Face Trainer, the PyTorch examples, timm, DETR, mmdet, detectron2, pix2pix, Lightning,
Caffe, MXNet, TensorFlow's Estimator, ESPnet, Kaldi, OpenNMT, Marian, nnU-Net, darknet, Coqui,
ML-Agents, rsl_rl, torchtune, lit-gpt, OLMo, DARTS, WeNet, VITS, StyleGAN, insightface, CNTK,
HandyRL and hand-written loops. So are tables in the text: names in a line or two, then lines of
numbers in their order (spaCy, Chainer, skorch, fastai, Ultralytics, DeepXDE, MATLAB, Vowpal Wabbit,
the Markdown of model cards), AllenNLP's names with their values on training and validation data,
and names beside their values (rich). Names may be in other languages than English. A line counts
where it holds a counter or a known metric and others have its shape. Colours, dates, logger
prefixes, those of PM2 and docker compose, and estimates of the time left are passed over. A time is
that of a step where the wait for its data or its mean stands beside it or its unit says so; one
that grows from line to line is the clock, any other keeps its name. Of `1.09 (1.12)`, a value and
its running mean, the value is taken, in a pass over evaluation data the mean. Where two passes in
each epoch differ in their totals alone, the second is over evaluation data. A line that was written
over counts as it was left, unless it is a progress bar, whose position is a step of its own. Steps
within an epoch are put on one axis by the length of the epoch; steps that start again begin another
run, and so do lines behind one that ends a training, or those of a program that counts otherwise. A
text that begins with a program counts from the program's end on. A loss scale below zero and a
gradient norm of zero throughout are placeholders and left out. Of a last line without an end what
is whole for certain is read, as the lines before it of its form tell.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import number
from neural_trainer.runs.dialect import dialect_of, is_column, is_curve
from neural_trainer.runs.lines import Progress, text
from neural_trainer.runs.readers import boosting, console_table, keras_progress, mlperf
from neural_trainer.runs.run import Run
from neural_trainer.runs.text_axis import measure
from neural_trainer.runs.text_lines import blocks_joined, states, states_of
from neural_trainer.runs.text_log import Lines
from neural_trainer.runs.torn_line import last_line, note_of

NAME = "text-log"

_OWN_FORM = (boosting, console_table, keras_progress, mlperf)
_TAIL = 1 << 16  # bytes at the end, where a log holds metrics whatever it begins with
_JSON = re.compile(r'\s*(?:\{\s*"|\{\s*\n|\[\s*\n|\[\s*[\[{"])')
_RULED = re.compile(r"^[ |]*[-:=]{3}[-:=+| ]*$", re.MULTILINE)  # below the header of a table
_CALLED_LOGS = (".log", ".out", ".err")


def sniff(head: bytes, path: Path) -> bool:
    """Return whether lines with metrics repeat at its beginning or end, or it is called a log."""
    decoded = text(head)
    if decoded is None or _JSON.match(decoded):
        return False
    table = dialect_of(decoded)
    if table is not None and table.delimiter is not None and table.num_numeric > 1:
        named = table.header is None or not any(number(cell) is not None for cell in table.header)
        if named and not _RULED.search(decoded):
            return False
    if any(form.sniff(head, path) for form in _OWN_FORM):
        return False
    if table is not None and table.num_numeric == 1 and is_column(table.header, path):
        return False
    if table is not None and is_curve(table, decoded):
        return False
    if path.suffix in _CALLED_LOGS or path.stem == "loss_log":
        return True
    return _tells(decoded) or _tells(_tail(path))


def _tells(decoded: str) -> bool:
    lines = Lines()
    lines.add(blocks_joined(states_of(decoded)))
    return bool(measure(lines))


def _tail(path: Path) -> str:
    """Return the end of a file that is longer than what was seen of it."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - _TAIL, 0))
            return (text(file.read()) or "") if size > _TAIL else ""
    except OSError:
        return ""


def read(path: Path, progress: Progress | None = None) -> list[Run]:
    """Return the runs in the text, more than one where its steps start again."""
    lines, torn = Lines(), list[str]()
    lines.add(blocks_joined(states(path, progress, torn)))
    tail = "".join(torn)
    last = last_line(path, tail)
    notes = note_of(tail, last, lines.add_last(tail, last))
    found = measure(lines)
    if not found:
        raise ReadError(
            f"{path}: no metric in {lines.num_lines} lines of text; expected lines such as "
            f"'step 10 loss 2.3'"
        )
    runs = [
        run
        for part in found
        for run in to_runs(
            Table(
                path.stem,
                str(path),
                NAME,
                part.columns,
                part.num_rows,
                notes=[*part.notes, *notes],
            )
        )
    ]
    if len(found) == 1:
        return runs
    return [replace(run, name=f"{path.stem}#{i}") for i, run in enumerate(runs, 1)]
