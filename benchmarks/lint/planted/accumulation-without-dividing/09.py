"""Atari agent whose step averages over several environments."""
import torch
from torch import nn
import torch.nn.functional as F

from envs import make_env, rollout

N_ENVS = 8
torch.manual_seed(0)
envs = [make_env("Pong", seed=i) for i in range(N_ENVS)]
net = nn.Sequential(nn.Conv2d(4, 16, 8, 4), nn.ReLU(), nn.Conv2d(16, 32, 4, 2), nn.ReLU(), nn.Flatten(), nn.Linear(2592, 256), nn.ReLU())
pi, v = nn.Linear(256, 6), nn.Linear(256, 1)
params = [*net.parameters(), *pi.parameters(), *v.parameters()]
opt = torch.optim.RMSprop(params, lr=7e-4)


def a2c_loss(batch):
    h = net(batch.obs)
    logp = F.log_softmax(pi(h), -1).gather(1, batch.act[:, None])[:, 0]
    val = v(h)[:, 0]
    adv = batch.ret - val
    return -(logp * adv.detach()).mean() + 0.5 * adv.pow(2).mean()


for update in range(10_000):
    opt.zero_grad()
    for env in envs:
        loss = a2c_loss(rollout(env, net, pi, n=20))
        loss.backward()  # PLANTED
    nn.utils.clip_grad_norm_(params, 40.0)
    opt.step()
    if update % 100 == 0:
        print(update, loss.item())
