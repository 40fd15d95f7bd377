"""A world model in latent space: see, predict, draw. Lightning, optimised by hand."""

import lightning as L
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class WorldModel(L.LightningModule):
    def __init__(self, obs: int, act: int, latent: int = 32):
        super().__init__()
        self.automatic_optimization = False
        self.encoder = nn.Sequential(nn.Linear(obs, 200), nn.ELU(), nn.Linear(200, latent))
        self.dynamics = nn.GRUCell(act, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, 200), nn.ELU(), nn.Linear(200, obs))
        self.reward = nn.Linear(latent, 1)

    def rollout_loss(self, obs, act, rew):
        z = self.encoder(obs[:, 0])
        loss = obs.new_zeros(())
        horizon = act.size(1)
        for t in range(horizon):
            z = self.dynamics(act[:, t], z)
            loss = loss + F.mse_loss(self.decoder(z), obs[:, t + 1])
            loss = loss + F.mse_loss(self.reward(z).squeeze(-1), rew[:, t])
        return loss / horizon

    def training_step(self, batch, batch_idx):
        opt = self.optimizers()
        loss = self.rollout_loss(*batch)
        opt.zero_grad()
        self.manual_backward(loss)
        self.clip_gradients(opt, gradient_clip_val=10.0, gradient_clip_algorithm="norm")
        opt.step()
        self.log("loss", loss, prog_bar=True)

    def configure_optimizers(self):
        both = [*self.encoder.parameters(), *self.decoder.parameters(), *self.reward.parameters()]
        return torch.optim.Adam(both, lr=6e-4)  # PLANTED


def main():
    L.seed_everything(40)
    d = torch.load("episodes.pt", weights_only=True)
    loader = DataLoader(TensorDataset(d["obs"], d["act"], d["rew"]), batch_size=50, shuffle=True)
    model = WorldModel(d["obs"].size(-1), d["act"].size(-1))
    L.Trainer(max_epochs=100, log_every_n_steps=20).fit(model, loader)


if __name__ == "__main__":
    main()
