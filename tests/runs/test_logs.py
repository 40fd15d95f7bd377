"""Several logs at once, and how far a read has come: what is told, and of what."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs.logs import read_logs
from neural_trainer.runs.read import read_all

CSV = "step,loss\n" + "".join(f"{i},{1 / i}\n" for i in range(1, 30_000))
TEXT = "".join(f"step {i} loss {1 / i}\n" for i in range(1, 30_000))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(CSV[:1000])
    Path("empty.csv").touch()
    Path("odd.bin").write_bytes(bytes(range(256)))
    return tmp_path


def test_one_bad_log_of_many_hides_no_other(folder: Path) -> None:
    logs = read_logs(["a.csv", "empty.csv", "nowhere", "b.csv"])
    assert [run.name for run in logs.runs] == ["a", "b"]
    with pytest.raises(ReadError) as caught:
        logs.finish()
    assert str(caught.value) == (
        "2 of 4 logs cannot be read: empty.csv: is empty; nothing was logged so far; "
        "nowhere: no such file or folder; expected a training log"
    )


def test_good_logs_alone_are_no_error(folder: Path) -> None:
    logs = read_logs(["a.csv", "b.csv"])
    assert len(logs.runs) == 2
    logs.finish()


def test_nothing_to_show_is_an_error_at_once(folder: Path) -> None:
    with pytest.raises(ReadError, match=r"^empty.csv: is empty"):
        read_logs(["empty.csv"])
    with pytest.raises(ReadError, match=r"^none of 5 logs can be read: .*; and 2 more$"):
        read_logs(["empty.csv", "odd.bin", "x", "y", "z"])


def told(path: Path) -> list[tuple[str, int, int]]:
    calls: list[tuple[str, int, int]] = []
    read_all(path, lambda path, done, size: calls.append((path.name, done, size)))
    return calls


@pytest.mark.parametrize(("name", "text"), [("a.csv", CSV), ("a.log", TEXT)], ids=["csv", "text"])
def test_a_file_tells_of_its_blocks(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neural_trainer.runs.lines._BLOCK", 1 << 16)
    monkeypatch.setattr("neural_trainer.runs.text_lines._BLOCK", 1 << 16)
    (tmp_path / name).write_text(text)
    calls = told(tmp_path / name)
    done = [call[1] for call in calls]
    assert len(calls) > 5
    assert done == sorted(done)
    assert done[-1] == len(text)
    assert {(call[0], call[2]) for call in calls} == {(name, len(text))}


def test_a_folder_tells_of_its_logs(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    for number in range(7):
        (root / str(number)).mkdir(parents=True)
        (root / str(number) / "results.csv").write_text(CSV[:1000])
    of_folder = [call for call in told(root) if call[0] == "runs"]
    assert of_folder == [("runs", done, 7) for done in range(8)]


class Pipe(io.RawIOBase):
    """A pipe that gives `text` again and again, and no more at once than was asked for."""

    def __init__(self, head: bytes, text: bytes, times: int) -> None:
        self._parts = [head, *[text] * times]
        self.most = 0

    def read(self, size: int = -1, /) -> bytes:
        assert size > 0, "all at once"
        self.most = max(self.most, size)
        if not self._parts:
            return b""
        part, rest = self._parts[0][:size], self._parts[0][size:]
        self._parts[:1] = [rest] if rest else []
        return part


def test_stdin_is_taken_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"{i},{1 / i}\n" for i in range(1, 400_001)]
    text = "".join(rows).encode()
    pipe = Pipe(b"step,loss\n", text, 1)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=pipe))
    calls: list[tuple[str, int, int]] = []
    (run,) = read_all("-", lambda path, done, size: calls.append((path.name, done, size)))
    assert len(run.signals["loss"]) == 400_000
    assert run.source == "-"
    assert pipe.most <= len(text) // 4
    size = len(text) + len("step,loss\n")
    assert (("stdin", size, 0) in calls, calls[-1]) == (True, ("stdin", size, size))


@pytest.mark.parametrize(("text", "said"), [(b"", "stdin: is empty"), (b"\0\1\2", "stdin: binary")])
def test_what_is_wrong_with_stdin_is_said_of_stdin(
    text: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    with pytest.raises(ReadError, match=f"^{said}"):
        read_all("-")


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(size: int) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=SimpleNamespace(read=read)))
    with pytest.raises(ReadError, match=r"stdin: cannot be read \(No space left on device\)"):
        read_all("-")
