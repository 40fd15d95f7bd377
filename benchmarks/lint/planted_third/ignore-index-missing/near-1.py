"""Spells words from their sounds; sequences are padded to be moved and packed to be judged."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

from sounds import SpellingPairs

FILL, BEGIN = 0, 1


def collate(pairs):
    sounds, letters = zip(*pairs)
    lengths = torch.tensor([len(word) for word in letters])
    heard = pad_sequence(sounds, batch_first=True, padding_value=FILL)
    spelt = pad_sequence(letters, batch_first=True, padding_value=FILL)
    return heard, torch.tensor([len(s) for s in sounds]), spelt, lengths


class Speller(nn.Module):
    def __init__(self, num_sounds: int, num_letters: int, width: int = 192) -> None:
        super().__init__()
        self.sounds = nn.Embedding(num_sounds, width, padding_idx=FILL)
        self.letters = nn.Embedding(num_letters, width, padding_idx=FILL)
        self.listen = nn.GRU(width, width, batch_first=True)
        self.write = nn.GRU(width, width, batch_first=True)
        self.choose = nn.Linear(width, num_letters)

    def forward(self, heard, heard_lengths, spelt, lengths):
        packed = pack_padded_sequence(
            self.sounds(heard), heard_lengths, batch_first=True, enforce_sorted=False
        )
        _, memory = self.listen(packed)
        before = torch.cat([torch.full_like(spelt[:, :1], BEGIN), spelt[:, :-1]], dim=1)
        steps = pack_padded_sequence(self.letters(before), lengths, batch_first=True, enforce_sorted=False)
        written, _ = self.write(steps, memory[:, steps.sorted_indices])
        return self.choose(written.data)


def main() -> None:
    torch.manual_seed(27)
    pairs = SpellingPairs("cmudict")
    loader = DataLoader(pairs, batch_size=128, shuffle=True, collate_fn=collate)
    model = Speller(pairs.num_sounds, pairs.num_letters)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(20):
        total = torch.zeros(())
        for heard, heard_lengths, spelt, lengths in loader:
            scores = model(heard, heard_lengths, spelt, lengths)
            truth = pack_padded_sequence(spelt, lengths, batch_first=True, enforce_sorted=False).data
            loss = F.cross_entropy(scores, truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch} nats per letter {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
