"""Segments roads with few labels: a mean teacher follows the student and judges unlabelled pictures."""

import copy

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from roads import Labelled, RoadNet, Unlabelled, jitter


def endless(loader):
    while True:
        yield from loader


class MeanTeacher:
    def __init__(self, student, keep=0.99):
        self.net = copy.deepcopy(student).requires_grad_(False).eval()
        self.keep = keep

    def follow(self, student):
        for mine, theirs in zip(self.net.parameters(), student.parameters(), strict=True):
            mine.mul_(self.keep).add_(theirs.detach(), alpha=1 - self.keep)
        for mine, theirs in zip(self.net.buffers(), student.buffers(), strict=True):
            mine.copy_(theirs)

    def __call__(self, picture):
        return torch.sigmoid(self.net(picture))


torch.manual_seed(36)
few = endless(DataLoader(Labelled("roads/few"), batch_size=8, shuffle=True, num_workers=2, drop_last=True))
many = endless(DataLoader(Unlabelled("roads/many"), batch_size=24, shuffle=True, num_workers=6, drop_last=True))

student = RoadNet().cuda()
teacher = MeanTeacher(student)
optimizer = torch.optim.SGD(student.parameters(), lr=0.01, momentum=0.9, nesterov=True)
steps = 20_000

for step in range(steps):
    picture, road = (t.cuda(non_blocking=True) for t in next(few))
    unseen = next(many).cuda(non_blocking=True)
    supervised = F.binary_cross_entropy_with_logits(student(picture), road.float())
    weight = 10.0 * min(1.0, step / 4000)
    agreement = F.mse_loss(torch.sigmoid(student(jitter(unseen))), teacher(unseen))
    loss = supervised + weight * agreement

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    teacher.follow(student)
    if step % 200 == 0:
        print(f"step {step} supervised {supervised.item():.4f} agreement {agreement.item():.5f}")
