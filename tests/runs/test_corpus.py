"""What fuzzing found worth keeping is read again: the files of fuzz/corpus, a folder a reader."""

from __future__ import annotations

from pathlib import Path

import pytest
import sound

from neural_trainer.runs.readers import READERS, Reader

CORPUS = Path(__file__).resolve().parents[2] / "fuzz" / "corpus"


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.NAME)
def test_corpus(reader: Reader, tmp_path: Path) -> None:
    files = sorted((CORPUS / reader.NAME).iterdir())
    assert files
    log = tmp_path / sound.FILES[reader.NAME]
    formats = set()
    for file in files:
        log.write_bytes(file.read_bytes())
        try:
            formats |= {run.format for run in sound.read_soundly(log)}
        except Exception as error:
            raise AssertionError(f"{file.relative_to(CORPUS)}: {error!r}") from error
    assert reader.NAME in formats


def test_no_folder_without_a_reader() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == {reader.NAME for reader in READERS}
