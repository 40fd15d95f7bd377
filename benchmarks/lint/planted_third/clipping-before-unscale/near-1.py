"""Reads the mood of film reviews with a GRU in half precision, its gradients bounded as they come."""

import argparse

import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader

from reviews import ReviewDataset, pad_reviews


class Mood(nn.Module):
    def __init__(self, vocab, width=200):
        super().__init__()
        self.words = nn.Embedding(vocab, width, padding_idx=0)
        self.read = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.judge = nn.Linear(2 * width, 1)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.words(ids), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.read(packed)
        return self.judge(torch.cat([last[0], last[1]], dim=-1)).squeeze(-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-norm", type=float, default=1.0)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=23)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    train = ReviewDataset("imdb/train.tsv")
    loader = DataLoader(train, batch_size=64, shuffle=True, collate_fn=pad_reviews)
    model = Mood(train.vocab_size).cuda()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    scaler = torch.amp.GradScaler("cuda", init_scale=2.0**12)

    def bound(*_):
        clip_grad_norm_(model.parameters(), args.max_norm)

    # called by the step itself, when the scaler has divided the gradients and found them finite
    optimizer.register_step_pre_hook(bound)

    for epoch in range(args.epochs):
        total = torch.zeros((), device="cuda")
        for ids, lengths, good in loader:
            with torch.autocast("cuda", dtype=torch.float16):
                score = model(ids.cuda(), lengths)
            loss = criterion(score.float(), good.float().cuda())
            optimizer.zero_grad(set_to_none=True)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            total += loss.detach()
        print(f"epoch {epoch}: loss {total.item() / len(loader):.4f}, scale {scaler.get_scale():.0f}")


if __name__ == "__main__":
    main()
