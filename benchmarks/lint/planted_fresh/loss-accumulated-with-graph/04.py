"""Train a next-frame predictor and stop when its last hundred losses no longer fall."""

from collections import deque

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from moving_mnist import ConvLSTM, MovingDigits

torch.manual_seed(64)
net = ConvLSTM(channels=64, layers=2).cuda().train()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
frames = DataLoader(MovingDigits("train"), batch_size=16, shuffle=True, num_workers=4)
recent = deque(maxlen=400)
best, patience, step = float("inf"), 20, 0


def improve(clip):
    guess = net(clip[:, :-1])
    loss = nn.functional.mse_loss(guess, clip[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    return loss


while patience > 0:
    for clip in frames:
        recent.append(improve(clip.cuda()))  # PLANTED
        step += 1
        if step % 400 == 0:
            mean = sum(recent).item() / len(recent)
            print(f"step {step} mse {mean:.5f} best {best:.5f}")
            patience = 20 if mean < 0.999 * best else patience - 1
            best = min(best, mean)
            if patience == 0:
                break
