"""Held-out batches with gradients recorded, and without."""

FIRES = {
    "in_the_epoch": """
        import torch
        def fit(model, train_loader, val_loader, optimizer):
            for epoch in range(3):
                model.train()
                for x in train_loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                model.eval()
                for x in val_loader:  # here
                    model(x)
        """,
    "in_a_function": """
        import torch
        def evaluate(net, loader, criterion):
            net.eval()
            total = 0.0
            for x, y in loader:  # here
                total += criterion(net(x), y).item()
            return total
        """,
    "attributes_of_self": """
        import torch
        class T:
            def test(self):
                self.model.eval()
                right = 0
                for x, y in self.test_loader:  # here
                    right += (self.model(x).argmax(1) == y).sum().item()
                return right
        """,
    "a_helper_that_runs_the_model": """
        import torch
        def score(model, x, t):
            return model(x, t).mean()
        def judge(model, loader):
            model.eval()
            total = 0.0
            for x in loader:  # here
                for t in (0.1, 0.5):
                    total += score(model, x, t).item()
            return total
        print(judge(net, val_loader))
        """,
    "under_autocast_or_nothing": """
        import torch
        from contextlib import nullcontext
        half = torch.autocast("cuda", dtype=torch.bfloat16)
        ctx = half if torch.cuda.is_available() else nullcontext()
        def validate(model, loader):
            model.eval()
            for x in loader:  # here
                with ctx:
                    print(model(x).mean())
        """,
    "a_while_that_draws": """
        import torch
        def validate(model, loader):
            model.eval()
            it = iter(loader)
            while True:  # here
                batch = next(it, None)
                if batch is None:
                    break
                print(model(batch).mean())
        """,
    "an_object_that_is_called": """
        import torch
        class Validate:
            def __init__(self, model, val_loader):
                self.model, self.loader = model, val_loader
            def __call__(self):
                self.model.eval()
                for x in self.loader:  # here
                    print(self.model(x).mean())
                self.model.train()
        """,
    "no_grad_around_eval_alone": """
        import torch
        def test(model, test_loader):
            with torch.no_grad():
                model.eval()
            for x in test_loader:  # here
                print(model(x).mean())
        """,
    "a_call_that_sets_no_flag": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        def run(net, loader, train=False):
            net.train(train)
            for x, y in loader:  # here
                loss = nn.functional.mse_loss(net(x), y)
                if train:
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
        for epoch in range(9):
            run(net, train_loader, train=True)
            run(net, val_loader)
        """,
    "phases_in_one_loop": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for phase in ("train", "val"):
                net.train(phase == "train")
                for x, y in loaders[phase]:  # here
                    opt.zero_grad()
                    loss = nn.functional.mse_loss(net(x), y)
                    if phase == "train":
                        loss.backward()
                        opt.step()
        """,
}

SILENT = {
    "block": """
        import torch
        def evaluate(model, val_loader):
            model.eval()
            with torch.no_grad():
                for x in val_loader:
                    model(x)
        """,
    "block_inside": """
        import torch
        def evaluate(model, val_loader):
            model.eval()
            for x in val_loader:
                with torch.inference_mode():
                    model(x)
        """,
    "decorator": """
        import torch
        @torch.no_grad()
        def evaluate(model, val_loader):
            model.eval()
            for x in val_loader:
                model(x)
        """,
    "a_caller_has_it": """
        import torch
        def evaluate(model, val_loader):
            model.eval()
            for x in val_loader:
                model(x)
        def main(model, val_loader):
            with torch.no_grad():
                evaluate(model, val_loader)
        """,
    "a_context_of_another_file": """
        import torch
        from elsewhere import eval_mode
        def evaluate(model, val_loader):
            model.eval()
            with eval_mode(model):
                for x in val_loader:
                    model(x)
        """,
    "an_attack": """
        import torch
        def evaluate(model, test_loader):
            model.eval()
            for x, y in test_loader:
                x.requires_grad_(True)
                g = torch.autograd.grad(model(x).sum(), x)
        """,
    "switched_off_for_all": """
        import torch
        torch.set_grad_enabled(False)
        model.eval()
        for x in val_loader:
            model(x)
        """,
    "a_context_manager_of_the_file": """
        import torch
        from contextlib import contextmanager
        @contextmanager
        def quiet(model):
            model.eval()
            with torch.inference_mode():
                yield
        def validate(model, loader):
            with quiet(model):
                for x in loader:
                    print(model(x).mean())
        """,
    "a_decorator_of_the_file": """
        import torch
        def frozen(function):
            def inner(*args):
                with torch.no_grad():
                    return function(*args)
            return inner
        @frozen
        def validate(model, loader):
            model.eval()
            for x in loader:
                print(model(x).mean())
        """,
    "chosen_by_a_condition": """
        import torch
        from contextlib import nullcontext
        def validate(model, loader, saliency):
            ctx = nullcontext() if saliency else torch.no_grad()
            model.eval()
            with ctx:
                for x in loader:
                    print(model(x).mean())
        """,
    "a_call_that_sets_no_flag_under_no_grad": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        def run(net, loader, train=False):
            net.train(train)
            for x, y in loader:
                loss = nn.functional.mse_loss(net(x), y)
                if train:
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
        for epoch in range(9):
            run(net, train_loader, train=True)
            with torch.no_grad():
                run(net, val_loader)
        """,
    "phases_that_switch_gradients": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for phase in ("train", "val"):
                net.train(phase == "train")
                for x, y in loaders[phase]:
                    with torch.set_grad_enabled(phase == "train"):
                        loss = nn.functional.mse_loss(net(x), y)
                    if phase == "train":
                        opt.zero_grad()
                        loss.backward()
                        opt.step()
        """,
    "a_loss_worked_out_in_pieces": """
        import torch
        def loss_of(net, parts, backward=False):
            for part in parts:
                loss = net(part).sum()
                if backward:
                    loss.backward()
            return loss
        def both(net, parts):
            net.eval()
            loss_of(net, parts, True)
            return loss_of(net, parts)
        """,
}
