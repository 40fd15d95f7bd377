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
}
