"""Lays out cases, or scenarios under pressure, for an arm, and takes back what was answered.

`lay_out.py out FOLDER` makes FOLDER/NAME for each case: what the program's user has, and the prompt
as TASK.md. With --plugin there is FOLDER/plugin too, without what could tell the answers, and
in each case ADVICE.md, the text of a skill. `lay_out.py back FOLDER ARM` keeps what was written
or changed there under evals/records/cases/ARM, where check.py grades it.

`lay_out.py press FOLDER ARM` makes FOLDER/task-01 and so on for evals/pressure, in the green arms
with ADVICE.md, the leaf; `lay_out.py take FOLDER ARM` keeps the answers under
evals/records/pressure/ARM.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from grading import ARMS, ROOT, Case, Pressure, cases, pressures

PLUGIN = (
    ".claude-plugin agents bin hooks knowledge monitors scripts skills templates pyproject.toml"
)
SKILL = "train-debug"
GIVEN = {"TASK.md", "ADVICE.md"}
NOT_KEPT = {"data", "out", "__pycache__", "runs", ".neural-trainer"}
MOST_BYTES = 200_000


def lay_out(folder: Path, with_plugin: bool) -> None:
    """Make the folders of an arm. Raises FileExistsError where one is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if with_plugin:
        copy_plugin(folder / "plugin")
    for case in cases():
        place = folder / case.name
        shutil.copytree(case.folder / "files", place)
        shutil.copyfile(case.folder / "prompt.md", place / "TASK.md")
        if with_plugin:
            (place / "ADVICE.md").write_text(advice(folder / "plugin"), encoding="utf-8")


def tasks(folder: Path) -> dict[Pressure, Path]:
    """Return where each scenario under pressure is laid out; the name tells nothing."""
    return {one: folder / f"task-{number:02}" for number, one in enumerate(pressures(), 1)}


def press(folder: Path, arm: str) -> None:
    """Make the folders of an arm under pressure. Raises FileExistsError where one is there."""
    for one, place in tasks(folder).items():
        place.mkdir(parents=True)
        if (one.folder / "files").is_dir():
            shutil.copytree(one.folder / "files", place, dirs_exist_ok=True)
        shutil.copyfile(one.folder / "question.md", place / "TASK.md")
        if arm.startswith("green"):
            body = one.page.read_text(encoding="utf-8").split("---\n", 2)[2].lstrip("\n")
            (place / "ADVICE.md").write_text(body, encoding="utf-8")


def copy_plugin(place: Path) -> None:
    """Copy the plugin as committed, without its evals, tests, docs and fault gym."""
    place.mkdir()
    archive = subprocess.run(
        ["git", "archive", "HEAD", *PLUGIN.split()], cwd=ROOT, check=True, capture_output=True
    )
    subprocess.run(["tar", "x", "-C", str(place)], input=archive.stdout, check=True)


def advice(plugin: Path) -> str:
    """Return the skill's text as the client shows it, in a session without arguments."""
    text = (plugin / "skills" / SKILL / "SKILL.md").read_text(encoding="utf-8")
    body = text.split("---\n", 2)[2]
    return body.replace("${CLAUDE_PLUGIN_ROOT}", str(plugin)).replace("$ARGUMENTS", "see TASK.md")


def written(one: Case | Pressure, place: Path) -> Iterator[Path]:
    """Yield the small files that an answer wrote or changed, relative to its folder."""
    for path in sorted(path for path in place.rglob("*") if path.is_file()):
        name = path.relative_to(place)
        given = one.folder / "files" / name
        if NOT_KEPT & set(name.parts) or str(name) in GIVEN or path.stat().st_size > MOST_BYTES:
            continue
        if not given.is_file() or given.read_bytes() != path.read_bytes():
            yield name


def take_back(places: Mapping[Case, Path] | Mapping[Pressure, Path], arm: str) -> None:
    """Keep the answers of an arm. Raises FileNotFoundError where one has no folder."""
    for one, place in places.items():
        if not place.is_dir():
            raise FileNotFoundError(f"{place}: there is no such folder")
        shutil.rmtree(one.recorded(arm), ignore_errors=True)
        names = list(written(one, place))
        for name in names:
            kept = one.recorded(arm) / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place / name, kept)
        print(f"{one.name}: {', '.join(map(str, names)) or 'nothing written'}")


def main() -> int:
    """Do what the command line asks; return 0, or 1 with one line said."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    out = verbs.add_parser("out", help="make the folders of an arm")
    out.add_argument("folder", type=Path, help="a new one, outside of this repository")
    out.add_argument("--plugin", action="store_true", help="with the plugin and a skill's text")
    for verb, told in {
        "back": "keep the answers of an arm",
        "press": "make the folders of an arm, scenarios under pressure",
        "take": "keep the answers of an arm under pressure",
    }.items():
        other = verbs.add_parser(verb, help=told)
        other.add_argument("folder", type=Path)
        other.add_argument("arm", choices=ARMS)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    try:
        if arguments.verb == "back":
            take_back({case: folder / case.name for case in cases()}, arguments.arm)
        elif arguments.verb == "take":
            take_back(tasks(folder), arguments.arm)
        elif folder.is_relative_to(ROOT):
            raise FileExistsError(f"{folder}: lies in this repository, which holds the answers")
        elif arguments.verb == "press":
            press(folder, arguments.arm)
        else:
            lay_out(folder, arguments.plugin)
    except OSError as error:
        print(f"lay_out: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
