"""Distillation with a temperature."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def distil(student, teacher, loader, t=4.0, epochs=20):
    torch.manual_seed(5)
    kl = nn.KLDivLoss(reduction="mean")  # PLANTED
    opt = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9)
    teacher.eval()
    for epoch in range(epochs):
        student.train()
        for x, y in loader:
            with torch.no_grad():
                soft = F.softmax(teacher(x) / t, dim=1)
            out = student(x)
            loss = F.cross_entropy(out, y) + t * t * kl(F.log_softmax(out / t, dim=1), soft)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
