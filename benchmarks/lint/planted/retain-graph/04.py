"""Actor-critic on one environment, state carried by a recurrent core."""
import gymnasium as gym
import torch as th
from torch import nn
from torch.distributions import Categorical

th.manual_seed(3)
env = gym.make("CartPole-v1")
core, pi, v = nn.GRUCell(4, 32), nn.Linear(32, 2), nn.Linear(32, 1)
params = [*core.parameters(), *pi.parameters(), *v.parameters()]
opt = th.optim.Adam(params, lr=1e-3)
h = th.zeros(1, 32)
obs, _ = env.reset(seed=3)

for update in range(5000):
    logps, vals, rews = [], [], []
    for _ in range(16):
        h = core(th.as_tensor(obs).unsqueeze(0), h)
        dist = Categorical(logits=pi(h))
        a = dist.sample()
        obs, r, term, trunc, _ = env.step(int(a))
        logps.append(dist.log_prob(a)), vals.append(v(h).squeeze()), rews.append(float(r))
        if term or trunc:
            obs, _ = env.reset()
            h = th.zeros(1, 32)
    ret = th.tensor(rews).flip(0).cumsum(0).flip(0)
    adv = ret - th.stack(vals)
    loss = -(th.cat(logps) * adv.detach()).mean() + 0.5 * adv.pow(2).mean()
    opt.zero_grad()
    loss.backward(retain_graph=True)  # PLANTED
    opt.step()
    if update % 100 == 0:
        print(update, loss.item(), sum(rews))
