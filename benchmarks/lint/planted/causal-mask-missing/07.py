"""Image captions: decoder layers with memory, greedy decoding at the end."""
import torch
from torch import nn

from coco import captions, VOCAB, PAD, BOS

torch.manual_seed(6)


class Decoder(nn.Module):
    def __init__(self, d=256):
        super().__init__()
        self.emb, self.pos = nn.Embedding(VOCAB, d, padding_idx=PAD), nn.Embedding(64, d)
        self.mem = nn.Linear(512, d)
        self.dec = nn.TransformerDecoder(nn.TransformerDecoderLayer(d, 8, batch_first=True), 3)
        self.out = nn.Linear(d, VOCAB)

    def forward(self, feats, toks):
        x = self.emb(toks) + self.pos.weight[: toks.size(1)]
        return self.out(self.dec(tgt=x, memory=self.mem(feats), tgt_key_padding_mask=toks.eq(PAD)))  # PLANTED


def greedy(net, feats, n=20):
    net.eval()
    toks = torch.full((len(feats), 1), BOS)
    with torch.no_grad():
        for _ in range(n):
            toks = torch.cat([toks, net(feats, toks)[:, -1:].argmax(-1)], 1)
    net.train()
    return toks


net = Decoder().train()
opt = torch.optim.Adam(net.parameters(), lr=3e-4)
warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
ce = nn.CrossEntropyLoss(ignore_index=PAD)
for step, (feats, toks) in enumerate(captions("train", 64)):
    loss = ce(net(feats, toks[:, :-1]).transpose(1, 2), toks[:, 1:])
    opt.zero_grad()
    loss.backward()
    opt.step()
    warm.step()
    if step % 500 == 0:
        print(step, loss.item(), greedy(net, feats[:1]).tolist())
