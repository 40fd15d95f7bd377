"""Fine-tune Faster R-CNN on a COCO-style dataset of road damage."""
import functools
import random
from typing import Any

import numpy as np
import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision.datasets import CocoDetection
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.transforms import functional as TF

SETTINGS: dict[str, Any] = {
    "images": "rdd/images", "train_json": "rdd/train.json", "val_json": "rdd/val.json",
    "num_classes": 5, "epochs": 12, "batch": 4, "lr": 0.005, "warmup_iters": 500, "seed": 3,
}


class Detections(CocoDetection):
    def __init__(self, root, ann, train):
        super().__init__(root, ann)
        self.train = train
        self.ids = [i for i in self.ids if self.coco.getAnnIds(imgIds=i, iscrowd=False)]

    def __getitem__(self, idx):
        img, anns = super().__getitem__(idx)
        anns = [a for a in anns if not a["iscrowd"] and a["bbox"][2] > 0 and a["bbox"][3] > 0]
        boxes = torch.tensor([a["bbox"] for a in anns], dtype=torch.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        labels = torch.tensor([a["category_id"] for a in anns], dtype=torch.int64)
        if self.train and random.random() < 0.5:
            img = TF.hflip(img)
            boxes = boxes.clone()
            boxes[:, [0, 2]] = img.width - boxes[:, [2, 0]]
        return TF.to_tensor(img), {"boxes": boxes, "labels": labels}


def collate_fn(batch):
    return tuple(zip(*batch))


@functools.lru_cache(maxsize=None)
def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def prepare(cfg):
    detector = torchvision.models.detection.fasterrcnn_resnet50_fpn(weights="DEFAULT").to(device())
    trainable = [p for p in detector.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trainable, lr=cfg["lr"], momentum=0.9)  # PLANTED
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, 1e-3, total_iters=cfg["warmup_iters"])
    detector = with_classes(detector, cfg["num_classes"])
    return detector, optimizer, warmup


def with_classes(detector, num_classes):
    in_features = detector.roi_heads.box_predictor.cls_score.in_features
    detector.roi_heads.box_predictor = FastRCNNPredictor(in_features, num_classes).to(device())
    return detector


def train_one_epoch(detector, optimizer, warmup, loader, epoch):
    detector.train()
    for it, (images, targets) in enumerate(loader):
        images = [im.to(device()) for im in images]
        targets = [{k: v.to(device()) for k, v in t.items()} for t in targets]
        losses = detector(images, targets)
        total = sum(losses.values())
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        warmup.step()
        if it % 50 == 0:
            parts = " ".join(f"{k}={v.item():.3f}" for k, v in losses.items())
            print(f"epoch {epoch} it {it} total={total.item():.3f} {parts}")


@torch.no_grad()
def recall_at_50(detector, loader, score_thr=0.5):
    detector.eval()
    found, total = 0, 0
    for images, targets in loader:
        outputs = detector([im.to(device()) for im in images])
        for out, tgt in zip(outputs, targets):
            keep = out["scores"] > score_thr
            boxes, labels = out["boxes"][keep].cpu(), out["labels"][keep].cpu()
            total += len(tgt["labels"])
            if len(boxes):
                iou = torchvision.ops.box_iou(tgt["boxes"], boxes)
                iou = iou * (tgt["labels"][:, None] == labels[None])
                found += (iou.max(1).values > 0.5).sum().item()
    return found / max(total, 1)


def main(cfg=SETTINGS):
    random.seed(cfg["seed"])
    np.random.seed(cfg["seed"])
    torch.manual_seed(cfg["seed"])
    train = Detections(cfg["images"], cfg["train_json"], train=True)
    val = Detections(cfg["images"], cfg["val_json"], train=False)
    train_dl = DataLoader(train, cfg["batch"], shuffle=True, num_workers=4, collate_fn=collate_fn)
    val_dl = DataLoader(val, cfg["batch"], num_workers=4, collate_fn=collate_fn)

    detector, optimizer, warmup = prepare(cfg)
    for epoch in range(cfg["epochs"]):
        train_one_epoch(detector, optimizer, warmup, train_dl, epoch)
        print(f"epoch {epoch} recall@0.5 {recall_at_50(detector, val_dl):.3f}")
        torch.save({"model": detector.state_dict(), "optimizer": optimizer.state_dict(),
                    "warmup": warmup.state_dict(), "epoch": epoch}, "rdd_last.pt")


if __name__ == "__main__":
    main()
