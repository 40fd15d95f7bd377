"""How bin/neural-trainer makes an environment of its own: once, whole, or with a plain refusal."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from installed import REPOSITORY, Plugin


def dependencies() -> list[str]:
    """Return the core dependencies as pyproject.toml has them."""
    text = (REPOSITORY / "pyproject.toml").read_text()
    (block,) = re.findall(r"^dependencies = (\[.*?^\])", text, re.DOTALL | re.MULTILINE)
    found: list[str] = ast.literal_eval(block)  # this much of TOML is Python
    return found


def set_version(plugin: Plugin, version: str) -> None:
    """Put another version of the plugin in place of this one."""
    init = plugin.root / "scripts" / "neural_trainer" / "__init__.py"
    text, replaced = re.subn(r'__version__ = ".*"', f'__version__ = "{version}"', init.read_text())
    assert replaced == 1
    init.write_text(text)


def environments(plugin: Plugin) -> list[str]:
    """Return the names of the environments in the data folder."""
    return sorted(folder.name for folder in (plugin.data / "environments").iterdir())


@pytest.fixture
def gated(plugin: Plugin) -> Plugin:
    """Return a plugin whose uv waits at the pipe `gate` before it installs anything."""
    os.mkfifo(plugin.home / "gate")
    plugin.add_python()
    plugin.add_uv(before_install=f'read -r line <"{plugin.home}/gate"')
    return plugin


def until_line(process: subprocess.Popen[str]) -> str:
    """Return the next line that `process` says."""
    assert process.stderr
    return process.stderr.readline()


def test_core_dependencies_are_of_the_form_that_the_launcher_reads() -> None:
    found = dependencies()
    assert found
    assert all(re.fullmatch(r"[A-Za-z]+>=[0-9.]+", requirement) for requirement in found)


def test_uv_is_given_the_core_of_pyproject(plugin: Plugin) -> None:
    plugin.add_python()
    plugin.add_uv()
    done = plugin.start()
    own = plugin.data / "environments" / "1"
    assert done.returncode == 0
    venv, install = plugin.uv_calls
    assert venv.endswith(f" {own}")
    assert install.startswith(f"pip install --python {own}/bin/python ")
    assert install.split()[-len(dependencies()) :] == dependencies()
    made, ready = done.stderr.splitlines()
    assert str(plugin.data) in made
    assert "about a minute" in made
    assert re.fullmatch(r"neural-trainer: made in \d+ s", ready)


def test_made_once_and_then_without_a_word(plugin: Plugin) -> None:
    plugin.add_python()
    plugin.add_uv()
    plugin.start()
    again = plugin.start()
    assert (again.returncode, again.stderr, plugin.num_made) == (0, "", 1)


DATA_FOLDERS: dict[str, tuple[dict[str, str], str]] = {
    "plugin_data_first": ({"CLAUDE_PLUGIN_DATA": "{}/a", "XDG_DATA_HOME": "{}/b"}, "{}/a"),
    "then_xdg": ({"XDG_DATA_HOME": "{}/b"}, "{}/b/neural-trainer"),
    "then_home": (
        {"XDG_DATA_HOME": "", "CLAUDE_PLUGIN_DATA": ""},
        "{}/.local/share/neural-trainer",
    ),
}


@pytest.mark.parametrize(("environ", "data"), DATA_FOLDERS.values(), ids=DATA_FOLDERS)
def test_data_folder(plugin: Plugin, environ: dict[str, str], data: str) -> None:
    plugin.add_python()
    plugin.add_uv()
    home = str(plugin.home)
    seen = plugin.seen(**{name: value.format(home) for name, value in environ.items()})
    assert seen["executable"] == f"{data.format(home)}/environments/1/bin/python"


def test_upgrade_makes_it_anew_and_keeps_the_one_in_use(plugin: Plugin) -> None:
    plugin.add_python()
    plugin.add_uv()
    kept = []
    for version in ("1.0", "1.0", "1.1", "1.2", "1.2"):
        set_version(plugin, version)
        plugin.seen()
        kept.append(environments(plugin))
    assert kept == [["1"], ["1"], ["1", "2"], ["2", "3"], ["2", "3"]]


def test_other_dependencies_make_it_anew(plugin: Plugin) -> None:
    plugin.add_python()
    plugin.add_uv()
    plugin.start()
    project = plugin.root / "pyproject.toml"
    project.write_text(project.read_text().replace('"numpy>=1.24"', '"numpy>=1.25"'))
    plugin.start()
    assert plugin.num_made == 2
    assert "numpy>=1.25" in plugin.uv_calls[-1]


def test_made_anew_when_its_python_is_gone(plugin: Plugin) -> None:
    plugin.add_python()
    plugin.add_uv()
    python = Path(plugin.seen()["executable"])
    python.unlink()
    os.symlink("/nowhere/python3", python)
    assert plugin.seen()["executable"] == str(plugin.data / "environments" / "2" / "bin" / "python")


def test_two_starts_at_once_make_one(gated: Plugin) -> None:
    first = gated.open()
    assert "making a Python environment" in until_line(first)
    second = gated.open()
    assert "waiting for another start" in until_line(second)
    (gated.home / "gate").write_text("go\n")
    for process in (first, second):
        process.communicate("", timeout=60)
    assert (first.returncode, second.returncode, gated.num_made) == (0, 0, 1)
    assert not (gated.data / "lock").exists()


def test_interrupted_leaves_nothing_half_made(gated: Plugin) -> None:
    process = gated.open()
    with (gated.home / "gate").open("w"):  # opens when uv has come to install
        os.killpg(process.pid, signal.SIGINT)
        process.communicate("", timeout=60)
    assert process.returncode == 130
    assert environments(gated) == []
    assert not (gated.data / "lock").exists()


def test_killed_start_is_cleaned_up_by_the_next(gated: Plugin) -> None:
    process = gated.open()
    with (gated.home / "gate").open("w"):  # opens when uv has come to install
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate("", timeout=60)
    assert (gated.data / "lock").exists()
    gated.add_uv()
    assert gated.seen()["executable"] == str(gated.data / "environments" / "2" / "bin" / "python")
    assert environments(gated) == ["2"]
    assert not (gated.data / "lock").exists()


def test_lock_without_an_owner_is_inherited_after_a_while(plugin: Plugin) -> None:
    plugin.add_python()
    plugin.add_uv()
    (plugin.programs / "sleep").unlink()
    naps = plugin.home / "naps"
    plugin.add_program("sleep", f'echo "$1" >>"{naps}"')
    (plugin.data / "lock").mkdir(parents=True)
    plugin.seen()
    assert 10 <= len(naps.read_text().split()) <= 12


@pytest.mark.slow
@pytest.mark.parametrize("host", ["here", "elsewhere"])
def test_lock_of_a_living_owner_is_never_taken(plugin: Plugin, host: str) -> None:
    plugin.add_python()
    plugin.add_uv()
    (plugin.programs / "sleep").unlink()
    plugin.add_program("sleep", ":")
    lock = plugin.data / "lock"
    lock.mkdir(parents=True)
    owner = (os.uname().nodename, os.getpid()) if host == "here" else ("elsewhere.invalid", 1)
    (lock / "owner").write_text("{} {}\n".format(*owner))
    assert f"another start has held {lock} for 20 minutes" in plugin.refusal()
    assert plugin.num_made == 0
    assert lock.exists()


def only_old(plugin: Plugin) -> None:
    plugin.add_python(first="import sys; sys.version_info = (3, 9, 18)")


def only_bare(plugin: Plugin) -> None:
    plugin.add_python("python3.11", first="import sys; sys.modules['ensurepip'] = None")


def only_shims(plugin: Plugin) -> None:
    plugin.add_program("python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")


def failing_uv(plugin: Plugin) -> None:
    plugin.add_python()
    plugin.add_uv("printf 'error: Failed to fetch\\n  cause: dns error\\n' >&2; exit 2")


def failing_pip(plugin: Plugin) -> None:
    python = plugin.programs / "python3"
    plugin.add_python("python3", first=f"import sys; sys.executable = '{python}'")
    plugin.add_program("pip", "echo 'ERROR: No matching distribution found for numpy'; exit 1")
    make = (
        'for folder; do :; done; mkdir -p "$folder/bin"; ln -s "${0%/*}/pip" "$folder/bin/python"'
    )
    body = python.read_text().partition("\n")[2]
    plugin.add_program("python3", f'case $* in *" -m venv "*) {make}; exit ;; esac\n{body}')


def file_for_a_home(plugin: Plugin) -> None:
    plugin.add_python()
    plugin.home = plugin.launcher


def no_home(plugin: Plugin) -> None:
    plugin.environ["XDG_DATA_HOME"] = ""
    plugin.environ["HOME"] = ""


REFUSALS: dict[str, tuple[Callable[[Plugin], None], list[str]]] = {
    "nothing_on_path": (lambda plugin: None, ["Python 3.10 or newer", "none on PATH"]),
    "too_old": (only_old, ["Python 3.10 or newer", "python3 is older"]),
    "shims_of_absent_pythons": (only_shims, ["Python 3.10 or newer", "none on PATH"]),
    "no_ensurepip": (only_bare, ["python3.11 cannot make", "apt install python3.11-venv"]),
    "no_network_with_uv": (failing_uv, ["packages: cause: dns error", "network", "set-up.log"]),
    "no_network_with_pip": (failing_pip, ["packages: No matching distribution", "network"]),
    "read_only_home": (file_for_a_home, ["cannot write in", "CLAUDE_PLUGIN_DATA"]),
    "no_home": (no_home, ["set HOME or CLAUDE_PLUGIN_DATA"]),
}


@pytest.mark.parametrize(("arrange", "said"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(plugin: Plugin, arrange: Callable[[Plugin], None], said: list[str]) -> None:
    arrange(plugin)
    refusal = plugin.refusal()
    for words in said:
        assert words in refusal
    assert not (plugin.data / "lock").exists()
    assert not list(plugin.data.glob("environments/*"))


def test_failure_is_forgotten_once_there_is_a_network(plugin: Plugin) -> None:
    failing_uv(plugin)
    plugin.refusal()
    plugin.add_uv()
    plugin.seen()


def test_newest_python_is_taken_and_old_ones_are_passed_over(plugin: Plugin) -> None:
    plugin.add_uv()
    only_old(plugin)
    only_shims(plugin)
    plugin.add_python("python3.10")
    plugin.seen()
    base = os.path.realpath(sys.executable)
    assert plugin.uv_calls[0].startswith(f"venv --quiet --python {base} ")


def test_uv_brings_a_python_where_there_is_none(plugin: Plugin) -> None:
    plugin.add_uv()
    plugin.seen()
    assert plugin.uv_calls[0].startswith("venv --quiet --python >=3.10 ")


def test_python_that_cannot_make_environments_will_do_for_uv(plugin: Plugin) -> None:
    plugin.add_uv()
    only_bare(plugin)
    plugin.seen()
    assert str(Path(sys.executable).resolve()) in plugin.uv_calls[0]


@pytest.mark.slow
def test_real_environment_from_the_package_index(plugin: Plugin) -> None:
    """Needs the network: the one test in which pip installs the core."""
    plugin.environ |= {name: os.environ[name] for name in os.environ if name.startswith("PIP_")}
    plugin.add_python()
    python = plugin.seen(PYTHONPATH=os.fspath(plugin.cwd))["executable"]
    assert python.startswith(str(plugin.data))
    names = "numpy, pandas, matplotlib, scipy, rich, yaml"
    subprocess.run([python, "-I", "-c", f"import {names}"], check=True)
    done = subprocess.run(
        [REPOSITORY / "bin" / "neural-trainer", "--version"],
        cwd=plugin.cwd,
        env={"PATH": os.defpath, "HOME": str(plugin.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == "", "the real plugin takes the environment that is there"
