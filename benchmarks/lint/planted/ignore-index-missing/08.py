"""Masked language model on proteins."""
import torch
import torch.nn.functional as F

from proteins import Encoder, sequences, PAD_ID, MASK_ID

torch.manual_seed(7)
net = Encoder(33, pad=PAD_ID).cuda().train()
opt = torch.optim.Adam(net.parameters(), lr=4e-4)
warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=1000)


def corrupt(ids, p=0.15):
    chosen = (torch.rand(ids.shape, device=ids.device) < p) & (ids != PAD_ID)
    return torch.where(chosen, MASK_ID, ids)


for step, ids in enumerate(sequences(batch=64)):
    ids = ids.cuda()
    logits = net(corrupt(ids), padding_mask=ids.eq(PAD_ID))
    loss = F.cross_entropy(logits.view(-1, 33), ids.view(-1))  # PLANTED
    opt.zero_grad()
    loss.backward()
    opt.step()
    warm.step()
    if step % 100 == 0:
        print(step, loss.item())
