"""No verb passes on what a log orders: neither to the terminal, nor as if we had said it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hostile_runs import (
    MARK,
    ORDERS,
    assert_harmless,
    assert_shows,
    file_name,
    write_folder,
    write_log,
    write_text_log,
)

from neural_trainer import cli

VERBS = {
    "diagnose": ["diagnose", "LOG"],
    "diagnose-text": ["diagnose", "TEXT"],
    "diagnose-brief": ["diagnose", "LOG", "--brief"],
    "diagnose-folder": ["diagnose", "FOLDER"],
    "diagnose-all": ["diagnose", "."],
    "curves": ["curves", "LOG", "--signal", "*"],
    "curves-text": ["curves", "TEXT", "--signal", "*"],
    "curves-all": ["curves", "."],
    "curves-of-none": ["curves", "LOG", "--signal", "none"],
    "compare": ["compare", "LOG", "FOLDER"],
    "gradients": ["gradients", "FOLDER", "--layer", "*"],
    "plot": ["plot", "LOG", "--term"],
    "plot-all": ["plot", ".", "--term"],
    "watch": ["watch", "LOG", "--once"],
    "watch-folder": ["watch", ".", "--once"],
    "explain": ["explain", "ORDER"],
}


@pytest.fixture
def project(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A folder of hostile runs under an order; what stands for them in the table of verbs."""
    order = ORDERS[request.param]
    monkeypatch.chdir(tmp_path)
    name = file_name(order)
    write_log(Path(f"{name}.jsonl"), order)
    write_text_log(Path("printed.log"), order)
    write_folder(Path(f"r {name}"), order)
    Path(f"{name}.csv").write_text(f"step,loss\n{order},{order}\n")
    return {
        "LOG": f"{name}.jsonl", "TEXT": "printed.log", "FOLDER": f"r {name}", "ORDER": order,
    }  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("project", ORDERS, indirect=True)
def test_what_a_verb_prints(
    verb: str, project: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main([project.get(word, word) for word in VERBS[verb]])
    printed = capsys.readouterr()
    assert printed.out.strip() or printed.err.strip()
    assert_harmless(printed.out, "stdout")
    assert_harmless(printed.err, "stderr")


ERRORS = {
    "refused": ["diagnose", "REFUSED"],
    "missing": ["diagnose", "ORDER"],
    "watch-missing": ["watch", "ORDER"],
    "silence": ["watch", "--silence", "ORDER"],
    "verb": ["ORDER"],
}


@pytest.mark.parametrize("verb", ERRORS)
@pytest.mark.parametrize("project", ORDERS, indirect=True)
def test_an_error_repeats_what_was_typed_in_one_plain_line(
    verb: str, project: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    places = {**project, "REFUSED": f"{project['LOG'].removesuffix('.jsonl')}.csv"}
    assert cli.main([places.get(word, word) for word in ERRORS[verb]]) > 0
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert_shows(line)


@pytest.mark.parametrize("project", ORDERS, indirect=True)
def test_watch_says_nothing_of_theirs_at_all(
    project: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["watch", "."], ["watch", project["LOG"]]):
        cli.main([*words, "--once"])
        said = capsys.readouterr().out
        assert said.count("neural-trainer: run ") >= 1
        assert MARK not in said
        cli.main([*words, "--once", "--json"])
        assert MARK not in capsys.readouterr().out


@pytest.mark.parametrize("project", ORDERS, indirect=True)
def test_labels_of_a_picture(project: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["plot", project["LOG"], project["FOLDER"], "--out", "a.svg"])
    text = Path("a.svg").read_text()
    labels = re.findall(r"<!-- (.*?) -->", text, re.DOTALL) or re.findall(r">([^<]+)<", text)
    assert labels
    for label in labels:
        assert "\x1b" not in label
        assert "\u202e" not in label


@pytest.mark.parametrize("verb", ["diagnose", "curves"])
def test_a_name_of_a_megabyte(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_log(Path("a.jsonl"), "")
    row = {"step": 1, "loss": 1.0, MARK * 200_000: 2.0, "config": {MARK * 200_000: MARK * 200_000}}
    with Path("a.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n" + json.dumps({**row, "step": 200, "loss": 1e9}) + "\n")
    cli.main([verb, "a.jsonl"])
    printed = capsys.readouterr()
    assert printed.out.strip()
    assert len(printed.out + printed.err) < 20_000
