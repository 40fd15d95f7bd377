"""Policy gradient with a baseline."""
import gymnasium as gym
import torch
from torch import nn

torch.manual_seed(0)


class Agent(nn.Module):
    def __init__(self, n_obs, n_act):
        super().__init__()
        self.pi = nn.Sequential(nn.Linear(n_obs, 64), nn.ReLU(), nn.Linear(64, n_act), nn.Softmax(dim=-1))
        self.v = nn.Sequential(nn.Linear(n_obs, 64), nn.ReLU(), nn.Linear(64, 1))

    def probs(self, obs):
        return self.pi(obs)


env = gym.make("CartPole-v1")
agent = Agent(4, 2)
optimizer = torch.optim.Adam(agent.parameters(), lr=3e-3)

for episode in range(500):
    obs, _ = env.reset(seed=episode)
    states, acts, rews, over = [], [], [], False
    while not over:
        s = torch.as_tensor(obs)
        with torch.no_grad():
            a = torch.multinomial(agent.probs(s), 1)
        obs, r, term, trunc, _ = env.step(int(a))
        states.append(s), acts.append(a), rews.append(r)
        over = term or trunc
    S, A = torch.stack(states), torch.stack(acts)
    G = torch.tensor(rews).flip(0).cumsum(0).flip(0)
    V = agent.v(S).squeeze(-1)
    log_pi = agent.probs(S).gather(1, A).squeeze(1).log()  # PLANTED
    loss = -(log_pi * (G - V.detach())).mean() + 0.5 * (G - V).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 20 == 0:
        print(episode, sum(rews))
