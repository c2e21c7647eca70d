"""Which packages an installation takes, at which versions, and under which key."""

from pathlib import Path

import pytest
from devtools.floors import lowest
from devtools.hashing import folder_key, text_key
from devtools.messages import DevError
from devtools.packages import closure, load_packages, split_requirement
from hypothesis import given
from hypothesis import strategies as st


def test_closure_lists_a_package_after_those_it_needs(small_repository: Path) -> None:
    needed = closure(load_packages(small_repository), ["top"])
    assert [one.name for one in needed.local] == ["base", "middle", "top"]
    assert sorted(needed.outside) == ["numpy>=1.26", "numpy>=2.0", "torch>=2.6"]


def test_closure_takes_an_extra_only_when_asked(small_repository: Path) -> None:
    packages = load_packages(small_repository)
    assert "side" not in {one.name for one in closure(packages, ["top"]).local}
    with_extra = closure(packages, ["top[more]"])
    assert {one.name for one in with_extra.local} == {"base", "middle", "side", "top"}
    assert "h5py>=3.10" in with_extra.outside


def test_closure_takes_an_extra_named_after_the_plain_package(small_repository: Path) -> None:
    needed = closure(load_packages(small_repository), ["top", "top[more]"])
    assert "side" in {one.name for one in needed.local}


def test_closure_of_real_packages_follows_their_pyprojects() -> None:
    packages = load_packages()
    assert [one.name for one in closure(packages, ["nir-core"]).local] == ["nir-core"]
    faery = [one.name for one in closure(packages, ["faery-cli"]).local]
    assert faery == ["neuro-kernels", "aestream-io", "faery-cli"]
    norse = {one.name for one in closure(packages, ["norse_lite[nir]"]).local}
    assert norse == {"neuro-kernels", "norse-lite", "nir-core"}


@pytest.mark.parametrize("name", ["absent", "top[absent]"])
def test_closure_names_what_does_not_exist(small_repository: Path, name: str) -> None:
    with pytest.raises(DevError, match=r"absent.*(choose from|its extras)"):
        closure(load_packages(small_repository), [name])


def test_lowest_takes_the_highest_floor_and_leaves_torch(small_repository: Path) -> None:
    outside = closure(load_packages(small_repository), ["top[more]"]).outside
    assert sorted(lowest(outside)) == ["h5py==3.10", "numpy==2.0"]


def test_lowest_compares_versions_as_numbers() -> None:
    assert lowest(["a>=1.9", "a>=1.10"]) == ["a==1.10"]


def test_requirement_markers_and_extras_are_taken_apart() -> None:
    text = "Norse_Lite [nir, Plot] >=0.1,<2; python_version >= '3.11'"
    assert split_requirement(text) == ("norse-lite", ("nir", "plot"), ">=0.1,<2")


def test_folder_key_changes_with_content_and_name(small_repository: Path) -> None:
    folder = small_repository / "packages" / "base"
    source = folder / "src" / "base" / "__init__.py"
    first = folder_key(folder)
    source.write_text('"""Something."""\n')
    second = folder_key(folder)
    source.rename(source.with_name("other.py"))
    third = folder_key(folder)
    assert len({first, second, third}) == 3


@pytest.mark.parametrize(
    "extra", ["tests/test_x.py", "build/x.o", "src/base/__pycache__/x.pyc", "src/base/_x.so"]
)
def test_folder_key_ignores_what_no_wheel_contains(small_repository: Path, extra: str) -> None:
    folder = small_repository / "packages" / "base"
    before = folder_key(folder)
    (folder / extra).parent.mkdir(parents=True, exist_ok=True)
    (folder / extra).write_text("x")
    assert folder_key(folder) == before


@given(st.lists(st.text()), st.lists(st.text()))
def test_text_key_differs_for_different_sequences(a: list[str], b: list[str]) -> None:
    assert (text_key(a) == text_key(b)) == (a == b)
