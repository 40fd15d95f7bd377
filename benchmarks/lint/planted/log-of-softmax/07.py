"""Language model evaluation and training by perplexity."""
import torch
from torch import nn

from corpus import batches, VOCAB

torch.manual_seed(19)


class RNNLM(nn.Module):
    def __init__(self, vocab, hidden=512):
        super().__init__()
        self.e = nn.Embedding(vocab, hidden)
        self.r = nn.LSTM(hidden, hidden, 2, dropout=0.2, batch_first=True)
        self.o = nn.Linear(hidden, vocab)
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, x):
        out, _ = self.r(self.e(x))
        return torch.log(self.softmax(self.o(out)))  # PLANTED


lm = RNNLM(VOCAB).cuda()
nll = nn.NLLLoss()
opt = torch.optim.SGD(lm.parameters(), lr=20)
for epoch in range(6):
    lm.train()
    for x, y in batches("train", bptt=35, device="cuda"):
        opt.zero_grad()
        loss = nll(lm(x).flatten(0, 1), y.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(lm.parameters(), 0.25)
        opt.step()
    lm.eval()
    with torch.no_grad():
        losses = [nll(lm(x).flatten(0, 1), y.flatten()) for x, y in batches("valid", bptt=35, device="cuda")]
    print(f"epoch {epoch} ppl {torch.stack(losses).mean().exp().item():.1f}")
