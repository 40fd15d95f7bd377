"""Plays Connect Four against itself by REINFORCE; its network answers with chances."""

import torch
from torch import nn

from connect4 import Board

COLUMNS, CELLS = 7, 42
GAMES, AT_ONCE = 20_000, 32


class Player(nn.Module):
    def __init__(self):
        super().__init__()
        self.think = nn.Sequential(
            nn.Linear(2 * CELLS, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, COLUMNS)
        )
        self.decide = nn.Softmax(dim=-1)

    def forward(self, seen, full):
        return self.decide(self.think(seen).masked_fill(full, -1e9))


def play(player):
    """One game; what each side saw and did, and +1, 0 or -1 for how it ended for that side."""
    board, moves = Board(), []
    while not board.over:
        seen = torch.tensor(board.planes(), dtype=torch.float32)
        full = torch.tensor(board.full_columns())
        with torch.no_grad():
            column = torch.multinomial(player(seen, full), 1).squeeze(0)
        moves.append((seen, full, column, board.side))
        board.drop(int(column))
    return [(seen, full, column, float(board.result * side)) for seen, full, column, side in moves]


def objective(player, moves):
    seen, full, column, gain = zip(*moves)
    gain = torch.tensor(gain)
    chance = player(torch.stack(seen), torch.stack(full))
    taken = chance.gather(1, torch.stack(column)[:, None]).squeeze(1)
    return -(taken.log() * (gain - gain.mean())).mean()  # PLANTED


def main():
    torch.manual_seed(42)
    player = Player()
    optimizer = torch.optim.Adam(player.parameters(), lr=3e-4)
    for update in range(GAMES // AT_ONCE):
        moves = [move for _ in range(AT_ONCE) for move in play(player)]
        loss = objective(player, moves)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if update % 10 == 0:
            print(f"update {update} moves a game {len(moves) / AT_ONCE:.1f} loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
