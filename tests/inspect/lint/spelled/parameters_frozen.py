"""Models that are frozen whole and trained, and such as keep something to train."""

_COURSE = """
        import torch, torchvision
        from torch import nn
        model = torchvision.models.resnet18()
        {freeze}
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """

FIRES = {
    "one_by_one": _COURSE.format(
        freeze="""for p in model.parameters():
            p.requires_grad = False  # here"""
    ),
    "by_name": _COURSE.format(
        freeze="""for name, p in model.named_parameters():
            p.requires_grad = False  # here"""
    ),
    "at_once": _COURSE.format(freeze="model.requires_grad_(False)  # here"),
    "head_first": _COURSE.format(
        freeze="""model.fc = nn.Linear(512, 2)
        for p in model.parameters():
            p.requires_grad = False  # here"""
    ),
    "a_new_head_frozen_with_the_rest": """
        import torch
        import torchvision
        def build():
            m = torchvision.models.resnet50(weights="DEFAULT")
            m.fc = torch.nn.Linear(m.fc.in_features, 14)
            m.requires_grad_(False)  # here
            m.layer4.requires_grad_(True)
            return m
        model = build()
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """,
    "new_parts_of_each_block": """
        import torch
        from torch import nn
        class Adapter(nn.Module):
            def __init__(self, base):
                super().__init__()
                self.base = base
                self.down = nn.Linear(8, 2)
            def forward(self, x):
                return self.base(x) + self.down(x)
        def adapt(model):
            for block in model.blocks:
                block.q = Adapter(block.q)
            for _, p in model.named_parameters():
                p.requires_grad_(False)  # here
            model.head.requires_grad_(True)
            return model
        def train(model, loader):
            model = adapt(model)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for x, y in loader:
                optimizer.zero_grad()
                loss_fn(model(x), y).backward()
                optimizer.step()
        """,
    "a_table_that_an_optimizer_is_given": """
        import torch
        from torch import nn
        class Tagger(nn.Module):
            def __init__(self, vectors):
                super().__init__()
                self.words = nn.Embedding.from_pretrained(vectors)  # here
                self.score = nn.Linear(100, 9)
        model = Tagger(vectors)
        optimizer = torch.optim.Adam([
            {"params": model.words.parameters(), "lr": 1e-4},
            {"params": model.score.parameters()},
        ])
        """,
    "one_module_under_two_names": """
        import torch
        from torch import nn
        class Pair(nn.Module):
            def __init__(self):
                super().__init__()
                body = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
                self.online = body
                self.target = body
                self.target.requires_grad_(False)  # here
        """,
    "a_part_without_gradients": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Linear(3, 3)
                self.out = nn.Linear(3, 2)
            def forward(self, x):
                with torch.no_grad():  # here
                    h = self.body(x)
                return self.out(h)
        net = Net()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        """,
    "a_function_that_is_told_to": """
        import torch, torchvision
        from torch import nn
        def freeze(model, feature_extract):
            if feature_extract:
                for p in model.parameters():
                    p.requires_grad = False  # here
        model = torchvision.models.resnet18()
        model.fc = nn.Linear(512, 3)
        freeze(model, True)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(model(x), y).backward()
            opt.step()
        """,
    "in_a_trainer": """
        import torch
        from torch import nn
        class Trainer:
            def __init__(self, model):
                self.model = model
                for p in self.model.parameters():
                    p.requires_grad = False  # here
                self.opt = torch.optim.SGD(self.model.parameters(), lr=0.1)
            def fit(self, loader):
                for x, y in loader:
                    self.opt.zero_grad()
                    loss_fn(self.model(x), y).backward()
                    self.opt.step()
        """,
    "turned_on_by_another_name": """
        import torch, torchvision
        from torch import nn
        model = torchvision.models.resnet18()
        for p in model.parameters():
            p.requires_grad = False  # here
        for p in model.fc.parameters():
            p.require_grad = True
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(model(x), y).backward()
            opt.step()
        """,
    "a_head_before": """
        import torch, torchvision
        from torch import nn
        model = torchvision.models.resnet18()
        model.fc = nn.Linear(512, 2)
        model.requires_grad_(False)  # here
        opt = torch.optim.SGD(model.fc.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(model(x), y).backward()
            opt.step()
        """,
    "in_a_comprehension": """
        import torch
        from torch import nn
        model = nn.Linear(3, 3)
        [p.requires_grad_(False) for p in model.parameters()]  # here
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(model(x), y).backward()
            opt.step()
        """,
    "a_method_without_gradients": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Linear(3, 3)
                self.out = nn.Linear(3, 2)
            @torch.inference_mode()  # here
            def encode(self, x):
                return self.body(x)
            def forward(self, x):
                return self.out(self.encode(x).clone())
        net = Net()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        """,
    "of_a_lightning_module": """
        import torch, torchvision, lightning as L
        from torch import nn
        class Lit(L.LightningModule):
            def __init__(self, n):
                super().__init__()
                self.net = torchvision.models.resnet18(weights="DEFAULT")
                self.net.fc = nn.Linear(self.net.fc.in_features, n)
                for p in self.net.parameters():
                    p.requires_grad = False  # here
            def training_step(self, batch, _):
                x, y = batch
                return nn.functional.cross_entropy(self.net(x), y)
            def configure_optimizers(self):
                return torch.optim.Adam(self.parameters(), lr=1e-3)
        """,
    "of_itself_when_it_is_made": """
        import torch, torchvision
        from torch import nn
        def freeze(m):
            for p in m.parameters():
                p.requires_grad = False  # here
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = torchvision.models.resnet18()
                self.head = nn.Linear(1000, 3)
                freeze(self)
            def forward(self, x):
                return self.head(self.body(x))
        net = Net()
        opt = torch.optim.Adam(net.parameters())
        for x, y in loader:
            opt.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            opt.step()
        """,
    "an_adversary_every_so_many_passes": """
        import torch
        from torch import nn
        G, D = nn.Linear(3, 3), nn.Linear(3, 1)
        og = torch.optim.Adam(G.parameters())
        od = torch.optim.Adam(D.parameters())
        for i, x in enumerate(loader):
            x.requires_grad_(True)
            od.zero_grad()
            (D(x) - D(G(x).detach())).mean().backward()
            od.step()
            if i % 5 == 0:
                D.requires_grad_(False)  # here
                og.zero_grad()
                D(G(x)).mean().backward()
                og.step()
        """,
    "names_that_leave_out_the_new_head": """
        import torch, torchvision
        from torch import nn
        def build(n, unfreeze_layers=("layer4",)):
            model = torchvision.models.resnet50(weights="DEFAULT")
            model.fc = nn.Sequential(nn.Dropout(0.2), nn.Linear(2048, n))
            for name, p in model.named_parameters():
                if not any(k in name for k in unfreeze_layers):
                    p.requires_grad = False  # here
            return model
        model = build(3)
        opt = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=1e-3)
        for x, y in loader:
            opt.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            opt.step()
        """,
    "what_another_averages": """
        import torch, copy
        from torch import nn
        class MeanTeacher:
            def __init__(self, net):
                self.student = net
                self.teacher = copy.deepcopy(net)
                self.student.requires_grad_(False)  # here
            @torch.no_grad()
            def update(self, m=0.99):
                for t, s in zip(self.teacher.parameters(), self.student.parameters()):
                    t.data = m * t.data + (1 - m) * s.data
        mt = MeanTeacher(nn.Linear(3, 3))
        opt = torch.optim.SGD(mt.student.parameters(), lr=0.1)
        for x, y in loader:
            loss = nn.functional.mse_loss(mt.student(x), mt.teacher(x).detach())
            opt.zero_grad()
            loss.backward()
            opt.step()
            mt.update()
        """,
    "a_new_item_frozen_with_the_rest": """
        import torch, torchvision
        from torch import nn
        model = torchvision.models.vgg16()
        model.classifier[6] = nn.Linear(4096, 2)
        for p in model.parameters():
            p.requires_grad = False  # here
        for p in model.features[24:].parameters():
            p.requires_grad = True
        params = [p for p in model.parameters() if p.requires_grad]
        opt = torch.optim.Adam(params, lr=1e-4)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(model(x), y).backward()
            opt.step()
        """,
    "told_to_in_the_turn_of_another": """
        import torch
        from torch import nn
        def switch(net, flag):
            for p in net.parameters():
                p.requires_grad_(flag)
        def turn(G, D, opt):
            switch(D, False)  # here
            opt.zero_grad()
            (-D(G(torch.randn(4, 3)))).mean().backward()
            opt.step()
        G, D = nn.Linear(3, 3), nn.Linear(3, 1)
        opt_g, opt_d = torch.optim.Adam(G.parameters()), torch.optim.Adam(D.parameters())
        for n, x in enumerate(loader):
            mixed = (0.5 * x + 0.5 * G(x)).requires_grad_(True)
            opt_d.zero_grad()
            (D(G(x).detach()) - D(x) + D(mixed)).mean().backward()
            opt_d.step()
            if (n + 1) % 5 == 0:
                turn(G, D, opt_g)
        """,
    "a_table_of_random_numbers": """
        import torch
        from torch import nn
        def vectors(words, dim):
            table = torch.randn(len(words), dim) * 0.1
            table[0] = 0.0
            return table
        class Net(nn.Module):
            def __init__(self, table):
                super().__init__()
                self.embed = nn.Embedding.from_pretrained(table, padding_idx=0)  # here
                self.fc = nn.Linear(table.size(1), 2)
            def forward(self, x):
                return self.fc(self.embed(x).mean(1))
        net = Net(vectors(words, 50))
        opt = torch.optim.Adam(net.parameters())
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        """,
}

SILENT = {
    "new_head": _COURSE.format(
        freeze="""for p in model.parameters():
            p.requires_grad = False
        model.fc = nn.Linear(512, 2)"""
    ),
    "by_a_condition": _COURSE.format(
        freeze="""for name, p in model.named_parameters():
            if not name.startswith('fc'):
                p.requires_grad = False"""
    ),
    "a_part": _COURSE.format(
        freeze="""for p in model.layer1.parameters():
            p.requires_grad = False"""
    ),
    "on_again": _COURSE.format(
        freeze="""model.requires_grad_(False)
        for p in model.fc.parameters():
            p.requires_grad = True"""
    ),
    "the_new_head_turned_on": """
        import torch
        import torchvision
        def build():
            m = torchvision.models.resnet50(weights="DEFAULT")
            m.fc = torch.nn.Linear(m.fc.in_features, 14)
            m.requires_grad_(False)
            m.fc.requires_grad_(True)
            return m
        model = build()
        optimizer = torch.optim.SGD(model.fc.parameters(), lr=0.1)
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """,
    "all_turned_on_later": """
        import torch
        import torchvision
        def build():
            m = torchvision.models.resnet50(weights="DEFAULT")
            m.fc = torch.nn.Linear(m.fc.in_features, 14)
            m.requires_grad_(False)
            return m
        model = build()
        model.requires_grad_(True)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()
        """,
    "a_table_that_learns_and_one_that_need_not": """
        import torch
        from torch import nn
        class Tagger(nn.Module):
            def __init__(self, vectors):
                super().__init__()
                self.words = nn.Embedding.from_pretrained(vectors, freeze=False)
                self.marks = nn.Embedding.from_pretrained(vectors)
                self.score = nn.Linear(100, 9)
        model = Tagger(vectors)
        optimizer = torch.optim.Adam([
            {"params": model.words.parameters(), "lr": 1e-4},
            {"params": model.score.parameters()},
        ])
        """,
    "a_copy_under_another_name": """
        import copy
        import torch
        from torch import nn
        class Pair(nn.Module):
            def __init__(self):
                super().__init__()
                body = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
                self.online = body
                self.target = copy.deepcopy(body)
                self.target.requires_grad_(False)
        """,
    "a_part_that_is_said_to_stay": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Linear(3, 3).requires_grad_(False)
                self.out = nn.Linear(3, 2)
            def forward(self, x):
                with torch.no_grad():
                    h = self.body(x)
                return self.out(h)
        net = Net()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        """,
    "turned_off_and_on": """
        import torch
        from torch import nn
        d = nn.Linear(3, 1)
        opt = torch.optim.SGD(d.parameters(), lr=0.1)
        def toggle(net, on):
            for p in net.parameters():
                p.requires_grad_(on)
        for x, y in loader:
            toggle(d, True)
            opt.zero_grad()
            loss_fn(d(x), y).backward()
            opt.step()
            toggle(d, False)
            d(x).mean().backward()
        """,
    "an_adversary_turned_on_in_its_turn": """
        import torch
        from torch import nn
        def switch(net, flag):
            for p in net.parameters():
                p.requires_grad_(flag)
        G, D = nn.Linear(3, 3), nn.Linear(3, 1)
        opt_g, opt_d = torch.optim.Adam(G.parameters()), torch.optim.Adam(D.parameters())
        for n, x in enumerate(loader):
            switch(D, True)
            opt_d.zero_grad()
            (D(G(x).detach()) - D(x)).mean().backward()
            opt_d.step()
            if (n + 1) % 5 == 0:
                switch(D, False)
                opt_g.zero_grad()
                (-D(G(x))).mean().backward()
                opt_g.step()
        """,
    "names_that_hold_the_new_head": """
        import torch, torchvision
        from torch import nn
        def build(n, unfreeze_layers=("layer4", "fc")):
            model = torchvision.models.resnet50(weights="DEFAULT")
            model.fc = nn.Sequential(nn.Dropout(0.2), nn.Linear(2048, n))
            for name, p in model.named_parameters():
                if not any(k in name for k in unfreeze_layers):
                    p.requires_grad = False
            return model
        model = build(3)
        opt = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=1e-3)
        for x, y in loader:
            opt.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            opt.step()
        """,
    "a_teacher_that_averages": """
        import torch, copy
        from torch import nn
        class MeanTeacher:
            def __init__(self, net):
                self.student = net
                self.teacher = copy.deepcopy(net)
                self.teacher.requires_grad_(False)
            @torch.no_grad()
            def update(self, m=0.99):
                for t, s in zip(self.teacher.parameters(), self.student.parameters()):
                    t.data = m * t.data + (1 - m) * s.data
        mt = MeanTeacher(nn.Linear(3, 3))
        opt = torch.optim.SGD(mt.student.parameters(), lr=0.1)
        for x, y in loader:
            loss = nn.functional.mse_loss(mt.student(x), mt.teacher(x).detach())
            opt.zero_grad()
            loss.backward()
            opt.step()
            mt.update()
        """,
    "itself_before_its_head": """
        import torch, torchvision
        from torch import nn
        def freeze(m):
            for p in m.parameters():
                p.requires_grad = False
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = torchvision.models.resnet18()
                freeze(self)
                self.head = nn.Linear(1000, 3)
            def forward(self, x):
                return self.head(self.body(x))
        net = Net()
        opt = torch.optim.Adam(net.parameters())
        for x, y in loader:
            opt.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            opt.step()
        """,
    "a_table_of_loaded_numbers": """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self, table):
                super().__init__()
                self.embed = nn.Embedding.from_pretrained(table, padding_idx=0)
                self.fc = nn.Linear(table.size(1), 2)
            def forward(self, x):
                return self.fc(self.embed(x).mean(1))
        net = Net(torch.load("glove.pt", weights_only=True))
        opt = torch.optim.Adam(net.parameters())
        for x, y in loader:
            opt.zero_grad()
            loss_fn(net(x), y).backward()
            opt.step()
        """,
    "a_new_part_that_is_frozen_by_itself": """
        import torch, torchvision
        from torch import nn
        model = torchvision.models.resnet18()
        model.probe = nn.Linear(512, 2)
        model.probe.requires_grad_(False)
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x, y in loader:
            opt.zero_grad()
            loss_fn(model(x), y).backward()
            opt.step()
        """,
}
