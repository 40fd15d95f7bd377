"""Policy with a value head, accelerate."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn

from policies import Policy, rollouts


def main():
    set_seed(17)
    acc = Accelerator()
    policy = Policy(obs=24, act=4)
    opt = torch.optim.Adam(policy.parameters(), lr=3e-4)  # PLANTED
    policy.value_head = nn.Sequential(nn.Linear(128, 64), nn.Tanh(), nn.Linear(64, 1))
    policy, opt, loader = acc.prepare(policy, opt, rollouts())
    policy.train()
    for n, b in enumerate(loader):
        logp, feats = policy(b["obs"], b["act"])
        value = acc.unwrap_model(policy).value_head(feats).squeeze(-1)
        loss = -(logp * b["adv"]).mean() + 0.5 * (value - b["ret"]).pow(2).mean()
        opt.zero_grad()
        acc.backward(loss)
        opt.step()
        if n % 20 == 0:
            acc.print(n, loss.item())


if __name__ == "__main__":
    main()
