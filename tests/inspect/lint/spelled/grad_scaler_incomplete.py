"""Scalers that are half used, and such as are used as they should be."""

FIRES = {
    "not_updated": """
        import torch
        def train(model, loader, optimizer):
            scaler = torch.amp.GradScaler("cuda")
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)  # here
        """,
    "optimizer_steps": """
        import torch
        scaler = torch.cuda.amp.GradScaler()
        def train(model, loader, optimizer):
            for x in loader:
                optimizer.zero_grad()
                loss = model(x)
                scaler.scale(loss).backward()
                optimizer.step()  # here
                scaler.update()
        """,
    "not_updated_in_a_class": """
        import torch
        class T:
            def __init__(self, model):
                self.model = model
                self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                self.scaler = torch.amp.GradScaler()
            def advance(self, loss):
                self.scaler.scale(loss).backward()
                self.scaler.step(self.optimizer)  # here
                self.optimizer.zero_grad()
            def fit(self, loader):
                for x in loader:
                    self.advance(self.model(x))
        """,
    "one_of_two_is_never_updated": """
        import torch
        sg, sd = torch.amp.GradScaler("cuda"), torch.amp.GradScaler("cuda")
        for x in loader:
            opt_d.zero_grad()
            sd.scale(d(x).mean()).backward()
            sd.step(opt_d)
            sd.update()
            opt_g.zero_grad()
            sg.scale(g(x).mean()).backward()
            sg.step(opt_g)  # here
        """,
    "scaled_under_another_name": """
        import torch
        scaler = torch.amp.GradScaler("cuda")
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in loader:
            opt.zero_grad()
            scaled = scaler.scale(model(x).mean())
            scaled.backward()
            opt.step()  # here
            scaler.update()
        """,
    "in_an_object_that_is_called": """
        import torch
        class Update:
            def __init__(self, model, opt):
                self.model, self.opt = model, opt
                self.scaler = torch.amp.GradScaler("cuda")
            def __call__(self, x):
                self.opt.zero_grad()
                self.scaler.scale(self.model(x).mean()).backward()
                self.scaler.step(self.opt)  # here
        update = Update(net, torch.optim.SGD(net.parameters(), lr=0.1))
        for x in loader:
            update(x)
        """,
    "update_without_a_call": """
        import torch
        scaler = torch.amp.GradScaler("cuda")
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for x in loader:
            opt.zero_grad()
            scaler.scale(model(x).mean()).backward()
            scaler.step(opt)  # here
            scaler.update
        """,
    "updated_once_an_epoch": """
        import torch
        scaler = torch.amp.GradScaler("cuda")
        opt = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(9):
            for x in loader:
                opt.zero_grad()
                scaler.scale(model(x).mean()).backward()
                scaler.step(opt)  # here
            scaler.update()
        """,
    "the_rest_of_an_epoch": """
        import torch
        def train(model, loader, opt, n):
            scaler = torch.amp.GradScaler("cuda")
            for i, x in enumerate(loader):
                scaler.scale(model(x).mean() / n).backward()
                if (i + 1) % n == 0:
                    scaler.step(opt)
                    scaler.update()
                    opt.zero_grad()
            if len(loader) % n:
                scaler.step(opt)  # here
                opt.zero_grad()
        """,
    "an_arm_that_returns": """
        import torch
        class Scaler:
            def __init__(self):
                self.scaler = torch.amp.GradScaler("cuda")
            def __call__(self, loss, opt, params, limit=None):
                self.scaler.scale(loss).backward()
                if limit is not None:
                    self.scaler.unscale_(opt)
                    norm = torch.nn.utils.clip_grad_norm_(params, limit)
                    self.scaler.step(opt)  # here
                    return norm
                self.scaler.step(opt)
                self.scaler.update()
        """,
    "an_arm_that_goes_on": """
        import torch
        def train(model, loader, opt):
            scaler = torch.amp.GradScaler("cuda")
            for i, x in enumerate(loader):
                opt.zero_grad()
                scaler.scale(model(x).mean()).backward()
                if i < 100:
                    scaler.step(opt)  # here
                    continue
                scaler.step(opt)
                scaler.update()
        """,
}

SILENT = {
    "complete": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)
                scaler.update()
        """,
    "no_scaler_where_off": """
        import torch
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                if scaler is not None:
                    scaler.scale(model(x)).backward()
                    scaler.step(optimizer)
                    scaler.update()
                else:
                    model(x).backward()
                    optimizer.step()
        """,
    "updated_out_of_sight": """
        import torch
        from elsewhere import advance
        def train(model, loader, optimizer, scaler):
            for x in loader:
                optimizer.zero_grad()
                scaler.scale(model(x)).backward()
                scaler.step(optimizer)
                advance(scaler)
        """,
    "features_are_scaled": """
        import torch
        from sklearn.preprocessing import StandardScaler
        def train(model, loader, optimizer):
            scaler = StandardScaler()
            for x in loader:
                optimizer.zero_grad()
                model(scaler.scale(x)).backward()
                optimizer.step()
        """,
    "one_update_for_two_steps": """
        import torch
        scaler = torch.amp.GradScaler("cuda")
        for x in loader:
            opt_d.zero_grad()
            scaler.scale(d(x).mean()).backward()
            scaler.step(opt_d)
            opt_g.zero_grad()
            scaler.scale(g(x).mean()).backward()
            scaler.step(opt_g)
            scaler.update()
        """,
    "each_of_a_list": """
        import torch
        scalers = [torch.amp.GradScaler("cuda"), torch.amp.GradScaler("cuda")]
        for x in loader:
            for net, opt, scaler in zip(nets, opts, scalers):
                opt.zero_grad()
                scaler.scale(net(x).mean()).backward()
                scaler.step(opt)
                scaler.update()
        """,
    "two_steps_and_one_update": """
        import torch
        def train(a, b, loader, opt_a, opt_b):
            scaler = torch.amp.GradScaler("cuda")
            for x in loader:
                opt_a.zero_grad()
                scaler.scale(a(x).mean()).backward()
                scaler.step(opt_a)
                opt_b.zero_grad()
                scaler.scale(b(x).mean()).backward()
                scaler.step(opt_b)
                scaler.update()
        """,
    "an_arm_that_updates_and_returns": """
        import torch
        class Scaler:
            def __init__(self):
                self.scaler = torch.amp.GradScaler("cuda")
            def __call__(self, loss, opt, limit=None):
                self.scaler.scale(loss).backward()
                if limit is not None:
                    self.scaler.step(opt)
                    self.scaler.update()
                    return None
                self.scaler.step(opt)
                self.scaler.update()
        """,
}
