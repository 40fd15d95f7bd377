"""Loops that tell nothing, and such as tell."""

_LOOP = """
        import torch
        {first}
        for epoch in range(9):{mark}
            for x, y in loader:
                optimizer.zero_grad()
                loss = torch.nn.functional.mse_loss(model(x), y)
                loss.backward()
                optimizer.step()
                {end}
        """

FIRES = {
    "from_the_top": _LOOP.format(first="", mark="  # here", end="pass"),
    "with_a_schedule": _LOOP.format(
        first="scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)",
        mark="  # here",
        end="scheduler.step()",
    ),
    "in_a_function": """
        import torch
        def train(model, loader, optimizer):
            model.train()
            for x in loader:  # here
                optimizer.zero_grad()
                model(x).mean().backward()
                optimizer.step()
        """,
    "only_weights_are_saved": _LOOP.format(
        first="",
        mark="  # here",
        end="torch.save({'model': model.state_dict(), 'epoch': epoch}, 'last.pt')",
    ),
    "in_a_class": """
        import torch
        class T:
            def advance(self, x):
                self.optimizer.zero_grad()
                self.model(x).mean().backward()
                self.optimizer.step()
            def fit(self, loader):
                for _ in range(3):  # here
                    for x in loader:
                        self.advance(x)
                return self.model
        """,
    "a_method_that_is_called_update": """
        import torch
        from torch import nn
        class GAN:
            def __init__(self):
                self.g = nn.Linear(2, 2)
                self.opt = torch.optim.SGD(self.g.parameters(), lr=0.1)
            def update(self, x):
                self.opt.zero_grad()
                self.g(x).mean().backward()
                self.opt.step()
            def fit(self, loader):
                for x in loader:  # here
                    self.update(x)
        """,
    "an_object_that_is_called": """
        import torch
        from torch import nn
        class Update:
            def __init__(self, net):
                self.net = net
                self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)
            def __call__(self, x):
                self.opt.zero_grad()
                self.net(x).mean().backward()
                self.opt.step()
        update = Update(nn.Linear(1, 1))
        for x in loader:  # here
            update(x)
        """,
    "a_bar_without_numbers": """
        import torch
        from torch import nn
        from tqdm import tqdm
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in tqdm(range(9)):  # here
            for x in loader:
                opt.zero_grad()
                net(x).mean().backward()
                opt.step()
        torch.save(net.state_dict(), "net.pt")
        """,
    "a_while": """
        import torch
        from torch import nn
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        step = 0
        while step < 1000:  # here
            x = draw()
            opt.zero_grad()
            loss = net(x).mean()
            loss.backward()
            opt.step()
            step += 1
        """,
    "a_scaler_that_updates": """
        import torch
        from torch import nn
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        scaler = torch.amp.GradScaler("cuda")
        for x in loader:  # here
            with torch.autocast("cuda"):
                loss = net(x).mean()
            opt.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
        """,
    "a_sum_that_nobody_looks_at": """
        import torch
        def train(model, loader, optimizer):
            total = 0.0
            for x in loader:  # here
                optimizer.zero_grad()
                loss = model(x).mean()
                loss.backward()
                optimizer.step()
                total += loss.item()
            torch.save(model.state_dict(), "last.pt")
        """,
    "what_an_epoch_gives_back_is_dropped": """
        import torch
        from tqdm import tqdm
        def one(model, loader, optimizer, bar):
            total = torch.zeros(())
            for x in loader:
                optimizer.zero_grad()
                loss = model(x).mean()
                loss.backward()
                optimizer.step()
                bar.update(1)
                total += loss.detach()
            return total / len(loader)
        def main(model, loader, optimizer):
            bar = tqdm(total=9)
            for epoch in range(9):  # here
                one(model, loader, optimizer, bar)
        """,
    "a_memory_of_what_was_seen": """
        import random, torch
        def play(env, model, optimizer):
            memory, x = [], env.reset()
            for step in range(999):  # here
                x, reward = env.step(model(x).argmax())
                memory.append((x, reward))
                if len(memory) > 9:
                    batch = random.sample(memory, 9)
                    optimizer.zero_grad()
                    model(batch).mean().backward()
                    optimizer.step()
            return model
        """,
}

SILENT = {
    "printed": _LOOP.format(first="", mark="", end="print(loss.item())"),
    "kept": _LOOP.format(first="losses = []", mark="", end="losses.append(loss.detach())"),
    "summed": _LOOP.format(first="mean = 0", mark="", end="mean += loss.detach()"),
    "told_elsewhere": _LOOP.format(first="from mine import tell", mark="", end="tell(loss)"),
    "returned": """
        import torch
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                loss = model(x).mean()
                loss.backward()
                optimizer.step()
            return loss
        """,
    "kept_in_the_object": """
        import torch
        class T:
            def fit(self, loader):
                for x in loader:
                    self.optimizer.zero_grad()
                    loss = self.model(x).mean()
                    loss.backward()
                    self.optimizer.step()
                    self.last = loss.detach()
        """,
    "collected_elsewhere": _LOOP.format(
        first="seen = collector()", mark="", end="seen.add(loss.detach())"
    ),
    "the_last_loss_at_the_end": """
        import torch
        class T:
            def epoch(self, loader):
                for x in loader:
                    self.optimizer.zero_grad()
                    loss = self.model(x).mean()
                    loss.backward()
                    self.optimizer.step()
                self.rows.writerow([f"{loss.item():.5f}"])
        """,
    "in_a_test_that_asserts_what_came_of_it": """
        import torch
        def test_one_batch_is_learned(model, batch):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            first = model(batch).mean().item()
            for _ in range(100):
                optimizer.zero_grad()
                model(batch).mean().backward()
                optimizer.step()
            assert model(batch).mean().item() < first
        """,
    "a_method_that_keeps": """
        import torch
        from torch import nn
        class GAN:
            def __init__(self):
                self.g, self.seen = nn.Linear(2, 2), []
                self.opt = torch.optim.SGD(self.g.parameters(), lr=0.1)
            def update(self, x):
                self.opt.zero_grad()
                loss = self.g(x).mean()
                loss.backward()
                self.opt.step()
                self.seen.append(loss.item())
            def fit(self, loader):
                for x in loader:
                    self.update(x)
        """,
    "a_callback_that_prints": """
        import torch
        from torch import nn
        class Tell:
            def ends(self, run):
                print(run.loss.item())
        class Run:
            def __init__(self, net, callbacks):
                self.net, self.callbacks = net, callbacks
                self.opt = torch.optim.SGD(net.parameters(), lr=0.1)
            def fit(self, loader):
                for x in loader:
                    self.loss = self.net(x).mean()
                    self.opt.zero_grad()
                    self.loss.backward()
                    self.opt.step()
                    for c in self.callbacks:
                        c.ends(self)
        Run(nn.Linear(1, 1), [Tell()]).fit(loader)
        """,
    "a_list_of_what_each_step_gives": """
        import torch
        def step(net, opt, x):
            opt.zero_grad()
            loss = net(x).mean()
            loss.backward()
            opt.step()
            return loss.item()
        def train(net, opt, loader):
            return [step(net, opt, x) for x in loader]
        """,
    "a_sum_that_is_told": """
        import torch
        def train(model, loader, optimizer):
            total = 0.0
            for x in loader:
                optimizer.zero_grad()
                loss = model(x).mean()
                loss.backward()
                optimizer.step()
                total += loss.item()
            print(total)
        """,
    "what_an_epoch_gives_back_is_told": """
        import torch
        def one(model, loader, optimizer):
            total = torch.zeros(())
            for x in loader:
                optimizer.zero_grad()
                loss = model(x).mean()
                loss.backward()
                optimizer.step()
                total += loss.detach()
            return total / len(loader)
        def main(model, loader, optimizer):
            for epoch in range(9):
                print(one(model, loader, optimizer))
        """,
    "a_list_of_the_top_of_a_notebook": """
        import torch
        losses = []
        for x in loader:
            optimizer.zero_grad()
            loss = model(x).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        """,
}
