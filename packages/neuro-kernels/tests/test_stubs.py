"""The types of the compiled module must follow the bindings."""

import ast

import pytest
import stubs

from neuro_kernels import _kernels

pytestmark = pytest.mark.any_level


def outline(source):
    """Names of all functions and classes, with their parameters."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    found[f"{node.name}.{inner.name}"] = [a.arg for a in inner.args.args]
            found[node.name] = None
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = [a.arg for a in node.args.args]
        elif isinstance(node, ast.AnnAssign):
            found[ast.unparse(node.target)] = None
    return found


def test_the_stub_names_what_the_module_has():
    if not stubs.STUB.is_file():
        pytest.skip("the sources are not there")
    written, needed = outline(stubs.STUB.read_text("utf-8")), outline(stubs.stub(_kernels))
    assert written == needed, "run packages/neuro-kernels/tests/stubs.py, then ruff format"


def test_a_function_missing_from_the_stub_is_noticed():
    source = stubs.stub(_kernels)
    assert "is_sorted" in outline(source)
    assert outline(source) != outline(source.replace("def is_sorted(", "def is_ordered("))
    assert outline(source) != outline(source.replace("def is_sorted(t:", "def is_sorted(time:"))
