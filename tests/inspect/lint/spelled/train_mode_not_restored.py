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
    "each_of_a_list": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        teacher, student = nn.Sequential(nn.Dropout()), nn.Sequential(nn.Dropout(), nn.Linear(1, 1))
        opt = torch.optim.SGD(student.parameters(), lr=0.1)
        for net in (teacher, student):
            net.eval()  # here
        for x in loader:
            with torch.no_grad():
                wanted = teacher(x)
            opt.zero_grad()
            F.mse_loss(student(x), wanted).backward()
            opt.step()
        """,
    "a_context_manager": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        from contextlib import contextmanager
        @contextmanager
        def judging(net):
            net.eval()  # here
            with torch.no_grad():
                yield net
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            with judging(net):
                print([net(x).mean() for x, y in val])
        """,
    "a_mode_by_an_inverted_flag": """
        import torch
        def run(model, loader, opt=None):
            model.train(opt is None)  # here
            for x in loader:
                loss = model(x).mean()
                if opt is not None:
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
        """,
    "a_callback_at_the_end_of_an_epoch": """
        import torch
        from torch import nn
        class Judge:
            def ends(self, run):
                run.model.eval()  # here
                with torch.no_grad():
                    print(run.model(val_x).mean())
        class Run:
            def __init__(self, model, callbacks):
                self.model, self.callbacks = model, callbacks
                self.opt = torch.optim.SGD(self.model.parameters(), lr=0.1)
            def fit(self, loader):
                for epoch in range(9):
                    for x in loader:
                        self.opt.zero_grad()
                        self.model(x).mean().backward()
                        self.opt.step()
                    for c in self.callbacks:
                        c.ends(self)
        Run(nn.Sequential(nn.Dropout()), [Judge()]).fit(loader)
        """,
    "an_object_that_is_called": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        class Judge:
            def __call__(self, model, loader):
                model.eval()  # here
                with torch.no_grad():
                    return sum(model(x).mean() for x in loader)
        judge = Judge()
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            print(judge(net, val))
        """,
    "train_without_a_call": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            net.train
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            net.eval()  # here
            with torch.no_grad():
                print(sum(net(x).mean() for x, y in val))
        """,
    "a_pass_by_a_flag": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        def run(net, loader, opt=None):
            train = opt is not None
            net.eval()  # here
            with torch.set_grad_enabled(train):
                for x, y in loader:
                    loss = nn.functional.mse_loss(net(x), y)
                    if train:
                        opt.zero_grad()
                        loss.backward()
                        opt.step()
        """,
    "an_early_return_leaves_it_out": """
        import torch
        class Fit:
            def __init__(self, net, loader):
                self.net, self.best, self.bad = net, 9.0, 0
                self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)
            def check(self):
                self.net.eval()  # here
                score = self.score()
                if score >= self.best:
                    self.bad += 1
                    return self.bad < 3
                self.best = score
                self.net.train()
                return True
            def fit(self, loader):
                self.net.train()
                for epoch in range(9):
                    for x in loader:
                        self.opt.zero_grad()
                        self.net(x).sum().backward()
                        self.opt.step()
                    if not self.check():
                        break
        """,
    "only_where_it_got_better": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        best = 9.0
        net.train()
        for epoch in range(9):
            for x in loader:
                opt.zero_grad()
                net(x).sum().backward()
                opt.step()
            net.eval()  # here
            score = measure(x)
            if score < best:
                best = score
                net.train()
        """,
}

SILENT = {
    "a_part_that_is_held_still_by_choice": """
        def train(context, query, loader, optimizer, args):
            for epoch in range(args.epochs):
                query.train()
                if args.train_context:
                    context.train()
                else:
                    context.eval()
                for x, y in loader:
                    optimizer.zero_grad()
                    loss = (context(x) - query(y)).square().mean()
                    loss.backward()
                    optimizer.step()
        """,
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
    "a_teacher_of_a_list": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        teacher, judge = nn.Sequential(nn.Dropout()), nn.Sequential(nn.Dropout())
        student = nn.Sequential(nn.Dropout(), nn.Linear(1, 1))
        opt = torch.optim.SGD(student.parameters(), lr=0.1)
        for net in (teacher, judge):
            net.eval()
        for x in loader:
            opt.zero_grad()
            F.mse_loss(student(x), teacher(x).detach() + judge(x).detach()).backward()
            opt.step()
        """,
    "a_context_manager_that_puts_back": """
        import torch
        from torch import nn
        import torch.nn.functional as F
        from contextlib import contextmanager
        @contextmanager
        def judging(net):
            net.eval()
            with torch.no_grad():
                yield net
            net.train()
        net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for x, y in train:
                opt.zero_grad()
                F.mse_loss(net(x), y).backward()
                opt.step()
            with judging(net):
                print([net(x).mean() for x, y in val])
        """,
    "a_mode_by_a_flag": """
        import torch
        def run(model, loader, opt=None):
            model.train(opt is not None)
            for x in loader:
                loss = model(x).mean()
                if opt is not None:
                    opt.zero_grad()
                    loss.backward()
                    opt.step()
        """,
    "an_early_return_that_stops": """
        import torch
        class Fit:
            def __init__(self, net, loader):
                self.net, self.best = net, 9.0
                self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)
            def check(self):
                self.net.eval()
                score = self.score()
                if score >= self.best:
                    return False
                self.best = score
                self.net.train()
                return True
            def fit(self, loader):
                self.net.train()
                for epoch in range(9):
                    for x in loader:
                        self.opt.zero_grad()
                        self.net(x).sum().backward()
                        self.opt.step()
                    if not self.check():
                        break
        """,
    "where_it_was_training": """
        import torch
        from torch import nn
        net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        opt = torch.optim.SGD(net.parameters(), lr=0.1)
        for epoch in range(9):
            for x in loader:
                opt.zero_grad()
                net(x).sum().backward()
                opt.step()
            was = net.training
            net.eval()
            score = measure(x)
            if was:
                net.train()
        """,
}
