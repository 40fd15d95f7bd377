"""Image/text contrastive pre-training on precomputed product descriptions (two-tower, in-batch negatives)."""
import logging
import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TowerConfig:
    image_dim: int = 2048
    text_dim: int = 768
    embed_dim: int = 256
    init_temperature: float = 0.07
    batch_size: int = 512
    lr: float = 5e-4
    warmup_steps: int = 500
    total_steps: int = 20_000
    eval_every: int = 1_000
    seed: int = 77


class ProductPairs(Dataset):
    def __init__(self, prefix):
        self.image = np.load(f"{prefix}_image.npy", mmap_mode="r")
        self.text = np.load(f"{prefix}_text.npy", mmap_mode="r")

    def __len__(self):
        return len(self.image)

    def __getitem__(self, i):
        return torch.from_numpy(self.image[i].copy()).float(), torch.from_numpy(self.text[i].copy()).float()


class Projection(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.lin1 = nn.Linear(d_in, d_out)
        self.lin2 = nn.Linear(d_out, d_out)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        h = self.lin1(x)
        return F.normalize(h + self.drop(self.lin2(F.gelu(h))), dim=-1)


class TwoTower(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.image_proj = Projection(cfg.image_dim, cfg.embed_dim)
        self.text_proj = Projection(cfg.text_dim, cfg.embed_dim)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / cfg.init_temperature)))

    def forward(self, image, text):
        return self.image_proj(image), self.text_proj(text), self.logit_scale.clamp(max=math.log(100)).exp()


class InBatchContrastive(nn.Module):
    def similarities(self, a, b, scale):
        return (scale * a @ b.t()).softmax(dim=-1)  # PLANTED

    def forward(self, image_emb, text_emb, scale):
        gold = torch.arange(image_emb.size(0), device=image_emb.device)
        i2t = F.cross_entropy(self.similarities(image_emb, text_emb, scale), gold)
        t2i = F.cross_entropy(self.similarities(text_emb, image_emb, scale), gold)
        return (i2t + t2i) / 2


def endless(loader):
    while True:
        yield from loader


@torch.inference_mode()
def recall_at_k(model, loader, device, k=10):
    model.eval()
    img, txt = [], []
    for image, text in loader:
        a, b, _ = model(image.to(device), text.to(device))
        img.append(a)
        txt.append(b)
    img, txt = torch.cat(img), torch.cat(txt)
    top = (txt @ img.t()).topk(k, dim=1).indices
    truth = torch.arange(len(txt), device=device).unsqueeze(1)
    return (top == truth).any(dim=1).float().mean().item()


def main():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    cfg = TowerConfig()
    torch.manual_seed(cfg.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader = DataLoader(
        ProductPairs("pairs/train"), cfg.batch_size, shuffle=True, drop_last=True, num_workers=4
    )
    dev_loader = DataLoader(ProductPairs("pairs/dev"), cfg.batch_size, num_workers=2)

    model = TwoTower(cfg).to(device)
    objective = InBatchContrastive()
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)

    def lr_factor(step):
        if step < cfg.warmup_steps:
            return (step + 1) / cfg.warmup_steps
        progress = (step - cfg.warmup_steps) / (cfg.total_steps - cfg.warmup_steps)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_factor)
    batches = endless(train_loader)
    best = 0.0
    for step in range(1, cfg.total_steps + 1):
        model.train()
        image, text = next(batches)
        loss = objective(*model(image.to(device), text.to(device)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        scheduler.step()
        if step % 100 == 0:
            logger.info("step %d loss %.4f lr %.2e", step, loss.item(), scheduler.get_last_lr()[0])
        if step % cfg.eval_every == 0:
            r10 = recall_at_k(model, dev_loader, device)
            logger.info("step %d dev R@10 %.4f", step, r10)
            if r10 > best:
                best = r10
                torch.save(model.state_dict(), "two_tower.pt")


if __name__ == "__main__":
    main()
