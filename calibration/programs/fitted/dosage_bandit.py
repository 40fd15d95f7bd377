"""Choose a dose for each kind of patient by policy gradient."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.distributions import Categorical

KINDS, DOSES = 8, 10


class Clinic:
    def __init__(self):
        best = torch.randint(DOSES, (KINDS, 1))
        distance = (torch.arange(DOSES) - best).abs().float()
        self.benefit = torch.exp(-0.5 * (distance / 0.7) ** 2)

    def patients(self, n):
        return torch.randint(KINDS, (n,))

    def treat(self, kind, dose):
        return self.benefit[kind, dose] + 0.5 * torch.randn(len(kind))


class Policy(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.embed = nn.Embedding(KINDS, width)
        self.body = nn.Sequential(nn.Linear(width, width), nn.Tanh())
        self.actor = nn.Linear(width, DOSES)
        self.critic = nn.Linear(width, 1)

    def forward(self, kind):
        h = self.body(self.embed(kind))
        return Categorical(logits=self.actor(h)), self.critic(h).squeeze(1)


class ActorCritic:
    def __init__(self, out, lr=1e-2, batch_size=64, value_coef=0.5, entropy_coef=0.15):
        self.clinic, self.policy = Clinic(), Policy()
        self.batch_size, self.value_coef, self.entropy_coef = batch_size, value_coef, entropy_coef
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=lr)
        config = {
            "lr": lr,
            "batch_size": batch_size,
            "value_coef": value_coef,
            "entropy_coef": entropy_coef,
        }
        self.monitor = Monitor(
            out, self.policy, self.optimizer, config, activations=True, judge=False
        )

    def update(self):
        kind = self.clinic.patients(self.batch_size)
        distribution, value = self.policy(kind)
        dose = distribution.sample()
        reward = self.clinic.treat(kind, dose)
        advantage = reward - value.detach()
        policy_loss = -(advantage * distribution.log_prob(dose)).mean()
        value_loss = nn.functional.mse_loss(value, reward)
        entropy = distribution.entropy().mean()
        loss = policy_loss + self.value_coef * value_loss + self.entropy_coef * entropy
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), 0.5)
        self.optimizer.step()
        self.monitor.step(loss, reward=reward.mean().item(), entropy=entropy.item())

    @torch.no_grad()
    def benefit(self):
        kind = torch.arange(KINDS)
        dose = self.policy(kind)[0].probs.argmax(1)
        return self.clinic.benefit[kind, dose].mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    agent = ActorCritic(args.out)
    for _ in range(600):
        agent.update()
    agent.monitor.close()
    print(f"score: {agent.benefit():.4f}")


if __name__ == "__main__":
    main()
