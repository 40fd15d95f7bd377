"""Reading a file, a folder or stdin: names, run folders, searches in bounds, one-line errors."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read, read_all

LINES = "".join(f'{{"step": {i}, "loss": {1 / i}}}\n' for i in range(1, 6))


def run_folder(folder: Path, lines: str = LINES, record: str | None = None) -> Path:
    folder.mkdir(parents=True)
    (folder / "metrics.jsonl").write_text(lines)
    (folder / "run.json").write_text(record or json.dumps({"config": {"optimizer": {"lr": 0.1}}}))
    (folder / "alerts.jsonl").write_text('{"id": "x", "step": 1, "confidence": 0.5}\n')
    (folder / "summary.json").write_text('{"loss": 0.5}\n')
    return folder


@pytest.mark.parametrize("target", [".", "metrics.jsonl"], ids=["folder", "its-metrics"])
def test_run_folder(tmp_path: Path, target: str) -> None:
    run = read(run_folder(tmp_path / "mine") / target)
    assert run.name == "mine"
    assert run.config == {"optimizer": {"lr": 0.1}}
    assert len(run.signals["loss"]) == 5


def test_run_folder_whose_record_is_torn(tmp_path: Path) -> None:
    run = read(run_folder(tmp_path / "mine", record='{"config": {'))
    assert run.config == {}
    assert "run.json is left out" in run.notes[0]


def test_run_folder_holds_one_run(tmp_path: Path) -> None:
    run = read(run_folder(tmp_path / "mine", lines=LINES + LINES))
    assert len(run.signals["loss"]) == 5
    assert "earlier" in run.notes[0]


def test_folder_of_run_folders(tmp_path: Path) -> None:
    for name in ("a", "b", "deep/c"):
        run_folder(tmp_path / "runs" / name)
    assert [run.name for run in read_all(tmp_path / "runs")] == ["a", "b", "deep/c"]
    with pytest.raises(ReadError, match=r"holds 3 runs \(a, b, deep/c\)"):
        read(tmp_path / "runs")


def test_folder_with_much_besides(tmp_path: Path) -> None:
    (tmp_path / "version_1").mkdir()
    (tmp_path / "version_1" / "metrics.csv").write_text("step,train_loss\n1,0.5\n2,0.25\n")
    (tmp_path / "data.csv").write_text("age,height\n31,1.7\n44,1.8\n")
    (tmp_path / "broken.csv").write_text("name\nann\n")
    (tmp_path / "README.md").write_text("# A project\n")
    (tmp_path / "weights.pt").write_bytes(bytes(range(256)))
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "log.csv").write_text("step,loss\n1,0.5\n2,0.25\n")
    (run,) = read_all(tmp_path)
    assert run.name == "version_1"
    assert any("data.csv" in note and "no metric" in note for note in run.notes)
    assert any("broken.csv" in note for note in run.notes)


def test_folder_of_pointers(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1.host").write_bytes(ERRORS["git-lfs"][0] or b"")
    with pytest.raises(ReadError, match="git lfs pull"):
        read(tmp_path)


def test_link_to_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("step,loss\n1,0.5\n2,0.25\n")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    assert [run.name for run in read_all(tmp_path)] == ["mine"]


def test_search_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_trainer.runs.find._DEEPEST", 2)
    deep = tmp_path / "1" / "2" / "3"
    deep.mkdir(parents=True)
    (deep / "log.csv").write_text("step,loss\n1,0.5\n")
    with pytest.raises(ReadError, match="not searched"):
        read(tmp_path)
    monkeypatch.setattr("neural_trainer.runs.find._MOST_ENTRIES", 0)
    with pytest.raises(ReadError, match="searched up to 0 entries"):
        read(tmp_path)


def test_newest_checkpoint_stands_for_the_run(tmp_path: Path) -> None:
    for last in (10, 20):
        folder = tmp_path / f"checkpoint-{last}"
        folder.mkdir()
        rows = [{"step": step, "loss": 1.0} for step in range(1, last)]
        (folder / "trainer_state.json").write_text(json.dumps({"log_history": rows}))
    assert read(tmp_path).last_step == 19


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LINES.encode())))
    run = read("-")
    assert (run.name, run.source, len(run.signals["loss"])) == ("stdin", "-", 5)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hello\n")))
    with pytest.raises(ReadError, match=r"^stdin: text in no format"):
        read("-")


def test_plain_file_names_take_the_folders(tmp_path: Path) -> None:
    path = tmp_path / "exp7" / "metrics.csv"
    path.parent.mkdir()
    path.write_text("step,loss\n0,1\n1,2\n2,3\n0,4\n1,5\n2,6\n")
    assert [run.name for run in read_all(path)] == ["exp7#1", "exp7#2"]


ERRORS = {
    "missing": (None, "no such file"),
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "binary": (b"\x7fELF\x02\x01\x01\0\0\0\xff\xfe", "binary file in no format"),
    "git-lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
        "git lfs pull",
    ),
    "prose": ("Épître aux réseaux\n".encode("latin-1"), "text in no format"),
    "json-document": (b'{\n  "a": 1\n}\n', "text in no format"),
}


@pytest.mark.parametrize(("data", "why"), ERRORS.values(), ids=ERRORS)
def test_error_is_one_line(tmp_path: Path, data: bytes | None, why: str) -> None:
    path = tmp_path / "file"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ReadError, match=why) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folder_without_logs(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no training log"):
        read(tmp_path)


def test_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReadError, match="neither a file nor a folder"):
        read(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,2\n")
    path.chmod(0)
    with pytest.raises(ReadError, match="cannot be read"):
        read(path)


def test_error_of_the_system_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,2\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ReadError, match=r"cannot be read \(Permission denied\)"):
        read(path)
