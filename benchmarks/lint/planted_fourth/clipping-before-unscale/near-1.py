"""Speaker verification with a ResNet on log-mel features; mixed precision."""
import argparse
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models import resnet34


class Utterances(Dataset):
    def __init__(self, root: Path, speakers, frames=300, train=True):
        self.items = [(f, k) for k, s in enumerate(speakers) for f in self.split(root / s, train)]
        self.frames, self.train = frames, train

    @staticmethod
    def split(folder, train):
        files = sorted(folder.glob("*.pt"))
        return files[3:] if train else files[:3]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        path, spk = self.items[i]
        mel = torch.load(path, weights_only=True)
        room = mel.size(-1) - self.frames
        at = int(torch.randint(room + 1, ())) if self.train else room // 2
        return mel[None, :, at:at + self.frames], spk


class AAMHead(nn.Module):
    def __init__(self, dim, n, margin=0.2, scale=30.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n, dim) * 0.05)
        self.margin, self.scale = margin, scale

    def forward(self, emb, spk):
        cos = F.linear(F.normalize(emb), F.normalize(self.weight)).clamp(-1 + 1e-6, 1 - 1e-6)
        with_margin = torch.cos(torch.acos(cos) + self.margin)
        hot = F.one_hot(spk, cos.size(1)).bool()
        return F.cross_entropy(self.scale * torch.where(hot, with_margin, cos), spk)


class Stepper:
    """One training update, split in the usual stages."""

    def __init__(self, net, head, optimizer, max_norm):
        self.net, self.head, self.optimizer, self.max_norm = net, head, optimizer, max_norm
        self.params = [*net.parameters(), *head.parameters()]
        self.scaler = torch.amp.GradScaler("cuda")

    def forward(self, mel, spk):
        with torch.autocast("cuda", dtype=torch.float16):
            emb = self.net(mel)
        return self.head(emb.float(), spk)

    def backward(self, loss):
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.prepare()

    def prepare(self):
        self.scaler.unscale_(self.optimizer)

    def clip(self):
        return nn.utils.clip_grad_norm_(self.params, self.max_norm)

    def apply(self):
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def __call__(self, mel, spk):
        loss = self.forward(mel, spk)
        self.backward(loss)
        self.clip()
        self.apply()
        return loss.detach()


@torch.no_grad()
def identification(net, loader, device):
    net.eval()
    embs = defaultdict(list)
    for mel, spk in loader:
        for e, s in zip(F.normalize(net(mel.to(device))), spk.tolist()):
            embs[s].append(e)
    names = sorted(embs)
    enrol = torch.stack([embs[s][0] for s in names])
    trial = torch.stack([e for s in names for e in embs[s][1:]])
    gold = torch.tensor([k for k, s in enumerate(names) for _ in embs[s][1:]], device=device)
    return ((trial @ enrol.t()).argmax(1) == gold).float().mean().item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--feats", type=Path, default=Path("feats/vox1"))
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--epochs", type=int, default=40)
    ap.add_argument("--lr", type=float, default=0.05)
    ap.add_argument("--max-norm", type=float, default=5.0)
    ap.add_argument("--seed", type=int, default=64)
    a = ap.parse_args()

    torch.manual_seed(a.seed)
    device = torch.device("cuda")
    speakers = sorted(p.name for p in a.feats.iterdir() if p.is_dir())
    train = DataLoader(Utterances(a.feats, speakers), a.batch, shuffle=True, drop_last=True, num_workers=8)
    valid = DataLoader(Utterances(a.feats, speakers, train=False), a.batch, num_workers=4)
    net = resnet34(num_classes=256)
    net.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    net, head = net.to(device), AAMHead(256, len(speakers)).to(device)
    optimizer = torch.optim.SGD([*net.parameters(), *head.parameters()], lr=a.lr, momentum=0.9)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, a.epochs)
    update = Stepper(net, head, optimizer, a.max_norm)

    for epoch in range(a.epochs):
        net.train()
        head.train()
        total = torch.zeros((), device=device)
        for mel, spk in train:
            total += update(mel.to(device, non_blocking=True), spk.to(device, non_blocking=True))
        sched.step()
        print(f"epoch {epoch} loss {(total / len(train)).item():.4f} id acc {identification(net, valid, device):.4f}")
    torch.save(net.state_dict(), "speaker_resnet34.pt")


if __name__ == "__main__":
    main()
