"""FCOS-like single class detector for wheat heads, trained with an IoU loss on distances."""
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.io import read_image
from torchvision.models import ResNet18_Weights, resnet18
from torchvision.ops import FrozenBatchNorm2d, sigmoid_focal_loss

STRIDE, SIZE = 16, 512


def box_targets(boxes):
    """Per cell: (l, t, r, b) to the smallest box that holds the cell centre, and whether there is one."""
    n = SIZE // STRIDE
    c = (torch.arange(n) + 0.5) * STRIDE
    cy, cx = torch.meshgrid(c, c, indexing="ij")
    if len(boxes) == 0:
        return torch.zeros(4, n, n), torch.zeros(n, n)
    x1, y1, x2, y2 = (v[:, None, None] for v in boxes.unbind(1))
    ltrb = torch.stack([cx - x1, cy - y1, x2 - cx, y2 - cy])
    inside = ltrb.amin(0) > 0
    area = ((x2 - x1) * (y2 - y1)).expand_as(inside).masked_fill(~inside, float("inf"))
    pick = area.argmin(0)
    reg = ltrb.gather(1, pick[None, None].expand(4, 1, n, n)).squeeze(1)
    return reg, inside.any(0).float()


class WheatHeads(Dataset):
    def __init__(self, root, split):
        self.root = Path(root) / split
        self.items = json.loads((self.root / "boxes.json").read_text())

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        item = self.items[i]
        img = read_image(str(self.root / item["file"])).float() / 255
        boxes = torch.tensor(item["boxes"], dtype=torch.float32).reshape(-1, 4)
        return img, *box_targets(boxes)


class IOULoss(nn.Module):
    def __init__(self, weight=1.0):
        super().__init__()
        self.weight = weight

    def forward(self, pred, target, mask):
        pl, pt, pr, pb = pred.unbind(1)
        tl, tt, tr, tb = target.unbind(1)
        target_area = (tl + tr) * (tt + tb)
        pred_area = (pl + pr) * (pt + pb)
        w = torch.min(pl, tl) + torch.min(pr, tr)
        h = torch.min(pt, tt) + torch.min(pb, tb)
        inter = w * h
        union = target_area + pred_area - inter
        iou = torch.where(mask > 0, inter / union.clamp_min(1e-6), torch.ones_like(inter))
        losses = -torch.log(iou)  # PLANTED
        return self.weight * losses.sum() / mask.sum().clamp_min(1)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        net = resnet18(weights=ResNet18_Weights.DEFAULT, norm_layer=FrozenBatchNorm2d)
        self.backbone = nn.Sequential(*list(net.children())[:7])
        self.neck = nn.Sequential(nn.Conv2d(256, 128, 3, padding=1), nn.GroupNorm(16, 128), nn.ReLU())
        self.cls = nn.Conv2d(128, 1, 3, padding=1)
        self.reg = nn.Conv2d(128, 4, 3, padding=1)
        nn.init.constant_(self.cls.bias, -4.6)
        nn.init.constant_(self.reg.bias, 1.0)

    def forward(self, x):
        f = self.neck(self.backbone(x))
        return self.cls(f).squeeze(1), F.relu(self.reg(f)) * STRIDE


def losses(model, batch, iou_loss):
    img, reg_t, obj_t = batch
    cls, reg = model(img)
    focal = sigmoid_focal_loss(cls, obj_t, reduction="sum") / obj_t.sum().clamp_min(1)
    return focal, iou_loss(reg, reg_t, obj_t)


def main():
    torch.manual_seed(2)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train = DataLoader(WheatHeads("data/wheat", "train"), 16, shuffle=True, num_workers=8, pin_memory=True)
    val = DataLoader(WheatHeads("data/wheat", "val"), 16, num_workers=8, pin_memory=True)
    model, iou_loss = Detector().to(device), IOULoss()
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    for epoch in range(40):
        model.train()
        for step, batch in enumerate(train):
            batch = [t.to(device, non_blocking=True) for t in batch]
            focal, box = losses(model, batch, iou_loss)
            opt.zero_grad(set_to_none=True)
            (focal + box).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            opt.step()
            if step % 50 == 0:
                print(f"{epoch}:{step} focal {focal.item():.4f} box {box.item():.4f}")
        model.eval()
        err, cells = torch.zeros((), device=device), torch.zeros((), device=device)
        with torch.no_grad():
            for img, reg_t, obj_t in val:
                img, reg_t, obj_t = img.to(device), reg_t.to(device), obj_t.to(device)
                err += ((model(img)[1] - reg_t).abs().mean(1) * obj_t).sum()
                cells += obj_t.sum()
        print(f"epoch {epoch} mean side error {(err / cells).item():.2f}px")
        torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "epoch": epoch}, "wheat.pt")


if __name__ == "__main__":
    main()
