"""The machine under a run: a fake NVML, what alarms and what does not; logs and checkpoints."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from neural_trainer.live.launch.alarms import Alarms
from neural_trainer.live.launch.checkpoints import files_below, is_whole, state_of, written
from neural_trainer.live.launch.gpus import NEEDS_NVML, NO_DRIVER, Gpu, Gpus
from neural_trainer.live.launch.locate import Locator
from neural_trainer.live.launch.machine import Look, as_json, troubles
from neural_trainer.live.launch.processes import Usage
from neural_trainer.live.launch.quick_checks import failures, quick_checks

GB = 10**9


class FakeNvml:
    """Two GPUs as nvidia-ml-py shows them; the second tells neither temperature nor errors."""

    NVML_TEMPERATURE_GPU = 0
    NVML_MEMORY_ERROR_TYPE_UNCORRECTED = 1
    NVML_VOLATILE_ECC = 0

    class NVMLError(Exception):
        """What NVML raises."""

    def __init__(self, *, driver: bool = True, lost: int | None = None) -> None:
        self.driver, self.lost, self.is_open = driver, lost, False

    def nvmlInit(self) -> None:
        if not self.driver:
            raise self.NVMLError
        self.is_open = True

    def nvmlShutdown(self) -> None:
        self.is_open = False

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:
        if handle == self.lost:
            raise self.NVMLError
        return SimpleNamespace(used=(handle + 1) * 10 * GB, total=80 * GB)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(gpu=50 + handle)

    def nvmlDeviceGetTemperature(self, handle: int, _kind: int) -> int:
        if handle:
            raise self.NVMLError
        return 61

    def nvmlDeviceGetTotalEccErrors(self, handle: int, _kind: int, _counter: int) -> int:
        if handle:
            raise self.NVMLError
        return 3


def test_gpus_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    gpus = Gpus({})
    assert (len(gpus), gpus.note) == (2, "")
    assert gpus.look() == [
        Gpu(0, 50, 10 * GB, 80 * GB, 61, 3),
        Gpu(1, 51, 20 * GB, 80 * GB, None, None),
    ]
    gpus.close()
    assert not nvml.is_open
    assert gpus.look() == []


def test_gpus_that_a_run_may_not_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml())
    assert [gpu.number for gpu in Gpus({"CUDA_VISIBLE_DEVICES": "1"}).look()] == [1]
    assert len(Gpus({"CUDA_VISIBLE_DEVICES": ""})) == 0
    assert len(Gpus({"CUDA_VISIBLE_DEVICES": "GPU-8a1b"})) == 1


def test_a_gpu_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(lost=0))
    assert [gpu.number for gpu in Gpus({}).look()] == [1]


def test_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(driver=False))
    gpus = Gpus({})
    assert (len(gpus), gpus.look(), gpus.note) == (0, [], NO_DRIVER)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    gpus = Gpus({})
    assert gpus.look() == []
    assert gpus.note in (NEEDS_NVML, NO_DRIVER)


def machine(
    hours: float = 0.0, memory: float = 50, disk: float = 500, gpus: tuple[Gpu, ...] = ()
) -> Look:
    """A machine of 100 GB of memory and 1000 GB of disk, with so many GB free after `hours`."""
    return Look(
        hours * 3600, Usage(4, 10.0 * hours, 8 * GB), int(memory * GB), 100 * GB, int(disk * GB),
        1000 * GB, gpus,
    )  # fmt: skip


HOT = Gpu(0, 99, GB, 80 * GB, 93, 0)
COLD = Gpu(0, 99, GB, 80 * GB, 84, 0)
BROKEN = Gpu(0, 99, GB, 80 * GB, 60, 2)

IN_TROUBLE = {
    "memory": (machine(1, memory=2), machine(), ["memory-low"]),
    "disk": (machine(1, disk=9), machine(disk=9), ["disk-low"]),
    "disk_that_fills": (machine(2, disk=100), machine(disk=500), ["disk-low"]),
    "hot": (machine(1, gpus=(HOT,)), machine(gpus=(COLD,)), ["gpu-0-hot"]),
    "errors": (machine(1, gpus=(BROKEN,)), machine(gpus=(COLD,)), ["gpu-0-memory-errors"]),
}
WELL = {
    "idle": (machine(1), machine()),
    "much_memory_used": (machine(1, memory=5), machine()),
    "filling_slowly": (machine(10, disk=300), machine(disk=500)),
    "a_first_checkpoint": (machine(0.01, disk=499), machine(disk=500)),
    "room_was_made": (machine(1, disk=900), machine(disk=500)),
    "warm": (machine(1, gpus=(COLD,)), machine(gpus=(COLD,))),
    "old_errors": (machine(1, gpus=(BROKEN,)), machine(gpus=(BROKEN,))),
    "errors_not_told": (
        machine(1, gpus=(BROKEN._replace(ecc_errors=None),)), machine(gpus=(COLD,)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("now", "first", "ids"), IN_TROUBLE.values(), ids=IN_TROUBLE)
def test_trouble(now: Look, first: Look, ids: list[str]) -> None:
    found = list(troubles(now, first))
    assert [trouble.id for trouble in found] == ids
    assert all(len(trouble.message) <= 200 for trouble in found)


@pytest.mark.parametrize(("now", "first"), WELL.values(), ids=WELL)
def test_no_trouble(now: Look, first: Look) -> None:
    assert list(troubles(now, first)) == []


def test_a_line_of_the_machine() -> None:
    line = as_json(machine(2, gpus=(COLD,)), machine(1))
    assert line["cpu_percent"] == round(100 * 10 / 3600, 1)
    assert json.loads(json.dumps(line))["gpus"][0]["temperature_c"] == 84
    assert as_json(machine(), None)["cpu_percent"] is None


def test_alarms_are_raised_and_cleared_once(tmp_path: Path) -> None:
    told = []
    alarms = Alarms(tmp_path, told.append, clock=lambda: 7.0)
    for step in (3.0, 4.0):
        alarms.raise_("hang", "no step", step)
    for step in (5.0, 6.0):
        alarms.clear("hang", step)
    alarms.raise_("crash-killed", "it was", None)
    alarms.clear_like("crash-", 8.0)
    alarms.close()
    lines = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text().splitlines()]
    assert [(line["id"], line["state"], line["step"]) for line in lines] == [
        ("hang", "raised", 3), ("hang", "cleared", 5), ("crash-killed", "raised", 0),
        ("crash-killed", "cleared", 8),
    ]  # fmt: skip
    assert told == lines
    assert alarms.num_lost == 0


def test_alarms_are_told_where_they_cannot_be_written(tmp_path: Path) -> None:
    told = []
    alarms = Alarms(tmp_path / "gone", told.append)
    alarms.raise_("hang", "no step", 3.0)
    assert [alarm["id"] for alarm in told] == ["hang"]
    assert alarms.num_lost == 1


def safetensors(path: Path, cut: int = 0) -> Path:
    """Write one tensor of 8 bytes in the layout of safetensors, without its last `cut` bytes."""
    header = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    whole = len(header).to_bytes(8, "little") + header + bytes(8)
    path.write_bytes(whole[: len(whole) - cut])
    return path


def zipped(path: Path, cut: int = 0) -> Path:
    """Write what torch.save writes, a zip, without its last `cut` bytes."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", b"x" * 1000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size - cut])
    return path


def test_checkpoints_that_are_whole(tmp_path: Path) -> None:
    assert is_whole(safetensors(tmp_path / "a.safetensors"))
    assert not is_whole(safetensors(tmp_path / "b.safetensors", cut=1))
    assert not is_whole(safetensors(tmp_path / "c.safetensors", cut=20))
    assert is_whole(zipped(tmp_path / "a.pt"))
    assert not is_whole(zipped(tmp_path / "b.pt", cut=30))
    (tmp_path / "old.pth").write_bytes(b"\x80\x02a pickle")
    assert is_whole(tmp_path / "old.pth")
    assert not is_whole(tmp_path / "none.pt")


def test_the_newest_whole_checkpoint(tmp_path: Path) -> None:
    import os

    zipped(tmp_path / "earlier.pt")
    before = state_of(files_below(tmp_path))
    out = tmp_path / "out"
    out.mkdir()
    for number, (name, cut) in enumerate((("1.pt", 0), ("2.pt", 0), ("3.pt", 30))):
        os.utime(zipped(out / name, cut), ns=(number * 10**9, number * 10**9))
    (out / "tokens.bin").write_bytes(b"data")
    (out / "layers.bin").write_bytes(b"statistics")
    hidden = tmp_path / ".cache"
    hidden.mkdir()
    zipped(hidden / "x.pt")
    assert written(tmp_path, before) == [out / "1.pt", out / "2.pt"]


def test_a_folder_of_the_trainer_is_one_checkpoint(tmp_path: Path) -> None:
    for number in (10, 20, 30):
        folder = tmp_path / f"checkpoint-{number}"
        folder.mkdir()
        safetensors(folder / "model.safetensors")
        zipped(folder / "optimizer.pt")
        if number < 30:  # the last was cut off before its end
            (folder / "trainer_state.json").write_text("{}")
    assert written(tmp_path, {}) == [tmp_path / "checkpoint-10", tmp_path / "checkpoint-20"]
    zipped(tmp_path / "checkpoint-20" / "optimizer.pt", cut=30)
    assert written(tmp_path, {}) == [tmp_path / "checkpoint-10"]


LOGS = {
    # Of a folder that another run has written to, the new file alone.
    "tensorboard": ("runs/x/events.out.tfevents.1.host", "runs/x/events.out.tfevents.1.host"),
    "lightning": ("lightning_logs/version_3/metrics.csv", "lightning_logs/version_3/metrics.csv"),
    "wandb": ("wandb/offline-run-1/run-1.wandb", "wandb/offline-run-1/run-1.wandb"),
    "transformers": ("out/checkpoint-5/trainer_state.json", "out"),
    "mlflow": ("mlruns/0/abc/metrics/loss", "mlruns/0/abc"),
    "csv": ("log.csv", "log.csv"),
}


@pytest.mark.parametrize(("kind", "path", "found"), [(k, *v) for k, v in LOGS.items()], ids=LOGS)
def test_the_log_of_a_run_is_found(tmp_path: Path, kind: str, path: str, found: str) -> None:
    earlier = (tmp_path / path).with_name("earlier" + Path(path).name)
    earlier.parent.mkdir(parents=True, exist_ok=True)
    earlier.write_text("1")
    locator = Locator(kind, tmp_path)
    assert locator.find() is None
    (tmp_path / path).write_text("2")
    assert locator.find() == tmp_path / found


def test_a_log_outside_of_the_folder(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    locator = Locator("tensorboard", folder, ["loss", str(outside)])
    outside.mkdir()
    (outside / "events.out.tfevents.1").write_text("")
    assert locator.find() == outside


def checks(command: list[str], folder: Path) -> dict[str, str]:
    """Return the warnings of the quick checks by name."""
    gpus = Gpus({})
    found = quick_checks(command, folder, gpus)
    assert failures(found) == ""
    return {check.name: check.found for check in found if check.state == "warning"}


PATHS = {
    "missing": (["--data", "./none.bin"], True),
    "missing_after_equals": (["--train-file=none.jsonl"], True),
    "there": (["--data", "there.bin"], False),
    "an_output": (["--output-dir", "./none", "--save-data-to", "none.bin"], False),
    "a_name_of_the_hub": (["--dataset", "openai/gsm8k"], False),
    "a_number": (["--data-workers", "4"], False),
    "a_flag": (["--resume", "--other"], False),
}


@pytest.mark.parametrize(("words", "warns"), PATHS.values(), ids=PATHS)
def test_paths_in_the_command(tmp_path: Path, words: list[str], warns: bool) -> None:
    (tmp_path / "there.bin").write_text("x")
    assert ("paths" in checks(["python", "a.py", *words], tmp_path)) is warns


def test_code_that_is_not_on_record(tmp_path: Path) -> None:
    assert "not a git repository" in checks(["a"], tmp_path)["git"]
