"""Draws findings of lint on public packages for two blind judges, and takes their judgements in.

`python benchmarks/lint_judging.py draw --sheets FOLDER NAME==VERSION=PATH...` lints the packages,
draws by seed, keeps what was drawn in benchmarks/lint/drawn.jsonl and writes sheet-a.md and
sheet-b.md: the same findings under the same numbers in another order. A judge writes a line for
each: number, tab, right or wrong, tab, reason. `... take ANSWERS-A ANSWERS-B` keeps both in
benchmarks/lint/blind.jsonl and prints what they come to.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lint_precision import CERTAIN, LEAST_RIGHT, share

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from neural_trainer.inspect.lint.linting import lint  # noqa: E402
from neural_trainer.inspect.lint.rules import RULES  # noqa: E402

DRAWN = ROOT / "benchmarks" / "lint" / "drawn.jsonl"
BLIND = ROOT / "benchmarks" / "lint" / "blind.jsonl"
CHUNK, AROUND = 50, 15
INSTRUCTION = """\
right = the code does what the rule says it does; wrong = it does not.

Whether it does harm there, or was meant, is not asked. Lines around the place are given; open the
file where they do not settle it. One line for each number, in a file of its own:

    number<TAB>right|wrong<TAB>reason
"""


@dataclass(frozen=True)
class Drawn:
    """A finding that was drawn. saw: what the rule says that the code does."""

    number: int
    package: str
    version: str
    file: str
    line: int
    rule: str
    saw: str


@dataclass(frozen=True)
class Blind:
    """What two judges said of one drawn finding."""

    number: int
    right_a: bool
    why_a: str
    right_b: bool
    why_b: str


def findings(packages: Sequence[str]) -> list[tuple[str, str, Path, str, int, str, str]]:
    """Return all findings in packages: name, version, root, file, line, rule, sentence."""
    found = []
    for given in packages:
        named, _, place = given.partition("=/")
        name, _, version = named.partition("==")
        root = Path(f"/{place}")
        if not version or not root.is_dir():
            raise SystemExit(f"lint_judging.py: {given} is no NAME==VERSION=/FOLDER that exists")
        linted = lint([str(root)])
        for each in linted.findings:
            file = str(Path(each.path).relative_to(root.parent))
            found.append((name, version, root.parent, file, each.line, each.rule, each.saw))
        print(f"{name} {version}: {linted.num_files} files, {len(linted.findings)} findings")
    return found


def draw(packages: Sequence[str], number: int, seed: int, sheets: Path) -> None:
    """Draw findings by seed, keep them, and write a sheet for each judge."""
    pool = findings(packages)
    if len(pool) < number:
        raise SystemExit(f"lint_judging.py: {len(pool)} findings in all, {number} were asked for")
    chosen = random.Random(seed).sample(pool, number)
    drawn, roots = [], {}
    for count, (name, version, root, file, line, rule, saw) in enumerate(chosen, 1):
        drawn.append(Drawn(count, name, version, file, line, rule, saw))
        roots[count] = root
    _write(DRAWN, drawn)
    sheets.mkdir(parents=True, exist_ok=True)
    for judge in "ab":
        order = random.Random(f"{seed} {judge}").sample(drawn, len(drawn))
        (sheets / f"sheet-{judge}.md").write_text("\n".join(sheet(order, roots)) + "\n")
    print(
        f"{number} of {len(pool)} findings drawn with seed {seed}: {sheets}/sheet-a.md, sheet-b.md"
    )


def sheet(order: Sequence[Drawn], roots: dict[int, Path]) -> Iterator[str]:
    """Yield the lines of a sheet, in chunks."""
    yield "# Is what the rule says true of the code?\n"
    yield INSTRUCTION
    for place, each in enumerate(order):
        if place % CHUNK == 0:
            yield f"\n# Chunk {place // CHUNK + 1}\n"
        path = roots[each.number] / each.file
        lines = path.read_text(errors="replace").split("\n")
        first = max(each.line - 1 - AROUND, 0)
        title = (RULES[each.rule].__doc__ or "").split("\n")[0]
        yield f"## {each.number}\n\n{path}, line {each.line}\n"
        yield f"{each.rule}: {title}\nHere it says: {each.saw}\n\n```python"
        for number, text in enumerate(lines[first : each.line + AROUND], first + 1):
            yield f"{'>' if number == each.line else ' '}{number:5d} {text}"
        yield "```\n"


def answers(path: Path, numbers: set[int]) -> dict[int, tuple[bool, str]]:
    """Return a judge's answers by number. Raises SystemExit for what is missing or no answer."""
    found: dict[int, tuple[bool, str]] = {}
    for count, text in enumerate(path.read_text().splitlines(), 1):
        if not text.strip():
            continue
        number, _, rest = text.partition("\t")
        said, _, why = rest.partition("\t")
        known = number.strip().isdigit() and int(number) in numbers
        if not known or said.strip() not in ("right", "wrong") or not why.strip():
            form = "number, tab, right or wrong, tab, reason"
            raise SystemExit(f"{path}:{count}: {form}; not {text!r}")
        if int(number) in found:
            raise SystemExit(f"{path}:{count}: {number} is answered twice")
        found[int(number)] = (said.strip() == "right", why.strip())
    missing = sorted(numbers - set(found))
    if missing:
        raise SystemExit(f"{path}: no answer for {', '.join(map(str, missing))}")
    return found


def take(first: Path, second: Path) -> list[Blind]:
    """Keep what two judges said of what was drawn, and return it."""
    numbers = {each.number for each in drawn()}
    one, other = answers(first, numbers), answers(second, numbers)
    judged = [Blind(n, *one[n], *other[n]) for n in sorted(numbers)]
    _write(BLIND, judged)
    return judged


def drawn() -> list[Drawn]:
    """Return what was drawn. Raises SystemExit where nothing was."""
    if not DRAWN.is_file():
        raise SystemExit(f"lint_judging.py: no {DRAWN.relative_to(ROOT)}: draw first")
    return [Drawn(**json.loads(line)) for line in DRAWN.read_text().splitlines()]


def blind() -> list[Blind]:
    """Return the judgements that are kept, [] where there are none."""
    lines = BLIND.read_text().splitlines() if BLIND.is_file() else []
    return [Blind(**json.loads(line)) for line in lines]


def kappa(judged: Sequence[Blind]) -> float:
    """Return Cohen's kappa of two judges: agreement beyond chance; NaN where chance is all."""
    num = len(judged)
    agreed = sum(each.right_a == each.right_b for each in judged) / num
    share_a = sum(each.right_a for each in judged) / num
    share_b = sum(each.right_b for each in judged) / num
    chance = share_a * share_b + (1 - share_a) * (1 - share_b)
    return (agreed - chance) / (1 - chance) if chance < 1 else float("nan")


def page() -> Iterator[str]:
    """Yield what the judgements that are kept come to, as lines of docs/lint-benchmark.md."""
    yield "## On public packages, judged twice and blind\n"
    judged = blind()
    if not judged:
        yield "Not judged yet.\n"
        return
    yield from summary(judged, drawn())


def summary(judged: Sequence[Blind], of: Sequence[Drawn]) -> Iterator[str]:
    """Yield agreement and precision of judgements of what was drawn."""
    both = [each for each in judged if each.right_a == each.right_b]
    packages = ", ".join(sorted({f"{each.package} {each.version}" for each in of}))
    yield (
        f"{len(judged)} findings drawn by seed, each judged by two readers who saw neither the\n"
        "rules' code nor each other's answers (`python benchmarks/lint_judging.py`; judgements\n"
        "and reasons: benchmarks/lint/blind.jsonl, what was drawn: drawn.jsonl). Right: the code\n"
        f"does what the rule says it does. The aim is {LEAST_RIGHT:.1f}.\n"
    )
    yield "| | right |"
    yield "|---|---|"
    agreed = sum(each.right_a for each in both)
    rules = {each.number: each.rule for each in of}
    others = [each for each in judged if rules[each.number] not in CERTAIN]
    right = sum(each.right_a and each.right_b for each in others)
    for name, hits, tries in (
        ("where both agree", agreed, len(both)),
        ("by both, of all", agreed, len(judged)),
        (f"by both, without {' and '.join(CERTAIN)}", right, len(others)),
        ("by the first judge", sum(each.right_a for each in judged), len(judged)),
        ("by the second judge", sum(each.right_b for each in judged), len(judged)),
    ):
        yield f"| {name} | {hits} of {tries}: {share(hits, tries) if tries else 'none'} |"
    yield ""
    yield f"They agree on {len(both)} of {len(judged)}; Cohen's kappa {kappa(judged):.2f}.\n"
    yield f"Drawn from: {packages}.\n"
    yield "| rule | right by both | by neither | by one |"
    yield "|---|---|---|---|"
    counts = Counter((rules[each.number], each.right_a + each.right_b) for each in judged)
    for rule in sorted(set(rules.values())):
        yield f"| `{rule}` | {counts[rule, 2]} | {counts[rule, 0]} | {counts[rule, 1]} |"
    yield ""


def _write(path: Path, rows: Sequence[Drawn | Blind]) -> None:
    path.write_text("".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in rows))


def main() -> int:
    """Draw, or take judgements in; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    drawing = verbs.add_parser("draw", help="lint packages and write two sheets")
    drawing.add_argument("packages", nargs="+", metavar="NAME==VERSION=/FOLDER")
    drawing.add_argument("--number", type=int, default=200)
    drawing.add_argument("--seed", type=int, default=8)
    drawing.add_argument("--sheets", type=Path, required=True)
    taking = verbs.add_parser("take", help="keep two judges' answers and print what they come to")
    taking.add_argument("answers", nargs=2, type=Path)
    options = parser.parse_args()
    if options.verb == "draw":
        draw(options.packages, options.number, options.seed, options.sheets)
    else:
        print("\n".join(summary(take(*options.answers), drawn())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
