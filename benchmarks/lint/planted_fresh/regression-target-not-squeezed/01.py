"""Learn a value function from logged transitions of a warehouse robot (offline double DQN)."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

GAMMA, TAU = 0.99, 0.005


def q_network(obs, actions):
    return nn.Sequential(nn.Linear(obs, 256), nn.ReLU(), nn.Linear(256, actions))


def td_targets(online, target, reward, after, done):
    with torch.no_grad():
        best = online(after).argmax(dim=1, keepdim=True)
        ahead = target(after).gather(1, best).squeeze(1)
        return reward + GAMMA * (1 - done) * ahead


def main():
    torch.manual_seed(72)
    log = torch.load("transitions.pt", weights_only=True)
    fields = ("obs", "action", "reward", "next_obs", "done")  # reward and done: (n,)
    data = TensorDataset(*(log[f] for f in fields))
    loader = DataLoader(data, batch_size=256, shuffle=True, drop_last=True)

    online = q_network(log["obs"].size(1), int(log["action"].max()) + 1)
    target = copy.deepcopy(online).requires_grad_(False)
    opt = torch.optim.Adam(online.parameters(), lr=3e-4)

    for epoch in range(60):
        losses = []
        for obs, action, reward, after, done in loader:
            taken = online(obs).gather(1, action.long().unsqueeze(1))
            wanted = td_targets(online, target, reward, after, done.float())
            loss = F.smooth_l1_loss(taken, wanted)  # PLANTED
            opt.zero_grad()
            loss.backward()
            opt.step()
            with torch.no_grad():
                for t, o in zip(target.parameters(), online.parameters()):
                    t.lerp_(o, TAU)
            losses.append(loss.detach())
        print(f"epoch {epoch:3d} td loss {torch.stack(losses).mean().item():.4f}")


if __name__ == "__main__":
    main()
