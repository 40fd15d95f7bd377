"""Certain fixes: what they make of a file, what they leave, and that they write it whole."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from neural_trainer.cli import main
from neural_trainer.errors import ReadError
from neural_trainer.inspect.lint.linting import lint_text
from neural_trainer.inspect.lint.mending import mend_text, write
from neural_trainer.inspect.lint.mends import MENDS
from neural_trainer.inspect.lint.rules import RULES

pytest.importorskip("libcst", reason="needs libcst, of the extra lint")

HEAD = "import torch\nimport torch.nn.functional as F\n"
LOOP = "def train(model, loader, optimizer, scheduler, scaler):\n    for x, y in loader:\n"

FIXED = {
    "softmax": (
        "softmax-before-cross-entropy",
        "loss = F.cross_entropy(F.softmax(model(x), dim=1), y)  # why\n",
        "loss = F.cross_entropy(model(x), y)  # why\n",
    ),
    "softmax_method": (
        "softmax-before-cross-entropy",
        "loss = F.cross_entropy(input=out.log_softmax(1), target=y)\n",
        "loss = F.cross_entropy(input=out, target=y)\n",
    ),
    "sigmoid": (
        "sigmoid-before-bce-with-logits",
        "F.binary_cross_entropy_with_logits(\n    torch.sigmoid(x),  # p\n    y,\n)\n",
        "F.binary_cross_entropy_with_logits(\n    x,  # p\n    y,\n)\n",
    ),
    "log_of_softmax": (
        "log-of-softmax",
        "p = torch.log( torch.softmax(x, dim=-1) )\nq = F.softmax(x, 1).log()\n",
        "p = torch.log_softmax(x, dim=-1)\nq = F.log_softmax(x, 1)\n",
    ),
    "amp_in_full": (
        "deprecated-cuda-amp",
        "s = torch.cuda.amp.GradScaler()\n"
        "with torch.cuda.amp.autocast(True, torch.half):\n    pass\n",
        's = torch.amp.GradScaler("cuda")\n'
        'with torch.amp.autocast("cuda", enabled=True, dtype=torch.half):\n    pass\n',
    ),
    "amp_imported": (
        "deprecated-cuda-amp",
        "from torch.cuda.amp import autocast, GradScaler\ns = GradScaler(enabled=u)\n"
        "with autocast():\n    pass\n",
        'from torch.amp import autocast, GradScaler\ns = GradScaler("cuda", enabled=u)\n'
        'with autocast("cuda"):\n    pass\n',
    ),
    "zero_grad": (
        "zero-grad-missing",
        f"{LOOP}        # forward\n        loss = model(x)\n\n        # backward\n"
        "        loss.backward()\n        optimizer.step()\n",
        f"{LOOP}        # forward\n        loss = model(x)\n\n        # backward\n"
        "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n",
    ),
    "zero_grad_too_late": (
        "zero-grad-before-step",
        f"{LOOP}        model(x).backward()\n        optimizer.zero_grad()  # clear\n"
        "        optimizer.step()\n",
        f"{LOOP}        optimizer.zero_grad()  # clear\n        model(x).backward()\n"
        "        optimizer.step()\n",
    ),
    "scheduler": (
        "scheduler-before-optimizer",
        f"{LOOP}        optimizer.zero_grad()\n        model(x).backward()\n"
        "        scheduler.step()\n        optimizer.step()\n",
        f"{LOOP}        optimizer.zero_grad()\n        model(x).backward()\n"
        "        optimizer.step()\n        scheduler.step()\n",
    ),
    "kept": (
        "loss-kept-with-graph",
        f"total, seen = 0, []\n{LOOP}        loss = model(x)\n        optimizer.zero_grad()\n"
        "        loss.backward()\n        optimizer.step()\n        seen.append(loss)\n",
        f"total, seen = 0, []\n{LOOP}        loss = model(x)\n        optimizer.zero_grad()\n"
        "        loss.backward()\n        optimizer.step()\n        seen.append(loss.detach())\n",
    ),
    "kept_in_a_sum": (
        "loss-kept-with-graph",
        "total = 0\nfor x in loader:\n    loss = model(x)\n    optimizer.zero_grad()\n"
        "    loss.backward()\n    optimizer.step()\n    total += loss * len(x)\n",
        "total = 0\nfor x in loader:\n    loss = model(x)\n    optimizer.zero_grad()\n"
        "    loss.backward()\n    optimizer.step()\n    total += (loss * len(x)).detach()\n",
    ),
    "clip": (
        "clip-before-unscale",
        f"{LOOP}        optimizer.zero_grad()\n        scaler.scale(model(x)).backward()\n"
        "        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
        "        scaler.step(optimizer)\n        scaler.update()\n",
        f"{LOOP}        optimizer.zero_grad()\n        scaler.scale(model(x)).backward()\n"
        "        scaler.unscale_(optimizer)\n"
        "        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
        "        scaler.step(optimizer)\n        scaler.update()\n",
    ),
    "scaler": (
        "grad-scaler-incomplete",
        f"{LOOP}        optimizer.zero_grad()\n        scaler.scale(model(x)).backward()\n"
        "        scaler.step(optimizer)\n",
        f"{LOOP}        optimizer.zero_grad()\n        scaler.scale(model(x)).backward()\n"
        "        scaler.step(optimizer)\n        scaler.update()\n",
    ),
}


@pytest.mark.parametrize(("rule", "before", "after"), FIXED.values(), ids=FIXED)
def test_fixed(rule: str, before: str, after: str) -> None:
    mended = mend_text(HEAD + before, "a.py", {rule: RULES[rule]})
    assert mended.after == HEAD + after
    assert {finding.rule for finding in mended.fixed} == {rule}
    assert mended.left == []


def test_every_mend_is_tried_and_mends_a_rule() -> None:
    assert {rule for rule, _, _ in FIXED.values()} == set(MENDS)
    assert set(MENDS) <= set(RULES)


LEFT = {
    "a_name_between": (
        "softmax-before-cross-entropy",
        "def f(x, y):\n    p = F.softmax(x, 1)\n    return F.cross_entropy(p, y), p\n",
    ),
    "a_layer_of_the_model": (
        "softmax-before-cross-entropy",
        "net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Softmax(1))\n"
        "loss = F.cross_entropy(net(x), y)\n",
    ),
    "a_name_passed_on": (
        "deprecated-cuda-amp",
        "from torch.cuda.amp import autocast\nuse(autocast)\nwith autocast():\n    pass\n",
    ),
    "in_a_function_of_the_file": (
        "zero-grad-missing",
        "def back(loss):\n    loss.backward()\ndef train(model, loader, optimizer):\n"
        "    for x in loader:\n        back(model(x))\n        optimizer.step()\n",
    ),
    "the_loop_inside": (
        "scheduler-before-optimizer",
        "for epoch in range(3):\n    scheduler.step()\n    for x in loader:\n"
        "        optimizer.zero_grad()\n        model(x).backward()\n        optimizer.step()\n",
    ),
    "said_to_be_meant": (
        "log-of-softmax",
        "p = torch.log(torch.softmax(x, -1))"
        "  # neural-trainer: ignore[log-of-softmax] because so\n",
    ),
}


@pytest.mark.parametrize(("rule", "text"), LEFT.values(), ids=LEFT)
def test_left_as_it_is_where_no_edit_is_certain(rule: str, text: str) -> None:
    linted = lint_text(HEAD + text, "a.py")
    assert linted.num_ignored or rule in {finding.rule for finding in linted.findings}
    mended = mend_text(HEAD + text, "a.py", {rule: RULES[rule]})
    assert mended.after == HEAD + text
    assert mended.fixed == []


def test_several_in_one_file() -> None:
    text = HEAD + "".join(before for _, before, _ in FIXED.values() if before.startswith("p = "))
    text += "loss = F.cross_entropy(F.softmax(x, 1), y)\n"
    mended = mend_text(text, "a.py")
    assert len(mended.fixed) == 3
    assert lint_text(mended.after, "a.py").findings == []


BAD = HEAD + "loss = F.cross_entropy(F.softmax(x, 1), y)\n"


def test_a_diff_is_shown_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.py"
    path.write_text(BAD)
    assert main(["fix", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "-loss = F.cross_entropy(F.softmax(x, 1), y)\n+loss = F.cross_entropy(x, y)\n" in shown
    assert shown.splitlines()[-2] == "1 can be mended in 1 file"
    assert shown.splitlines()[-1] == f"Next: neural-trainer fix --apply {path}"
    assert path.read_text() == BAD


def test_apply_writes_and_the_second_time_there_is_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.py"
    path.write_text(BAD)
    path.chmod(0o750)
    assert main(["fix", str(tmp_path), "--apply"]) == 0
    assert path.read_text() == BAD.replace("F.softmax(x, 1)", "x")
    assert path.stat().st_mode & 0o777 == 0o750
    assert [each.name for each in tmp_path.iterdir()] == ["a.py"]
    capsys.readouterr()
    assert main(["fix", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"schema": "neural-trainer/fix/1", "applied": False, "files": []}


@pytest.mark.parametrize(
    ("codec", "ends"),
    [("utf-8", "\r\n"), ("utf-8-sig", "\n"), ("latin-1", "\n")],
    ids=["carriage_returns", "byte_order_mark", "latin_1"],
)
def test_encoding_and_ends_of_lines_stay(codec: str, ends: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    text = f"# -*- coding: {codec} -*-\n# ü\n{BAD}"
    path.write_bytes(text.replace("\n", ends).encode(codec))
    assert main(["fix", str(path), "--apply"]) == 0
    expected = text.replace("F.softmax(x, 1)", "x").replace("\n", ends)
    assert path.read_bytes() == expected.encode(codec)


def test_a_file_that_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(BAD)
    mended = mend_text(BAD, str(path))
    path.write_text(BAD + "# more\n")
    with pytest.raises(ReadError):
        write(mended)
    assert path.read_text() == BAD + "# more\n"


def test_where_only_decisions_are_left_the_next_step_is_to_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.py"
    path.write_text(HEAD + "p = F.softmax(x, 1)\nshow(p)\nloss = F.cross_entropy(p, y)\n")
    assert main(["fix", str(path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 can be mended in 0 files; 1 left, which take a decision",
        "Next: neural-trainer explain softmax-before-cross-entropy",
    ]


def test_a_notebook_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = {"cell_type": "code", "source": BAD}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [cell]}))
    assert main(["fix", str(path), "--apply"]) == 0
    assert "0 mended in 0 files; 1 left, which take a decision" in capsys.readouterr().out


def test_columns_of_characters_that_take_several_bytes() -> None:
    text = textwrap.dedent(HEAD) + "a = 'üü'; p = torch.log(torch.softmax(x, -1))\n"
    assert mend_text(text, "a.py").after.endswith("a = 'üü'; p = torch.log_softmax(x, -1)\n")
