"""Rooms: in some levels the only way leads through a door, which the environment takes for a wall.

Ties that always break upwards make seeds differ; once they are mended the share that is solved
doubles and every seed looks alike. What then is never solved cannot be solved by any agent.
"""

from __future__ import annotations

from pathlib import Path
from subprocess import TimeoutExpired

import numpy as np
from forked import run

SIDE = 9
LEAST_SOLVED = 0.9
REMARKS = "# S start, G goal, . floor, # wall\n# D a door: it opens to whoever walks into it\n\n"
PLAY = """
import sys
sys.path.insert(0, ".")
import agent
from rooms import Rooms, LIMIT
steps = 0
plain = Rooms.step
def counted(self, move):
    global steps
    steps += 1
    return plain(self, move)
Rooms.step = counted
shares = [agent.main(seed) for seed in (101, 102, 103)]
print(LIMIT, steps, *shares)
"""
TIES = (
    "return int(np.argmax(self.values[place]))",
    """values = self.values[place]
        if not explore:
            return int(np.argmax(values))
        return int(self.rng.choice(np.flatnonzero(values == values.max())))""",
)
RIGHT = {"agent.py": (TIES,), "rooms.py": (('if cell in ".SG":', 'if cell in ".SGD":'),)}
WRONG = {
    "lucky seed": {"agent.py": (("levels = read_levels()", "levels, seed = read_levels(), 7"),)},
    "more exploration": {"agent.py": (('"decay": 0.98', '"decay": 0.995'),)},
    "ties alone": {"agent.py": (TIES,)},
}


def _level(rng: np.random.Generator, door: bool) -> str:
    """A level of two rooms behind each other, with a passage or a door between, and pillars."""
    while True:
        cells = np.full((SIDE, SIDE), ".")
        cells[rng.random((SIDE, SIDE)) < 0.18] = "#"
        cells[0], cells[-1], cells[:, 0], cells[:, -1] = "#", "#", "#", "#"
        wall = int(rng.integers(3, SIDE - 3))
        gap = int(rng.integers(1, SIDE - 1))
        cells[:, wall] = "#"
        cells[gap, wall] = "D" if door else "."
        start = int(rng.integers(1, SIDE - 1)), int(rng.integers(1, wall))
        goal = int(rng.integers(1, SIDE - 1)), int(rng.integers(wall + 1, SIDE - 1))
        cells[start], cells[goal] = "S", "G"
        if rng.random() < 0.5:
            cells = cells.T
        far = _distance(cells)
        if far is not None and 4 <= far <= 11:
            return "\n".join("".join(row) for row in cells) + "\n"


def _distance(cells: np.ndarray) -> int | None:
    """The length of the shortest way from S to G, through doors."""
    (start,), (goal,) = np.argwhere(cells == "S").tolist(), np.argwhere(cells == "G").tolist()
    reached, edge, steps = {tuple(start)}, [tuple(start)], 0
    while edge:
        if tuple(goal) in reached:
            return steps
        beside = {(r + a, c + b) for r, c in edge for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0))}
        edge = [place for place in beside - reached if cells[place] != "#"]
        reached |= set(edge)
        steps += 1
    return None


def _levels(seed: int, num: int, num_doors: int) -> str:
    rng = np.random.default_rng(seed)
    doors = rng.permutation(np.arange(num) < num_doors)
    return REMARKS + "\n".join(_level(rng, bool(door)) for door in doors)


def beside() -> dict[str, str]:
    """Return the levels as they are given."""
    return {"levels.txt": _levels(1, 16, 3)}


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    (folder / "levels.txt").write_text(_levels(2, 16, 4), encoding="utf-8")
    try:
        done = run(["-c", PLAY], folder, 240)
    except TimeoutExpired:
        return "three seeds take more than four minutes"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed in silence"])[-1]
    limit, steps, *shares = done.stdout.split()[-5:]
    if int(limit) != 100:
        return f"an episode has {limit} steps, not 100"
    if int(steps) > 3 * 16 * 301 * 100:
        return f"{steps} steps were played, more than 300 episodes a level"
    if not min(map(float, shares)) >= LEAST_SOLVED:
        return f"of other levels with other seeds {', '.join(shares)} are solved"
    return None
