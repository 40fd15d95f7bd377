"""Optimizers that leave out a module of their loop, and such as hold all that learns."""

_LOOP = """
        import torch
        from torch import nn
        encoder = nn.Linear(4, 8)
        head = nn.Sequential(nn.ReLU(), nn.Linear(8, 2))
        {optimizer}
        for x, y in loader:
            optimizer.zero_grad()
            {forward}
            loss_fn(out, y).backward()
            optimizer.step()
        """

FIRES = {
    "head_only": _LOOP.format(
        optimizer="optimizer = torch.optim.SGD(head.parameters(), lr=0.1)  # here",
        forward="out = head(encoder(x))",
    ),
    "encoder_only": _LOOP.format(
        optimizer="optimizer = torch.optim.Adam(encoder.parameters())  # here",
        forward="z = encoder(x); out = head(z)",
    ),
    "of_classes": """
        import torch
        class Encoder(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = torch.nn.Linear(3, 3)
        def train(loader):
            encoder, decoder = Encoder(), Encoder()
            optimizer = torch.optim.Adam(encoder.parameters())  # here
            for x in loader:
                optimizer.zero_grad()
                decoder(encoder(x)).mean().backward()
                optimizer.step()
        """,
    "in_groups": """
        import torch
        from torch import nn
        class Factors(nn.Module):
            def __init__(self):
                super().__init__()
                self.users, self.items = nn.Embedding(9, 4), nn.Embedding(8, 4)
                self.bias = nn.Embedding(9, 1)
            def forward(self, user, item):
                return (self.users(user) * self.items(item)).sum(1) + self.bias(user).squeeze(1)
        model = Factors()
        optimizer = torch.optim.Adam(  # here
            [{"params": model.users.parameters()}, {"params": model.items.parameters()}]
        )
        for user, item, y in loader:
            optimizer.zero_grad()
            loss_fn(model(user, item), y).backward()
            optimizer.step()
        """,
    "weights_of_norms_in_no_group": """
        import torch
        from torch import nn
        def train(model, loader):

            decay = [p for n, p in model.named_parameters() if p.dim() > 1]
            plain = [p for n, p in model.named_parameters() if n.endswith("bias")]
            opt = torch.optim.AdamW([{"params": decay}, {"params": plain}])  # here

            for x, y in loader:
                opt.zero_grad()
                loss_fn(model(x), y).backward()
                opt.step()
        """,
    "turned_on_after_it_was_built": """
        import torch
        from torch import nn
        def thaw(net):
            for p in net.parameters():
                p.requires_grad = True
        def main(loader, model):
            for p in model.body.parameters():
                p.requires_grad = False
            params = [p for p in model.parameters() if p.requires_grad]
            opt = torch.optim.SGD(params, lr=0.1)  # here
            for epoch in range(9):
                if epoch == 3:
                    thaw(model.body)
                for x, y in loader:
                    opt.zero_grad()
                    loss_fn(model(x), y).backward()
                    opt.step()
        """,
    "through_fabric": """
        import torch
        from torch import nn
        from lightning import Fabric
        fabric = Fabric()
        enc, dec = nn.Linear(3, 3), nn.Linear(3, 3)
        opt = torch.optim.Adam(enc.parameters())  # here
        for x in loader:
            opt.zero_grad()
            loss = ((dec(enc(x)) - x) ** 2).mean()
            fabric.backward(loss)
            opt.step()
        """,
    "of_an_agent": """
        import torch
        from torch import nn
        class Agent:
            def __init__(self):
                self.actor = nn.Linear(4, 2)
                self.critic = nn.Linear(4, 1)
                self.opt = torch.optim.Adam(self.actor.parameters())  # here
            def update(self, s, a, r):
                v = self.critic(s).squeeze(-1)
                logp = self.actor(s).log_softmax(-1).gather(1, a)
                loss = -(logp * (r - v)).mean() + (r - v).pow(2).mean()
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
        agent = Agent()
        for s, a, r in data:
            agent.update(s, a, r)
        """,
    "a_leaf": """
        import torch
        from torch import nn
        model = nn.Linear(3, 3)
        log_alpha = torch.zeros(1, requires_grad=True)
        opt = torch.optim.Adam(model.parameters())  # here
        for x, y in loader:
            opt.zero_grad()
            loss = (log_alpha.exp() * (model(x) - y) ** 2).mean() - log_alpha.mean()
            loss.backward()
            opt.step()
        """,
    "a_loss_that_learns": """
        import torch
        from torch import nn
        class Center(nn.Module):
            def __init__(self):
                super().__init__()
                self.centers = nn.Parameter(torch.randn(10, 2))
            def forward(self, h, y):
                return (h - self.centers[y]).pow(2).sum(1).mean()
        model = nn.Linear(3, 2)
        center = Center()
        opt = torch.optim.SGD(model.parameters(), lr=0.1)  # here
        for x, y in loader:
            opt.zero_grad()
            h = model(x)
            loss = center(h, y)
            loss.backward()
            opt.step()
        """,
    "lists_of_parts": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.emb = nn.Embedding(9, 4)
                self.rnn = nn.GRU(4, 4)
                self.out = nn.Linear(4, 2)
            def forward(self, x):
                return self.out(self.rnn(self.emb(x))[0])
        net = Net()
        params = list(net.rnn.parameters()) + list(net.out.parameters())
        opt = torch.optim.Adam(params)  # here
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        """,
    "of_a_trainer_that_changes_modes": """
        import torch
        from torch import nn
        class Enc(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(3, 3)
            def forward(self, x): return self.fc(x)
        class Trainer:
            def __init__(self, cfg):
                self.encoder = Enc().to(cfg.device)
                self.decoder = Enc().to(cfg.device)
                self.opt = torch.optim.Adam(self.encoder.parameters(), lr=1e-3)  # here
            def train(self):
                self.encoder.train(), self.decoder.train()
            def eval(self):
                self.encoder.eval(), self.decoder.eval()
            def train_epoch(self, loader):
                self.train()
                for x in loader:
                    out = self.decoder(self.encoder(x))
                    loss = ((out - x) ** 2).mean()
                    self.opt.zero_grad(); loss.backward(); self.opt.step()
            def fit(self, loader):
                for e in range(3):
                    self.train_epoch(loader)
        Trainer(cfg).fit(loader)
        """,
    "of_two_adversaries_one_is_given_twice": """
        import torch
        from torch import nn
        def mlp(a, b):
            return nn.Sequential(nn.Linear(a, 64), nn.ReLU(), nn.Linear(64, b))
        netG, netD = mlp(3, 3), mlp(3, 1)
        opt_g = torch.optim.Adam(netG.parameters(), lr=1e-4)
        opt_d = torch.optim.Adam(netG.parameters(), lr=1e-4)  # here
        for x in loader:
            opt_d.zero_grad()
            d = (netD(netG(torch.randn(4, 3)).detach()) - netD(x)).mean()
            d.backward()
            opt_d.step()
            opt_g.zero_grad()
            g = -netD(netG(torch.randn(4, 3))).mean()
            g.backward()
            opt_g.step()
        """,
    "of_a_table": """
        import torch
        from torch import nn
        models = {"enc": nn.Linear(3, 3), "dec": nn.Linear(3, 3)}
        opt = torch.optim.Adam(models["enc"].parameters(), lr=1e-4)  # here
        for x in loader:
            opt.zero_grad()
            out = models["dec"](models["enc"](x))
            loss = (out - x).pow(2).mean()
            loss.backward()
            opt.step()
        """,
    "parts_in_a_loop": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.backbone = nn.Linear(3, 3)
                self.neck = nn.Linear(3, 3)
                self.head = nn.Linear(3, 3)
            def forward(self, x): return self.head(self.neck(self.backbone(x)))
        def build_optimizer(model, lr):
            groups = []
            for part, scale in ((model.backbone, 0.1), (model.head, 1.0)):
                groups.append({"params": part.parameters(), "lr": lr * scale})
            return torch.optim.AdamW(groups, lr=lr)  # here
        model = Net()
        opt = build_optimizer(model, 1e-3)
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "parts_by_name": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.backbone = nn.Linear(3, 3)
                self.neck = nn.Linear(3, 3)
                self.head = nn.Linear(3, 3)
            def forward(self, x): return self.head(self.neck(self.backbone(x)))
        model = Net()
        body = [p for n, p in model.named_parameters() if n.startswith("backbone")]
        head = [p for n, p in model.named_parameters() if n.startswith("head")]
        opt = torch.optim.AdamW([{"params": body, "lr": 1e-4}, {"params": head}], lr=1e-3)  # here
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
    "a_table_of_parameters": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc, self.norm = nn.Linear(3, 3), nn.LayerNorm(3)
            def forward(self, x):
                return self.norm(self.fc(x))
            def configure(self, lr):
                table = {n: p for n, p in self.named_parameters() if p.requires_grad}
                decay = [p for n, p in table.items() if p.dim() >= 2]
                plain = [p for n, p in table.items() if n.endswith(".bias")]
                return torch.optim.AdamW([{"params": decay}, {"params": plain}], lr=lr)  # here
        net = Net()
        opt = net.configure(1e-3)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        """,
    "a_parameter_beside_the_layers": """
        import itertools, torch
        from torch import nn
        def tower(n):
            return nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, n))
        class Agent(nn.Module):
            def __init__(self):
                super().__init__()
                self.critic, self.actor = tower(1), tower(2)
                self.log_std = nn.Parameter(torch.zeros(1, 2))
            def act(self, x):
                mean = self.actor(x)
                return torch.distributions.Normal(mean, self.log_std.exp()), self.critic(x)
        agent = Agent()
        both = itertools.chain(agent.actor.parameters(), agent.critic.parameters())
        opt = torch.optim.Adam(both, lr=3e-4)  # here
        for x, a, ret in loader:
            dist, value = agent.act(x)
            loss = -dist.log_prob(a).mean() + (value - ret).pow(2).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
}

SILENT = {
    "both": _LOOP.format(
        optimizer="optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], 0.1)",
        forward="out = head(encoder(x))",
    ),
    "frozen": _LOOP.format(
        optimizer="""encoder.requires_grad_(False)
        optimizer = torch.optim.SGD(head.parameters(), lr=0.1)""",
        forward="out = head(encoder(x))",
    ),
    "under_no_grad": _LOOP.format(
        optimizer="optimizer = torch.optim.SGD(head.parameters(), lr=0.1)",
        forward="""with torch.no_grad():
                z = encoder(x)
            out = head(z)""",
    ),
    "own_optimizer": _LOOP.format(
        optimizer="""optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
        other = torch.optim.SGD(encoder.parameters(), lr=0.1)""",
        forward="out = head(encoder(x)); other.step()",
    ),
    "out_of_sight": _LOOP.format(
        optimizer="optimizer = torch.optim.SGD(trainable(head, encoder), lr=0.1)",
        forward="out = head(encoder(x))",
    ),
    "all_in_groups": """
        import torch
        from torch import nn
        class Factors(nn.Module):
            def __init__(self):
                super().__init__()
                self.users, self.items = nn.Embedding(9, 4), nn.Embedding(8, 4)
                self.bias = nn.Embedding(9, 1)
            def forward(self, user, item):
                return (self.users(user) * self.items(item)).sum(1) + self.bias(user).squeeze(1)
        model = Factors()
        first = torch.optim.Adam(
            [{"params": model.users.parameters()}, {"params": model.items.parameters()}]
        )
        second = torch.optim.SGD(model.bias.parameters(), lr=0.1)
        for user, item, y in loader:
            first.zero_grad()
            second.zero_grad()
            loss_fn(model(user, item), y).backward()
            first.step()
            second.step()
        """,
    "heads_on_what_was_loaded": """
        import torch
        from torch import nn
        from transformers import AutoModel
        class Tagger(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = AutoModel.from_pretrained("bert-base-cased")
                self.one, self.two = nn.Linear(8, 4), nn.Linear(8, 2)
            def forward(self, x):
                h = self.body(x)
                return self.one(h), self.two(h)
        model = Tagger()
        optimizer = torch.optim.Adam([*model.one.parameters(), *model.two.parameters()])
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """,
    "groups_by_dimensions": """
        import torch
        from torch import nn
        def train(model, loader):

            decay = [p for n, p in model.named_parameters() if p.ndim >= 2]
            plain = [p for n, p in model.named_parameters() if p.ndim < 2]
            opt = torch.optim.AdamW([{"params": decay}, {"params": plain, "weight_decay": 0.0}])

            for x, y in loader:
                opt.zero_grad()
                loss_fn(model(x), y).backward()
                opt.step()
        """,
    "groups_by_a_list_of_names": """
        import torch
        from torch import nn
        def train(model, loader):

            no = ["bias", "LayerNorm.weight"]
            groups = [
                {"params": [p for n, p in model.named_parameters() if not any(s in n for s in no)]},
                {"params": [p for n, p in model.named_parameters() if any(s in n for s in no)]},
            ]
            opt = torch.optim.AdamW(groups)

            for x, y in loader:
                opt.zero_grad()
                loss_fn(model(x), y).backward()
                opt.step()
        """,
    "what_learns_in_two_lists": """
        import torch
        from torch import nn
        def train(model, loader):

            decay, plain = [], []
            for n, p in model.named_parameters():
                if not p.requires_grad:
                    continue
                if p.ndim == 1 or n.endswith(".bias"):
                    plain.append(p)
                else:
                    decay.append(p)
            opt = torch.optim.AdamW([{"params": decay}, {"params": plain}])

            for x, y in loader:
                opt.zero_grad()
                loss_fn(model(x), y).backward()
                opt.step()
        """,
    "a_head_in_a_group_of_its_own": """
        import torch
        from torch import nn
        def train(model, loader):

            body = [p for n, p in model.named_parameters() if "head" not in n]
            opt = torch.optim.AdamW([{"params": body}, {"params": model.head.parameters()}])

            for x, y in loader:
                opt.zero_grad()
                loss_fn(model(x), y).backward()
                opt.step()
        """,
    "a_part_alone_by_name": """
        import torch
        from torch import nn
        def train(model, loader):

            head = [p for n, p in model.named_parameters() if "classifier" in n]
            opt = torch.optim.AdamW(head)

            for x, y in loader:
                opt.zero_grad()
                loss_fn(model(x), y).backward()
                opt.step()
        """,
    "groups_in_a_dict": """
        import torch
        from torch import nn
        def train(model, loader):

            groups = {"w": [], "b": []}
            for n, p in model.named_parameters():
                groups["b" if p.ndim < 2 else "w"].append(p)
            opt = torch.optim.AdamW([{"params": groups["w"]}, {"params": groups["b"]}])

            for x, y in loader:
                opt.zero_grad()
                loss_fn(model(x), y).backward()
                opt.step()
        """,
    "turned_on_and_added": """
        import torch
        from torch import nn
        def main(loader, model):
            model.body.requires_grad_(False)
            opt = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1)
            for epoch in range(9):
                if epoch == 3:
                    model.body.requires_grad_(True)
                    opt.add_param_group({"params": model.body.parameters()})
                for x, y in loader:
                    opt.zero_grad()
                    loss_fn(model(x), y).backward()
                    opt.step()
        """,
    "turned_on_and_built_anew": """
        import torch
        from torch import nn
        def main(loader, model):
            model.body.requires_grad_(False)
            opt = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1)
            for epoch in range(9):
                if epoch == 3:
                    model.body.requires_grad_(True)
                    opt = torch.optim.SGD(model.parameters(), lr=0.01)
                for x, y in loader:
                    opt.zero_grad()
                    loss_fn(model(x), y).backward()
                    opt.step()
        """,
    "a_parameter_that_was_appended": """
        import torch
        from torch import nn
        model = nn.Linear(3, 3)
        scale = nn.Parameter(torch.ones(1))
        params = list(model.parameters())
        params.append(scale)
        opt = torch.optim.SGD(params, lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss = (model(x) * scale).mean()
            loss.backward()
            opt.step()
        """,
    "an_encoder_in_eval_mode_alone": """
        import torch
        from torch import nn
        encoder, head = nn.Linear(3, 3), nn.Linear(3, 3)
        encoder.eval()
        opt = torch.optim.Adam(head.parameters())
        for x, y in loader:
            head.train()
            opt.zero_grad()
            loss_fn(head(encoder(x)), y).backward()
            opt.step()
        """,
    "an_encoder_that_was_learnt_before": """
        import torch
        from torch import nn
        encoder, head = nn.Linear(3, 3), nn.Linear(3, 3)
        encoder.load_state_dict(torch.load("encoder.pt", weights_only=True))
        opt = torch.optim.Adam(head.parameters())
        for x, y in loader:
            opt.zero_grad()
            loss_fn(head(encoder(x)), y).backward()
            opt.step()
        """,
    "every_part_by_name": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body, self.head = nn.Linear(3, 3), nn.Linear(3, 3)
            def forward(self, x):
                return self.head(self.body(x))
        model = Net()
        body = [p for n, p in model.named_parameters() if n.startswith("body")]
        rest = [p for n, p in model.named_parameters() if not n.startswith("body")]
        opt = torch.optim.AdamW([{"params": body, "lr": 1e-4}, {"params": rest}], lr=1e-3)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(model(x), y).backward()
            opt.step()
        """,
    "biases_of_a_model_without_norms": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body, self.head = nn.Linear(3, 3), nn.Linear(3, 3)
            def forward(self, x):
                return self.head(self.body(x))
        net = Net()
        table = dict(net.named_parameters())
        decay = [p for n, p in table.items() if p.dim() >= 2]
        plain = [p for n, p in table.items() if n.endswith(".bias")]
        opt = torch.optim.AdamW([{"params": decay}, {"params": plain}], lr=1e-3)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        """,
    "two_adversaries_each_with_its_own": """
        import torch
        from torch import nn
        def mlp(a, b):
            return nn.Sequential(nn.Linear(a, 64), nn.ReLU(), nn.Linear(64, b))
        netG, netD = mlp(3, 3), mlp(3, 1)
        opt_g = torch.optim.Adam(netG.parameters(), lr=1e-4)
        opt_d = torch.optim.Adam(netD.parameters(), lr=1e-4)
        for x in loader:
            opt_d.zero_grad()
            d = (netD(netG(torch.randn(4, 3)).detach()) - netD(x)).mean()
            d.backward()
            opt_d.step()
            opt_g.zero_grad()
            g = -netD(netG(torch.randn(4, 3))).mean()
            g.backward()
            opt_g.step()
        """,
}
