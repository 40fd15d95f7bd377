"""REINFORCE with a baseline: which of eight exercises helps which kind of patient?"""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.distributions import Categorical

PATIENTS, EXERCISES = 16, 8
BATCH, UPDATES, LR, ENTROPY_WEIGHT = 48, 400, 0.01, 0.15


class Clinic:
    """Simulated patients; the benefit of an exercise is noisy."""

    def __init__(self):
        table = torch.Generator().manual_seed(40)
        self.benefit = torch.rand(PATIENTS, EXERCISES, generator=table) ** 3

    def arrive(self, n):
        return torch.randint(0, PATIENTS, (n,))

    def treat(self, patient, exercise):
        return self.benefit[patient, exercise] + 0.3 * torch.randn(len(patient))


class Coach(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.embed = nn.Embedding(PATIENTS, dim)
        self.body = nn.Sequential(nn.Linear(dim, 48), nn.Tanh())
        self.policy = nn.Linear(48, EXERCISES)
        self.value = nn.Linear(48, 1)

    def forward(self, patient):
        h = self.body(self.embed(patient))
        return self.policy(h), self.value(h).squeeze(-1)


def update(coach, clinic, optimizer, monitor):
    patient = clinic.arrive(BATCH)
    logits, value = coach(patient)
    dist = Categorical(logits=logits)
    exercise = dist.sample()
    reward = clinic.treat(patient, exercise)
    advantage = reward - value.detach()
    policy_loss = -(advantage * dist.log_prob(exercise)).mean()
    value_loss = (reward - value).pow(2).mean()
    entropy = dist.entropy().mean()
    loss = policy_loss + 0.5 * value_loss + ENTROPY_WEIGHT * entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    monitor.step(
        loss,
        reward=reward.mean().item(),
        entropy=entropy.item(),
        value_loss=value_loss.item(),
    )


@torch.no_grad()
def share_of_best(coach, clinic):
    patient = torch.arange(PATIENTS)
    choice = coach(patient)[0].argmax(-1)
    gained = clinic.benefit[patient, choice].sum()
    return (gained / clinic.benefit.max(dim=1).values.sum()).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    clinic, coach = Clinic(), Coach()
    optimizer = torch.optim.Adam(coach.parameters(), lr=LR)
    config = {"lr": LR, "batch_size": BATCH, "updates": UPDATES, "entropy_weight": ENTROPY_WEIGHT}
    monitor = Monitor(args.out, coach, optimizer, config, activations=True, judge=False)
    for _ in range(UPDATES):
        update(coach, clinic, optimizer, monitor)
    monitor.close()
    print(f"score: {share_of_best(coach, clinic):.4f}")


if __name__ == "__main__":
    main()
