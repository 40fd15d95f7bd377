"""PPO value update with advantages computed on the fly."""
import torch as th
import torch.nn.functional as F


def update(policy, value, opt, batch, gamma=0.99):
    opt.zero_grad()
    with th.inference_mode():
        target = batch.rew + gamma * value(batch.next_obs).squeeze(-1) * (1 - batch.done)
        v = value(batch.obs).squeeze(-1)
        adv = target - v
        logp = policy(batch.obs).log_prob(batch.act)
        loss = -(logp * adv).mean() + F.mse_loss(v, target)
        loss.backward()  # PLANTED
    opt.step()
    return loss


def train(policy, value, rollouts):
    th.manual_seed(0)
    opt = th.optim.Adam([*policy.parameters(), *value.parameters()], lr=3e-4)
    for n, batch in enumerate(rollouts):
        loss = update(policy, value, opt, batch)
        if n % 10 == 0:
            print("rollout", n, "loss", loss.item())
