"""Targets come from a frozen network under no_grad; the loss and its backward do not."""
import torch
from torch import nn

torch.manual_seed(4)


@torch.no_grad()
def soft_targets(teacher, x):
    return teacher(x).softmax(-1)


def train(student, teacher, loader):
    teacher.eval()
    student.train()
    opt = torch.optim.Adam(student.parameters(), lr=1e-3)
    for step, x in enumerate(loader):
        with torch.no_grad():
            target = soft_targets(teacher, x)
            with torch.enable_grad():
                loss = nn.functional.cross_entropy(student(x), target)
                opt.zero_grad()
                loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
