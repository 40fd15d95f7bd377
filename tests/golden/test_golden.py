"""What the verbs print for the example logs is what was kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from example_logs import LOGS, write

from neural_trainer.cli import main

HERE = Path(__file__).parent
PRINTS = {
    "report.txt": ("diagnose",),
    "report.json": ("diagnose", "--json"),
    "curves.txt": ("curves",),
}


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("kept", PRINTS)
def test_prints_what_was_kept(
    name: str,
    kept: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(tmp_path)
    log = write(name, tmp_path)
    verb, *options = PRINTS[kept]
    assert main([verb, log.name, *options]) == 0
    printed = capsys.readouterr().out
    golden = HERE / f"{name}.{kept}"
    if request.config.getoption("--rewrite-golden"):
        golden.write_text(printed, encoding="utf-8")
    assert printed == golden.read_text(encoding="utf-8")
