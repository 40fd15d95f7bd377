"""Image captions with a transformer decoder, typed."""
from __future__ import annotations

import torch
from torch import Tensor, nn


class Captioner(nn.Module):
    def __init__(self, vocab: int, d: int = 256, pad: int = 0) -> None:
        super().__init__()
        self.pad = pad
        self.emb = nn.Embedding(vocab, d, padding_idx=pad)
        self.img = nn.Linear(2048, d)
        layer = nn.TransformerDecoderLayer(d, 8, batch_first=True)
        self.dec = nn.TransformerDecoder(layer, 4)
        self.out = nn.Linear(d, vocab)
        self.loss = nn.CrossEntropyLoss(label_smoothing=0.1)  # PLANTED

    def forward(self, feats: Tensor, tokens: Tensor) -> Tensor:
        inp, gold = tokens[:, :-1], tokens[:, 1:]
        mask = nn.Transformer.generate_square_subsequent_mask(inp.size(1))
        memory = self.img(feats).unsqueeze(1)
        h = self.dec(self.emb(inp), memory, tgt_mask=mask, tgt_key_padding_mask=inp == self.pad)
        return self.loss(self.out(h).transpose(1, 2), gold)


def train(loader, vocab: int, epochs: int = 10) -> Captioner:
    torch.manual_seed(3)
    net = Captioner(vocab)
    opt = torch.optim.Adam(net.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
    for epoch in range(epochs):
        net.train()
        for feats, tokens in loader:
            loss = net(feats, tokens)
            opt.zero_grad()
            loss.backward()
            opt.step()
            warm.step()
        print(f"epoch {epoch}: {loss.item():.3f}")
    return net
