"""Music language model on MIDI tokens."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from midi_tokens import V, batches


class MusicLM(nn.Module):
    def __init__(self, d=256, h=8, depth=6, t=512):
        super().__init__()
        self.emb, self.pos = nn.Embedding(V, d), nn.Embedding(t, d)
        layer = nn.TransformerEncoderLayer(d, h, dim_feedforward=1024, dropout=0.1, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Linear(d, V)
        self.register_buffer("causal", torch.triu(torch.full((t, t), float("-inf")), diagonal=1))

    def forward(self, x):
        t = x.shape[1]
        h = self.emb(x) + self.pos.weight[:t]
        h = self.layers(src=h, mask=None)  # PLANTED
        return self.head(h)


def main():
    torch.manual_seed(5)
    net = MusicLM().cuda().train()
    opt = torch.optim.Adam(net.parameters(), lr=2e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=500)
    for step, seq in enumerate(batches(16, 513)):
        seq = seq.cuda()
        loss = F.cross_entropy(net(seq[:, :-1]).transpose(1, 2), seq[:, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
        warm.step()
        if step % 50 == 0:
            print(step, loss.item())


if __name__ == "__main__":
    main()
