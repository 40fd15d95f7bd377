"""Rooms: walk from S to G within 100 steps. levels.txt holds them, one below the other."""

from pathlib import Path

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
LIMIT = 100


def read_levels(path="levels.txt"):
    """Return each level as its lines; an empty line ends one, # begins a remark."""
    lines = [line for line in Path(path).read_text().splitlines() if not line.startswith("# ")]
    return [block.split("\n") for block in "\n".join(lines).strip("\n").split("\n\n")]


class Rooms:
    """reset() -> observation; step(move) -> observation, reward, terminated, truncated."""

    def __init__(self, level):
        self.floor = set()
        for row, line in enumerate(level):
            for column, cell in enumerate(line):
                if cell == "S":
                    self.start = row, column
                elif cell == "G":
                    self.goal = row, column
                if cell in ".SGD":  # a door opens to whoever walks into it
                    self.floor.add((row, column))

    def reset(self):
        self.place, self.steps = self.start, 0
        return self.place

    def step(self, move):
        there = self.place[0] + MOVES[move][0], self.place[1] + MOVES[move][1]
        if there in self.floor:
            self.place = there
        self.steps += 1
        reached = self.place == self.goal
        return self.place, float(reached), reached, self.steps >= LIMIT
