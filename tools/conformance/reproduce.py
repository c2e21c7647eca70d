"""A script of about ten lines that shows one failure without this repository."""

_SCRIPTS = {
    "norse": """\
import nir, numpy as np, torch
import norse.torch as norse
x = [torch.tensor(values) for values in np.load("{case}/input.npz").values()]
model = norse.from_nir(nir.read("{case}/graph.nir"), dt={dt:g})
state, y = None, []
for step in zip(*x):
    given = [one[None] for one in step] + ([] if state is None else [state])
    out, state = model(*given)
    y.append(out.detach().numpy()[0])
""",
    "snntorch": """\
import nir, numpy as np, torch
from snntorch.import_nir import import_from_nir
x = [torch.tensor(values) for values in np.load("{case}/input.npz").values()]
model = import_from_nir(nir.read("{case}/graph.nir"))
state, y = None, []
for step in zip(*x):
    given = [one[None] for one in step] + ([] if state is None else [state])
    out, state = model(*given)
    y.append((out[0] if isinstance(out, tuple) else out).detach().numpy()[0])
""",
    "spikingjelly": """\
import nir, numpy as np, torch
from spikingjelly.activation_based import functional, nir_exchange
x = [torch.tensor(values) for values in np.load("{case}/input.npz").values()]
model = nir_exchange.import_from_nir(nir.read("{case}/graph.nir"), dt={dt:g})
functional.reset_net(model)
state, y = None, []
for step in zip(*x):
    given = [one[None] for one in step] + ([] if state is None else [state])
    out, state = model(*given)
    y.append(out.detach().numpy()[0])
""",
    "nirtorch": """\
import nir, nirtorch, numpy as np, torch
x = [torch.tensor(values) for values in np.load("{case}/input.npz").values()]
model = nirtorch.nir_to_torch(nir.read("{case}/graph.nir"), {{}})
state, y = None, []
for step in zip(*x):
    given = [one[None] for one in step] + ([] if state is None else [state])
    out, state = model(*given)
    y.append(out.detach().numpy()[0])
""",
    "sinabs": """\
import nir, numpy as np, torch
from sinabs.nir import from_nir
x = [torch.tensor(values) for values in np.load("{case}/input.npz").values()]
y = from_nir(nir.read("{case}/graph.nir"), batch_size=1)(*x)
y = (y[0] if isinstance(y, tuple) else y).detach().numpy()
""",
    "rockpool": """\
import os; os.environ["PIP_NO_INDEX"] = "1"  # the import calls pip
import nir, numpy as np, torch
from rockpool.nn.modules.torch.nir import from_nir
x = [torch.tensor(values) for values in np.load("{case}/input.npz").values()]
y = from_nir(nir.read("{case}/graph.nir"))(*(one[None] for one in x))
y = (y[0] if isinstance(y, tuple) else y).detach().numpy()[0]
""",
    "spyx": """\
import nir, numpy as np
from spyx.nir import from_nir
x = np.load("{case}/input.npz"); x = x[x.files[0]]
model, y = from_nir(nir.read("{case}/graph.nir"), x[:, None], dt={dt:g})
y = np.asarray(y)[:, 0]
""",
    "jaxsnn": """\
import nir
from jaxsnn.event import ConversionConfig, from_nir
graph = nir.read("{case}/graph.nir")
config = ConversionConfig(t_max={t_max:g}, n_steps=dict.fromkeys(graph.nodes, {steps}))
from_nir(graph, config).done()
""",
    "snn-mlir": """\
import subprocess
subprocess.run(["snn-mlir", "check", "{case}/graph.nir"], check=True)
subprocess.run(["snn-mlir", "export", "{case}/graph.nir", "-o", "net.mlir"], check=True)
""",
    "norse-lite": """\
import numpy as np, torch
from norse_lite import from_nir
x = np.load("{case}/input.npz"); x = torch.tensor(x[x.files[0]]).double()
y, _ = from_nir("{case}/graph.nir", dt={dt:g}).double()(x[:, None])
y = y.detach().numpy()[:, 0]
""",
}
# What follows to export what was imported; `model` and `x` are those of the scripts above.
_EXPORTS = {
    "norse": "nir.write('again.nir', norse.to_nir(model, x[0][:1]))\n",
    "snntorch": """\
from snntorch.export_nir import export_to_nir
nir.write("again.nir", export_to_nir(model, x[0][:1], ignore_dims=[0]))
""",
    "spikingjelly": """\
functional.reset_net(model)
nir_exchange.export_to_nir(model, x[0][:1], save_path="again.nir", dt={dt:g})
""",
    "nirtorch": "nir.write('again.nir', nirtorch.torch_to_nir(model, {{}}))\n",
    "sinabs": """\
from sinabs.nir import to_nir
nir.write("again.nir", to_nir(from_nir(nir.read("{case}/graph.nir"), batch_size=1), x[0]))
""",
    "rockpool": """\
from rockpool.nn.modules.torch.nir import to_nir
nir.write("again.nir", to_nir(from_nir(nir.read("{case}/graph.nir")), x[0][None]))
""",
    "spyx": """\
from spyx.nir import to_nir
shapes = tuple(x.shape[1:]), tuple(y.shape[1:])
nir.write("again.nir", to_nir(model, *shapes, dt={dt:g}))
""",
    "norse-lite": """\
import nir_core
from norse_lite import to_nir
nir_core.write("again.nir", to_nir(from_nir("{case}/graph.nir", dt={dt:g}), x[:1], dt={dt:g}))
""",
}
_COMPARE = """\
wanted = np.load("{case}/{profile}.npz"); key = next(k for k in wanted.files if "output/" in k)
print(np.shape(y), wanted[key].shape, "equal:", np.array_equal(np.array(y), wanted[key]))
"""


def reproducer(framework: str, profile: str, case: str, verdict: str, dt: float, steps: int) -> str:
    """Write the script; it runs in the folder of the suite.

    Args:
        framework: name of the distribution.
        profile: the rules that it is compared with.
        case: name of the case.
        verdict: what came of it.
        dt: step of the case, seconds.
        steps: number of steps.
    """
    values = _values(case, dt, steps)
    script = _SCRIPTS[framework].format(**values)
    return script + _COMPARE.format(case=case, profile=profile) if verdict == "wrong" else script


def export_reproducer(framework: str, case: str, dt: float, steps: int) -> str:
    """Write the script that imports a case and exports it again, into `again.nir`.

    Args:
        framework: name of the distribution, one that exports.
        case: name of the case.
        dt: step of the case, seconds.
        steps: number of steps.
    """
    return (_SCRIPTS[framework] + _EXPORTS[framework]).format(**_values(case, dt, steps))


def _values(case: str, dt: float, steps: int) -> dict[str, object]:
    return {"case": case, "dt": dt, "steps": steps, "t_max": dt * steps}
