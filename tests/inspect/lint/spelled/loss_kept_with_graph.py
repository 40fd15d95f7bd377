"""Losses kept as tensors over steps, and losses kept as numbers."""

FIRES = {
    "a_meter_of_the_file": """
        import torch
        class AverageMeter:
            def __init__(self):
                self.sum = 0
                self.n = 0
            def update(self, v, n=1):
                self.sum += v * n
                self.n += n
        def train(model, loader, optimizer, criterion):
            meter = AverageMeter()
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                meter.update(loss, x.size(0))  # here
        """,
    "a_table_and_a_list": """
        import torch
        from collections import defaultdict
        def train(model, loader, optimizer, criterion):
            stats = defaultdict(float)
            all_losses = []
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                stats["loss"] += loss  # here
                all_losses += [loss]  # here
        """,
    "a_sum_of_losses": """
        import torch
        from torch import nn
        g, d = nn.Linear(2, 2), nn.Linear(2, 1)
        opt_g = torch.optim.Adam(g.parameters())
        opt_d = torch.optim.Adam(d.parameters())
        seen = []
        for x in loader:
            opt_d.zero_grad()
            a, b = d(x).mean(), d(-x).mean()
            a.backward()
            b.backward()
            both = a + b
            seen.append(both)  # here
            opt_d.step()
            opt_g.zero_grad()
            d(g(x)).mean().backward()
            opt_g.step()
        """,
    "summed": """
        import torch
        def train(model, loader, optimizer):
            total = 0
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                loss.backward()
                optimizer.step()
                total += loss  # here
            return total / len(loader)
        """,
    "collected": """
        import torch
        losses = []
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                loss.backward()
                optimizer.step()
                losses.append(loss)  # here
        """,
    "written_out": """
        import torch
        def train(model, loader, optimizer):
            running = 0.0
            for x, y in loader:
                loss = model(x, y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                running = running + loss * x.size(0)  # here
        """,
    "attribute_of_self": """
        import torch
        class T:
            def fit(self, loader):
                self.total = 0
                for x in loader:
                    self.optimizer.zero_grad()
                    loss = self.model(x)
                    self.scaler.scale(loss).backward()
                    self.scaler.step(self.optimizer)
                    self.scaler.update()
                    self.total += loss.mean()  # here
        """,
    "in_a_table": """
        import torch
        def train(model, loader, optimizer):
            history = {"loss": []}
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                loss.backward()
                optimizer.step()
                history["loss"].append(loss)  # here
        """,
    "stacked_and_told": """
        import torch
        def train(model, loader, optimizer, criterion):
            losses = []
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                losses += [loss]  # here
            print(torch.stack(losses).mean().item())
        """,
    "returned_by_a_step": """
        import torch
        from collections import deque
        recent = deque(maxlen=400)
        def improve(x):
            loss = model(x).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss
        for x in loader:
            recent.append(improve(x))  # here
        """,
    "a_moving_average": """
        import torch
        class Trainer:
            def __init__(self, net):
                self.net, self.smooth = net, torch.zeros(())
                self.opt = torch.optim.SGD(net.parameters(), lr=0.1)
            def fit(self, loader):
                for x in loader:
                    loss = self.net(x).mean()
                    self.opt.zero_grad()
                    loss.backward()
                    self.opt.step()
                    self.smooth = 0.9 * self.smooth + 0.1 * loss  # here
        """,
    "terms_by_name": """
        import torch
        import torch.nn.functional as F
        from collections import defaultdict
        def train(net, opt, loader):
            sums = defaultdict(float)
            for x, y in loader:
                terms = {"a": F.mse_loss(net(x), y), "b": net(x).abs().mean()}
                loss = sum(terms.values())
                opt.zero_grad()
                loss.backward()
                opt.step()
                for name, value in terms.items():
                    sums[name] += value  # here
        """,
    "by_step": """
        import torch
        def train(net, opt, loader):
            history = {}
            for i, x in enumerate(loader):
                loss = net(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                history[i] = loss  # here
        """,
    "a_list_of_what_a_step_returns": """
        import torch
        def step(net, opt, x):
            loss = net(x).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            return loss
        def train(net, opt, loader):
            losses = [step(net, opt, x) for x in loader]  # here
            return torch.stack(losses).mean()
        """,
    "joined_to_a_tensor": """
        import torch
        def train(net, opt, loader):
            seen = torch.zeros(0)
            for x in loader:
                loss = net(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                seen = torch.cat([seen, loss[None]])  # here
        """,
    "added_in_place": """
        import torch
        def train(net, opt, loader):
            total = torch.zeros(())
            for x in loader:
                loss = net(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                total.add_(loss)  # here
        """,
    "inserted_with_its_step": """
        import torch
        def train(net, opt, loader):
            curve = []
            for i, x in enumerate(loader):
                loss = net(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                curve.insert(0, (i, loss))  # here
        """,
    "a_meter_that_gets_no_numbers": """
        import torch
        class AverageMeter:
            def __init__(self):
                self.sum = 0
                self.n = 0
            def update(self, v, n=1):
                self.sum += v * n  # here
                self.n += n
        def train(model, loader, optimizer, criterion):
            losses, top1 = AverageMeter(), AverageMeter()
            for x, y in loader:
                optimizer.zero_grad()
                out = model(x)
                loss = criterion(out, y)
                loss.backward()
                optimizer.step()
                losses.update(loss, x.size(0))
                top1.update(accuracy(out, y), x.size(0))
        """,
    "a_moving_average_by_name": """
        import torch
        class Smoother:
            def __init__(self, beta=0.98):
                self.beta, self.state = beta, {}
            def __call__(self, **values):
                for key, value in values.items():
                    previous = self.state.get(key, torch.zeros_like(value))
                    self.state[key] = torch.lerp(value, previous, self.beta)  # here
        def train(model, opt, loader):
            smooth, mean = Smoother(), torch.zeros(())
            for x in loader:
                loss = model(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                smooth(loss=loss, lr=0.1)
                mean = mean.lerp(loss, 0.1)  # here
        """,
    "meters_that_a_table_makes": """
        import torch
        from collections import defaultdict
        class Meter:
            def __init__(self):
                self.total = 0.0
            def update(self, value):
                self.total += value
        class Logger:
            def __init__(self):
                self.meters = defaultdict(Meter)
            def update(self, **kwargs):
                for k, v in kwargs.items():
                    self.meters[k].update(v)  # here
        def train(model, opt, loader):
            logger = Logger()
            for x in loader:
                loss = model(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                logger.update(loss=loss)
        """,
    "added_to_what_a_table_has": """
        import torch
        def train(model, opt, loader):
            totals, rows = {}, []
            for i, x in enumerate(loader):
                terms = model(x)
                loss = sum(terms.values())
                opt.zero_grad()
                loss.backward()
                opt.step()
                for k, v in terms.items():
                    totals[k] = totals.get(k, 0) + v  # here
                rows.append({"step": i, "loss": loss})  # here
        """,
}

SILENT = {
    "cut_and_then_a_number_where_it_is_none": """
        import torch
        def train(model, loader, optimizer, criterion):
            total = 0.0
            for step, (x, y) in enumerate(loader):
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                loss = loss.detach()
                if torch.isnan(loss):
                    loss = torch.tensor(0.0)
                total = total + loss
        """,
    "items": """
        import torch
        def train(model, loader, optimizer):
            total, seen = 0, []
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                loss.backward()
                optimizer.step()
                total += loss.item()
                seen.append(loss.detach())
                total = total + float(loss)
        """,
    "number_by_then": """
        import torch
        def train(model, loader, optimizer):
            total = 0
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                loss.backward()
                optimizer.step()
                loss = loss.detach()
                total += loss
        """,
    "goes_backward_itself": """
        import torch
        def train(model, loader, optimizer):
            for batch in loader:
                total = 0
                optimizer.zero_grad()
                for x in batch:
                    loss = model(x)
                    total += loss
                total.backward()
                optimizer.step()
        """,
    "begun_anew": """
        import torch
        def train(model, loader, optimizer):
            for batch in loader:
                optimizer.zero_grad()
                loss = model(batch)
                loss.backward()
                optimizer.step()
                total = 0
                total += loss
                print(total)
        """,
    "under_no_grad": """
        import torch
        def train(model, loader, optimizer):
            total = 0
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                loss.backward()
                optimizer.step()
                with torch.no_grad():
                    total += loss
        """,
    "stacked_and_told_of_numbers": """
        import torch
        def train(model, loader, optimizer, criterion):
            losses = []
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                losses += [loss.detach()]
            print(torch.stack(losses).mean().item())
        """,
    "returned_by_a_step_detached": """
        import torch
        recent = []
        def improve(x):
            loss = model(x).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach()
        for x in loader:
            recent.append(improve(x))
        """,
    "stacked_and_learnt_from": """
        import torch
        def train(model, loader, optimizer, criterion):
            for group in loader:
                losses = []
                for x, y in group:
                    losses += [criterion(model(x), y)]
                optimizer.zero_grad()
                torch.stack(losses).mean().backward()
                optimizer.step()
        """,
    "the_last_one_alone": """
        import torch
        def train(net, opt, loader):
            last = {}
            for x in loader:
                loss = net(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                last["loss"] = loss
        """,
    "a_step_that_returns_a_number": """
        import torch
        def step(net, opt, x):
            loss = net(x).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
            return loss.detach()
        def train(net, opt, loader):
            losses = [step(net, opt, x) for x in loader]
            return torch.stack(losses).mean()
        """,
    "detached_terms": """
        import torch
        import torch.nn.functional as F
        def train(net, opt, loader):
            sums = {}
            for x, y in loader:
                terms = {"a": F.mse_loss(net(x), y), "b": net(x).abs().mean()}
                loss = sum(terms.values())
                opt.zero_grad()
                loss.backward()
                opt.step()
                for name, value in terms.items():
                    sums[name] = sums.get(name, 0) + value.detach()
        """,
    "meters_that_take_the_number": """
        import torch
        from collections import defaultdict
        class Meter:
            def __init__(self):
                self.total = 0.0
            def update(self, value):
                self.total += value
        class Logger:
            def __init__(self):
                self.meters = defaultdict(Meter)
            def update(self, **kwargs):
                for k, v in kwargs.items():
                    if isinstance(v, torch.Tensor):
                        v = v.item()
                    self.meters[k].update(v)
        def train(model, opt, loader):
            logger, mean = Logger(), torch.zeros(())
            for x in loader:
                loss = model(x).mean()
                opt.zero_grad()
                loss.backward()
                opt.step()
                logger.update(loss=loss, lr=0.1)
                mean = torch.lerp(mean, loss.detach(), 0.1)
        """,
}
