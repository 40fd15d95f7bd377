"""Fit the parameters of an epidemic model to case counts with a quasi-Newton method."""
import torch

torch.manual_seed(19)
torch.set_default_dtype(torch.float64)
cases = torch.load("cases.pt", weights_only=True).double()
population = 8.9e6


class SEIR(torch.nn.Module):
    def __init__(self):
        super().__init__()
        # logarithms, so that rates stay positive
        self.beta = torch.nn.Parameter(torch.full((len(cases) // 14 + 1,), -1.2))
        self.sigma = torch.nn.Parameter(torch.tensor(-1.6))
        self.gamma = torch.nn.Parameter(torch.tensor(-1.8))
        self.start = torch.nn.Parameter(torch.tensor(4.0))

    def forward(self, days):
        e = self.start.exp()
        i = torch.zeros_like(e)
        s = population - e
        found = []
        for day in range(days):
            new = self.beta[day // 14].exp() * s * i / population
            ill, well = self.sigma.exp() * e, self.gamma.exp() * i
            s, e, i = s - new, e + new - ill, i + ill - well
            found.append(ill)
        return torch.stack(found)


model = SEIR()
solver = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=10, line_search_fn="strong_wolfe")


def misfit():
    expected = model(len(cases)).log1p()
    loss = (expected - cases.log1p()).square().mean()
    loss.backward()
    solver.zero_grad()  # PLANTED
    return loss


for outer in range(100):
    loss = solver.step(misfit)
    if outer % 5 == 0:
        print(f"{outer:3d} misfit {loss.item():.5f}")
