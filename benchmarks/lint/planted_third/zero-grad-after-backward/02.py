"""Trains two networks that translate between photographs and sketches, and two that judge them."""

import itertools

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(95)
mse, l1 = nn.MSELoss(), nn.L1Loss()


def painter():
    return nn.Sequential(
        nn.Conv2d(3, 64, 7, padding=3), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
        nn.Conv2d(64, 3, 7, padding=3), nn.Tanh(),
    )


def critic():
    return nn.Sequential(
        nn.Conv2d(3, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 128, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(128, 1, 4, padding=1),
    )


to_sketch, to_photo, judge_sketch, judge_photo = painter(), painter(), critic(), critic()
painters = torch.optim.Adam(
    itertools.chain(to_sketch.parameters(), to_photo.parameters()), lr=2e-4, betas=(0.5, 0.999)
)
judges = torch.optim.Adam(
    itertools.chain(judge_sketch.parameters(), judge_photo.parameters()), lr=2e-4, betas=(0.5, 0.999)
)


def verdict(judge, image, real):
    answer = judge(image)
    return mse(answer, torch.ones_like(answer) if real else torch.zeros_like(answer))


def turn(optimizer, *losses):
    total = torch.stack(losses).sum()
    total.backward()
    for each in (painters, judges):
        each.zero_grad()  # PLANTED
    optimizer.step()
    return total.detach()


data = torch.load("photos_and_sketches.pt", weights_only=True)
photos = DataLoader(TensorDataset(data["photo"]), batch_size=4, shuffle=True, drop_last=True)
sketches = DataLoader(TensorDataset(data["sketch"]), batch_size=4, shuffle=True, drop_last=True)

for epoch in range(100):
    for (photo,), (sketch,) in zip(photos, sketches):
        drawn, taken = to_sketch(photo), to_photo(sketch)
        painted = turn(
            painters,
            verdict(judge_sketch, drawn, True),
            verdict(judge_photo, taken, True),
            10 * l1(to_photo(drawn), photo),
            10 * l1(to_sketch(taken), sketch),
        )
        judged = turn(
            judges,
            verdict(judge_sketch, sketch, True),
            verdict(judge_sketch, drawn.detach(), False),
            verdict(judge_photo, photo, True),
            verdict(judge_photo, taken.detach(), False),
        )
    print(f"epoch {epoch}: painters {painted.item():.3f} judges {judged.item():.3f}")
