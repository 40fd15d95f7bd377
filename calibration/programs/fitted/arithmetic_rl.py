"""Group-relative policy gradient on one-digit sums with a checked answer."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

ALPHABET = "0123456789+-"
GROUP, PROMPTS = 8, 24


class Solver(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.left = nn.Embedding(10, width)
        self.right = nn.Embedding(10, width)
        self.body = nn.Sequential(nn.Linear(width, width), nn.ReLU())
        self.out = nn.Linear(width, len(ALPHABET))

    def forward(self, a, b):
        return torch.log_softmax(self.out(self.body(self.left(a) + self.right(b))), dim=-1)


def prompts(n):
    total = torch.randint(0, 10, (n,))
    a = (torch.rand(n) * (total + 1)).long()
    return a, total - a


def reward(completion, a, b):
    return 1.0 if completion == a + b else 0.0


def score_group(tokens, a, b):
    rows = zip(tokens.tolist(), a.tolist(), b.tolist(), strict=True)
    return torch.tensor([[reward(ALPHABET[t], x, y) for t in row] for row, x, y in rows])


def update(policy, optimizer):
    a, b = prompts(PROMPTS)
    logp = policy(a, b)
    tokens = torch.multinomial(logp.detach().exp(), GROUP, replacement=True)
    rewards = score_group(tokens, a, b)
    centred = rewards - rewards.mean(1, keepdim=True)
    advantage = centred / (rewards.std(1, keepdim=True) + 1e-4)
    loss = -(advantage * logp.gather(1, tokens)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    entropy = -(logp.exp() * logp).sum(1).mean().item()
    return loss, {
        "reward": rewards.mean().item(),
        "reward_std": rewards.std(1).mean().item(),
        "entropy": entropy,
    }


@torch.no_grad()
def solve_rate(policy, n=500):
    a, b = prompts(n)
    answers = policy(a, b).argmax(1, keepdim=True)
    return score_group(answers, a, b).mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    policy = Solver()
    optimizer = torch.optim.AdamW(policy.parameters(), lr=2e-3, weight_decay=0.0)
    config = {"lr": 2e-3, "group_size": GROUP, "batch_size": PROMPTS, "steps": 500}
    monitor = Monitor(args.out, policy, optimizer, config, activations=True, judge=False)
    for _ in range(config["steps"]):
        loss, signals = update(policy, optimizer)
        monitor.step(loss, **signals)
    monitor.close()
    print(f"score: {solve_rate(policy):.4f}")


if __name__ == "__main__":
    main()
