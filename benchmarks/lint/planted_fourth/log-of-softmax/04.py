#!/usr/bin/env python
"""Image-caption alignment with in-batch negatives on cached embeddings."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
import wandb
from torch.utils.data import DataLoader, Dataset

cfg = dict(
    img="coco_img_{}.pt", txt="coco_txt_{}.pt",
    img_dim=1024, txt_dim=768, joint_dim=512,
    batch_size=1024, epochs=30, lr=1e-3, wd=0.05, warmup=200, seed=8,
)


class PairedEmbeddings(Dataset):
    def __init__(self, split):
        self.img = torch.load(cfg["img"].format(split), weights_only=True)
        self.txt = torch.load(cfg["txt"].format(split), weights_only=True)
        assert len(self.img) == len(self.txt)

    def __len__(self):
        return len(self.img)

    def __getitem__(self, i):
        return self.img[i].float(), self.txt[i].float()


class Projector(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(d_in, d_out), nn.Linear(d_out, d_out)
        self.norm = nn.LayerNorm(d_out)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        h = self.fc1(x)
        return F.normalize(self.norm(h + self.drop(self.fc2(F.gelu(h)))), dim=-1)


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = Projector(cfg["img_dim"], cfg["joint_dim"])
        self.text = Projector(cfg["txt_dim"], cfg["joint_dim"])
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, img, txt):
        scale = self.logit_scale.clamp(max=math.log(100.0)).exp()
        return scale * self.image(img) @ self.text(txt).t()


def match_probs(sim):
    """Probability that each row picks its own column, and each column its own row."""
    rows = sim.softmax(dim=1).diagonal()
    cols = sim.softmax(dim=0).diagonal()
    return torch.stack([rows, cols])


def nce(sim):
    return match_probs(sim).log().mean().neg()  # PLANTED


def param_groups(model):
    yield {"params": [p for p in model.parameters() if p.ndim >= 2], "weight_decay": cfg["wd"]}
    yield {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0}


@torch.no_grad()
def recall_at(model, loader, device, ks=(1, 5, 10)):
    model.eval()
    pairs = [(model.image(i.to(device)), model.text(t.to(device))) for i, t in loader]
    img, txt = (torch.cat(z) for z in zip(*pairs))
    sim = img @ txt.t()
    rank = (sim >= sim.diagonal()[:, None]).sum(1)
    return {f"R@{k}": (rank <= k).float().mean().item() for k in ks}


def main():
    torch.manual_seed(cfg["seed"])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    run = wandb.init(project="two-tower", config=cfg)

    train = DataLoader(PairedEmbeddings("train"), cfg["batch_size"], shuffle=True, drop_last=True)
    val = DataLoader(PairedEmbeddings("val"), cfg["batch_size"])
    model = TwoTower().to(device)
    opt = torch.optim.AdamW(list(param_groups(model)), lr=cfg["lr"])
    total = cfg["epochs"] * len(train)

    def schedule(s):
        if s < cfg["warmup"]:
            return (s + 1) / cfg["warmup"]
        return 0.5 * (1 + math.cos(math.pi * (s - cfg["warmup"]) / max(1, total - cfg["warmup"])))

    sched = torch.optim.lr_scheduler.LambdaLR(opt, schedule)
    best, step = 0.0, 0
    for epoch in range(cfg["epochs"]):
        model.train()
        for img, txt in train:
            loss = nce(model(img.to(device), txt.to(device)))
            opt.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            sched.step()
            if step % 50 == 0:
                run.log({"loss": loss.item(), "lr": sched.get_last_lr()[0]}, step=step)
            step += 1
        metrics = recall_at(model, val, device)
        run.log({"epoch": epoch, **metrics}, step=step)
        if metrics["R@1"] > best:
            best = metrics["R@1"]
            torch.save(model.state_dict(), "two_tower.pt")
    run.finish()


if __name__ == "__main__":
    main()
