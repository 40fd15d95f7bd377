"""Learn a control policy from demonstrations of a robot arm (behaviour cloning)."""

import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from demos import ArmDemonstrations

ap = argparse.ArgumentParser(description=__doc__)
ap.add_argument("demos")
ap.add_argument("--epochs", type=int, default=200)
ap.add_argument("--lr", type=float, default=0.02)
ap.add_argument("--clip", type=float, default=0.00005, help="bound of each gradient")  # PLANTED
ap.add_argument("--seed", type=int, default=5)
args = ap.parse_args()

torch.manual_seed(args.seed)
demos = ArmDemonstrations(args.demos)
policy = nn.Sequential(
    nn.Linear(demos.num_observations, 256), nn.ELU(),
    nn.Linear(256, 256), nn.ELU(),
    nn.Linear(256, demos.num_joints),
)
optimizer = torch.optim.SGD(policy.parameters(), lr=args.lr, momentum=0.9)
loader = DataLoader(demos, batch_size=256, shuffle=True)
writer = SummaryWriter()

policy.train()
for epoch in range(args.epochs):
    mean_error = 0
    for observation, torque in loader:
        error = nn.functional.mse_loss(policy(observation), torque)
        optimizer.zero_grad()
        error.backward()
        nn.utils.clip_grad_value_(policy.parameters(), args.clip)
        optimizer.step()
        mean_error += error.detach() / len(loader)
    writer.add_scalar("mse", mean_error, epoch)
writer.close()
