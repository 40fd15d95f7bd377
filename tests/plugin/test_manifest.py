"""What the client's own checks say of the plugin, and whether it can be installed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from real_client import ROOT, Client

import neural_trainer

MAX_STANDING_TOKENS = 2000


def _json(path: str) -> dict[str, Any]:
    found = json.loads((ROOT / path).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_the_manifests_name_one_plugin_and_one_version() -> None:
    manifest = _json(".claude-plugin/plugin.json")
    assert manifest["name"] == "neural-trainer"
    assert manifest["version"] == neural_trainer.__version__
    (entry,) = _json(".claude-plugin/marketplace.json")["plugins"]
    assert entry["name"] == manifest["name"]
    assert entry["description"] == manifest["description"]
    assert "version" not in entry  # said once, in plugin.json


def test_the_manifest_at_the_root_is_a_link() -> None:
    assert (ROOT / "plugin.json").readlink() == Path(".claude-plugin/plugin.json")


def _commands(path: str) -> list[str]:
    """Every command in a JSON file of the plugin."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [
        json.loads(f'"{found}"') for found in re.findall(r'"command": "((?:[^"\\]|\\.)+)"', text)
    ]


HOOKS = _commands("hooks/hooks.json")
MONITORS = _commands("monitors/monitors.json")


def test_the_scripts_of_hooks_and_monitors_exist() -> None:
    assert (len(HOOKS), len(MONITORS)) == (3, 1)
    for command in [*HOOKS, *MONITORS]:
        (script,) = re.findall(r'"\$\{CLAUDE_PLUGIN_ROOT\}/([^"]+)"', command)
        assert (ROOT / script).is_file()


@pytest.mark.parametrize("command", HOOKS)
def test_a_hook_is_silent_where_there_is_no_python(command: str, tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "CLAUDE_PLUGIN_ROOT": str(ROOT)}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("command", MONITORS)
def test_a_monitor_that_cannot_run_stays_quiet_and_stays(command: str, tmp_path: Path) -> None:
    """The end of a monitor wakes the model as much as a line does."""
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CLAUDE_PLUGIN_ROOT": str(ROOT)}
    with subprocess.Popen(
        ["/bin/sh", "-c", command], env=environment, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=0.5)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.communicate()[0] == b""


@pytest.mark.parametrize("target", [".", ".claude-plugin/plugin.json"], ids=["folder", "manifest"])
def test_validate_passes_with_the_one_warning_we_chose(
    target: str, home: Client, plugin: Path
) -> None:
    done = home.run("plugin", "validate", "--json", target, cwd=plugin)
    report = json.loads(done.stdout)
    assert (done.returncode, report["success"]) == (0, True)
    contents = [entry for part in report["contents"] for entry in part["errors"]]
    assert [*report["manifest"]["errors"], *contents] == []
    warnings = [
        warning["message"]
        for part in [report["manifest"], *report["contents"]]
        for warning in part["warnings"]
    ]
    assert len(warnings) == 1, warnings
    assert "CLAUDE.md at the plugin root" in warnings[0]


def test_the_directory_would_refuse_nothing(home: Client, plugin: Path) -> None:
    done = home.run(
        "plugin", "validate", "--profile", "directory", "--json", str(plugin), cwd=plugin
    )
    assert done.returncode == 0, done.stdout
    directory = json.loads(done.stdout)["directory"]
    assert (directory["profile"], directory["findings"], directory["incomplete"]) == (
        "directory",
        [],
        False,
    )


def test_it_installs_from_the_marketplace_and_costs_little(
    home: Client, plugin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added = home.run("plugin", "marketplace", "add", str(plugin), cwd=home.home)
    assert added.returncode == 0, added.stdout + added.stderr
    installed = home.run("plugin", "install", "neural-trainer@neural-trainer", cwd=home.home)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    details = home.run("plugin", "details", "neural-trainer", cwd=home.home).stdout
    with capsys.disabled():
        print("\n" + details[details.index("Projected token cost") :].strip())
    skills = sorted(path.parent.name for path in (ROOT / "skills").glob("*/SKILL.md"))
    agents = sorted(path.stem for path in (ROOT / "agents").glob("*.md"))
    assert f"Skills ({len(skills)})  {', '.join(skills)}" in details
    shown = re.search(r"Agents \(\d+\)  (.*)", details)  # in no order that can be relied on
    assert shown is not None
    assert sorted(shown[1].split(", ")) == agents
    standing = re.search(r"Always-on:\s+~([\d,]+) tok", details)
    assert standing is not None
    assert 0 < int(standing[1].replace(",", "")) <= MAX_STANDING_TOKENS
