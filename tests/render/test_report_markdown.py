"""The report as Markdown: all of it is there, and a name from a log opens nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hostile_runs import MARK, ORDERS, file_name, write_folder, write_log
from made_faulty import FAULTY

from neural_trainer.cli import main
from neural_trainer.diagnosis import diagnose
from neural_trainer.diagnosis.advice import next_commands, recommended
from neural_trainer.render.report_markdown import to_markdown


@pytest.mark.parametrize("name", FAULTY)
def test_all_of_the_report_is_there(name: str) -> None:
    report = diagnose(FAULTY[name](0))
    text = re.sub(r"\\([\\`<>\[\]])", r"\1", to_markdown(report))
    assert text.startswith(f"# {report.run}: ")
    for cause in report.root_causes if report.verdict == "faulty" else ():
        assert all(sentence in text for sentence in (*cause.evidence, *cause.against))
    ranks = [text.index(f"\n{n}. ") for n in range(1, len(recommended(report)) + 1)]
    assert ranks == sorted(ranks)
    assert all(command in text for command in next_commands(report))
    assert report.verdict != "faulty" or report.confidence_basis in text


@pytest.mark.parametrize("order", ORDERS)
def test_a_name_from_a_log_opens_nothing(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    word = ORDERS[order]
    log = write_log(Path(f"{file_name(word)}.jsonl"), word)
    write_folder(Path(f"r {file_name(word)}"), word)
    for source in (str(log), f"r {file_name(word)}"):
        assert main(["diagnose", source, "--markdown", "report.md"]) == 0
        text, fence, _ = Path("report.md").read_text(encoding="utf-8").rpartition("\n```\n")
        prose = text.rpartition("\n```\n")[0]
        assert fence
        assert MARK in text
        assert not [
            line for line in prose.splitlines()
            if MARK in line and re.search(r"(?<!\\)[<\[\]>`]", line)
        ]  # fmt: skip
