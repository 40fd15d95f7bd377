"""Training that goes on in eval mode, and training that does not."""

FIRES = {
    "once_before_all_epochs": """
        import torch
        class T:
            def __init__(self, model, optimizer, train_loader, val_loader):
                self.model, self.optimizer = model, optimizer
                self.train_loader, self.val_loader = train_loader, val_loader
            def train(self, epochs):
                self.model.train()
                for epoch in range(epochs):
                    for x, y in self.train_loader:
                        self.optimizer.zero_grad()
                        loss = self.model(x, y)
                        loss.backward()
                        self.optimizer.step()
                    self.validate()
            def validate(self):
                self.model.eval()  # here
                with torch.no_grad():
                    for x, y in self.val_loader:
                        self.model(x, y)
        """,
    "accelerate": """
        import torch
        def main(accelerator, model, train_dataloader, eval_dataloader):
            optimizer = torch.optim.AdamW(model.parameters())
            model, optimizer = accelerator.prepare(model, optimizer)
            for epoch in range(3):
                for batch in train_dataloader:
                    with accelerator.accumulate(model):
                        loss = model(**batch).loss
                        accelerator.backward(loss)
                        optimizer.step()
                        optimizer.zero_grad()
                model.eval()  # here
                for batch in eval_dataloader:
                    with torch.no_grad():
                        model(**batch)
        """,
    "evaluated_each_epoch": """
        import torch
        def fit(model, loader, val_loader):
            optimizer = torch.optim.Adam(model.parameters())
            model.train()
            for epoch in range(10):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                model.eval()  # here
                with torch.no_grad():
                    for x in val_loader:
                        model(x)
        """,
    "in_a_function": """
        import torch
        def evaluate(net, loader):
            net.eval()  # here
            with torch.no_grad():
                return sum(net(x).item() for x in loader)
        def fit(net, loader, held_out):
            opt = torch.optim.SGD(net.parameters(), lr=0.1)
            for epoch in range(10):
                for x in loader:
                    opt.zero_grad()
                    loss = net(x).mean()
                    loss.backward()
                    opt.step()
                print(evaluate(net, held_out))
        """,
    "before_training": """
        import torch
        model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout())
        optimizer = torch.optim.Adam(model.parameters())
        model.eval()  # here
        for x in loader:
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
        """,
    "attributes_of_self": """
        import torch
        class T:
            def __init__(self, model):
                self.model = model
                self.opt = torch.optim.Adam(self.model.parameters())
            def validate(self, loader):
                self.model.eval()  # here
                with torch.no_grad():
                    return [self.model(x) for x in loader]
            def fit(self, loader, val_loader):
                for epoch in range(3):
                    for x in loader:
                        self.opt.zero_grad()
                        self.model(x).backward()
                        self.opt.step()
                    self.validate(val_loader)
        """,
    "between_batches_of_ignite": """
        import torch
        from ignite.engine import Engine, Events
        def fit(model, loader, windows):
            optimizer = torch.optim.Adam(model.parameters())
            def update(engine, batch):
                optimizer.zero_grad()
                model(batch).mean().backward()
                optimizer.step()
            trainer = Engine(update)
            @trainer.on(Events.EPOCH_COMPLETED)
            def check(engine):
                model.eval()  # here
                print(model(windows))
            trainer.run(loader)
        """,
}

SILENT = {
    "restored_each_epoch": """
        import torch
        def fit(model, loader, val_loader):
            optimizer = torch.optim.Adam(model.parameters())
            for epoch in range(10):
                model.train()
                for x in loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                model.eval()
                with torch.no_grad():
                    for x in val_loader:
                        model(x)
        """,
    "restored_after": """
        import torch
        def evaluate(model, loader):
            was = model.training
            model.eval()
            with torch.no_grad():
                out = [model(x) for x in loader]
            model.train(was)
            return out
        def fit(model, loader, val_loader):
            optimizer = torch.optim.Adam(model.parameters())
            for epoch in range(10):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                evaluate(model, val_loader)
        """,
    "a_teacher": """
        import torch
        def fit(model, teacher, loader):
            optimizer = torch.optim.Adam(model.parameters())
            teacher.eval()
            for x in loader:
                optimizer.zero_grad()
                with torch.no_grad():
                    y = teacher(x)
                (model(x) - y).sum().backward()
                optimizer.step()
        """,
    "after_training": """
        import torch
        def fit(model, loader, val_loader):
            optimizer = torch.optim.Adam(model.parameters())
            for x in loader:
                optimizer.zero_grad()
                model(x).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                return [model(x) for x in val_loader]
        """,
    "saliency": """
        import torch
        def saliency(model, images):
            model.eval()
            for x in images:
                model.zero_grad()
                model(x).max().backward()
        """,
    "put_back_by_ignite": """
        import torch
        from ignite.engine import Engine, Events
        def fit(model, loader, windows):
            optimizer = torch.optim.Adam(model.parameters())
            def update(engine, batch):
                model.train()
                optimizer.zero_grad()
                model(batch).mean().backward()
                optimizer.step()
            trainer = Engine(update)
            @trainer.on(Events.EPOCH_COMPLETED)
            def check(engine):
                model.eval()
                print(model(windows))
            trainer.run(loader)
        """,
}
