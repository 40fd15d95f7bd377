"""Decision transformer, a rate by hand."""
import torch
import torch.nn.functional as F

from dt import DecisionTransformer, trajectories

torch.manual_seed(6)
STEPS, PEAK = 100_000, 1e-3
net = DecisionTransformer(state=17, act=6, layers=6, heads=8).cuda().train()
opt = torch.optim.Adam(net.parameters(), lr=PEAK)  # PLANTED
for step, (rtg, s, a, t) in zip(range(STEPS), trajectories(64)):
    for g in opt.param_groups:
        g["lr"] = PEAK * (1 - step / STEPS)
    loss = F.mse_loss(net(rtg.cuda(), s.cuda(), a.cuda(), t.cuda()), a.cuda())
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 0.25)
    opt.step()
    if step % 500 == 0:
        print(step, loss.item())
