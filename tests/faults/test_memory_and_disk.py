"""Memory and disk that run out under a run: by a limit of the process, and for real."""

from __future__ import annotations

from pathlib import Path

import pytest
from bounds import memory_group, small_disk
from launching import MONITORED, command
from recording import Records, Starts

pytestmark = pytest.mark.faults

KB, MB = 1 << 10, 1 << 20


def line_with(text: str, word: str) -> str:
    """Return the first line of `text` with `word` in it."""
    return next(line for line in text.splitlines() if word in line)


def test_memory_runs_out(starts: Starts, records: Records) -> None:
    script = MONITORED + (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))\n"
        "held = [bytes(1 << 28) for _ in range(1000)]\n"
    )
    launch = starts(script, "--restarts", "2", "--backoff", "0")
    launch.take(10)
    launch.finish()
    launch.until("restart 1 of 2")
    launch.take(10)
    launch.finish()
    assert launch.end() == 1
    summary = launch.summary()
    assert summary["crash"]["id"] == "host-out-of-memory"
    assert len(summary["attempts"]) == 2
    assert "not restarted: it ended so twice at the same step, 10" in summary["notes"]
    told = line_with(launch.printed, "the run crashed")
    records("memory runs out (RLIMIT_AS)", "no line of 20", told)


def test_the_disk_is_full_under_the_monitor(starts: Starts, records: Records) -> None:
    script = (
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))\n" + MONITORED
    )
    launch = starts(script)
    launch.take(200)
    launch.finish()
    assert launch.end() == 0
    summary = launch.summary()
    (note,) = [note for note in summary["notes"] if "recording stopped" in note]
    steps = launch.steps()
    assert steps == list(range(1, len(steps) + 1))
    assert 10 < len(steps) < 200
    records(
        "the disk fills up under metrics.jsonl (RLIMIT_FSIZE)",
        "the steps after it; the run goes on",
        note,
    )


def test_the_disk_is_full_under_a_checkpoint(starts: Starts, records: Records) -> None:
    script = MONITORED + (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "open('model.pt', 'wb').write(bytes(1_000_000))\n"
    )
    launch = starts(script, "--restarts", "2")
    launch.take(10)
    launch.finish()
    assert launch.end() == 1
    summary = launch.summary()
    assert summary["crash"]["id"] == "disk-full"
    assert "not restarted: the same would happen again" in summary["notes"]
    told = line_with(launch.printed, "the run crashed")
    records(
        "the disk fills up under a checkpoint (RLIMIT_FSIZE)",
        "that checkpoint; no line of 10",
        told,
    )


def test_the_kernel_kills_for_want_of_memory(starts: Starts, records: Records) -> None:
    script = MONITORED + "held = [bytearray(os.urandom(1) * (8 << 20)) for _ in range(1000)]\n"
    with memory_group(400 * MB) as inside:
        launch = starts(script, "--restarts", "2", "--backoff", "0", inside=inside)
        launch.take(10)
        launch.finish()
        launch.until("restart 1 of 2")
        launch.take(10)
        launch.finish()
        assert launch.end() == 1
    summary = launch.summary()
    assert summary["crash"]["id"] == "host-out-of-memory"
    assert summary["attempts"][0]["last_step"] == 10.0
    assert "not restarted: it ended so twice at the same step, 10" in summary["notes"]
    told = line_with(launch.printed, "the run crashed")
    records("memory runs out (a control group of 400 MB)", "no line of 20", told)


def test_a_small_disk_is_full_under_the_run_folder(
    tmp_path: Path, starts: Starts, records: Records
) -> None:
    runs = tmp_path / "runs"
    with small_disk(runs, 256 * KB) as disk:
        launch = starts(inside=disk.inside, seen_at=disk.seen(runs))
        for _ in range(40):
            launch.take(100)
        launch.finish()
        assert launch.end() == 0  # the training ended as it should
        steps = launch.steps()
        read = command("curves", "runs/run", project=tmp_path, inside=disk.inside)
    assert steps == list(range(1, len(steps) + 1))
    assert 100 < len(steps) < 4000
    assert read.returncode == 0
    assert "no summary.json: No space left on device" in launch.printed
    told = line_with(launch.printed, "of the disk is left")
    lost = "the steps after it and summary.json; the run goes on"
    records("a file system of 256 kB is full under the run folder", lost, told)


def test_a_small_disk_is_full_under_a_checkpoint(
    tmp_path: Path, starts: Starts, records: Records
) -> None:
    disk_folder = tmp_path / "kept"
    script = MONITORED + "open('kept/model.pt', 'wb').write(bytes(1_000_000))\n"
    with small_disk(disk_folder, 256 * KB) as disk:
        launch = starts(script, "--restarts", "2", inside=disk.inside)
        launch.take(10)
        launch.finish()
        assert launch.end() == 1
        assert disk.seen(disk_folder / "model.pt").stat().st_size < 1_000_000
    summary = launch.summary()
    assert summary["crash"]["id"] == "disk-full"
    assert "No space left on device" in summary["crash"]["quote"]
    assert len(summary["attempts"]) == 1
    told = line_with(launch.printed, "the run crashed")
    lost = "that checkpoint; no line of 10"
    records("a file system of 256 kB is full under a checkpoint", lost, told)
