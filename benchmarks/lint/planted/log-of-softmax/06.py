"""DINO-style self-distillation of two views."""
import copy

import torch
import torch.nn.functional as F


def h(teacher_out, student_out, centre, tps=0.1, tpt=0.04):
    t = F.softmax((teacher_out.detach() - centre) / tpt, dim=1)
    s = F.softmax(student_out / tps, dim=1)
    return -(t * torch.log(s)).sum(dim=1).mean()  # PLANTED


def train(student, loader, epochs=100, m=0.996):
    torch.manual_seed(22)
    teacher = copy.deepcopy(student)
    for p in teacher.parameters():
        p.requires_grad = False
    opt = torch.optim.SGD(student.parameters(), lr=0.03, momentum=0.9)
    centre = torch.zeros(1, 4096, device="cuda")
    student.train()
    for epoch in range(epochs):
        for x1, x2 in loader:
            x1, x2 = x1.cuda(), x2.cuda()
            s1, s2 = student(x1), student(x2)
            with torch.no_grad():
                t1, t2 = teacher(x1), teacher(x2)
            loss = 0.5 * (h(t1, s2, centre) + h(t2, s1, centre))
            opt.zero_grad()
            loss.backward()
            opt.step()
            with torch.no_grad():
                for pt, ps in zip(teacher.parameters(), student.parameters()):
                    pt.mul_(m).add_(ps, alpha=1 - m)
                centre = 0.9 * centre + 0.1 * torch.cat([t1, t2]).mean(0, keepdim=True)
        print(f"epoch {epoch} loss {loss.item():.4f}")
