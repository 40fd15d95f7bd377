"""What run.json says of where a run came from: command, config, code, packages, hardware."""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

MASK = "***"
GIT_TIMEOUT_S = 5.0  # a status of a very large tree on a cold disk; a run must not wait longer

_SECRET = re.compile(r"secret|passw|credential", re.IGNORECASE)
# A string under such a name may be a secret; a number (num_tokens, key_dim) is none.
_SECRET_IF_TEXT = re.compile(r"token(?!iz)|keys?$", re.IGNORECASE)
_LOGIN_IN_URL = re.compile(r"://[^/@\s]+@")

_PACKAGES = (
    "torch", "numpy", "transformers", "accelerate", "datasets", "peft", "trl", "lightning",
    "pytorch_lightning", "deepspeed", "jax", "flax", "tensorflow", "torchvision", "timm",
)  # fmt: skip


def provenance(config: Any, project: Path) -> dict[str, Any]:
    """Return command, config, git state, versions and hardware, without secrets, for run.json."""
    return {
        "command": masked_command(sys.argv),
        "cwd": str(project),
        "config": masked(plain(config)),
        "git": git_state(project),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "num_cpus": os.cpu_count(),
        "packages": loaded_packages(),
        **torch_facts(),
        "pid": os.getpid(),
    }


def plain(config: Any) -> Any:
    """Return a config (mapping, dataclass, namespace) as what JSON can hold."""
    if config is None or isinstance(config, bool | int | str):
        return config
    if isinstance(config, float):
        return config if abs(config) < float("inf") else repr(config)  # NaN compares false
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        return plain({f.name: getattr(config, f.name) for f in dataclasses.fields(config)})
    if isinstance(config, Mapping):
        return {str(key): plain(value) for key, value in config.items()}
    if isinstance(config, Sequence | set | frozenset):
        return [plain(value) for value in config]
    if isinstance(getattr(config, "__dict__", None), dict) and type(config).__name__ == "Namespace":
        return plain(vars(config))
    return str(config)[:200]


def masked(config: Any, name: str = "") -> Any:
    """Return a plain config with what looks like a secret, by its key, replaced by `MASK`."""
    if isinstance(config, dict):
        return {key: masked(value, key) for key, value in config.items()}
    if isinstance(config, list):
        return [masked(value, name) for value in config]
    if config is not None and not isinstance(config, bool) and _SECRET.search(name):
        return MASK
    if not isinstance(config, str) or not config:
        return config
    return MASK if _SECRET_IF_TEXT.search(name) else _LOGIN_IN_URL.sub(f"://{MASK}@", config)


def masked_command(arguments: Sequence[str]) -> list[str]:
    """Return a command line in which the values of secret options are replaced by `MASK`."""
    shown: list[str] = []
    option = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if name.startswith("-") and equals:
            shown.append(f"{name}={masked(value, name)}")
            option = ""
        else:
            shown.append(argument if argument.startswith("-") else masked(argument, option))
            option = argument if argument.startswith("-") else ""
    return shown


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return the commit and whether tracked files differ from it; None outside a repository."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, stripped; None where it fails, is absent or takes too long."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def loaded_packages() -> dict[str, str]:
    """Return the versions of the packages of note that this process has imported."""
    versions = {}
    for name in _PACKAGES:
        if name in sys.modules:
            try:
                versions[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                versions[name] = "unknown"
    return versions


def torch_facts() -> dict[str, Any]:
    """Return CUDA version, devices and threads as torch tells them; empty if it is not loaded."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return {}
    facts = {"cuda": torch.version.cuda, "torch_threads": torch.get_num_threads()}
    # Asking for a device's name starts CUDA, which would break workers that fork later.
    if torch.cuda.is_initialized():
        count = torch.cuda.device_count()
        facts["devices"] = [torch.cuda.get_device_name(index) for index in range(count)]
    return facts
