"""Every command line in the pages parses with the parser that the command has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from markdown_pages import PAGES, command_lines, name_of, spans

from neural_trainer.cli import parser_of
from neural_trainer.commands import VERBS, launch, sweep


def why_not(line: str) -> str:
    """What is wrong with a command line; nothing where it parses."""
    plain = re.sub(r"\[[^]]*\]|…|\.\.\.", " ", line)  # [LOG …] may be left out
    _, verb, *words = shlex.split(plain, comments=True)
    if verb not in VERBS:
        return f"no verb {verb}"
    try:
        given, left = parser_of(verb).parse_known_args(words)
    except SystemExit:
        return "refused"
    if left:
        return f"unknown: {left}"
    if verb == "launch" and words and words[0] != "--" and not words[0].startswith("--"):
        return "" if given.command[0] in launch.ACTIONS else f"no action {given.command[0]}"
    if verb == "sweep" and len(given.words) > 1 and given.words[0] not in sweep.ACTIONS:
        return f"no action {given.words[0]}"
    return ""


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_the_command_lines_of_a_page_parse(path: Path) -> None:
    wrong = {line: why_not(line) for line in command_lines(path.read_text(encoding="utf-8"))}
    assert {line: why for line, why in wrong.items() if why} == {}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_an_option_that_stands_alone_is_one_of_a_verb_that_the_page_names(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    verbs = {line.split()[1] for line in command_lines(text)} & set(VERBS)
    known = {option for verb in verbs for option in parser_of(verb)._option_string_actions}
    alone = {span.split()[0] for span in spans(text) if re.match(r"--[a-z]", span)}
    assert sorted(alone - known) == []


def test_there_are_many_and_each_way_to_be_wrong_is_seen() -> None:
    found = [line for path in PAGES for line in command_lines(path.read_text(encoding="utf-8"))]
    assert len(found) > 100
    assert len({line.split()[1] for line in found}) > 15
    assert why_not("neural-trainer diagnose LOG [LOG …] --brief") == ""
    assert why_not("neural-trainer launch -- python train.py --lr 3") == ""
    assert why_not("neural-trainer launch stop RUN") == ""
    assert why_not("neural-trainer diagnoze LOG")
    assert why_not("neural-trainer plan")
    assert why_not("neural-trainer curves LOG --brief")
    assert why_not("neural-trainer launch halt RUN")
    assert why_not("neural-trainer sweep halt FOLDER")
