"""What lint finds of bugs planted without sight of its rules, beside torchfix: `make bench-lint`.

Two sets by different authors (lint_scoring.py), each look at them counted (lint_looks.py). Findings
on public packages were judged by hand: lint_judging.py, lint_precision.py.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import lint_judging
import numpy as np
from lint_looks import Look, looks
from lint_precision import judged, precision, share
from lint_scoring import (
    FOURTH,
    FRESH,
    PLANTED,
    ROOT,
    THIRD,
    Found,
    Score,
    planted_files,
    score,
)  # fmt: skip

from neural_trainer.inspect.lint.linting import lint_text
from neural_trainer.study.validate.resampling import cluster_error, wilson

PAGE = ROOT / "docs" / "lint-benchmark.md"
TORCHFIX = ROOT / ".peers-lint" / "bin" / "torchfix"
LEAST_FOUND = 0.95  # of issue 8
TITLES = {
    PLANTED: "The first set",
    FRESH: "The second set, by others",
    THIRD: "The third set, by others again",
    FOURTH: "The fourth set, by yet others",
}


def by_our_rules(root: Path) -> dict[str, list[Found]]:
    """Return what our rules find, by file."""
    found = {}
    for path in planted_files(root):
        linted = lint_text(path.read_text(), str(path))
        found[str(path.relative_to(root))] = [
            Found(f.line, f.rule, tuple(map(int, re.findall(r"\bline (\d+)", f.saw))))
            for f in linted.findings
        ]
    return found


def by_torchfix(root: Path) -> dict[str, list[Found]]:
    """Return what torchfix finds with all its rules, by file."""
    command = [str(TORCHFIX), "--select", "ALL", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, list[Found]] = {}
    # Its processes write at once: before a path may stand the end of another's words.
    form = rf"/{re.escape(root.name)}/(\S+?\.py):(\d+):\d+: (TOR\d+)"
    for name, line, rule in re.findall(form, done.stdout):
        found.setdefault(name, []).append(Found(int(line), rule))
    if not found:
        raise SystemExit(f"torchfix said nothing: {done.stderr[-300:]}")
    return found


def clustered(hits: dict[str, int], planted: dict[str, int]) -> str:
    """Return a share with its interval at 95 %, a folder a cluster.

    Wilson's, over as many programs as say as much when drawn one by one: their number over the
    design effect (Korn & Graubard 1998, Survey Methodology 24), which is never taken below 1.
    """
    folders = sorted(planted)
    tries = np.array([planted[name] for name in folders], dtype=float)
    shares = np.array([hits[name] for name in folders]) / tries
    mean, error, _ = cluster_error(shares, tries, np.arange(len(folders)))
    alone = mean * (1 - mean) / tries.sum()
    effect = max(1.0, error**2 / alone) if alone > 0 else 1.0
    low, high = wilson(mean * tries.sum() / effect, tries.sum() / effect, 0.95)
    return f"{mean:.2f} ({low:.2f} to {high:.2f})"


def page(scored: dict[Path, tuple[Score, Score | None, list[Look]]]) -> Iterator[str]:
    """Yield the lines of docs/lint-benchmark.md."""
    yield "# What lint finds of planted bugs\n"
    yield "Written by `make bench-lint` (benchmarks/lint.py): do not edit.\n"
    yield (
        "Programs with one bug each, written from a list of bugs without sight of the rules, in\n"
        "four sets by different authors ([the first](../benchmarks/lint/planted/README.md),\n"
        "[the second](../benchmarks/lint/planted_fresh/README.md),\n"
        "[the third](../benchmarks/lint/planted_third/README.md),\n"
        "[the fourth](../benchmarks/lint/planted_fourth/README.md)). Found: a rule that\n"
        "the benchmark's table accepts for the folder speaks on the marked statement, or on a\n"
        "loop or call around it. Intervals are at 95 %: of a set with folders as clusters\n"
        "(Wilson's, over its programs divided by the design effect), else Wilson's.\n"
    )
    yield (
        "Only the first look at the first, second and fourth sets is blind. Rules were mended\n"
        "from what was missed there before each later one: its share says how well they fit\n"
        "these files, not what they find in new ones. Nobody who mends rules has opened the\n"
        "third set: each look at it is blind, and its share is what to expect of new files. The\n"
        f"aim is {LEAST_FOUND:.2f}.\n"
    )
    yield "| set | look | found |"
    yield "|---|---|---|"
    for root, (_, _, scorings) in scored.items():
        yield f"| {TITLES[root].lower()} | {scorings[0].look}, blind | {of_look(scorings[0])} |"
        if len(scorings) > 1:
            how = "now, blind" if root == THIRD else "now"
            yield f"| | {scorings[-1].look}, {how} | {of_look(scorings[-1])} |"
    yield ""
    yield (
        "Many bugs have two ends, such as a softmax and the loss it goes into. *Named* counts\n"
        "also a finding at the other end whose sentence names the marked line; it was added after\n"
        "the first look at the first set, and what it takes in is not off the marks from then on.\n"
        "A finding stands where the fault is best mended: at the activation rather than the loss,\n"
        "at the optimizer rather than the move or the new part, where a loss is cut off rather\n"
        "than where it goes backward, where a number is written rather than where it is used.\n"
    )
    for root, (ours, peer, scorings) in scored.items():
        yield from section(TITLES[root], ours, peer, scorings)
    yield from lint_judging.page()
    yield from precision(judged())


def of_look(each: Look) -> str:
    """Return what a look found: counts, share, interval."""
    start = f"{each.found} of {each.planted}: "
    if each.by_folder is None:
        return start + share(each.found, each.planted)
    size = each.planted // len(each.by_folder)
    return start + clustered(each.by_folder, dict.fromkeys(each.by_folder, size))


def section(title: str, ours: Score, peer: Score | None, scorings: list[Look]) -> Iterator[str]:
    """Yield what was found of one set: each look, and by folder as the rules are now."""
    yield f"## {title}\n"
    yield "| look | found | named | near misses reported | findings off the marks | |"
    yield "|---|---|---|---|---|---|"
    for each in scorings:
        named = "not counted" if each.named is None else share(each.named, each.planted)
        yield (
            f"| {each.look} | {of_look(each)} | {named} | {each.false_near} | {each.others} | "
            f"{each.note} |"
        )
    yield ""
    found, planted = sum(ours.hits.values()), sum(ours.planted.values())
    yield f"As the rules are now: {found} of {planted}, {clustered(ours.hits, ours.planted)}.\n"
    if peer is not None:
        hits = sum(peer.hits.values())
        yield (
            f"torchfix, with all its rules and any of them counted: {hits} of {planted}, "
            f"{clustered(peer.hits, ours.planted)}, {len(peer.others)} findings off the marks.\n"
        )
    near = sum(ours.near.values())
    yield f"Near misses: {len(ours.false_near)} findings of the folder's kind in {near} files.\n"
    first = scorings[0].by_folder
    start = " at the first look |" if first is not None else ""
    yield f"| folder |{start} found | share | named | torchfix | near misses |"
    yield "|---|" + "---|" * (6 if first is not None else 5)
    for folder, tries in sorted(ours.planted.items()):
        beside = f"{peer.hits[folder]}" if peer is not None else "not run"
        false = sum(each.startswith(f"{folder}/") for each in ours.false_near)
        start = f" {first[folder]} |" if first is not None else ""
        yield (
            f"| `{folder}` |{start} {ours.hits[folder]} of {tries} | "
            f"{share(ours.hits[folder], tries)} | {ours.named[folder]} | {beside} | {false} |"
        )
    yield ""
    yield "Findings off the marks, by rule (a program may have a second bug that nobody planted):\n"
    for rule, times in Counter(each.split()[-1] for each in ours.others).most_common():
        yield f"- `{rule}`: {times}"
    if not ours.others:
        yield "- none"
    yield ""


def main() -> int:
    """Score all sets, write the page, and return 1 where less is found than the aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--note", default="", help="what was changed since the last look")
    parser.add_argument("--misses", action="store_true", help="name what was missed or false")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    options = parser.parse_args()
    scored: dict[Path, tuple[Score, Score | None, list[Look]]] = {}
    for root in TITLES:
        ours = score(by_our_rules(root), root)
        peer = score(by_torchfix(root), root, any_rule=True) if TORCHFIX.is_file() else None
        scored[root] = (ours, peer, looks(ours, root, options.note))
    PAGE.write_text("\n".join(page(scored)).rstrip() + "\n")
    if options.json:
        print(json.dumps({root.name: vars(ours) for root, (ours, _, _) in scored.items()}))
    else:
        for root, (ours, peer, scorings) in scored.items():
            print(f"{root.name}, look {scorings[-1].look}: found {of_look(scorings[-1])}")
            print(f"{len(ours.false_near)} near misses reported, {len(ours.others)} off the marks")
            if peer is not None:
                hits, planted = sum(peer.hits.values()), sum(peer.planted.values())
                print(f"torchfix: found {hits} of {planted}, {len(peer.others)} off the marks")
        if not TORCHFIX.is_file():
            place = TORCHFIX.relative_to(ROOT)
            print(f"torchfix: not run (no {place}; make bench-lint installs it)")
    if options.misses:
        for ours, _, _ in scored.values():
            print("\n".join(["missed:", *ours.misses, "near:", *ours.false_near]))
            print("\n".join(["off:", *ours.others]))
    reached = [
        sum(ours.hits.values()) >= LEAST_FOUND * sum(ours.planted.values())
        for ours, _, _ in scored.values()
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
