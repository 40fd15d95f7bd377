"""Fuzzes the readers: whatever a log holds, reading it comes to sound runs or a ReadError.

`make fuzz` gives each reader its share of the time, `make fuzz READER=sacred` one reader all of it.
Inputs are whole files: those kept in fuzz/corpus, those that earlier runs found (build/fuzz/corpus)
and what becomes of them (fuzz/harness.py). A reader's turn ends with the first input at which it
fails, takes over LONGEST_S or over MOST_MB; that input is left in build/fuzz/findings.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from itertools import zip_longest
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "fuzz"
sys.path[:0] = [str(HERE.parent / "scripts"), str(HERE.parent / "tests" / "runs")]

import sound  # noqa: E402

from neural_trainer.runs.readers import READERS  # noqa: E402

LONGEST_S = 10  # for one input; most take 1 ms
MOST_MB = 1500  # of the whole process, of which 150 are the libraries
LARGEST = 1 << 13  # bytes of an input
KEPT, MOST_KEPT = 20 << 10, 25  # bytes and files of a reader's corpus
# Parts of the time: to what is decoded by hand, and to JSON, which may be nested at will, more.
SHARES = {
    "tensorboard": 4, "wandb-file": 4, "mlflow-database": 4, "numpy-archive": 3, "trainer-state": 3,
    "sacred": 3, "json-document": 4, "json-lines": 3, "delimited-table": 3,
}  # fmt: skip


def _command(reader: str, *options: str | Path) -> list[str]:
    limits = [f"-max_len={LARGEST}", f"-timeout={LONGEST_S}", f"-rss_limit_mb={MOST_MB}"]
    return [
        sys.executable,
        str(HERE / "harness.py"),
        f"--reader={reader}",
        *limits,
        *map(str, options),
    ]


def turn(reader: str, seconds: float) -> bool:
    """Fuzz one reader for so long; print what came of it; return whether nothing was found."""
    new, found = BUILD / "corpus" / reader, BUILD / "findings"
    for folder in (new, found):
        folder.mkdir(parents=True, exist_ok=True)
    command = _command(
        reader, f"-max_total_time={max(int(seconds), 1)}", "-print_final_stats=1",
        f"-artifact_prefix={found}/{reader}-", new, HERE / "corpus" / reader,
    )  # fmt: skip
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    num = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    said = f"{reader:16} {int(num[1]) if num else 0:9,} executions  "
    if done.returncode == 0:
        print(said + "nothing found", flush=True)
        return True
    (BUILD / f"{reader}.txt").write_text(done.stdout)
    why = re.search(r"Uncaught Python exception: ===\s*(.*)|(ERROR: libFuzzer: .*)", done.stdout)
    last = next(filter(None, why.groups()), "") if why else f"exit code {done.returncode}"
    print(f"{said}FOUND: {last[:200]} (build/fuzz/{reader}.txt)", flush=True)
    return False


def keep(reader: str) -> None:
    """Make the corpus of a reader few files that reach much: read and refused by turns.

    Of the fewest that reach all that is reached the shortest, MOST_KEPT and KEPT bytes at most.
    """
    kept = HERE / "corpus" / reader
    with tempfile.TemporaryDirectory() as folder:
        new = [where for where in (kept, BUILD / "corpus" / reader) if where.is_dir()]
        subprocess.run(
            _command(reader, "-set_cover_merge=1", "-use_counters=0", folder, *new),
            check=True, capture_output=True,
        )  # fmt: skip
        if not any(Path(folder).iterdir()):
            sys.exit(f"{reader}: nothing was merged; the corpus stays as it is")
        files = {file.name[:12]: file.read_bytes() for file in Path(folder).iterdir()}
    for old in kept.iterdir() if kept.is_dir() else ():
        old.unlink()
    kept.mkdir(parents=True, exist_ok=True)
    left = KEPT
    for name, content in _by_turns(reader, files)[:MOST_KEPT]:
        left -= len(content)
        if left >= 0:
            (kept / name).write_bytes(content)
    print(f"{reader:16} {len(list(kept.iterdir()))} files kept of {len(files)}")


def _by_turns(reader: str, files: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """Return `files`, the shortest first, by turns one that the reader reads and another."""
    read, others = list[tuple[str, bytes]](), list[tuple[str, bytes]]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / sound.FILES[reader]
        for name, content in sorted(files.items(), key=lambda item: len(item[1])):
            path.write_bytes(content)
            own = any(run.format == reader for run in sound.read_soundly(path))
            (read if own else others).append((name, content))
    return [one for pair in zip_longest(read, others) for one in pair if one is not None]


def main() -> int:
    """Fuzz, or keep what fuzzing reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600, help="in all (default 600)")
    parser.add_argument("--reader", action="append", choices=[r.NAME for r in READERS])
    parser.add_argument("--keep", action="store_true", help="write what is new to fuzz/corpus")
    given = parser.parse_args()
    readers = given.reader or [reader.NAME for reader in READERS]
    if given.keep:
        for reader in readers:
            keep(reader)
        return 0
    start, shares = time.monotonic(), {r: SHARES.get(r, 2) for r in readers}
    ended = [turn(r, given.seconds * share / sum(shares.values())) for r, share in shares.items()]
    print(f"{len(ended) - sum(ended)} findings in {time.monotonic() - start:.0f} s")
    return 0 if all(ended) else 1


if __name__ == "__main__":
    sys.exit(main())
