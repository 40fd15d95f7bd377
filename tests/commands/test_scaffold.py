"""The verb scaffold, and that the other verbs take what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural_trainer.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_it_says_what_it_wrote(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaffold", "written_net", "--kind", "rnn"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "Next: neural-trainer architecture written_net.trainer:make_case"
    for line in lines[1:5]:
        assert (folder / "written_net" / line.split()[0]).is_file()


def test_json_has_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaffold", "json_net", "--kind", "cnn", "--into", "deep/er", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "neural-trainer/scaffold/1"
    assert told["kind"] == "cnn"
    assert len(told["files"]) == 5
    assert all(Path(file).is_file() for file in told["files"])


def test_what_exists_is_refused_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaffold", "twice_net", "--kind", "mlp"]) == 0
    capsys.readouterr()
    assert main(["scaffold", "twice_net", "--kind", "mlp"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert (
        told.err
        == "neural-trainer: twice_net exists; expected a new name: nothing is written over\n"
    )


@pytest.mark.parametrize("kind", ["mlp", "cnn", "rnn", "transformer", "autoencoder"])
def test_its_architecture_is_sound(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"sound_{kind}"
    assert main(["scaffold", name, "--kind", kind]) == 0
    capsys.readouterr()
    assert main(["architecture", f"{name}.trainer:make_case", "--json", "--exit-code"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["dry_run"]["on_meta"]
    assert told["dead"] == []
    assert told["duplicates"] == []
    assert told["parameters"]["total"] > 1000
