"""Translation with nn.Transformer."""
import torch
from torch import Tensor, nn


class Translator(nn.Module):
    def __init__(self, src: int, tgt: int, d: int = 512, pad: int = 1) -> None:
        super().__init__()
        self.pad = pad
        self.src, self.tgt = nn.Embedding(src, d, padding_idx=pad), nn.Embedding(tgt, d, padding_idx=pad)
        self.core = nn.Transformer(d, 8, 3, 3, batch_first=True)
        self.out = nn.Linear(d, tgt)

    def forward(self, s: Tensor, t: Tensor) -> Tensor:
        sp, tp = s == self.pad, t == self.pad
        h = self.core(self.src(s), self.tgt(t), src_key_padding_mask=sp, tgt_key_padding_mask=tp, memory_key_padding_mask=sp)  # PLANTED
        return self.out(h)


def train(loader, src: int, tgt: int, epochs: int = 10) -> Translator:
    torch.manual_seed(3)
    net = Translator(src, tgt)
    ce = nn.CrossEntropyLoss(ignore_index=1)
    opt = torch.optim.Adam(net.parameters(), lr=1e-4, betas=(0.9, 0.98), eps=1e-9)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=2000)
    for epoch in range(epochs):
        net.train()
        for s, t in loader:
            logits = net(s, t[:, :-1])
            loss = ce(logits.transpose(1, 2), t[:, 1:])
            opt.zero_grad()
            loss.backward()
            opt.step()
            warm.step()
        print(epoch, loss.item())
    return net
