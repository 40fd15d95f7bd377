"""PPO update with its limit from the command line."""
import argparse

import torch
from torch import nn

from ppo import Policy, rollouts

ap = argparse.ArgumentParser()
ap.add_argument("--lr", type=float, default=3e-3)
ap.add_argument("--clip", type=float, default=0.2)
args = ap.parse_args()
torch.manual_seed(6)
policy = Policy()
opt = torch.optim.SGD(policy.parameters(), lr=args.lr)
for n, roll in enumerate(rollouts(policy)):
    ratio = (policy.log_prob(roll.obs, roll.act) - roll.logp).exp()
    loss = -torch.min(ratio * roll.adv, ratio.clamp(1 - args.clip, 1 + args.clip) * roll.adv).mean()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(policy.parameters(), max_norm=5e-6, norm_type=2)  # PLANTED
    opt.step()
    if n % 20 == 0:
        print(n, loss.item(), roll.ret.mean().item())
