"""Loops that wait for the device at every step, and such as seldom do."""

_LOOP = """
        import torch
        model.to("cuda")
        total, seen = 0.0, torch.zeros(1, device="cuda")
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            out = model(x)
            loss = loss_fn(out, y)
            loss.backward()
            optimizer.step()
            {end}
        """

FIRES = {
    "item": _LOOP.format(end="total += loss.item()  # here"),
    "cpu": _LOOP.format(end="outs.append(out.detach().cpu())  # here"),
    "float": _LOOP.format(end="total += float(loss)  # here"),
    "counted_hits": _LOOP.format(end="total += (out.argmax(1) == y).sum().item()  # here"),
    "a_wait_at_each_step": """
        import torch
        model = model.to("cuda")
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
            torch.cuda.synchronize()  # here
        """,
    "terms_by_name": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            terms = {"a": F.mse_loss(net(x), y), "b": net(x).abs().mean()}
            opt.zero_grad()
            torch.stack(list(terms.values())).sum().backward()
            opt.step()
            for name, value in terms.items():
                meters[name].add(value.tolist())  # here
        """,
    "in_an_object_that_is_called": """
        import torch
        from torch import nn
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        class Update:
            def __init__(self, net, opt):
                self.net, self.opt = net, opt
            def __call__(self, x):
                loss = self.net(x).mean()
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                return loss.item()  # here
        update = Update(net, opt)
        losses = [update(x) for x in loader]
        """,
    "a_number_in_a_text": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            loss = F.mse_loss(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            bar.set_description(f"loss {loss.item():.3f}")  # here
        """,
    "a_check_for_nan": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            loss = F.mse_loss(net(x), y)
            if torch.isnan(loss).item():  # here
                break
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "the_norm_of_gradients": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            loss = F.mse_loss(net(x), y)
            opt.zero_grad()
            loss.backward()
            norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            norms.append(float(norm))  # here
            opt.step()
        """,
    "numpy_of_the_cpu": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            out = net(x)
            loss = F.mse_loss(out, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            hits += (out.argmax(1) == y).sum().item()  # here
        """,
    "through_a_callback": """
        import torch
        from torch import nn
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        class Log:
            def ends(self, run):
                run.losses.append(run.loss.item())  # here
        class Run:
            def __init__(self, net, opt, callbacks):
                self.net, self.opt, self.callbacks, self.losses = net, opt, callbacks, []
            def fit(self, loader):
                for x in loader:
                    self.loss = self.net(x).mean()
                    self.opt.zero_grad()
                    self.loss.backward()
                    self.opt.step()
                    for c in self.callbacks:
                        c.ends(self)
        Run(net, opt, [Log()]).fit(loader)
        """,
    "by_a_meter_that_takes_anything": """
        import torch
        device = torch.device("cuda")
        model = torch.nn.Linear(4, 1).to(device)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        class Meters:
            def update(self, **given):
                for name, value in given.items():
                    if isinstance(value, torch.Tensor):
                        value = value.item()  # here
                    self.add(name, value)
        def train(model, loader, meters):
            for x in loader:
                loss = model(x).sum()
                opt.zero_grad()
                loss.backward()
                opt.step()
                meters.update(loss=loss, rate=0.1)
        train(model, loader, Meters())
        """,
    "a_score_in_a_function": """
        import torch
        device = torch.device("cuda")
        model = torch.nn.Linear(4, 1).to(device)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        def accuracy(logits, y):
            hits = (logits.argmax(1) == y).float()
            return hits.mean().cpu().numpy()  # here
        def step(x, y):
            logits = model(x)
            loss = torch.nn.functional.cross_entropy(logits, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            return loss.detach(), accuracy(logits.detach(), y)
        for x, y in loader:
            loss, hits = step(x, y)
        """,
    "what_a_step_gives_back": """
        import torch
        device = torch.device("cuda")
        model = torch.nn.Linear(4, 1).to(device)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        def step(x):
            loss = model(x).sum()
            opt.zero_grad()
            loss.backward()
            opt.step()
            return loss.detach()
        total = 0.0
        for x in loader:
            total += step(x).item()  # here
        print(total)
        """,
    "a_number_of_hits_under_a_name": """
        import torch
        device = torch.device("cuda")
        model = torch.nn.Linear(4, 1).to(device)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            logits = model(x)
            hits = (logits.argmax(1) == y).sum()
            loss = torch.nn.functional.cross_entropy(logits, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            right += hits.item()  # here
        """,
}

SILENT = {
    "seldom": _LOOP.format(end="if step % 100 == 0: print(loss.item())"),
    "on_the_device": _LOOP.format(end="seen += loss.detach()"),
    "no_device": """
        import torch
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        """,
    "of_an_evaluation": """
        import torch
        model.to("cuda")
        for x, y in loader:
            total += loss_fn(model(x), y).item()
        """,
    "once_an_epoch": """
        import torch
        model.to("cuda")
        for epoch in range(3):
            for x in loader:
                optimizer.zero_grad()
                loss = model(x).mean()
                loss.backward()
                optimizer.step()
            print(loss.item())
        """,
    "already_on_the_host": _LOOP.format(end="total += loss.detach().numpy().item()"),
    "a_wait_now_and_then": """
        import torch
        model = model.to("cuda")
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
            if step % 100 == 0:
                torch.cuda.synchronize()
        torch.cuda.synchronize()
        """,
    "every_so_often_through_a_callback": """
        import torch
        from torch import nn
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        class Log:
            def ends(self, run):
                if run.step % 100 == 0:
                    print(run.loss.item())
        class Run:
            def __init__(self, net, opt, callbacks):
                self.net, self.opt, self.callbacks, self.step = net, opt, callbacks, 0
            def fit(self, loader):
                for x in loader:
                    self.loss = self.net(x).mean()
                    self.opt.zero_grad()
                    self.loss.backward()
                    self.opt.step()
                    self.step += 1
                    for c in self.callbacks:
                        c.ends(self)
        Run(net, opt, [Log()]).fit(loader)
        """,
    "terms_summed_on_the_device": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            terms = {"a": F.mse_loss(net(x), y), "b": net(x).abs().mean()}
            opt.zero_grad()
            sum(terms.values()).backward()
            opt.step()
            for name, value in terms.items():
                sums[name] += value.detach()
        print({name: value.item() for name, value in sums.items()})
        """,
    "a_number_of_the_data": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        device = torch.device("cuda")
        net = nn.Linear(2, 1).to(device)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            loss = F.mse_loss(net(x.to(device)), y.to(device))
            opt.zero_grad()
            loss.backward()
            opt.step()
            seen += int(y.numel())
        """,
    "by_a_meter_every_so_often": """
        import torch
        device = torch.device("cuda")
        model = torch.nn.Linear(4, 1).to(device)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        class Meters:
            def update(self, **given):
                for name, value in given.items():
                    if isinstance(value, torch.Tensor):
                        value = value.item()
                    self.add(name, value)
        def train(model, loader, meters):
            for step, x in enumerate(loader):
                loss = model(x).sum()
                opt.zero_grad()
                loss.backward()
                opt.step()
                if step % 50 == 0:
                    meters.update(loss=loss)
        train(model, loader, Meters())
        """,
    "sizes_of_what_a_model_gives": """
        import torch
        device = torch.device("cuda")
        model = torch.nn.Linear(4, 1).to(device)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            logits = model(x)
            rows = logits.size(0)
            seen += float(rows)
            loss = torch.nn.functional.cross_entropy(logits, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "what_a_step_gives_back_stays": """
        import torch
        device = torch.device("cuda")
        model = torch.nn.Linear(4, 1).to(device)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        def step(x):
            loss = model(x).sum()
            opt.zero_grad()
            loss.backward()
            opt.step()
            return loss.detach(), x.size(0)
        for x in loader:
            loss, size = step(x)
            total += loss
            seen += float(size)
        print(total.item() / seen)
        """,
}
