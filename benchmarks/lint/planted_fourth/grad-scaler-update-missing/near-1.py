"""Audio-text retrieval, one optimizer per tower and one loss scaler for both."""
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class Tower(nn.Module):
    def __init__(self, d_in, d_out=256, p=0.2):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d_in, 1024), nn.GELU(), nn.Dropout(p), nn.Linear(1024, d_out))

    def forward(self, x):
        return F.normalize(self.net(x), dim=-1)


class AudioTextTrainer:
    def __init__(self, d_audio, d_text, device="cuda"):
        self.device = device
        self.audio, self.text = Tower(d_audio).to(device), Tower(d_text).to(device)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07), device=device))
        self.optimizers = [
            optim.Adam([*self.audio.parameters(), self.logit_scale], lr=5e-4),
            optim.Adam(self.text.parameters(), lr=1e-4),
        ]
        self.scaler = torch.amp.GradScaler("cuda")

    def loss(self, a, t):
        with torch.autocast("cuda", dtype=torch.float16):
            za, zt = self.audio(a), self.text(t)
        logits = self.logit_scale.clamp(max=math.log(100)).exp() * za.float() @ zt.float().T
        labels = torch.arange(len(logits), device=self.device)
        return 0.5 * (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels))

    def train_step(self, a, t):
        for opt in self.optimizers:
            opt.zero_grad()
        loss = self.loss(a.to(self.device), t.to(self.device))
        self.scaler.scale(loss).backward()
        for opt in self.optimizers:
            self.scaler.step(opt)
        self.finish_step()
        return loss.detach()

    def finish_step(self):
        self.scaler.update()

    @torch.no_grad()
    def recall_at(self, a, t, k=10):
        self.audio.eval()
        self.text.eval()
        sim = self.text(t.to(self.device)) @ self.audio(a.to(self.device)).T
        top = sim.topk(k, dim=1).indices
        gold = torch.arange(len(sim), device=self.device).unsqueeze(1)
        return (top == gold).any(1).float().mean().item()

    def fit(self, loader, valid, epochs):
        for epoch in range(epochs):
            self.audio.train()
            self.text.train()
            total = torch.zeros((), device=self.device)
            for a, t in loader:
                total += self.train_step(a, t)
            print(f"epoch {epoch} loss {total.item() / len(loader):.4f} R@10 {self.recall_at(*valid):.4f}")


if __name__ == "__main__":
    torch.manual_seed(77)
    pack = np.load("clap_features.npz")
    audio = torch.from_numpy(pack["audio"]).float()
    text = torch.from_numpy(pack["text"]).float()
    held = 1000
    loader = DataLoader(TensorDataset(audio[:-held], text[:-held]), 512, shuffle=True, drop_last=True)
    trainer = AudioTextTrainer(audio.shape[1], text.shape[1])
    trainer.fit(loader, (audio[-held:], text[-held:]), epochs=40)
    torch.save({"audio": trainer.audio.state_dict(), "text": trainer.text.state_dict()}, "towers.pt")
