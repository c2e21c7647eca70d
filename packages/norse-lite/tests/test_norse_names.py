"""Every public name of Norse 1.1.0 has its counterpart, with its arguments and its defaults."""

import importlib
import inspect
import pkgutil
import warnings

import pytest
import torch

import norse_lite.compat.norse as compat

with warnings.catch_warnings():
    # Norse compiles with torch.jit, which newer versions of torch warn about.
    warnings.simplefilter("ignore")
    pytest.importorskip("norse", "1.1.0")
    import norse.torch as theirs

    for _module in pkgutil.walk_packages(theirs.__path__, "norse.torch."):
        try:
            importlib.import_module(_module.name)
        except (ImportError, AttributeError):  # plots, and a module that fails with new torch
            continue

ours = compat.torch

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]


# Names that are not carried over, and why.
ABSENT = {
    "AdjointFunction|AdjointRefracFunction|AdjointRefracFeedForwardFunction": "autograd internals",
    "derive_spatial_receptive_field": "replaced in later versions by derivatives in the parameters",
    "CubaLIF": "internal to from_nir",
}
# Signatures that follow later versions, which gave receptive fields a centre.
LATER = {"spatial_receptive_field", "spatial_parameters", "spatio_temporal_parameters"}


def public_names():
    for info in pkgutil.walk_packages(theirs.__path__, "norse.torch."):
        if any(part in info.name for part in (".test", "plot", "tensorboard", "coba_lif_adjoint")):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if not name.startswith("_") and getattr(value, "__module__", "") == info.name:
                yield info.name, name, value


def is_absent(name):
    return any(part in name for parts in ABSENT for part in parts.split("|"))


def test_every_public_name_of_norse_exists_with_its_arguments():
    seen = 0
    for module, name, value in public_names():
        if is_absent(name) or type(value).__name__ == "TypeVar":
            continue
        twin = getattr(importlib.import_module(f"norse_lite.compat.{module}"), name)
        seen += 1
        if hasattr(value, "_fields"):
            assert twin._fields == value._fields
            assert set(twin._field_defaults) >= set(value._field_defaults)
            continue
        if name in LATER or (inspect.isclass(value) and issubclass(value, torch.autograd.Function)):
            continue
        try:
            wanted = inspect.signature(value).parameters.values()
        except ValueError:
            continue
        kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        names = [p.name for p in wanted if p.kind not in kinds]
        given = [p.name for p in inspect.signature(twin).parameters.values()]
        given = [n for n in given if n in names]
        assert given == names, f"{module}.{name}"
    assert seen > 200


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("functional.threshold", "heaviside superspike_fn"),
        ("functional.lsnn", "threshold"),
        ("functional.lif_refrac", "LIFState LIFFeedForwardState threshold"),
        ("module.lif", "SNN SNNCell SNNRecurrent SNNRecurrentCell"),
        ("module.lif_refrac", "LIFParameters SNNCell SNNRecurrent SNNRecurrentCell"),
        ("module.lsnn", "SNN SNNCell SNNRecurrent SNNRecurrentCell"),
        ("module.snn", "FeedforwardActivation RecurrentActivation"),
        ("utils.state", "_is_module_stateful"),
    ],
)
def test_names_are_found_where_norse_imports_them(module, names):
    for package in ("norse.torch", "norse_lite.compat.norse.torch"):
        there = importlib.import_module(f"{package}.{module}")
        assert [name for name in names.split() if not hasattr(there, name)] == []


def test_names_at_the_top_are_those_of_norse():
    missing = [
        name
        for name in dir(theirs)
        if not name.startswith("_") and not hasattr(ours, name) and not is_absent(name)
    ]
    assert missing == []


def test_default_values_are_those_of_norse():
    compared = 0
    for module, name, value in public_names():
        if not hasattr(value, "_field_defaults") or is_absent(name):
            continue
        twin = getattr(importlib.import_module(f"norse_lite.compat.{module}"), name)
        for field, default in value._field_defaults.items():
            if isinstance(default, (torch.Tensor, float, int)):
                assert torch.equal(
                    torch.as_tensor(default),
                    torch.as_tensor(twin._field_defaults[field]).to(torch.as_tensor(default)),
                )
                compared += 1
    assert compared > 60
