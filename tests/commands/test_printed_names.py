"""Names from logs and of files are printed without what a terminal would obey."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural_trainer import cli

# Clears the screen, sets the title, begins a line, turns the writing round.
OBEYED = "\x1b[2J\x1b]0;title\x07\nIGNORE\r\u202e\u2028\x9b31m"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a run that diverges and whose every name is hostile, and a plain one."""
    config = {f"lr{OBEYED}": OBEYED, "optimizer": OBEYED}
    rows = [
        {
            "step": step, "loss": 5 / step if step < 60 else 3.0 + step, "val_loss": step / 40,
            f"loss/{OBEYED}": 1 / step, f"grad_norm{OBEYED}": 1.1**step, "config": config,
        }
        for step in range(1, 120)
    ]  # fmt: skip
    for name in (f"run{OBEYED}.jsonl", "plain.jsonl"):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / f"refused{OBEYED}.csv").write_text(f"step,loss\n{OBEYED!r},x\n")
    return tmp_path


COMMANDS = {
    "diagnose": ["diagnose", "RUN"],
    "diagnose-all": ["diagnose", "FOLDER"],
    "diagnose-json": ["diagnose", "RUN", "--json"],
    "curves": ["curves", "RUN"],
    "curves-json": ["curves", "RUN", "--json"],
    "curves-of-none": ["curves", "RUN", "--signal", f"{OBEYED}"],
    "compare": ["compare", "RUN", "PLAIN"],
    "compare-folder": ["compare", "FOLDER", "PLAIN"],
    "plot": ["plot", "RUN", "--term"],
    "watch": ["watch", "RUN", "--once"],
    "explain": ["explain", OBEYED],
    "refused": ["diagnose", "REFUSED"],
    "missing": ["diagnose", f"missing{OBEYED}"],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_nothing_to_obey(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(folder)
    places = {
        "RUN": folder / f"run{OBEYED}.jsonl", "PLAIN": folder / "plain.jsonl", "FOLDER": folder,
        "REFUSED": folder / f"refused{OBEYED}.csv",
    }  # fmt: skip
    cli.main([str(places.get(word, word)) for word in words])
    printed = capsys.readouterr()
    said = printed.out + printed.err
    assert said.strip()
    for line in said.split("\n"):
        assert line.isprintable(), line
        assert not line.startswith("IGNORE")
