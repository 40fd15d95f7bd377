"""Losses that are cut off from the model, and losses that are not."""

FIRES = {
    "prediction_under_no_grad": """
        import torch
        def train(model, loader, opt, loss_fn):
            for x, y in loader:
                opt.zero_grad()
                with torch.no_grad():
                    pred = model(x)  # here
                loss = loss_fn(pred, y)
                loss.requires_grad = True
                loss.backward()
                opt.step()
        """,
    "through_numpy": """
        import torch
        def train(model, loader, opt, loss_fn):
            for x, y in loader:
                opt.zero_grad()
                pred = model(x)
                loss = loss_fn(torch.tensor(pred.detach().numpy(), requires_grad=True), y)  # here
                loss.backward()
                opt.step()
        """,
    "divided": """
        import torch
        criterion = torch.nn.CrossEntropyLoss()
        def f(model, x, y, n):
            out = model(x).detach()  # here
            loss = criterion(out, y) / n
            loss.backward()
        """,
    "detached": """
        import torch
        def f(model, x, y, criterion):
            loss = criterion(model(x), y).detach()  # here
            loss.backward()
        """,
    "made_anew": """
        import torch
        def f(model, x, y, criterion):
            loss = criterion(model(x), y)
            loss = torch.tensor(loss.item(), requires_grad=True)  # here
            loss.backward()
        """,
    "made_to_require": """
        import torch
        def f(model, x, y, criterion):
            loss = criterion(model(x).argmax(1).float(), y)  # here
            loss.requires_grad = True
            loss.backward()
        """,
    "made_to_require_by_a_call": """
        import torch
        def f(model, x, y):
            loss = torch.nn.functional.mse_loss(model(x), y)
            loss.requires_grad_(True)  # here
            loss.backward()
        """,
    "prediction_detached": """
        import torch
        import torch.nn.functional as F
        def train(model, loader, optimizer):
            for x, y in loader:
                out = model(x).detach()  # here
                loss = F.cross_entropy(out, y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        """,
    "data": """
        import torch
        criterion = torch.nn.MSELoss()
        def f(model, x, y):
            loss = criterion(model(x).data, y)  # here
            loss.backward()
        """,
    "prediction_argmaxed": """
        import torch
        criterion = torch.nn.MSELoss()
        def f(model, x, y):
            predicted = torch.argmax(model(x), dim=1).float()  # here
            criterion(predicted, y).backward()
        """,
    "terms_made_a_tensor": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            out = net(x)
            weights = torch.tensor([1.0, 0.1])
            terms = [F.mse_loss(out, y), out.abs().mean()]
            loss = (weights * torch.tensor(terms, requires_grad=True)).sum()  # here
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "a_difference_of_data": """
        import torch
        from torch import nn
        from torch.utils.data import DataLoader
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        loader = DataLoader(data)
        for x, y in loader:
            out = net(x)
            loss = (out.data - y).square().mean()  # here
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "a_helper_that_detaches": """
        import torch
        from torch import nn
        from torch.utils.data import DataLoader
        def gap(out, y):
            return (out.detach() - y).abs().mean()  # here
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in DataLoader(data):
            loss = gap(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "a_sum_of_numbers": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            a, b = F.mse_loss(net(x), y), net(x).abs().mean()
            loss = torch.tensor(a.item() + 0.1 * b.item(), requires_grad=True)  # here
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "a_term_by_a_score_without_gradients": """
        import torch
        import torch.nn.functional as F
        @torch.no_grad()  # here
        def soft_dice(p, t):
            return (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)
        class BCEDice(torch.nn.Module):
            def __init__(self, w):
                super().__init__()
                self.w = w
            def forward(self, logits, t):
                bce = F.binary_cross_entropy_with_logits(logits, t)
                dice = 1.0 - soft_dice(torch.sigmoid(logits), t)
                return (1 - self.w) * bce + self.w * dice
        class Trainer:
            def __init__(self, net):
                self.net, self.criterion = net, BCEDice(0.5)
            def epoch(self, loader):
                for x, t in loader:
                    loss = self.criterion(self.net(x), t)
                    self.optim.zero_grad()
                    loss.backward()
                    self.optim.step()
        """,
    "a_term_in_a_dict": """
        import torch
        import torch.nn.functional as F
        class VAE(torch.nn.Module):
            def terms(self, x):
                logits, mu, logvar = self(x)
                kl = 0.5 * (mu.pow(2) + logvar.exp() - 1.0 - logvar).sum(dim=1)
                return {"rec": F.mse_loss(logits, x), "kl": kl.mean().detach()}  # here
        def objective(terms, beta):
            return terms["rec"] + beta * terms["kl"]
        def train(loader, opt):
            model = VAE()
            for x in loader:
                loss = objective(model.terms(x), 4.0)
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
    "a_list_made_anew": """
        import torch
        import torch.nn.functional as F
        def finish(saved, returns, optimizer):
            policy_losses, value_losses = [], []
            for (log_prob, value), R in zip(saved, returns):
                policy_losses.append(-log_prob * (R - value.detach()))
                value_losses.append(F.smooth_l1_loss(value, R))
            optimizer.zero_grad()
            policy_loss = torch.tensor(policy_losses, requires_grad=True).sum()  # here
            loss = policy_loss + 0.5 * torch.stack(value_losses).sum()
            loss.backward()
            optimizer.step()
        """,
    "a_term_that_is_a_number": """
        import torch
        def train(net, opt, loader, crit):
            for x, y in loader:
                out, aux = net(x)
                extra = crit(aux, y).item()  # here
                loss = crit(out, y)
                loss += 0.4 * extra
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
}

SILENT = {
    "whole": """
        import torch
        def f(model, x, y, criterion):
            loss = criterion(model(x), y)
            loss.backward()
            return loss.detach()
        """,
    "target_detached": """
        import torch
        import torch.nn.functional as F
        def f(student, teacher, x):
            target = teacher(x).detach()
            loss = F.mse_loss(student(x), target)
            loss.backward()
        """,
    "target_first": """
        import torch
        import torch.nn.functional as F
        def f(student, teacher, x):
            loss = F.mse_loss(teacher(x).detach(), student(x))
            loss.backward()
        """,
    "a_leaf_wanted": """
        import torch
        def f(model, x):
            x = x.detach().clone()
            x.requires_grad_(True)
            y = model(x).sum()
            y.backward()
            return x.grad
        """,
    "discriminator": """
        import torch
        def f(d, g, z, criterion, zeros):
            loss = criterion(d(g(z).detach()), zeros)
            loss.backward()
        """,
    "a_weight_from_detached_terms": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        from torch.utils.data import DataLoader
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in DataLoader(data):
            a, b = F.mse_loss(net(x), y), net(x).abs().mean()
            loss = a + (a.detach() / b.detach()) * b
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "a_bootstrapped_target": """
        import torch
        from torch import nn
        from torch.utils.data import DataLoader
        q = nn.Linear(1, 1)
        opt = torch.optim.SGD(q.parameters(), lr=0.1)
        for s, r, n in DataLoader(data):
            target = r + 0.9 * q(n).detach()
            loss = (q(s) - target).square().mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "a_leaf_of_its_own": """
        import torch
        opt = torch.optim.Adam([alpha], lr=0.1)
        log_alpha = torch.zeros((), requires_grad=True)
        for x in loader:
            entropy = net(x).mean().detach()
            loss = log_alpha.exp() * (entropy - 0.5)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "terms_with_one_side_cut": """
        import torch
        import torch.nn.functional as F
        @torch.no_grad()
        def targets(net, x):
            return net(x).softmax(-1)
        def train(net, average, opt, loader, crit):
            for x, y in loader:
                q, z = net(x)
                commit, code = F.mse_loss(z, q.detach()), F.mse_loss(q, z.detach())
                loss = crit(q, y) + 0.25 * commit + code + F.mse_loss(q, targets(average, x))
                shown = loss.item() + code.item()
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
    "advantages_cut": """
        import torch
        def train(net, opt, loader):
            for obs, act, adv, ret, old in loader:
                logp, entropy, v = net(obs, act)
                ratio = (logp - old.detach()).exp()
                kl = (old - logp).mean().item()
                weight = 1.0 if kl < 0.1 else 0.5
                policy = weight * -(adv.detach() * ratio).mean()
                loss = policy + 0.5 * (ret.detach() - v).pow(2).mean()
                loss = loss - 0.01 * entropy.mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
        """,
}
