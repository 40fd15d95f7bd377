"""The parts of a PPO agent with a Gaussian policy: densities, advantages, losses, update."""

import torch
from torch.distributions import Normal


def log_prob(mean, log_std, action):
    """Of actions (B, D) under the policy: (B,)."""
    return Normal(mean, log_std.exp()).log_prob(action).sum(-1)


def gae(reward, value, last_value, terminated, truncated, final_value, gamma=0.99, lam=0.95):
    """Advantages and value targets (T, N). final_value: value of the final observation, where an
    episode ended at that step (the next row already belongs to the next episode)."""
    advantage = torch.zeros_like(reward)
    running = torch.zeros_like(last_value)
    for t in reversed(range(len(reward))):
        after = last_value if t == len(reward) - 1 else value[t + 1]
        after = torch.where(truncated[t], final_value[t], after)
        delta = reward[t] + gamma * after * ~terminated[t] - value[t]
        running = delta + gamma * lam * running * ~(terminated[t] | truncated[t])
        advantage[t] = running
    target = advantage + value  # before the advantages are normalised
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    return advantage, target


def policy_loss(new_log_prob, old_log_prob, advantage, clip=0.2):
    """The clipped surrogate."""
    ratio = (new_log_prob - old_log_prob).exp()
    return -torch.min(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()


def value_loss(prediction, target):
    """prediction is what the value network returns, (B, 1); target (B,)."""
    return 0.5 * ((prediction.squeeze(-1) - target) ** 2).mean()


def approximate_kl(new_log_prob, old_log_prob):
    """Low-variance estimate of KL(old || new) from samples of the old policy; never negative."""
    log_ratio = new_log_prob - old_log_prob
    return ((log_ratio.exp() - 1) - log_ratio).mean()


def update(policy, value, optimizer, batch, epochs=4, max_norm=0.5, target_kl=0.02):
    """Several passes over one batch; returns how many updates were made."""
    made = 0
    for _ in range(epochs):
        mean, log_std = policy(batch["obs"])
        new = log_prob(mean, log_std, batch["action"])
        if approximate_kl(new.detach(), batch["log_prob"]) > target_kl:
            break
        loss = policy_loss(new, batch["log_prob"], batch["advantage"])
        loss = loss + value_loss(value(batch["obs"]), batch["target"])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(
            [p for group in optimizer.param_groups for p in group["params"]], max_norm
        )
        optimizer.step()
        made += 1
    return made
