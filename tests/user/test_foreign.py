# SPDX-License-Identifier: MIT
# tests/user/test_foreign.py - programs that were built elsewhere, brought along by INITRD_ADD.
"""They are compiled here with the C library of Debian's cross packages, and know nothing of
Hartbeat; what they print under qemu-riscv64 is what they should."""

import pathlib
import shutil
import subprocess

import pytest
from harness import LLVM_FOUND, boot

QEMU = shutil.which("qemu-riscv64")
LIBC = pathlib.Path("/usr/riscv64-linux-gnu")

THREADS = r"""
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int own;
static long sum;
static void *add(void *n)
{
    for (own = 0; own < 10000; own++) {
        pthread_mutex_lock(&lock);
        sum += (long)n;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}
int main(int argc, char **argv)
{
    pthread_t threads[8];
    for (long i = 0; i < 8; i++) pthread_create(&threads[i], NULL, add, (void *)i);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    printf("%d %s %ld %.3f\n", argc, argv[argc - 1], sum, sum / 3.0);
    return 42;
}
"""
DIES = "#include <stdlib.h>\nint main(void) { abort(); }\n"
RAISES = "#include <signal.h>\nint main(void) { return raise(SIGKILL); }\n"
HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'
MISSING = """
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) { return syscall(400000) != -1 || errno != ENOSYS || syscall(90, 0, 0) != -1; }
"""


def compiled(folder, name, source, *flags):
    """Compile a program, static unless `flags` are given. Returns: its path."""
    (folder / f"{name}.c").write_text(source)
    *_, libgcc = sorted(pathlib.Path("/usr/lib/gcc-cross/riscv64-linux-gnu").iterdir())
    argv = [f"clang{LLVM_FOUND}", "--target=riscv64-linux-gnu", "-nostdlibinc", "-isystem",
            LIBC / "include", f"--ld-path={shutil.which('ld.lld' + LLVM_FOUND)}", "-pthread", "-O2",
            *(f"-{letter}{where}" for letter in "BL" for where in (LIBC / "lib", libgcc)),
            *(flags or ["-static"]), folder / f"{name}.c", "-o", folder / name]
    subprocess.run(argv, check=True)
    return folder / name


def on_hartbeat(command, *paths, **values):
    """Boot, with those files or folders added, and run `command`. Returns: how it ended."""
    values = {"INIT": "user", "SMP": 4, **values}
    return boot(command, INITRD_ADD=" ".join(map(str, paths)), **values)


@pytest.mark.skipif(not QEMU, reason="there is no qemu-riscv64")
@pytest.mark.parametrize("smp", [1, 2, 4])
def test_a_program_with_threads(tmp_path, smp):
    """Its arguments, output and status are those that it has under Linux's own interface."""
    program = compiled(tmp_path, "adder", THREADS)
    should = subprocess.run([QEMU, program, "a b"], capture_output=True, text=True, check=False)
    done = on_hartbeat("adder 'a b'; echo $?", program, SMP=smp)
    assert done.out == f"{should.stdout}{should.returncode}\n" and should.returncode == 42


@pytest.mark.parametrize("source, status", [(DIES, 128 + 6), (RAISES, 128 + 9), (HELLO, 0)])
def test_a_signal_is_the_status(tmp_path, source, status):
    program = compiled(tmp_path, "prog", source)
    assert on_hartbeat("prog; echo $?", program).out.endswith(f"{status}\n")
    assert on_hartbeat("prog", program).status == (status != 0)


def test_files_and_folders_land_where_they_should(tmp_path):
    """A file in /bin with its mode, a folder's contents below /; ours make room."""
    top = tmp_path / "top"
    (top / "etc/deep").mkdir(parents=True)
    (top / "etc/deep/word").write_text("deep\n")
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\necho script $1\n")
    script.chmod(0o755)
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\necho never\n")
    plain.chmod(0o644)
    own = compiled(tmp_path, "hackbench", HELLO)
    line = "cat /etc/deep/word; script 7; hackbench; /bin/plain; echo $?"
    done = on_hartbeat(line, top, script, plain, own)
    assert done.out.split("\n")[:3] == ["deep", "script 7", "hello"]
    assert done.out.endswith("126\n") and "never" not in done.out


def test_a_dynamic_executable_is_refused_in_words(tmp_path):
    done = on_hartbeat("prog; echo $?", compiled(tmp_path, "prog", HELLO, "-pie"))
    assert done.out.endswith("126\n")
    assert "link it with -static" in done.out + done.err and "hello" not in done.out


def test_calls_asked_for_in_vain_are_listed(tmp_path):
    """And not unless it is asked for."""
    program = compiled(tmp_path, "prog", MISSING)
    done = on_hartbeat("prog", program, SYSCALLS="report")
    assert done.status == 0 and "unknown system call 90: 1 times" in done.out + done.err
    done = on_hartbeat("prog", program)
    assert done.status == 0 and "unknown system call" not in done.out + done.err
