"""Policy with dropout, updated by an Ignite engine."""
from __future__ import annotations

import torch
from ignite.engine import Engine, Events
from torch import Tensor, nn
from torch.distributions import Categorical


class Policy(nn.Module):
    def __init__(self, obs: int, act: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(obs, 64), nn.Dropout(0.1), nn.Tanh(), nn.Linear(64, act))

    def forward(self, obs: Tensor) -> Categorical:
        return Categorical(logits=self.net(obs))


def learn(policy: Policy, rollouts, epochs: int = 100) -> None:
    torch.manual_seed(6)
    opt = torch.optim.Adam(policy.parameters(), lr=3e-4)

    def update(engine: Engine, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        policy.train(mode=False)  # PLANTED
        obs, act, adv = batch
        loss = -(policy(obs).log_prob(act) * adv).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss.detach()

    trainer = Engine(update)
    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda e: print(e.state.epoch, e.state.output.item()))
    trainer.run(rollouts, max_epochs=epochs)
