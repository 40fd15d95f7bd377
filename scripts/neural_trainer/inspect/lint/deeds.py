"""What the single actions of a training course do: backward, step, clear, clip, switch a mode."""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.roles import OPTIMIZER, SCALER, SCHEDULER, role
from neural_trainer.inspect.lint.scope import Assignment, bound_arguments, taken_from
from neural_trainer.inspect.lint.settings import truth
from neural_trainer.inspect.lint.source import Source, shown


def is_backward(action: Action) -> bool:
    """Tell whether an action computes gradients; one of a function of this file is laid in."""
    return action.is_call and action.word in _BACKWARD and not action.laid_in


_BACKWARD = ("backward", "manual_backward")


def is_step(source: Source, action: Action) -> bool:
    """Tell whether an action is the step of an optimizer, its own or through a GradScaler."""
    if not action.is_call or action.word != "step":
        return False
    receiver, scope = action.call.receiver, action.call.scope
    if receiver is None:
        values = source.values(action.call.node.func, scope)
        receiver = (
            values[0][0].value if values and isinstance(values[0][0], ast.Attribute) else None
        )
    part = role(source, receiver, scope)
    return part == OPTIMIZER or (part == SCALER and bool(action.call.node.args))


def is_scheduler_step(source: Source, action: Action) -> bool:
    """Tell whether an action is the step of a scheduler of the learning rate."""
    if not action.is_call or action.word not in ("step", "step_update"):
        return False
    return role(source, action.call.receiver, action.call.scope) == SCHEDULER


def clears_gradients(action: Action) -> bool:
    """Tell whether an action clears gradients, by whatever spelling."""
    word = action.word.lower()
    if action.is_call:
        if "zero" in word and ("grad" in word or word in ("zero_", "zero")):
            return word != "zero_" or ".grad" in ast.unparse(action.call.node.func)
        return "grad" in word and ("clear" in word or "reset" in word)
    assert isinstance(action.event, Assignment)
    target, value = action.event.target, ast.unparse(action.event.value)
    if not isinstance(target, ast.Attribute) or target.attr != "grad" or action.word != "=":
        return False
    return re.search(r"\.grad\b", value) is None or "zeros_like" in value  # else it is changed


def stepped_optimizer(source: Source, step: Action) -> str:
    """Return the key of the optimizer that a step is of, its own or through a GradScaler."""
    if role(source, step.call.receiver, step.call.scope) == SCALER:
        return step.key(source, step.call.argument(0, "optimizer"))
    return step.receiver


def loss_of(action: Action) -> ast.expr | None:
    """Return the tensor that goes backward: `loss` of loss.backward(), scaler.scale(loss), ..."""
    call = action.call
    receiver = call.receiver
    if call.node.args and action.word != "backward":
        return call.node.args[0]
    if isinstance(receiver, ast.Call) and getattr(receiver.func, "attr", "") == "scale":
        return receiver.args[0] if receiver.args else None
    # tensor.backward(gradient) takes an argument too
    owner = ast.unparse(receiver).lower().rpartition(".")[2] if receiver is not None else ""
    given = call.node.args[0] if call.node.args else None
    if given is not None and (_TAKES_LOSS.search(owner) or "loss" in ast.unparse(given)):
        return given
    return receiver


def terms_of(loss: ast.expr | None) -> list[ast.expr]:
    """Return what a loss is the weighted sum of, itself where it is none."""
    if isinstance(loss, ast.BinOp):
        return [*terms_of(loss.left), *terms_of(loss.right)]
    return [loss] if loss is not None else []


_TAKES_LOSS = re.compile(
    r"accelerator|fabric|engine|autograd|strategy|^self$|scaler|optimizer|^model$"
)
"""What has a backward(loss) of its own: Accelerate, Fabric, DeepSpeed, torch.autograd."""


def is_scaled(source: Source, action: Action) -> bool:
    """Tell whether what goes backward was scaled by a GradScaler."""
    return scaling(source, action) is not None


def scaling(source: Source, backward: Action) -> ast.Call | None:
    """Return the call by which a GradScaler scaled what goes backward, also one line before."""
    call = backward.call
    given = call.receiver if backward.word == "backward" and call.receiver is not None else None
    if given is not None and source.name(given, call.scope) == "torch.autograd":
        given = call.argument(0, "tensors")
    if isinstance(given, (ast.Name, ast.Attribute)):
        last = source.last_value(given, call.scope, call.place)
        given = last.value if last is not None and last.element is None else None
    if not isinstance(given, ast.Call) or not isinstance(given.func, ast.Attribute):
        return None
    scaled = given.func.attr == "scale" and role(source, given.func.value, call.scope) == SCALER
    return given if scaled else None


def is_clip(action: Action) -> bool:
    """Tell whether an action clips gradients in place: by torch, an engine, or by hand.

    By hand: each .grad is clamped; or a function of this file of that name, whose own actions
    stand just before.
    """
    if not action.is_call:
        event = action.event
        assert isinstance(event, Assignment)
        put = isinstance(event.target, ast.Attribute) and event.target.attr == "grad"
        return put and re.search(r"\b(?:clamp|clip)\(", ast.unparse(event.value)) is not None
    by_hand = action.laid_in and _CLIPS_BY_HAND.match(action.word) is not None
    return action.word in CLIPS or by_hand or _bounds_gradients(action.call.node)


_CLIPS_BY_HAND = re.compile(r"_?clip(?!p?ed)(?!_?(?:weight|param|critic|model)(?!\w*grad))")
"""What a function of a file that clips gradients is called; clip_weights is none."""
CLIPS = (
    "clip_grad_norm_", "clip_grad_value_", "clip_grad_norm", "clip_gradients",
    "clip_grads_with_norm_", "dispatch_clip_grad", "adaptive_clip_grad", "_foreach_clamp_",
)  # fmt: skip
"""What clips gradients in place."""


def _bounds_gradients(call: ast.Call) -> bool:
    """Tell whether a call bounds the elements of a .grad in place: p.grad.clamp_(-1, 1)."""
    word = getattr(call.func, "attr", "")
    if word not in ("clamp_", "clip_", "clamp_min_", "clamp_max_"):
        return False
    of = call.args[:1] if _is_torch(call.func) else [call.func.value]  # type: ignore[attr-defined]
    return any(re.search(r"\bgrad(?:\.data)?$", ast.unparse(each)) for each in of)


def _is_torch(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and ast.unparse(function.value) == "torch"


def sets_mode(action: Action) -> bool | None:
    """Return True where a module is put into train mode, False into eval mode, else None."""
    if not action.is_call or action.call.receiver is None:
        return None
    given = [*action.call.node.args, *(k.value for k in action.call.node.keywords)]
    if action.word == "eval" and not given:
        return False
    if action.word == "train" and len(given) <= 1:
        if not given:
            return True
        return bool(given[0].value) if isinstance(given[0], ast.Constant) else None
    return None


def gradients_on(action: Action) -> bool | None:
    """Return whether autograd records where an action runs; None: it cannot be told."""
    for name in reversed(action.contexts):
        last = name.rpartition(".")[2]
        known = name.lstrip("?").startswith("torch.")
        if known and name.startswith("?") and not _SETS_MODE.search(last):
            continue  # autocast or none
        if (
            name.startswith("?")
            or last == "set_grad_enabled"
            or (not known and _SETS_MODE.search(last))
        ):
            return None
        if last in ("no_grad", "inference_mode", "set_grad_enabled(False)"):
            return False
        if last in ("enable_grad", "no_grad(False)", "inference_mode(False)"):
            return True
    return True


_SETS_MODE = re.compile(r"eval|grad|infer|mode", re.IGNORECASE)
"""What a context of another file is called that may switch gradients."""


def always_before(first: Action, second: Action) -> bool:
    """Tell whether `first`, which comes first, has run in the same pass whenever `second` runs."""
    branches, loops = first.place.branches, first.place.loops
    return (
        branches == second.place.branches[: len(branches)]
        and loops == second.place.loops[: len(loops)]
    )


def is_every_nth(test: ast.expr) -> bool:
    """Tell whether a condition is true every N times: it takes a remainder."""
    for node in ast.walk(test):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return not (isinstance(node.right, ast.Constant) and node.right.value == 1)
    return False


def switched(source: Source, action: Action) -> tuple[str, bool] | None:
    """Return whose parameters an action turns on or off, all of them, and which; None of others."""
    if action.is_call:
        if action.word != "requires_grad_":
            return None
        given = action.call.argument(0, "requires_grad")
        on = True if given is None else said_by_caller(source, action, given)
        whose = run_over(source, action) or action.receiver
    else:
        event = action.event
        assert isinstance(event, Assignment)
        if getattr(event.target, "attr", "") != "requires_grad":
            return None
        on, whose = said_by_caller(source, action, event.value), run_over(source, action)
    return (whose, on) if whose and on is not None else None


def said_by_caller(source: Source, action: Action, value: ast.expr) -> bool | None:
    """Return a switch, of a parameter what the call gives it through which the action is run."""
    scope = action.event.scope
    if isinstance(value, ast.Name) and value.id in scope.parameters and action.via:
        given = bound_arguments(scope, action.via[-1]).get(value.id)
        if given is not None:
            return truth(source, given, action.via[-1].scope)
    return truth(source, value, scope)


def run_over(source: Source, action: Action) -> str:
    """Return the key of the model over whose parameters the loop around an action runs."""
    own = action.event.place.loops
    over = taken_from(own[-1]) if own else None
    target = getattr(own[-1], "target", None) if own else None
    if isinstance(over, ast.Call) and getattr(over.func, "id", "") == "zip":
        event = action.event
        owner = event.target if isinstance(event, Assignment) else event.receiver
        owner = owner.value if isinstance(owner, ast.Attribute) and owner is not None else owner
        names = [ast.unparse(each) for each in getattr(target, "elts", ())]
        spelled = ast.unparse(owner) if owner is not None else ""
        place = names.index(spelled) if spelled in names else len(over.args)
        over = over.args[place] if place < len(over.args) else None
    word = getattr(getattr(over, "func", None), "attr", "")
    if word not in ("parameters", "named_parameters") or not isinstance(over, ast.Call):
        return ""
    return action.key(source, over.func.value) if isinstance(over.func, ast.Attribute) else ""


def name_of(key: str) -> str:
    """Return what to call an object in a sentence."""
    return shown(key) or "the optimizer"
