"""Distil a large teacher of sketches into a mobile net; scaling is set up by a factory."""

import torch
import torch.cuda.amp as half
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.models import efficientnet_b7, mobilenet_v3_small

from sketches import QuickDraw

CONFIG = {
    "temperature": 4.0,
    "alpha": 0.7,
    "optim": {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    "epochs": 20,
    "classes": 345,
    "teacher": "teacher_b7.pt",
}


def make_tools(student):
    opt = torch.optim.SGD(student.parameters(), **CONFIG["optim"])
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, CONFIG["epochs"])
    return opt, sched, half.GradScaler()  # PLANTED


def distil(student_logits, teacher_logits, labels):
    t = CONFIG["temperature"]
    soft = F.kl_div(
        F.log_softmax(student_logits / t, 1), F.log_softmax(teacher_logits / t, 1),
        reduction="batchmean", log_target=True,
    )
    hard = F.cross_entropy(student_logits, labels)
    return CONFIG["alpha"] * t * t * soft + (1 - CONFIG["alpha"]) * hard


def main():
    torch.manual_seed(345)
    teacher = efficientnet_b7(num_classes=CONFIG["classes"])
    teacher.load_state_dict(torch.load(CONFIG["teacher"], weights_only=True))
    teacher.cuda().eval().requires_grad_(False)
    student = mobilenet_v3_small(num_classes=CONFIG["classes"]).cuda().train()
    opt, sched, scaler = make_tools(student)
    loader = DataLoader(QuickDraw("train"), batch_size=256, shuffle=True, num_workers=8)
    for epoch in range(CONFIG["epochs"]):
        for i, (sketch, label) in enumerate(loader):
            sketch, label = sketch.cuda(), label.cuda()
            with torch.autocast("cuda", dtype=torch.float16):
                loss = distil(student(sketch).float(), teacher(sketch).float(), label)
            opt.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
            if i % 200 == 0:
                print(f"epoch {epoch} batch {i} loss {loss.item():.4f}")
        sched.step()


if __name__ == "__main__":
    main()
