"""Trains a lip reader in half precision and watches the norm of its gradients."""

import logging

import torch
import torch.nn.functional as F
from torch import nn
from torch.amp import GradScaler, autocast
from torch.utils.data import DataLoader, TensorDataset

log = logging.getLogger("lips")


class LipReader(nn.Module):
    def __init__(self, words: int) -> None:
        super().__init__()
        self.frames = nn.Sequential(
            nn.Conv3d(1, 32, (3, 5, 5), stride=(1, 2, 2)), nn.ReLU(),
            nn.Conv3d(32, 64, (3, 5, 5), stride=(1, 2, 2)), nn.ReLU(),
        )
        self.course = nn.GRU(64, 128, batch_first=True)
        self.word = nn.Linear(128, words)

    def forward(self, video: torch.Tensor) -> torch.Tensor:
        seen = self.frames(video).mean(dim=(3, 4)).transpose(1, 2)
        return self.word(self.course(seen)[0][:, -1])


class Updates:
    """One update of the weights at a time, with loss scaling and clipping."""

    def __init__(self, model: nn.Module, lr: float, max_norm: float) -> None:
        self.model, self.max_norm = model, max_norm
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.scaler = GradScaler("cuda")
        self.count = 0

    def apply(self, loss: torch.Tensor) -> None:
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        if self.count % 100 == 0:
            log.info("update %d loss %.4f gradient %.3f", self.count, loss.item(), norm.item())
        self.optimizer.zero_grad(set_to_none=True)  # PLANTED
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.count += 1


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    torch.manual_seed(43)
    videos = torch.load("lips.pt", weights_only=True)
    loader = DataLoader(TensorDataset(videos["video"], videos["word"]), batch_size=32, shuffle=True, pin_memory=True)
    model = LipReader(words=500).cuda()
    updates = Updates(model, lr=3e-4, max_norm=5.0)
    for _ in range(30):
        model.train()
        for video, word in loader:
            with autocast("cuda", dtype=torch.float16):
                loss = F.cross_entropy(model(video.cuda(non_blocking=True)), word.cuda(non_blocking=True))
            updates.apply(loss)


if __name__ == "__main__":
    main()
