"""Attention Is All You Need, small: German to English with the schedule of the paper."""

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from multi30k import PAD, Pairs, collate  # collate pads both sides with PAD

D, WARMUP = 256, 4000


class Translator(nn.Module):
    def __init__(self, src_vocab: int, tgt_vocab: int, longest: int = 128) -> None:
        super().__init__()
        self.src, self.tgt = nn.Embedding(src_vocab, D), nn.Embedding(tgt_vocab, D)
        self.pos = nn.Embedding(longest, D)
        self.body = nn.Transformer(D, 8, 3, 3, 1024, dropout=0.1, batch_first=True)
        self.out = nn.Linear(D, tgt_vocab)

    def _embed(self, table: nn.Embedding, ids: Tensor) -> Tensor:
        return table(ids) * D**0.5 + self.pos(torch.arange(ids.size(1), device=ids.device))

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        causal = torch.ones(tgt.size(1), tgt.size(1), dtype=torch.bool, device=tgt.device).triu(1)
        pad = src == PAD
        hidden = self.body(
            self._embed(self.src, src),
            self._embed(self.tgt, tgt),
            tgt_mask=causal,
            src_key_padding_mask=pad,
            tgt_key_padding_mask=tgt == PAD,
            memory_key_padding_mask=pad,
        )
        return self.out(hidden)


def noam(step: int) -> float:
    step = max(step, 1)
    return D**-0.5 * min(step**-0.5, step * WARMUP**-1.5)


def main() -> None:
    torch.manual_seed(2017)
    pairs = Pairs("train")
    loader = DataLoader(pairs, batch_size=128, shuffle=True, collate_fn=collate)
    model = Translator(pairs.src_vocab, pairs.tgt_vocab).cuda()
    adam = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, noam)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
    for epoch in range(60):
        model.train()
        running = torch.zeros((), device="cuda")
        for src, tgt in loader:
            src, tgt = src.cuda(), tgt.cuda()
            adam.zero_grad()
            scores = model(src, tgt[:, :-1])
            loss = criterion(scores.flatten(0, 1), tgt[:, 1:].flatten())
            loss.backward()
            adam.step()
            running += loss.detach()
        schedule.step()  # PLANTED
        print(f"epoch {epoch}: {running.item() / len(loader):.3f}")


if __name__ == "__main__":
    main()
