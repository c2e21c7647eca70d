"""The checks of this repository, one nox session each; `nox -l` lists them."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tools"))

from devtools import guest, sessions  # noqa: E402
from devtools.floors import lowest  # noqa: E402
from devtools.installers import find_uv  # noqa: E402
from devtools.interpreters import find_python  # noqa: E402
from devtools.packages import Package, closure, load_packages, split_requirement  # noqa: E402
from devtools.processes import compiler_cache  # noqa: E402
from devtools.venvs import interpreter, prepare  # noqa: E402

# Without byte code every process would compile all of torch again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.update(compiler_cache(ROOT))

PACKAGES = load_packages()
REQUIREMENTS = ROOT / "tools" / "requirements"
CPP = ("*.hpp", "*.cpp")

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv" if find_uv() else "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True


def own(session: nox.Session) -> Path:
    """The folder of the session's own environment."""
    return Path(session.virtualenv.location)


def pytest(session: nox.Session, *arguments: str | Path, **env: str) -> None:
    """Run pytest with the repository's settings, and the arguments of the session."""
    pytest_alone(session, *arguments, *session.posargs, **env)


def pytest_alone(session: nox.Session, *arguments: str | Path, **env: str) -> None:
    """Run pytest with the repository's settings in a session that has arguments of its own."""
    command = ["python", "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"]
    session.run(*command, *map(str, arguments), env=env)


def suite(name: str, marked: str = "not interop") -> tuple[str | Path, ...]:
    """What pytest is given for one package: its tests, and the examples in the installed module."""
    package = PACKAGES[name]
    return "-m", marked, package.path / "tests", "--pyargs", package.import_name


@nox.session
@nox.parametrize("package", [nox.param(name, id=name) for name in (*PACKAGES, "tools")])
def tests(session: nox.Session, package: str) -> None:
    """Test one package in an environment with only what it declares."""
    if package == "tools":
        python = stack(session)
        folders = [f"tools/{name}" for name in ("tests", "devtools", "bench")]
        command = [python, "-m", "pytest", *folders]
        session.run(
            *command, *session.posargs, env={"PYTHONPATH": str(ROOT / "tools")}, external=True
        )
        return
    wanted, requirements = sessions.with_tests(PACKAGES[package])
    sessions.fill(own(session), wanted, requirements=requirements)
    if package != "neuro-kernels":
        pytest(session, *suite(package))
        return
    best = session.run(
        "python", "-c", "import neuro_kernels; print(neuro_kernels.best_isa())", silent=True
    )
    levels = ("baseline", "avx2", "avx512")
    *lower, highest = levels[: levels.index(str(best).strip()) + 1]
    for level in lower:
        session.log(f"instruction set: {level}")
        chosen = suite(package, "not interop and not any_level")
        pytest(session, *chosen, NEURO_KERNELS_ISA=level)
    session.log(f"instruction set: {highest}")
    pytest(session, *suite(package), NEURO_KERNELS_ISA=highest)


@nox.session
@nox.parametrize("package", [nox.param(name, id=name) for name in PACKAGES])
def compat(session: nox.Session, package: str) -> None:
    """Test one package with the newest and the lowest versions it allows, and released siblings.

    All three, or those named after `--`: newest, released, lowest. Tests that are slow run once, in
    `tests`.
    """
    chosen = sessions.chosen(session.posargs, "newest", "released", "lowest")
    mine = PACKAGES[package]
    wanted, testing = sessions.with_tests(mine)
    wanted.append(f"{package}[{','.join(sessions.light_extras(mine))}]")
    needed = closure(PACKAGES, wanted)
    quick = suite(package, "not interop and not slow")

    def fill(what: str, *more: str, replaced: dict[str, Package] | None = None) -> None:
        session.log(f"{package} with {what}")
        python = sessions.fill(
            own(session), wanted, requirements=[*testing, *more], replaced=replaced
        )
        session.log(", ".join(sessions.installed(python, [*needed.outside, *testing])))

    if "newest" in chosen:
        fill("the newest versions", "--upgrade")
        pytest_alone(session, *quick)
    for sibling in needed.local if "released" in chosen else ():
        if sibling.name == package:
            continue
        with tempfile.TemporaryDirectory() as folder:
            released = sessions.previous_release(sibling.name, Path(folder))
            if released is None:
                session.log(f"{sibling.name} has no release yet")
                continue
            fill(f"released {sibling.name}", "--upgrade", replaced={sibling.name: released})
            pytest_alone(session, *quick)
    if "lowest" in chosen:
        floors = lowest(needed.outside)
        fill(f"the lowest versions: {' '.join(floors)}", *floors)
        # An old library may use what newer ones call deprecated: that is not ours to mend.
        pytest_alone(session, *quick, "-W", "default::DeprecationWarning")


@nox.session(default=False, venv_backend="none")
@nox.parametrize("version", [nox.param(one, id=one) for one in ("3.12", "3.13", "3.14")])
def pythons(session: nox.Session, version: str) -> None:
    """Test the packages that need no torch with a newer Python, where it is installed."""
    base = find_python(version)
    if base is None:
        session.skip(f"there is no Python {version} on PATH or among pyenv's")
    names = [name for name in PACKAGES if name != "norse-lite"]
    needed = dict.fromkeys(
        text for name in names for text in sessions.with_tests(PACKAGES[name])[1]
    )
    # torch's wheels come later than Python; tests that use it skip without it.
    requirements = [text for text in needed if split_requirement(text)[0] != "torch"]
    environment = ROOT / ".nox" / f"python-{version}"
    prepare(environment, python=base)
    python = sessions.fill(environment, names, requirements=requirements)
    command = [str(python), "-m", "pytest", "-c", str(ROOT / "pyproject.toml")]
    # The examples of these modules need torch, unlike a test they cannot skip themselves.
    command += [f"--ignore-glob=*/nir_core/{one}/*" for one in ("torch", "compat/nirtorch")]
    for name in names:
        session.log(f"Python {version}: {name}")
        session.run(*command, *map(str, suite(name)), *session.posargs, external=True)


@nox.session
@nox.parametrize("peers", [nox.param(name, id=name) for name in ("current", "old")])
def nir_roundtrip(session: nox.Session, peers: str) -> None:
    """Exchange networks with the real nir package and with frameworks that read it."""
    matrix = ["python", "-m", "exchange", *(["--write"] if "--write" in session.posargs else [])]
    settings = {"PYTHONPATH": str(ROOT / "tools")}
    if peers == "old":
        # sinabs and rockpool ask for nir 1.0.4.
        testing = sessions.with_tests(PACKAGES["nir-core"])[1]
        sessions.fill(
            own(session),
            ["nir-core"],
            requirements=[*testing, "-r", str(REQUIREMENTS / "nir_roundtrip_old.txt")],
            alone=REQUIREMENTS / "nir_roundtrip_old_alone.txt",
        )
        session.run(*matrix, env=settings)
        if "--write" not in session.posargs:
            folder = PACKAGES["nir-core"].path / "tests"
            files = (folder / f"test_interop_{name}.py" for name in ("mappers", "frameworks"))
            pytest(session, "-m", "interop", "-k", "sinabs or rockpool", *files)
        return
    names = ("nir-core", "norse-lite")
    testing = [text for name in names for text in sessions.with_tests(PACKAGES[name])[1]]
    sessions.fill(
        own(session),
        ["nir-core", "norse-lite[nir,pipeline]"],
        requirements=[*testing, "-r", str(REQUIREMENTS / "nir_roundtrip.txt")],
        alone=REQUIREMENTS / "nir_roundtrip_alone.txt",
    )
    session.run(*matrix, env=settings)
    if "--write" not in session.posargs:
        pytest(session, "-m", "interop", *(PACKAGES[name].path / "tests" for name in names))


@nox.session
def conformance(session: nox.Session) -> None:
    """Run frameworks on the NIR suite: a part as published, or `-- --all` to publish all anew."""
    python = sessions.fill(
        own(session),
        ["nir-core", "norse-lite[nir]"],
        requirements=["-r", str(REQUIREMENTS / "conformance.txt")],
        alone=REQUIREMENTS / "conformance_alone.txt",
    )
    everything = "--all" in session.posargs
    runs = [f"{name}={python}" for name in ("norse_lite", "norse", "nirtorch", "snntorch")]
    if everything:
        runs += [f"spikingjelly={python}", *sessions.conformance_environments(REQUIREMENTS)]
    folder = Path(session.create_tmp())
    suite, out = folder / "suite", folder / "out"
    shutil.rmtree(folder)
    tools = {"PYTHONPATH": str(ROOT / "tools"), "CONFORMANCE_SECONDS": "30"}
    command = ["python", "-m", "conformance"]
    part = () if everything else ("--every", "6")
    session.run(*command, "suite", str(suite), *part, env=tools)
    session.run(*command, "run", str(suite), str(out), *runs, env=tools)
    published = ROOT / "docs" / "conformance"
    if everything:
        session.run(*command, "report", str(suite), str(out), str(published), env=tools)
    else:
        results = str(published / "results.json")
        session.run(*command, "verify", str(suite), str(out), results, env=tools)


@nox.session
def event_roundtrip(session: nox.Session) -> None:
    """Exchange events with other libraries, in memory and by file.

    Only tests that ask for one are run: all others have run without them, in `tests`.
    """
    names = ("neuro-kernels", "aestream-io")
    testing = [text for name in names for text in sessions.with_tests(PACKAGES[name])[1]]
    sessions.fill(
        own(session),
        names,
        requirements=[*testing, "-r", str(REQUIREMENTS / "event_roundtrip.txt")],
        alone=REQUIREMENTS / "event_roundtrip_alone.txt",
    )
    files = [file for name in names for file in sessions.asking(PACKAGES[name].path / "tests")]
    pytest(session, *files)


@nox.session
def faery_roundtrip(session: nox.Session) -> None:
    """Run the same programs with Faery and with its names in faery-cli."""
    wanted, requirements = sessions.with_tests(PACKAGES["faery-cli"])
    requirements = [*requirements, "-r", str(REQUIREMENTS / "faery_roundtrip.txt")]
    sessions.fill(own(session), wanted, requirements=requirements)
    pytest(session, "-m", "interop", PACKAGES["faery-cli"].path / "tests")


@nox.session
def viewer(session: nox.Session) -> None:
    """Test the page of `fae view` in a headless Chromium, that of the system."""
    if shutil.which("chromium") is None and shutil.which("apt-get") and os.geteuid() == 0:
        session.run("apt-get", "install", "-y", "-qq", "chromium", external=True)
    if shutil.which("chromium") is None:
        session.skip("there is no program chromium on PATH (Debian: apt install chromium)")
    wanted, requirements = sessions.with_tests(PACKAGES["faery-cli"])
    requirements = [*requirements, "-r", str(REQUIREMENTS / "viewer.txt")]
    sessions.fill(own(session), [*wanted, "nir-core"], requirements=requirements)
    tests = PACKAGES["faery-cli"].path / "tests"
    pytest(session, tests / "test_viewer.py", tests / "test_viewer_browser.py")


@nox.session
def hw_usb(session: nox.Session) -> None:
    """Drive an emulated camera through the system's libusb, beside another driver."""
    needed = "umockdev libumockdev-dev libusb-1.0-0 pkg-config gcc libc6-dev"
    if shutil.which("umockdev-wrapper") is None and shutil.which("apt-get") and os.geteuid() == 0:
        apt = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
        # Where there is no mirror to be reached, the session is skipped below.
        anything = list(range(256))
        session.run(*apt, *needed.split(), external=True, success_codes=anything)
    programs = ("umockdev-wrapper", "pkg-config", "gcc")
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        session.skip(f"there is no {missing[0]} on PATH (Debian: apt install {needed})")
    wanted, requirements = sessions.with_tests(PACKAGES["hw-drivers"])
    alone = REQUIREMENTS / "hw_usb_alone.txt"
    sessions.fill(own(session), wanted, requirements=requirements, alone=alone)
    tests = PACKAGES["hw-drivers"].path / "tests"
    files = [str(tests / f"test_{name}.py") for name in ("transport_contract", "usb_differential")]
    # A program that hangs in libusb tells where it was.
    settings = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"]
    command = ["umockdev-wrapper", "python", "-m", "pytest", *settings, *session.posargs]
    for file in files:
        session.run(*command, file, "-o", "faulthandler_timeout=60", external=True)


@nox.session(default=False)
def hw_vm(session: nox.Session) -> None:
    """Drive an emulated camera through a real kernel's USB stack, in a guest without KVM."""
    needed = sorted({*guest.PROGRAMS.values(), "libusb-1.0-0"})
    missing = [name for name in guest.PROGRAMS if shutil.which(name) is None]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        apt = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
        # Where there is no mirror to be reached, the session is skipped below.
        session.run(*apt, *needed, external=True, success_codes=list(range(256)))
        missing = [name for name in guest.PROGRAMS if shutil.which(name) is None]
    if missing:
        session.skip(f"no {missing[0]} on PATH (Debian: apt install {' '.join(needed)})")
    try:
        kernel = guest.unpack_kernel(Path(session.cache_dir) / "guest")
    except guest.GuestError as error:
        session.skip(str(error))
    wanted, requirements = sessions.with_tests(PACKAGES["hw-drivers"])
    python = sessions.fill(own(session), wanted, requirements=requirements)
    test = PACKAGES["hw-drivers"].path / "tests" / "test_transport_contract.py"
    settings = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", "-p", "no:cacheprovider"]
    command = [str(python), "-m", "pytest", *settings, "-v", "-k", "vhci", str(test)]
    try:
        status = guest.run_in_guest(
            kernel,
            # A program that hangs in the kernel tells where it was.
            [*command, "-o", "faulthandler_timeout=60", *session.posargs],
            Path(session.create_tmp()),
            modules=("vhci_hcd",),
            env={
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "HOME": "/tmp",
                "LANG": "C.UTF-8",
                "NO_COLOR": "1",
                "HW_DRIVERS_VHCI": "1",
            },
        )
    except guest.GuestError as error:
        session.error(str(error))
    if status != 0:
        session.error(f"pytest ended in the guest with status {status}")


@nox.session
def lint(session: nox.Session) -> None:
    """Check the form of all sources, and who imports whom."""
    sessions.fill(own(session), requirements=["-r", str(REQUIREMENTS / "lint.txt")])
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    folders = ("include", "cpp", "bindings", "tests/cpp", "fuzz")
    kernels = PACKAGES["neuro-kernels"].path
    sources = [str(file) for one in folders for end in CPP for file in (kernels / one).rglob(end)]
    session.run("clang-format", "--dry-run", "-Werror", *sorted(sources))
    paths = os.pathsep.join(str(package.path / "src") for package in PACKAGES.values())
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": paths})
    tools = {"PYTHONPATH": str(ROOT / "tools")}
    session.run("python", "-m", "devtools.features", env=tools)


def stack(session: nox.Session) -> str:
    """The interpreter of the environment that several sessions share."""
    python = sessions.fill_stack()
    session.env["PATH"] = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    return str(python)


@nox.session(venv_backend="none")
def typecheck(session: nox.Session) -> None:
    """Check the types of all packages and tools."""
    session.run(stack(session), "-m", "pyright", "--pythonpath", str(interpreter(sessions.STACK)))


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning and a link that leads nowhere are errors."""
    python, pages = stack(session), "docs/_build/html"
    session.run(python, "-m", "sphinx", "-W", "--keep-going", "-b", "html", "docs", pages)
    session.run(python, "-m", "devtools.links", pages, env={"PYTHONPATH": str(ROOT / "tools")})


@nox.session(venv_backend="none")
def readme(session: nox.Session) -> None:
    """Run every code block of every README and of the documentation."""
    files = ["README.md", *(f"packages/{name}/README.md" for name in PACKAGES)]
    pages = sorted((ROOT / "docs").rglob("*.md"))
    files += [str(page.relative_to(ROOT)) for page in pages if "_build" not in page.parts]
    settings = {"PYTHONPATH": str(ROOT / "tools")}
    session.run(stack(session), "-m", "devtools.readme", *(session.posargs or files), env=settings)


@nox.session(venv_backend="none")
def demo(session: nox.Session) -> None:
    """Run the command that a newcomer runs first, in its short form."""
    session.run(sys.executable, "tools/dev.py", "demo", "--quick", *session.posargs)


@nox.session
def packages(session: nox.Session) -> None:
    """Build every package's files, check them, and try each wheel in an empty environment."""
    sessions.fill(own(session), requirements=["pytest", "-r", str(REQUIREMENTS / "release.txt")])
    tools = {"PYTHONPATH": str(ROOT / "tools")}
    if not session.posargs:
        command = ["python", "-m", "pytest", "-c", "pyproject.toml", "tools/release"]
        session.run(*command, env=tools)
    arguments = session.posargs or ["--dist", session.create_tmp()]
    session.run("python", "-m", "release", "check", *arguments, env=tools)


@nox.session
def sanitize(session: nox.Session) -> None:
    """Run the kernels' tests under the address and undefined-behaviour sanitizers."""
    sessions.fill(own(session), requirements=["-r", str(REQUIREMENTS / "kernels.txt")])
    session.run("python", "packages/neuro-kernels/tests/sanitize.py", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Feed random bytes to every parser for some seconds each."""
    sessions.fill(own(session), requirements=["-r", str(REQUIREMENTS / "kernels.txt")])
    arguments = session.posargs or ["--seconds", "5"]
    session.run("python", "packages/neuro-kernels/fuzz/run.py", *arguments)


@nox.session
def fuzz_files(session: nox.Session) -> None:
    """Damage network files and recordings, and read them: `nox -s fuzz_files -- --seconds 600`."""
    sessions.fill(own(session), ["nir-core"])
    # A fixed seed: what is found by chance must not stop an unrelated change.
    arguments = session.posargs or ["--seconds", "20", "--seed", "1"]
    session.run("python", "packages/nir-core/fuzz/run.py", *arguments)


@nox.session(default=False, venv_backend="none")
def coverage(session: nox.Session) -> None:
    """Measure which lines the tests of all packages reach."""
    python = stack(session)
    session.run(python, "-m", "coverage", "erase")
    for name, package in PACKAGES.items():
        run = [python, "-m", "coverage", "run", "--append", f"--source={package.import_name}"]
        session.run(*run, "-m", "pytest", "-c", "pyproject.toml", *map(str, suite(name)))
    session.run(python, "-m", "coverage", "report", "--skip-covered", *session.posargs)


@nox.session(default=False)
def triton(session: nox.Session) -> None:
    """Run the CUDA kernels of norse-lite under Triton's interpreter (a wheel of 286 MB)."""
    wanted, requirements = sessions.with_tests(PACKAGES["norse-lite"])
    sessions.fill(own(session), wanted, requirements=[*requirements, "triton"])
    pytest(session, PACKAGES["norse-lite"].path / "tests" / "test_fused_triton.py")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Time our code beside its peers and write the tables: `nox -s bench -- TABLE ...`."""
    files = [str(REQUIREMENTS / f"{name}.txt") for name in ("bench", "event_roundtrip")]
    sessions.fill(
        own(session),
        ["aestream-io", "faery-cli[video]", "hw-drivers", "nir-core[fast]", "norse-lite[tasks]"],
        requirements=[word for file in files for word in ("-r", file)],
        alone=REQUIREMENTS / "bench_alone.txt",
    )
    session.run("python", "-m", "bench", *session.posargs, env={"PYTHONPATH": str(ROOT / "tools")})
