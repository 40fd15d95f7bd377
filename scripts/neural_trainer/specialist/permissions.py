"""What a specialist may do: the tools, commands and files that it has without being asked."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neural_trainer.errors import SpecialistError
from neural_trainer.specialist.roles import Role

MODE: Final = "dontAsk"  # of the client: what no rule allows is denied, nobody is asked
EDITING = ("Write", "Edit")
DRAWS = "plot"  # always writes a file; a session without a terminal has `curves`
WRITING = ("--write-config", "--html", "--markdown", "--csv", "--parquet", "--out", "--plot")
"""Options by which a verb that reads writes a file at a path of the caller's."""
RAW = ("*.jsonl", "*.log", "*.wandb", "events.out.tfevents.*", "layers.bin")
"""Files that hold what a run printed or logged, the case's or another's."""
_OPERATORS = frozenset("();<>|&")
_UNSAFE = re.compile(r"[$`\n\r\x00]")  # what a shell expands even within double quotes
_PATTERN = re.compile(r"[*?()\[\]{}!\\\n\r]")  # what a rule would read as a pattern


@dataclass(frozen=True)
class Permissions:
    """verbs: of the command, those that read. commands: further ones, word by word as approved.

    readable, unreadable: files and folders, the second over the first. writable: files.
    """

    tools: tuple[str, ...]
    verbs: tuple[str, ...]
    commands: tuple[str, ...]
    readable: tuple[Path, ...]
    unreadable: tuple[Path, ...]
    writable: tuple[Path, ...]

    def allow(self) -> list[str]:
        """Return the rules of the client for what is allowed."""
        return [
            *(f"Bash(neural-trainer {verb}:*)" for verb in self.verbs),
            *(f"Bash({_escaped(command)})" for command in self.commands),
            *(_rule("Read", path) for path in self.readable),
            *(_rule("Edit", path) for path in self.writable),
        ]

    def deny(self) -> list[str]:
        """Return the rules of the client for what is denied, whatever allows it."""
        kinds = [f"Read(//**/{kind})" for kind in RAW]
        return [*(_rule("Read", path) for path in self.unreadable), *kinds]

    def refusal(self, tool: str, given: Mapping[str, Any]) -> str:
        """Return why a call is not let through; empty where the client's rules may judge it."""
        if tool not in self.tools:
            return f"{tool} is not among the tools of this session: {', '.join(self.tools)}"
        if tool == "Bash":
            return self._refused_command(str(given.get("command", "")))
        if tool in EDITING and Path(str(given.get("file_path", ""))) not in self.writable:
            return "the approved plan does not name this file"
        return ""

    def _refused_command(self, command: str) -> str:
        if command.strip() in self.commands:
            return ""
        words = _words(command)
        if not words or words[0] != "neural-trainer" or words[1:2] == []:
            more = f", or word by word: {'; '.join(self.commands)}" if self.commands else ""
            return (
                "only one neural-trainer command at a time runs here, without pipes, variables or "
                f"redirections{more}; files are read by Read, Grep and Glob"
            )
        if words[1] not in self.verbs:
            return f"neural-trainer {words[1]} is not among the verbs here: {', '.join(self.verbs)}"
        writes = [word for word in words if word.partition("=")[0] in WRITING]
        return f"{writes[0]} writes a file, and nothing is written here" if writes else ""


def permissions(
    role: Role, logs: list[str], others: list[str], plan: Mapping[str, Any] | None
) -> Permissions:
    """Return what `role` may do with a case whose logs and other files lie at these paths.

    plan: the approved one, whose files may be written and whose commands run. Raises
    SpecialistError where a log cannot be kept from being read raw.
    """
    from neural_trainer.specialist.roles import PLUGIN

    here = Path.cwd()
    raw = _raw(logs)
    read = [Path(path).absolute() for path in others if Path(path).exists()]
    for log in raw:
        held = [path for path in read if log in (path, *path.parents)]
        if held:
            raise SpecialistError(
                f"the log {log} holds {held[0]}, which is to be read: name the log's own file"
            )
    files = [str(entry["file"]) for entry in plan["files"]] if plan else []
    return Permissions(
        tools=tuple(tool for tool in role.tools if plan or tool not in EDITING),
        verbs=tuple(verb for verb in role.verbs if verb != DRAWS),
        commands=tuple(plan["commands"]) if plan else (),
        readable=tuple(dict.fromkeys([here, PLUGIN, *read])),
        unreadable=raw,
        writable=tuple(_inside(here, file) for file in files),
    )


def _raw(logs: list[str]) -> tuple[Path, ...]:
    """Return where the logs lie, each by its own name and by that of what it links to."""
    found: dict[Path, None] = {}
    for log in logs:
        if not Path(log).exists():
            continue
        for path in (Path(log).absolute(), Path(log).resolve()):
            if _PATTERN.search(str(path)):
                raise SpecialistError(
                    f"the log {path} has a sign in its name that a rule would read as a pattern, "
                    "so that it could not be kept from being read raw: give it a plain name"
                )
            found[path] = None
    return tuple(found)


def _inside(here: Path, file: str) -> Path:
    """Return the path of a file of a plan, which must lie in the working directory."""
    path = Path(os.path.normpath(here / file))
    if here not in path.parents or _PATTERN.search(file) or path.resolve() != path:
        raise SpecialistError(f"the plan writes {file}, which is no plain path below {here}")
    return path


def _rule(tool: str, path: Path) -> str:
    """Return the rule for a file, or for all in a folder. A leading // says that it is absolute."""
    return f"{tool}(/{path}/**)" if path.is_dir() else f"{tool}(/{path})"


def _escaped(command: str) -> str:
    """Return a command as it stands within the brackets of a rule."""
    return re.sub(r"([()])", r"\\\1", command)


def _words(command: str) -> list[str]:
    """Return the words of a single command of a shell; none where it is anything more."""
    if _UNSAFE.search(command):
        return []
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:  # a quote that is not closed
        return []
    return [] if any(word and set(word) <= _OPERATORS for word in words) else words
