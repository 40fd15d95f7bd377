"""Reinforcement learning with checked answers: a policy writes the sum of two digits."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

VOCAB = [f" {n}" for n in range(11)]


class Policy(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.left = nn.Embedding(6, dim)
        self.right = nn.Embedding(6, dim)
        self.body = nn.Sequential(nn.Linear(2 * dim, 64), nn.ReLU(), nn.Linear(64, len(VOCAB)))

    def forward(self, a, b):
        return self.body(torch.cat([self.left(a), self.right(b)], dim=-1))


def check_answer(text, a, b):
    return 1.0 if text == str(a + b) else 0.0


def rollout(policy, prompts, group):
    a = torch.randint(0, 6, (prompts,)).repeat_interleave(group)
    b = torch.randint(0, 6, (prompts,)).repeat_interleave(group)
    dist = torch.distributions.Categorical(logits=policy(a, b))
    tokens = dist.sample()
    texts = [VOCAB[t] for t in tokens.tolist()]
    rewards = [check_answer(*item) for item in zip(texts, a.tolist(), b.tolist(), strict=True)]
    return dist, tokens, torch.tensor(rewards)


def grpo_loss(dist, tokens, rewards, group):
    grouped = rewards.view(-1, group)
    spread = grouped.std(dim=1, keepdim=True)
    advantage = (grouped - grouped.mean(dim=1, keepdim=True)) / (spread + 1e-4)
    return -(advantage.flatten() * dist.log_prob(tokens)).mean(), spread.mean().item()


@torch.no_grad()
def greedy_accuracy(policy):
    pairs = torch.cartesian_prod(torch.arange(6), torch.arange(6))
    best = policy(pairs[:, 0], pairs[:, 1]).argmax(dim=-1)
    return (best == pairs.sum(dim=1)).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    config = {"lr": 3e-3, "prompts": 16, "group": 8, "steps": 400}

    policy = Policy()
    optimizer = torch.optim.Adam(policy.parameters(), lr=config["lr"])
    monitor = Monitor(args.out, policy, optimizer, config, activations=True, judge=False)
    for step in range(config["steps"]):
        dist, tokens, rewards = rollout(policy, config["prompts"], config["group"])
        loss, spread = grpo_loss(dist, tokens, rewards, config["group"])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        monitor.step(
            loss,
            reward=rewards.mean().item(),
            reward_std=spread,
            entropy=dist.entropy().mean().item(),
        )
    monitor.close()
    print(f"score: {greedy_accuracy(policy):.4f}")


if __name__ == "__main__":
    main()
