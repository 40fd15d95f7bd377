"""Graphs that are kept for nothing, and such as are used again."""

FIRES = {
    "alone": """
        import torch
        def train(model, loader, optimizer):
            for x, y in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward(retain_graph=True)  # here
                optimizer.step()
        """,
    "scaled": """
        import torch
        for x in loader:
            optimizer.zero_grad()
            loss = model(x).mean()
            scaler.scale(loss).backward(retain_graph=True)  # here
            scaler.step(optimizer)
            scaler.update()
        """,
    "in_a_method": """
        import torch
        class T:
            def advance(self, x):
                self.optimizer.zero_grad()
                self.model(x).sum().backward(None, True)  # here
                self.optimizer.step()
            def fit(self, loader):
                for x in loader:
                    self.advance(x)
        """,
    "the_first_of_two_apart": """
        import torch
        from torch import nn
        g, d = nn.Linear(2, 4), nn.Linear(4, 1)
        for real in loader:
            loss = d(g(torch.randn(8, 2))).mean() - d(real).mean()
            loss.backward(retain_graph=True)  # here
            optimizer.step()
            fresh = g(torch.randn(8, 2))
            other = -d(fresh).mean()
            other.backward()
            second_optimizer.step()
        """,
    "of_an_image": """
        import torch
        from style import features
        canvas = content.clone().requires_grad_(True)
        optimizer = torch.optim.LBFGS([canvas])
        def closure():
            optimizer.zero_grad()
            seen = features(canvas)
            loss = seen.mean()
            loss.backward(retain_graph=True)  # here
            return loss
        for step in range(20):
            optimizer.step(closure)
        """,
    "by_hand_in_lightning": """
        import lightning as L
        from longdoc import Reader
        class Long(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.automatic_optimization = False
                self.reader = Reader()
            def training_step(self, batch, i):
                optimizer = self.optimizers()
                loss = self.reader(batch)
                optimizer.zero_grad()
                self.manual_backward(loss, retain_graph=True)  # here
                optimizer.step()
        """,
    "of_several_terms_at_once": """
        import torch
        from torch import nn
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        net = nn.Linear(1, 1)
        for x in loader:
            opt.zero_grad()
            terms = [net(x).mean(), net(-x).square().mean()]
            torch.autograd.backward(terms, retain_graph=True)  # here
            opt.step()
        """,
    "after_a_derivative_of_the_input": """
        import torch
        from torch import nn
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x in loader:
            x.requires_grad_(True)
            u = net(x)
            (du,) = torch.autograd.grad(u.sum(), x, create_graph=True)
            loss = (du - u).square().mean()
            opt.zero_grad()
            loss.backward(retain_graph=True)  # here
            opt.step()
        """,
    "in_an_object_that_is_called": """
        import torch
        from torch import nn
        class Step:
            def __init__(self, net, opt):
                self.net, self.opt = net, opt
            def __call__(self, x):
                loss = self.net(x).mean()
                self.opt.zero_grad()
                loss.backward(retain_graph=True)  # here
                self.opt.step()
        net = nn.Linear(1, 1)
        step = Step(net, torch.optim.SGD(net.parameters(), lr=0.1))
        for x in loader:
            step(x)
        """,
    "of_a_setting": """
        import torch
        from torch import nn
        KEEP = True
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x in loader:
            opt.zero_grad()
            net(x).mean().backward(retain_graph=KEEP)  # here
            opt.step()
        """,
    "through_accelerate": """
        import torch
        from torch import nn
        from accelerate import Accelerator
        acc = Accelerator()
        net = acc.prepare(nn.Linear(1, 1))
        opt = acc.prepare(torch.optim.SGD(net.parameters(), lr=0.1))
        for x in loader:
            opt.zero_grad()
            loss = net(x).mean()
            acc.backward(loss, retain_graph=True)  # here
            opt.step()
        """,
    "the_last_of_two": """
        import lightning as L
        import torch
        class Gan(L.LightningModule):
            def __init__(self):
                super().__init__()
                self.automatic_optimization = False
                self.gen, self.disc = torch.nn.Linear(8, 8), torch.nn.Linear(8, 1)
            def training_step(self, batch, index):
                opt_g, opt_d = self.optimizers()
                fake = self.gen(batch)
                g_loss = self.disc(fake).mean()
                opt_g.zero_grad()
                self.manual_backward(g_loss)
                opt_g.step()
                d_loss = self.disc(fake.detach()).mean() - self.disc(batch).mean()
                opt_d.zero_grad()
                self.manual_backward(d_loss, retain_graph=True)  # here
                opt_d.step()
        """,
    "a_helper_of_losses_that_are_made_anew": """
        import torch
        class Optim:
            def __init__(self, net):
                self.opt = torch.optim.Adam(net.parameters())
            def minimise(self, loss):
                self.opt.zero_grad()
                loss.backward(retain_graph=True)  # here
                self.opt.step()
        class Agent:
            def __init__(self):
                self.pi, self.q = torch.nn.Linear(3, 1), torch.nn.Linear(4, 1)
                self.pi_optim, self.q_optim = Optim(self.pi), Optim(self.q)
            def learn(self, loader):
                for s, a, y in loader:
                    q_loss = (self.q(torch.cat([s, a], -1)) - y).square().mean()
                    self.q_optim.minimise(q_loss)
                    pi_loss = -self.q(torch.cat([s, self.pi(s)], -1)).mean()
                    self.pi_optim.minimise(pi_loss)
        """,
}

SILENT = {
    "twice": """
        import torch
        for x in loader:
            out = model(x)
            optimizer.zero_grad()
            first(out).backward(retain_graph=True)
            second(out).backward()
            optimizer.step()
        """,
    "forward_outside": """
        import torch
        out = model(x)
        for step in range(3):
            optimizer.zero_grad()
            (out * w).sum().backward(retain_graph=True)
            optimizer.step()
        """,
    "switched_off": """
        import torch
        for x in loader:
            optimizer.zero_grad()
            model(x).mean().backward(retain_graph=False)
            optimizer.step()
        """,
    "gradient_again": """
        import torch
        for x in loader:
            loss = model(x).mean()
            optimizer.zero_grad()
            loss.backward(retain_graph=True)
            g = torch.autograd.grad(loss, inputs)
            optimizer.step()
        """,
    "for_each_of_several": """
        import torch
        for x in loader:
            optimizer.zero_grad()
            for loss in model(x):
                loss.backward(retain_graph=True)
            optimizer.step()
        """,
    "the_second_shares": """
        import torch
        from torch import nn
        g, d = nn.Linear(2, 4), nn.Linear(4, 1)
        for real in loader:
            fake = g(torch.randn(8, 2))
            loss = d(fake).mean() - d(real).mean()
            loss.backward(retain_graph=True)
            optimizer.step()
            other = -d(fake).mean()
            other.backward()
            second_optimizer.step()
        """,
    "the_second_shares_an_attribute": """
        import torch
        class Gan:
            def forward(self):
                self.fake = self.g_net(self.real)
            def advance(self):
                self.forward()
                loss = self.d_net(self.fake).mean()
                loss.backward(retain_graph=True)
                self.optimizer.step()
                other = -self.d_net(self.fake).mean()
                other.backward()
                self.second_optimizer.step()
            def fit(self, loader):
                for self.real in loader:
                    self.advance()
        """,
    "a_derivative_afterwards": """
        import torch
        from torch import nn
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x in loader:
            loss = net(x).mean()
            opt.zero_grad()
            loss.backward(retain_graph=True)
            print(torch.autograd.grad(loss, net.weight))
            opt.step()
        """,
    "a_second_term_of_the_same_output": """
        import torch
        from torch import nn
        net = nn.Linear(1, 1)
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x in loader:
            opt.zero_grad()
            out = net(x)
            out.mean().backward(retain_graph=True)
            out.square().mean().backward()
            opt.step()
        """,
    "a_helper_whose_second_loss_shares_the_first": """
        import torch
        def minimise(opt, loss):
            opt.zero_grad()
            loss.backward(retain_graph=True)
            opt.step()
        def train(enc, a, b, opt_a, opt_b, loader):
            for x in loader:
                h = enc(x)
                first, second = a(h).mean(), b(h).mean()
                minimise(opt_a, first)
                minimise(opt_b, second)
        """,
    "a_state_that_is_carried": """
        import torch
        net = torch.nn.LSTMCell(3, 3)
        state = None
        for x in loader:
            state = net(x, state)
            first = net(x).mean()
            opt.zero_grad()
            first.backward()
            loss = state[0].mean()
            loss.backward(retain_graph=True)
            opt.step()
        """,
}
