# SPDX-License-Identifier: MIT
# tools/launcher/initrd.py - the initial files of a run: the programs of user/, and what is added.
"""With INIT=user the machine starts with them. They are packed anew for each run, into a file that
is named by its contents: so equal runs share one."""

import hashlib
import os
import pathlib
import shlex
import subprocess
import tempfile

from launcher.settings import ROOT, BadSetting, mebibytes

BUILT = ROOT / "build/user"
QEMU_INITRD_MIB, DEVICE_TREE_MIB = 512, 4
FOLDERS = ("dev", "proc", "sys", "root", "tmp=1777")


def layout():
    """Return the arguments of tools/initramfs for the programs that have been built."""
    argv = [f"--dir={folder}" for folder in FOLDERS]
    argv += ["--link=init=bin/init", f"--file=tiny={BUILT / 'tiny'}"]
    for path in sorted((BUILT / "bin").iterdir()):
        if path.is_symlink():
            argv.append(f"--link=bin/{path.name}={os.readlink(path)}")
        else:
            argv.append(f"--file=bin/{path.name}={path}")
    return argv


def additions(run):
    """Return the paths that INITRD_ADD names."""
    return shlex.split(run["INITRD_ADD"])


def check(run):
    """Check what can be checked before anything is built. Raises BadSetting."""
    try:
        paths = additions(run)
    except ValueError as error:
        raise BadSetting(f"INITRD_ADD={run['INITRD_ADD']}: {error}") from error
    if paths and run["INIT"] != "user":
        raise BadSetting(f"INITRD_ADD with INIT={run['INIT']}: files can be added to INIT=user")
    for path in paths:
        if not pathlib.Path(path).exists():
            raise BadSetting(f"INITRD_ADD={path}: there is no such file or folder")


def check_room(run, size):
    """Check that the machine's memory has room for an archive of `size` bytes. QEMU puts it in the
    middle, or after so many MiB, and the device tree behind it. Raises BadSetting."""
    memory = mebibytes(run["MEM"])
    if not memory:
        return
    room = memory - min(memory // 2, QEMU_INITRD_MIB) - DEVICE_TREE_MIB
    if size > room << 20:
        raise BadSetting(f"INITRD_ADD: all files together take {-(-size >> 20)} MiB, and "
                         f"MEM={run['MEM']} has room for {max(room, 0)}; give more MEM")


def pack(run):
    """Pack the initial files of a run. Returns: the archive."""
    folder = ROOT / "build/initrd"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as made:
        try:
            add = [f"--add={path}" for path in additions(run)]
            done = subprocess.run(
                [ROOT / "tools/initramfs", "-o", made.name, *layout(), *add],
                capture_output=True, text=True, check=False,
            )
            if done.returncode != 0:
                raise BadSetting(done.stderr.strip())
            check_room(run, pathlib.Path(made.name).stat().st_size)
            digest = hashlib.sha256(pathlib.Path(made.name).read_bytes()).hexdigest()[:16]
            archive = folder / f"{digest}.cpio"
            os.replace(made.name, archive)
        finally:
            pathlib.Path(made.name).unlink(missing_ok=True)
    return archive
