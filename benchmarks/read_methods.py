"""Ways to read a log, ours and those of others; read_logs.py times each alone in a process.

Usage: read_methods.py NAME LOG [VALUES], LOG as JSON. Prints one JSON object: seconds without the
imports, those of the imports, and the peak of memory in bytes above what these took. VALUES: an
.npz to write what was read to, so that it can be compared. A way ends in what it is used for:
columns, a table, a Run.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))


class Log(NamedTuple):
    """What is read. num_series, last_step: what is in it, by which a server is known to be done."""

    path: str
    num_series: int = 0
    last_step: int = 0


class Method(NamedTuple):
    """A way to read.

    imports: modules that are there before the clock starts. read: what is timed. values: what it
    returned, made steps and values by the name in the log.
    """

    imports: tuple[str, ...]
    read: Callable[[Log], Any]
    values: Callable[[Any], Mapping[str, tuple[Any, Any]]]


def ours(log: Log) -> Any:
    """Read with the project's readers as they are without the extra `arrow`, to Runs."""
    sys.modules["pyarrow"] = None  # type: ignore[assignment]  # what makes its import fail
    return ours_with_arrow(log)


def ours_with_arrow(log: Log) -> Any:
    """Read with the project's readers, to Runs."""
    from neural_trainer.runs.read import read_all

    return read_all(log.path)


def of_runs(runs: Any) -> Mapping[str, tuple[Any, Any]]:
    found = {}
    for run in runs:
        for name, series in run.signals.items():
            own = run.logged_as[name]
            found[own if len(runs) == 1 else f"{run.name}/{own}"] = (series.step, series.value)
    return found


def event_accumulator(log: Log) -> Any:
    """Read with TensorBoard's own reader, to columns."""
    import numpy as np
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = {}
    for folder in _folders(log):
        read = EventAccumulator(str(folder), size_guidance={"scalars": 0})
        read.Reload()
        for tag in read.Tags()["scalars"]:
            points = read.Scalars(tag)
            columns = [[p.step for p in points], [p.value for p in points]]
            name = tag if str(folder) == log.path else f"{folder.name}/{tag}"
            found[name] = tuple(np.array(column) for column in columns)
    return found


def _folders(log: Log) -> list[Path]:
    """Return the folders of the runs in a folder, or this one."""
    root = Path(log.path)
    return sorted(child for child in root.iterdir() if child.is_dir()) or [root]


def tbparse(log: Log) -> Any:
    """Read with tbparse, to a table."""
    from tbparse import SummaryReader

    several = {"dir_name"} if _folders(log) != [Path(log.path)] else set()
    return SummaryReader(log.path, extra_columns=several).scalars


def _of_long_table(table: Any) -> Mapping[str, tuple[Any, Any]]:
    keys = ["dir_name", "tag"] if "dir_name" in table.columns else ["tag"]
    return {"/".join(key): (part["step"], part["value"]) for key, part in table.groupby(keys)}


def data_server(log: Log) -> Any:
    """Read with TensorBoard's server in Rust, as it ships: CRCs are not checked; to columns."""
    import grpc
    import numpy as np
    import tensorboard_data_server
    from tensorboard.data.proto import data_provider_pb2 as messages
    from tensorboard.data.proto import data_provider_pb2_grpc as services

    with tempfile.TemporaryDirectory() as folder:
        port = Path(folder) / "port"
        words = [
            tensorboard_data_server.server_binary(), f"--logdir={log.path}", "--reload=once",
            "--samples-per-plugin=scalars=all", "--port=0", f"--port-file={port}",
            "--die-after-stdin",
        ]  # fmt: skip
        server = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        while not (port.exists() and port.read_text().endswith("\n")):
            time.sleep(0.002)
        address = f"localhost:{port.read_text().strip()}"
        unbounded = [("grpc.max_receive_message_length", -1)]
        stub = services.TensorBoardDataProviderStub(grpc.insecure_channel(address, unbounded))
        scalars = messages.PluginFilter(plugin_name="scalars")
        while True:  # until all is loaded
            listed = stub.ListScalars(messages.ListScalarsRequest(plugin_filter=scalars))
            steps = [tag.metadata.max_step for run in listed.runs for tag in run.tags]
            if steps == [log.last_step] * log.num_series:
                break
            time.sleep(0.005)
        every = messages.Downsample(num_points=1 << 30)
        asked = messages.ReadScalarsRequest(plugin_filter=scalars, downsample=every)
        found = {}
        for run in stub.ReadScalars(asked).runs:
            for tag in run.tags:
                name = tag.tag_name if run.run_name == "." else f"{run.run_name}/{tag.tag_name}"
                found[name] = (np.array(tag.data.step), np.array(tag.data.value))
        server.communicate()
    return found


def pandas_csv(log: Log) -> Any:
    """Read CSV with pandas' C engine, to a table."""
    import pandas

    return pandas.read_csv(log.path)


def json_loop(log: Log) -> Any:
    """Read JSON Lines with json.loads line by line, to columns; the last line may be torn."""
    import numpy as np

    columns: dict[str, list[float]] = {}
    with Path(log.path).open(encoding="utf-8") as file:
        for line in file:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            for key, value in row.items():
                try:
                    columns[key].append(value)
                except KeyError:
                    columns[key] = [value]
    return {key: np.array(column) for key, column in columns.items()}


def json_table(log: Log) -> Any:
    """Read a trainer_state.json with json, to a table of its history."""
    import pandas

    with Path(log.path).open(encoding="utf-8") as file:
        return pandas.DataFrame(json.load(file)["log_history"])


def wandb_rows(log: Log) -> Any:
    """Read a .wandb file with wandb's own DataStore and messages, to a table."""
    import pandas
    from wandb.proto.wandb_internal_pb2 import Record
    from wandb.sdk.internal.datastore import DataStore

    store, rows = DataStore(), []
    store.open_for_scan(log.path)
    while (data := store.scan_data()) is not None:
        record = Record.FromString(data)
        if record.WhichOneof("record_type") == "history":
            items = record.history.item
            rows.append({i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in items})
    return pandas.DataFrame(rows)


def _by_step(columns: Any) -> Mapping[str, tuple[Any, Any]]:
    """Return the metrics of rows, each at the steps that hold it, in order of step."""
    import numpy as np

    key = "_step" if "_step" in columns else "step"
    step = np.asarray(columns[key], np.float64)
    found = {}
    for name in columns:
        if name not in (key, "wall_time", "_timestamp"):
            value = np.asarray(columns[name], np.float64)
            there = slice(None) if "wall_time" in columns else ~np.isnan(value)
            found[name] = (step[there], value[there])
    return found


_NEURAL_TRAINER = Method(("numpy", "neural_trainer.runs.read"), ours, of_runs)
_TENSORBOARD = "tensorboard.backend.event_processing.event_accumulator"
_SERVER = (
    "grpc",
    "numpy",
    "tensorboard_data_server",
    "tensorboard.data.proto.data_provider_pb2_grpc",
)
METHODS = {
    "neural-trainer": _NEURAL_TRAINER,
    "neural-trainer[arrow]": _NEURAL_TRAINER._replace(
        imports=(*_NEURAL_TRAINER.imports, "pyarrow.csv", "pyarrow.compute"), read=ours_with_arrow
    ),
    "EventAccumulator": Method(("numpy", _TENSORBOARD), event_accumulator, dict),
    "tbparse": Method(("tbparse",), tbparse, _of_long_table),
    "Rust data server": Method(_SERVER, data_server, dict),
    "pandas' C engine": Method(("pandas",), pandas_csv, _by_step),
    "json.loads loop": Method(("numpy",), json_loop, _by_step),
    "json to DataFrame": Method(("pandas",), json_table, _by_step),
    "wandb's DataStore": Method(
        ("pandas", "wandb.sdk.internal.datastore", "wandb.proto.wandb_internal_pb2"),
        wandb_rows, _by_step,
    ),
}  # fmt: skip


def resident_bytes(key: str) -> int:
    """Return the memory of this process now, "VmRSS", or its peak, "VmHWM" (Linux)."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith(key))


def main(name: str, log: Log, values: str | None = None) -> None:
    """Read the log and print what that took."""
    import resource

    method = METHODS[name]
    start = time.perf_counter()
    for module in method.imports:
        importlib.import_module(module)
    imports_s = time.perf_counter() - start
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = resident_bytes("VmRSS")
    start = time.perf_counter()
    found = method.read(log)
    taken_s = time.perf_counter() - start
    of_server = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    peak = resident_bytes("VmHWM") - before + of_server
    print(json.dumps({"seconds": taken_s, "imports_s": imports_s, "bytes": peak}))
    if values is not None:
        import numpy as np

        columns = {name: np.array(column) for name, column in method.values(found).items()}
        np.savez(values, allow_pickle=False, **columns)


if __name__ == "__main__":
    main(sys.argv[1], Log(**json.loads(sys.argv[2])), *sys.argv[3:])
