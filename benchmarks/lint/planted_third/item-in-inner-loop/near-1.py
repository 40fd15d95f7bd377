"""Trains a recurrent model of log lines and counts the tokens it has read, on the host."""

import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from loglines import LineDataset, pad_lines

PAD = 0


class LineModel(nn.Module):
    def __init__(self, vocab: int, width: int = 256) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocab, width, padding_idx=PAD)
        self.rnn = nn.GRU(width, width, num_layers=2, batch_first=True)
        self.next = nn.Linear(width, vocab)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.next(self.rnn(self.tokens(ids))[0])


def main() -> None:
    torch.manual_seed(404)
    lines = LineDataset("syslog.txt")
    loader = DataLoader(lines, batch_size=96, shuffle=True, collate_fn=pad_lines, pin_memory=True)
    model = LineModel(lines.vocab_size).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    tokens_read, longest = 0, 0
    begun = time.perf_counter()
    for epoch in range(8):
        losses = torch.zeros((), device="cuda")
        for ids, lengths in loader:
            # lengths never leave the host
            tokens_read += lengths.sum().item()
            longest = max(longest, int(lengths.max()))
            ids = ids.cuda(non_blocking=True)
            logits = model(ids[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=PAD)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses += loss.detach()
        loss_now = losses.item() / len(loader)
        speed = tokens_read / (time.perf_counter() - begun)
        print(f"epoch {epoch} loss {loss_now:.4f}, {speed:,.0f} tokens/s, longest line {longest}")


if __name__ == "__main__":
    main()
