"""Held-out batches in train mode, and in eval mode."""

FIRES = {
    "by_the_epoch": """
        import torch
        def train(model, train_loader, val_loader, optimizer, criterion, epochs):
            for epoch in range(epochs):
                for x, y in train_loader:
                    optimizer.zero_grad()
                    loss = criterion(model(x), y)
                    loss.backward()
                    optimizer.step()
                val_loss = 0
                with torch.no_grad():
                    for x, y in val_loader:  # here
                        val_loss += criterion(model(x), y).item()
                print(val_loss)
        """,
    "in_the_epoch": """
        import torch
        def fit(model, train_loader, val_loader, optimizer):
            for epoch in range(3):
                model.train()
                for x in train_loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                with torch.no_grad():
                    for x in val_loader:  # here
                        model(x)
        """,
    "in_a_function": """
        import torch
        @torch.no_grad()
        def evaluate(model, batches):
            right = 0
            for x, y in batches:  # here
                right += (model(x).argmax(1) == y).sum().item()
            return right
        def main(model, loader, held_out):
            opt = torch.optim.Adam(model.parameters())
            for x in loader:
                opt.zero_grad()
                model(x).backward()
                opt.step()
            evaluate(model, held_out)
        """,
    "train_mode_again": """
        import torch
        def fit(net, train_loader, test_loader, opt):
            net.eval()
            net.train()
            for x in train_loader:
                opt.zero_grad()
                net(x).backward()
                opt.step()
            for i, (x, y) in enumerate(test_loader):  # here
                with torch.no_grad():
                    print(net(x))
        """,
    "nested_over_all_rows_at_once": """
        import torch
        from torch import nn
        def main():
            model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 2))
            def validate():
                with torch.no_grad():
                    return loss_fn(model(val_x), val_y).item()  # here
            for epoch in range(3):
                model.train()
                for x, y in loader:
                    optimizer.zero_grad()
                    loss_fn(model(x), y).backward()
                    optimizer.step()
                print(validate())
        main()
        """,
    "steps_driven_by_hand": """
        import torch
        from torch import nn
        class Lit(nn.Module):
            def __init__(self):
                super().__init__()
                self.net = nn.BatchNorm1d(4)
            def training_step(self, batch):
                return self.net(batch).mean()
            def validation_step(self, batch):
                return self.net(batch).mean()
        def fit(module, train_loader, val_loader):
            optimizer = torch.optim.Adam(module.parameters())
            for epoch in range(3):
                module.train()
                for batch in train_loader:
                    optimizer.zero_grad()
                    module.training_step(batch).backward()
                    optimizer.step()
                with torch.no_grad():
                    print([module.validation_step(b) for b in val_loader])  # here
        """,
    "a_helper_that_runs_the_model": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        def score(model, x):
            return model(x).mean()
        def judge(model, val_loader):
            with torch.no_grad():
                return sum(score(model, x) for x, y in val_loader)  # here
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            net.train()
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            print(judge(net, val_loader))
        """,
    "a_loader_of_a_test_split": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        from torch.utils.data import DataLoader
        from torchvision.datasets import MNIST
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        held = DataLoader(MNIST("data", train=False))
        for epoch in range(9):
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            with torch.no_grad():
                for x, y in held:  # here
                    print((net(x).argmax(1) == y).sum())
        """,
    "a_part_alone_is_put": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
                self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 2))
            def forward(self, x):
                return self.head(self.body(x))
        net = Net()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            net.train()
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            net.body.eval()
            with torch.no_grad():
                for x, y in val_loader:  # here
                    print((net(x).argmax(1) == y).sum())
        """,
    "another_model_is_put": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        average = torch.optim.swa_utils.AveragedModel(other)
        for epoch in range(9):
            net.train()
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            average.eval()
            with torch.no_grad():
                for x, y in val_loader:  # here
                    print((net(x).argmax(1) == y).sum())
        """,
    "masked_nodes": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            opt.zero_grad()
            F.cross_entropy(net(g.x)[g.train_mask], g.y[g.train_mask]).backward()
            opt.step()
            with torch.no_grad():
                hits = net(g.x)[g.val_mask].argmax(1) == g.y[g.val_mask]  # here
            print(hits.float().mean())
        """,
    "a_while_that_draws": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        from torch.utils.data import DataLoader
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        val_loader = DataLoader(data)
        for epoch in range(9):
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            it = iter(val_loader)
            with torch.no_grad():
                while (batch := next(it, None)) is not None:  # here
                    print(net(batch[0]).mean())
        """,
    "eval_without_a_call": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            net.eval
            with torch.no_grad():
                print(sum(net(x).mean() for x, y in val_loader))  # here
        """,
    "phases_in_one_loop": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            net.train()
            for phase in ("train", "val"):
                for x, y in loaders[phase]:  # here
                    opt.zero_grad()
                    with torch.set_grad_enabled(phase == "train"):
                        loss = nn.functional.mse_loss(net(x), y)
                        if phase == "train":
                            loss.backward()
                            opt.step()
        """,
    "one_function_for_both": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        def run(net, loader, opt=None):
            if opt is not None:
                net.train()
            with torch.set_grad_enabled(opt is not None):
                for x, y in loader:  # here
                    loss = nn.functional.mse_loss(net(x), y)
                    if opt is not None:
                        opt.zero_grad()
                        loss.backward()
                        opt.step()
        for epoch in range(9):
            run(net, train_loader, opt)
            run(net, val_loader)
        """,
    "all_data_at_once_in_a_function_that_tests": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        def train(net, graph, index):
            net.train()
            opt.zero_grad()
            nn.functional.mse_loss(net(graph)[index], y).backward()
            opt.step()
        @torch.no_grad()
        def test(net, graph, parts):
            out = net(graph)  # here
            return [score(out[parts[name]]) for name in ("train", "valid")]
        for epoch in range(9):
            train(net, graph, parts["train"])
            test(net, graph, parts)
        """,
    "one_of_two_models": """
        import torch
        from torch import nn
        class Both:
            def __init__(self, encoder, decoder):
                self.encoder, self.decoder = encoder.to("cuda"), decoder.to("cuda")
                both = [*self.encoder.parameters(), *self.decoder.parameters()]
                self.opt = torch.optim.SGD(both, lr=0.1)
            def loss(self, x, y):
                return nn.functional.mse_loss(self.decoder(self.encoder(x)), y)
            def train(self, loader):
                self.encoder.train()
                self.decoder.train()
                for x, y in loader:
                    self.opt.zero_grad()
                    self.loss(x, y).backward()
                    self.opt.step()
            @torch.no_grad()
            def validate(self, loader):
                self.encoder.eval()
                return sum(self.loss(x, y) for x, y in loader)  # here
            def fit(self, train_loader, val_loader):
                for epoch in range(9):
                    self.train(train_loader)
                    self.validate(val_loader)
        """,
}

SILENT = {
    "a_test_of_a_loss": """
        import torch
        def test_loss():
            model = torch.nn.Linear(2, 2)
            for x in batches:
                model(x)
            model(x).sum().backward()
        """,
    "another_model_is_trained": """
        import torch
        def fit(model, encoder, train_loader, val_loader, optimizer):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
            with torch.no_grad():
                for x in val_loader:
                    encoder(x)
        """,
    "eval_mode": """
        import torch
        def fit(model, train_loader, val_loader, optimizer):
            for epoch in range(3):
                model.train()
                for x in train_loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                model.eval()
                with torch.no_grad():
                    for x in val_loader:
                        model(x)
        """,
    "eval_in_the_function": """
        import torch
        def evaluate(model, loader):
            model.eval()
            with torch.no_grad():
                for x in loader:
                    model(x)
        def fit(model, train_loader, val_loader, optimizer):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
            evaluate(model, val_loader)
        """,
    "training_out_of_sight": """
        import torch
        @torch.no_grad()
        def evaluate(model, val_loader):
            for x in val_loader:
                model(x)
        """,
    "train_false": """
        import torch
        def fit(model, train_loader, val_loader, optimizer):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
            model.train(False)
            for x in val_loader:
                model(x)
        """,
    "handed_out_of_sight": """
        import torch
        from elsewhere import quiet
        def fit(model, train_loader, val_loader, optimizer):
            for x in train_loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
            quiet(model)
            for x in val_loader:
                model(x)
        """,
    "steps_driven_by_hand_in_eval_mode": """
        import torch
        from torch import nn
        def fit(module, train_loader, val_loader):
            optimizer = torch.optim.Adam(module.parameters())
            for epoch in range(3):
                module.train()
                for batch in train_loader:
                    optimizer.zero_grad()
                    module.training_step(batch).backward()
                    optimizer.step()
                module.eval()
                with torch.no_grad():
                    print([module.validation_step(b) for b in val_loader])
        """,
    "all_parts_are_put": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
                self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 2))
            def forward(self, x):
                return self.head(self.body(x))
        net = Net()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            net.train()
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            net.body.eval()
            net.head.eval()
            with torch.no_grad():
                for x, y in val_loader:
                    print((net(x).argmax(1) == y).sum())
        """,
    "each_of_a_list_is_put": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        other = nn.Sequential(nn.Dropout())
        for epoch in range(9):
            net.train()
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            for m in (net, other):
                m.eval()
            with torch.no_grad():
                for x, y in val_loader:
                    print((net(x).argmax(1) == y).sum())
        """,
    "a_context_manager_puts_it": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        from contextlib import contextmanager
        @contextmanager
        def judging(net):
            net.eval()
            with torch.no_grad():
                yield
            net.train()
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            with judging(net):
                for x, y in val_loader:
                    print((net(x).argmax(1) == y).sum())
        """,
    "phases_that_set_the_mode": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for phase in ("train", "val"):
                net.train(phase == "train")
                for x, y in loaders[phase]:
                    opt.zero_grad()
                    with torch.set_grad_enabled(phase == "train"):
                        loss = nn.functional.mse_loss(net(x), y)
                        if phase == "train":
                            loss.backward()
                            opt.step()
        """,
    "one_function_for_both_by_a_flag": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        def run(net, loader, opt=None):
            net.train() if opt is not None else net.eval()
            with torch.set_grad_enabled(opt is not None):
                for x, y in loader:
                    loss = nn.functional.mse_loss(net(x), y)
                    if opt is not None:
                        opt.zero_grad()
                        loss.backward()
                        opt.step()
        for epoch in range(9):
            run(net, train_loader, opt)
            run(net, val_loader)
        """,
    "one_function_that_always_trains": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        def run(net, loader, opt, backward=True):
            net.train()
            for x, y in loader:
                loss = nn.functional.mse_loss(net(x), y)
                if backward:
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
        for epoch in range(9):
            run(net, train_loader, opt)
        """,
}
