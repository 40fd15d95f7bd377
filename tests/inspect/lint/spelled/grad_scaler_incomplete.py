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
}
