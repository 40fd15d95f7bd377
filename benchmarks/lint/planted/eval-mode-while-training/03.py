"""Continue the training of a network that is loaded by a function."""
import torch
from torch import nn

from speech import Net, batches


def load(path):
    state = torch.load(path, map_location="cpu", weights_only=True)
    net = Net()
    net.load_state_dict(state["net"])
    opt = torch.optim.Adam(net.parameters(), lr=1e-4)
    opt.load_state_dict(state["opt"])
    torch.set_rng_state(state["rng"])
    return net.eval(), opt  # PLANTED


def main(steps=10_000):
    torch.manual_seed(2)
    net, opt = load("speech.pt")
    ctc = nn.CTCLoss(zero_infinity=True)
    for step, (x, y, xl, yl) in zip(range(steps), batches("train")):
        loss = ctc(net(x).log_softmax(-1).transpose(0, 1), y, xl, yl)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())


if __name__ == "__main__":
    main()
