# SPDX-License-Identifier: MIT
# tests/tools/test_setup.py - what tools/setup installs where, and which LLVM tools/llvm chooses.
"""apt and dpkg are stand-ins: each test says what they know and have, and nothing is installed."""

import os
import pathlib
import subprocess

import pytest
from harness import ROOT, environment, run

FAKES = {
    "apt-cache": 'cat "$APT/known"\n',
    "dpkg-query": 'grep -qx -- "${@: -1}" "$APT/has" && printf installed\n',
    "apt-get": """\
printf '%s\\n' "$*" >>"$APT/log"
if [[ $* == *update* ]]; then cat "$APT/served" >"$APT/known"; fi
if [[ $* == *install* ]]; then printf '%s\\n' "$@" >>"$APT/has"; fi
""",
    "sudo": 'exec "$@"\n',
}


class Machine:
    """A system with tools/setup on it, made of stand-ins."""

    def __init__(self, folder, system, version, known=(), served=()):
        self.folder = folder
        for name, body in FAKES.items():
            (folder / name).write_text("#!/bin/bash\n" + body)
            (folder / name).chmod(0o755)
        (folder / "os-release").write_text(f"ID={system}\nVERSION_ID='{version}'\n")
        self.write("known", known)
        self.write("served", served or known)
        (folder / "has").write_text("")
        (folder / "log").write_text("")

    def write(self, name, versions):
        """Say for which versions of LLVM there are packages."""
        lines = [f"clang-{version} - C, C++ and Objective-C compiler\n" for version in versions]
        (self.folder / name).write_text("".join(lines))

    def place(self, source, folder):
        """Copy a program of the project into a folder; it asks this machine which system it is."""
        text = (ROOT / source).read_text()
        target = folder / pathlib.Path(source).name
        target.write_text(text.replace("/etc/os-release", str(self.folder / "os-release")))
        target.chmod(0o755)
        return target

    def environment(self):
        """Return the environment in which the stand-ins are found first."""
        path = f"{self.folder}:{os.environ['PATH']}"
        return {**environment(), "APT": str(self.folder), "PATH": path}

    def setup(self, *arguments):
        """Run tools/setup here. Returns: how it ended."""
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        self.place("tools/llvm", tools)
        return run([self.place("tools/setup", tools), *arguments], env=self.environment())

    def asked(self):
        """Return what apt-get was told, a line each."""
        return (self.folder / "log").read_text().splitlines()

    def has(self):
        """Return the packages that were installed."""
        return {line for line in (self.folder / "has").read_text().split() if line[0] != "-"}


# (system, its version, the versions of LLVM it has, the packages it must get)
SYSTEMS = [
    ("debian", "12", [13, 14, 15, 16, 19],
     {"clang-16", "lld-16", "libclang-rt-16-dev", "clang-tidy-16", "clang-14", "lld-14", "llvm-14",
      "qemu-system-misc", "qemu-system-data", "libgcc-12-dev-riscv64-cross"}),
    ("debian", "13", [17, 18, 22, 19],
     {"clang-22", "llvm-22", "libclang-rt-22-dev", "clang-format-22", "clang-17", "lld-17",
      "qemu-system-riscv", "opensbi", "libgcc-14-dev-riscv64-cross"}),
    ("ubuntu", "24.04", [14, 15, 16, 17, 18, 19, 20],
     {"clang-16", "libclang-rt-16-dev", "clang-14", "qemu-system-misc", "opensbi",
      "libgcc-13-dev-riscv64-cross"}),
]


@pytest.mark.parametrize("system, version, llvms, wanted", SYSTEMS)
def test_each_system_gets_its_packages_once(tmp_path, system, version, llvms, wanted):
    machine = Machine(tmp_path, system, version, llvms)
    assert machine.setup("--check").status == 1
    assert machine.asked() == []
    done = machine.setup()
    assert done.status == 0, done.out + done.err
    assert wanted | {"make", "git", "python3-pytest"} <= machine.has()
    before = machine.asked()
    assert machine.setup("--check").status == 0
    assert machine.setup().status == 0
    assert machine.asked() == before


@pytest.mark.parametrize("system, version, llvms, wanted", SYSTEMS)
def test_only_what_is_missing_is_installed(tmp_path, system, version, llvms, wanted):
    machine = Machine(tmp_path, system, version, llvms)
    assert machine.setup().status == 0
    lost = sorted(wanted)[0]
    names = (tmp_path / "has").read_text().split()
    (tmp_path / "has").write_text("\n".join(name for name in names if name != lost) + "\n")
    done = machine.setup("--check")
    assert done.status == 1 and done.err.endswith(f"missing: {lost}\n")
    assert machine.setup().status == 0
    assert machine.asked()[-1].endswith(f"--no-install-recommends {lost}")


def test_a_new_machine_asks_its_mirror_first(tmp_path):
    """apt knows no package yet: then the names are not known before it is updated."""
    machine = Machine(tmp_path, "debian", "13", served=[17, 22])
    done = machine.setup("--check")
    assert done.status == 1 and "apt-get update" in done.err
    assert machine.setup().status == 0
    assert {"clang-22", "clang-17"} <= machine.has()


def test_no_llvm_to_be_had_is_an_error(tmp_path):
    machine = Machine(tmp_path, "debian", "12", [11, 13])
    done = machine.setup()
    assert done.status == 1 and "clang-14" in done.err
    assert not machine.has()


@pytest.mark.parametrize("system, version",
                         [("debian", "11"), ("debian", ""), ("ubuntu", "22.04"), ("other", "12")])
def test_elsewhere_it_says_what_it_wants(tmp_path, system, version):
    """On another system: a clear message and the list, and nothing installed."""
    machine = Machine(tmp_path, system, version, [16])
    done = machine.setup()
    assert done.status == 1
    for word in ("Debian 12", "Debian 13", "Ubuntu 24.04", "clang-16", "qemu-system-misc"):
        assert word in done.err
    assert machine.asked() == []


def test_a_wrong_option_is_refused(tmp_path):
    machine = Machine(tmp_path, "debian", "12", [16])
    assert machine.setup("--nonesuch").status == 2
    assert machine.asked() == []


def test_this_machine_has_everything():
    done = run(["tools/setup", "--check"])
    assert done.status == 0, done.out + done.err


CHOICES = [
    ([14, 16, 22], "-16", "-14"),
    ([22, 16], "-16", "-16"),
    ([17, 22, 19], "-22", "-17"),
    ([9, 13, 15], "-15", "-15"),
    ([13], "", ""),
]


@pytest.mark.parametrize("versions, chosen, oldest", CHOICES)
def test_llvm_of_a_list(versions, chosen, oldest):
    words = [str(version) for version in versions]
    assert run(["tools/llvm", *words]).out.strip() == chosen
    assert run(["tools/llvm", "--oldest", *words]).out.strip() == oldest


@pytest.mark.parametrize("versions, chosen, oldest", CHOICES)
def test_llvm_of_a_path(tmp_path, versions, chosen, oldest):
    """Compilers in two folders; what only has the name of one is none."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for place, version in enumerate(versions):
        folder = folders[place % 2]
        folder.mkdir(exist_ok=True)
        (folder / f"clang-{version}").touch(mode=0o755)
    for name in ("clang-99", "clang-98x", "clang-97-rc"):
        (folders[0] / name).touch(mode=0o644 if name == "clang-99" else 0o755)
    env = {"PATH": f"{folders[0]}:{folders[1]}:{tmp_path}/none"}
    for options, expected in (([], chosen), (["--oldest"], oldest)):
        argv = ["/bin/bash", ROOT / "tools/llvm", *options]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == expected


def build_container(machine, left_out=()):
    """Do what the Containerfile says, on the stand-ins. Returns: how its first RUN ended."""
    lines = (ROOT / "Containerfile").read_text().splitlines()
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "FROM":
            assert rest == "debian:12"
        elif word == "COPY":
            *sources, target = rest.split()
            folder = machine.folder / target.lstrip("/")
            folder.mkdir(parents=True)
            for source in set(sources) - set(left_out):
                machine.place(source, folder)
        elif word == "RUN":
            # The addresses are those of the stand-in; nothing of this machine's apt is removed.
            steps = rest.replace(" /", f" {machine.folder}/").removeprefix("/")
            return run(["bash", "-c", f"{machine.folder}/{steps}"], env=machine.environment())
    return None


def test_the_container_has_everything(tmp_path):
    machine = Machine(tmp_path, "debian", "12", served=[14, 16])
    (tmp_path / "var/lib/apt/lists/x").mkdir(parents=True)
    done = build_container(machine)
    assert done.status == 0, done.out + done.err
    assert {"clang-16", "lld-14", "qemu-system-misc", "make", "git"} <= machine.has()
    assert not any((tmp_path / "var/lib/apt/lists").iterdir())


@pytest.mark.parametrize("left_out", ["tools/setup", "tools/llvm"])
def test_the_container_needs_all_that_it_copies(tmp_path, left_out):
    machine = Machine(tmp_path, "debian", "12", served=[14, 16])
    assert build_container(machine, [left_out]).status != 0
    assert not machine.has()
