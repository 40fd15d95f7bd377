"""Removes noise from speech spectra by residual blocks, each of which begins as the identity."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader

from noisy_speech import NoisyPairs


class ResidualBlock(nn.Module):
    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, width)
        self.enter = nn.Conv1d(width, 2 * width, 3, padding=dilation, dilation=dilation)
        self.leave = nn.Conv1d(2 * width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.leave(F.silu(self.enter(self.norm(x))))


class Denoiser(nn.Module):
    def __init__(self, bins: int = 257, width: int = 192, depth: int = 10) -> None:
        super().__init__()
        self.enter = nn.Conv1d(bins, width, 1)
        self.blocks = nn.ModuleList(ResidualBlock(width, 2 ** (i % 5)) for i in range(depth))
        self.mask = nn.Conv1d(width, bins, 1)
        self.begin()

    def begin(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv1d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="linear")
                nn.init.zeros_(module.bias)
        for block in self.blocks:
            # Zhang et al. 2019 (arXiv 1901.09321): the branch's last layer alone starts at nothing
            nn.init.zeros_(block.leave.weight)

    def forward(self, spectrum: Tensor) -> Tensor:
        h = self.enter(spectrum)
        for block in self.blocks:
            h = block(h)
        return spectrum * torch.sigmoid(self.mask(h))


def main() -> None:
    torch.manual_seed(52)
    loader = DataLoader(NoisyPairs("voicebank"), batch_size=32, shuffle=True, num_workers=4)
    net = Denoiser().cuda()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-4)
    for epoch in range(50):
        total = torch.zeros((), device="cuda")
        for noisy, clean in loader:
            loss = F.l1_loss(net(noisy.cuda()), clean.cuda())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch:2d} l1 {total.item() / len(loader):.5f}")


if __name__ == "__main__":
    main()
