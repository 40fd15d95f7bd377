"""A byte language model whose attention knows distance by a penalty alone (ALiBi)."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
data = torch.frombuffer(bytearray(open("enwik8", "rb").read()), dtype=torch.uint8)
train, held_out = data[:90_000_000], data[90_000_000:95_000_000]
T, C, H, B = 256, 256, 8, 48
dev = "cuda"


def distance_penalty():
    """Per head, what a key at each place costs each query: more the older, all of it if newer."""
    i = torch.arange(T)
    age = i[:, None] - i[None, :]
    slope = 2.0 ** -torch.arange(1, H + 1)
    return torch.where(age >= 0, -slope[:, None, None] * age, float("-inf"))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(C), nn.LayerNorm(C)
        self.qkv, self.proj = nn.Linear(C, 3 * C), nn.Linear(C, C)
        self.mlp = nn.Sequential(nn.Linear(C, 4 * C), nn.GELU(), nn.Linear(4 * C, C))
        self.register_buffer("penalty", distance_penalty())

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (m.view(b, t, H, C // H).transpose(1, 2) for m in self.qkv(self.n1(x)).chunk(3, -1))
        att = q @ k.mT * (C // H) ** -0.5 + self.penalty[:, :t, :t]
        att = F.softmax(att, dim=-1)
        x = x + self.proj((att @ v).transpose(1, 2).reshape(b, t, C))
        return x + self.mlp(self.n2(x))


def batch(source):
    at = torch.randint(len(source) - T - 1, (B,))
    x = torch.stack([source[a : a + T + 1] for a in at]).long().to(dev)
    return x[:, :-1], x[:, 1:]


net = nn.Sequential(nn.Embedding(256, C), *[Block() for _ in range(6)], nn.LayerNorm(C), nn.Linear(C, 256))
net.to(dev)
opt = torch.optim.Adam(net.parameters(), lr=6e-4)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min((s + 1) / 500, 1.0))

for step in range(20_000):
    x, y = batch(train)
    loss = F.cross_entropy(net(x).flatten(0, 1), y.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 500 == 0:
        net.eval()
        with torch.no_grad():
            x, y = batch(held_out)
            val = F.cross_entropy(net(x).flatten(0, 1), y.flatten())
        net.train()
        print(step, loss.item(), val.item())
