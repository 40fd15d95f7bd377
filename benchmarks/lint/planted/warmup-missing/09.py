"""Speech transformer with config dataclass and plateau schedule."""
from dataclasses import dataclass

import torch
from torch import nn

from speech import loader, VOCAB


@dataclass
class Cfg:
    d: int = 256
    layers: int = 12
    lr: float = 2e-3
    epochs: int = 80
    seed: int = 8


class CTCTransformer(nn.Module):
    def __init__(self, c: Cfg):
        super().__init__()
        self.inp = nn.Linear(80, c.d)
        self.enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(c.d, 4, batch_first=True), c.layers)
        self.out = nn.Linear(c.d, VOCAB)

    def forward(self, x, pad):
        return self.out(self.enc(self.inp(x), src_key_padding_mask=pad)).log_softmax(-1)


def main(c=Cfg()):
    torch.manual_seed(c.seed)
    net, ctc = CTCTransformer(c).cuda(), nn.CTCLoss(zero_infinity=True)
    opt = torch.optim.Adam(net.parameters(), lr=c.lr)  # PLANTED
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=2)
    for epoch in range(c.epochs):
        net.train()
        total = torch.zeros((), device="cuda")
        for x, pad, xl, y, yl in loader("train", shuffle=True):
            loss = ctc(net(x.cuda(), pad.cuda()).transpose(0, 1), y.cuda(), xl, yl)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        plateau.step(total.item())
        print(epoch, total.item())


if __name__ == "__main__":
    main()
