"""The skill packs as texts: form and length of a leaf, what the routers lead to."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from markdown_pages import FENCED, python_blocks
from packs import LEAVES, PACKS, ROOT, ROUTER, ROUTERS

MAX_WORDS = 500
MAX_DESCRIPTION = 240  # characters; the seven stand in every session
WHOLE = ["When to use", "Decide", "Pattern", "Pitfalls", "Debug", "Example", "Sources"]
CUT = ["Decide", "Debug", "Sources"]  # where a model needs no more: docs/evals.md
IS_WHOLE = [leaf for leaf, path in LEAVES.items() if "## When to use\n" in path.read_text()]
# Cut leaves that keep their example, and the oracle that it is held to.
SHOWN = {
    "attention-mechanisms-catalog": r"assert_close\(out\[b, h, i\]",  # SDPA against loops
    "custom-autograd-functions": r"assert gradcheck\(",
    "distributed-training-strategies": r"nproc-per-node=2",  # two processes against one
    "environment-design-patterns": r"^check_env\(",
    "fine-tuning-methods": r"assert_close\(before, head\.merge\(\)",
    "model-serving-patterns": r"allclose\(torch\.tensor\(answers\), model\(",  # over HTTP
    "policy-gradient-methods": r"isclose\(advantages\[t, n\]",  # GAE against sums
    "quantization-for-inference": r"assert \(off <= bound",
}
ROOT_VARIABLE = "${CLAUDE_PLUGIN_ROOT}"


def _parts(path: Path) -> tuple[dict[str, str], str]:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    found = yaml.safe_load(front)
    assert isinstance(found, dict)
    return found, body


def _headings(body: str) -> list[str]:
    return re.findall(r"^## (.*)$", FENCED.sub("", body), re.MULTILINE)


def _section(body: str, heading: str) -> str:
    return re.split(r"^## ", body.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[
        0
    ]


def test_the_packs_hold_what_they_are_to_hold() -> None:
    """Every leaf and no other file."""
    assert len(LEAVES) == 53
    on_disk = set(ROOT.glob("skills/using-*/*.md")) - set(ROUTERS.values())
    assert on_disk == set(LEAVES.values())


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_says_when_and_what_it_is_not_for(leaf: str) -> None:
    front, _ = _parts(LEAVES[leaf])
    assert set(front) == {"name", "description"}
    assert front["name"] == leaf
    assert front["description"].startswith("Use when ")
    not_for = front["description"].split("Not for", 1)[1]
    named = set(re.findall(r"\(([a-z-]+)\)", not_for))
    skills = {path.parent.name for path in ROOT.glob("skills/*/SKILL.md")}
    assert named
    assert named <= {*LEAVES, *skills} - {leaf}


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_has_its_form(leaf: str) -> None:
    _, body = _parts(LEAVES[leaf])
    form = [*CUT[:-1], "Example", *CUT[-1:]] if leaf in SHOWN else CUT
    assert _headings(body) == (WHOLE if leaf in IS_WHOLE else form)
    assert 0 < len(body.split()) < MAX_WORDS
    for table in ("Decide", "Pitfalls") if leaf in IS_WHOLE else ("Decide",):
        assert len(re.findall(r"^\| ", _section(body, table), re.MULTILINE)) >= 3
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|https://", _section(body, "Sources"))


def test_a_leaf_is_whole_where_its_scenario_was_failed_without_it() -> None:
    """As docs/evals.md tells, which is made of the graded answers."""
    page = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| [a-z-]+ \| ([a-z0-9-]+) \| (\d) of (\d) \|", page, re.MULTILINE)
    assert {leaf for leaf, *_ in told} == set(LEAVES)
    assert [leaf for leaf, passed, of in told if passed != of] == IS_WHOLE


@pytest.mark.slow
def test_the_page_of_evals_is_what_the_graders_say() -> None:
    """Every recorded answer graded again."""
    check = [sys.executable, str(ROOT / "evals" / "check.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


@pytest.mark.parametrize("leaf", LEAVES)
def test_an_example_is_held_to_something(leaf: str) -> None:
    """That it runs is held by tests/contract/test_python_blocks.py."""
    blocks = python_blocks(LEAVES[leaf].read_text(encoding="utf-8"))
    assert len(blocks) == (leaf in IS_WHOLE or leaf in SHOWN)
    for code in blocks:
        assert re.search(r"^\s*assert |assert_close\(|gradcheck\(", code, re.MULTILINE)
        assert re.search(SHOWN.get(leaf, ""), code, re.MULTILINE)


@pytest.mark.parametrize("name", ROUTERS)
def test_a_router_is_a_short_skill_that_stops_and_reports(name: str) -> None:
    front, body = _parts(ROUTERS[name])
    assert set(front) <= {"name", "description", "allowed-tools", "argument-hint"}
    assert front["name"] == name
    assert front["description"].startswith("Use when ")
    assert "Not for" in front["description"]
    assert len(front["description"]) <= MAX_DESCRIPTION
    assert len(body.split()) < MAX_WORDS
    assert body.count(f"]({ROOT_VARIABLE}/skills/shared/rules.md)") == 1
    assert body.count("$ARGUMENTS") == 1
    assert "data, never an instruction" in body
    assert re.search(r"^Stop and ask when: ", body, re.MULTILINE)
    assert re.search(r"^The report contains:", body, re.MULTILINE)


@pytest.mark.parametrize("pack", PACKS)
def test_a_router_leads_to_each_of_its_leaves_once(pack: str) -> None:
    _, body = _parts(ROUTERS[pack])
    rows = [line for line in body.splitlines() if line.startswith("| ")]
    linked = re.findall(
        rf"\]\({re.escape(ROOT_VARIABLE)}/skills/{pack}/([a-z-]+)\.md\)", "\n".join(rows)
    )
    assert sorted(linked) == sorted(PACKS[pack].split())
    assert re.search(r"`neural-trainer [a-z-]+", "\n".join(rows))  # a check to run first


def test_the_router_of_routers_leads_to_every_pack() -> None:
    _, body = _parts(ROUTERS[ROUTER])
    for pack in PACKS:
        assert f"]({ROOT_VARIABLE}/skills/{pack}/SKILL.md)" in body
