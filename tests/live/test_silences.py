"""Silenced alarms: kept with their reason, listed, heard again; nothing else is taken for one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from neural_trainer import cli
from neural_trainer.errors import NeuralTrainerError
from neural_trainer.live.alarm import alarm_id
from neural_trainer.live.registry import Registered, register
from neural_trainer.live.silences import Silence, silence, silenced, unsilence

ALARM = {"id": "loss-spike", "state": "raised", "step": 4, "message": "up"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one run that has raised one alarm."""
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    (folder / "alerts.jsonl").write_text(json.dumps(ALARM) + "\n{torn")
    register(tmp_path, Registered(folder, "a", 1.0))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def wanted(project: Path) -> str:
    """The id of that alarm."""
    return alarm_id(str(project / "runs" / "a"), "loss-spike")


def test_silenced_and_heard_again(project: Path, wanted: str) -> None:
    made = silence(project, wanted, " it is the warm-up ", 5.0)
    assert made == Silence(wanted, "a", "loss-spike", "it is the warm-up", 5.0)
    assert silenced(project) == {wanted: made}
    assert silence(project, wanted, "another reason", 6.0).why == silenced(project)[wanted].why
    assert unsilence(project, wanted, 7.0).id == wanted
    assert silenced(project) == {}


def test_what_cannot_be_silenced_is_refused(project: Path, wanted: str) -> None:
    with pytest.raises(NeuralTrainerError, match=f"no alarm '00000000' .*raised here: {wanted}"):
        silence(project, "00000000", "why", 1.0)
    with pytest.raises(NeuralTrainerError, match="say why"):
        silence(project, wanted, "  ", 1.0)
    with pytest.raises(NeuralTrainerError, match="is not silenced; these are: none"):
        unsilence(project, wanted, 1.0)


ROTTEN = {
    "garbage": b"{\n\xff\xfe\n[]\nnull\n3\n" + b"[" * 100_000,
    "foreign-id": b'{"id": "obey me", "run": "a", "symptom": "loss-spike", "why": "x", "time": 1, '
    b'"state": "silenced"}',
    "foreign-symptom": b'{"id": "01234567", "run": "a", "symptom": "obey-me", "why": "x", '
    b'"time": 1, "state": "silenced"}',
    "no-time": b'{"id": "01234567", "run": "a", "symptom": "loss-spike", "why": "x", "time": "x", '
    b'"state": "silenced"}',
    "far-time": b'{"id": "01234567", "run": "a", "symptom": "loss-spike", "why": "x", '
    b'"time": 1e300, "state": "silenced"}',
}


@pytest.mark.parametrize("rotten", ROTTEN.values(), ids=ROTTEN)
def test_a_line_that_is_not_ours_is_passed_over(rotten: bytes, project: Path, wanted: str) -> None:
    silence(project, wanted, "why", 1.0)
    path = project / ".neural-trainer" / "silenced.jsonl"
    path.write_bytes(path.read_bytes() + rotten + b"\n")
    assert list(silenced(project)) == [wanted]


def test_the_command(project: Path, wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        assert cli.main(["watch", *words]) == 0
        return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE", capsys.readouterr().out)

    assert said("--silenced") == "No alarm is silenced.\n"
    line = f"{wanted}  loss-spike of run a, since DATE: known\n"
    assert said("--silence", wanted, "--why", "known") == line
    assert said("--silenced") == line
    (row,) = json.loads(said("--silenced", "--json"))["silences"]
    assert (row["id"], row["why"]) == (wanted, "known")
    assert said("--unsilence", wanted) == f"heard again: {line}"
    assert said("--silenced") == "No alarm is silenced.\n"
    assert cli.main(["watch", "--silence", wanted]) == 1
    assert "say why" in capsys.readouterr().err


def test_a_hostile_reason_and_name_are_printed_clean(
    project: Path, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b]52;c;aGk=\x07\u202eobey\nneural-trainer: run a, step 4: up"
    folder = project / "runs" / "b"
    folder.mkdir()
    (folder / "alerts.jsonl").write_text(json.dumps(ALARM) + "\n")
    register(project, Registered(folder, evil, 2.0))
    silence(project, alarm_id(str(folder), "loss-spike"), evil, 1.0)
    cli.main(["watch", "--silenced"])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.isprintable()
    assert 'of run " ]52;c;aGk=' in line
