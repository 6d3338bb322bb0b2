# SPDX-License-Identifier: MIT
# tools/launcher/debugger.py - a QEMU that waits for gdb, and the commands that connect gdb to it.
"""A socket in a folder of its own rather than a port: nobody else can have it or come to it."""

import contextlib
import pathlib
import tempfile

from launcher import settings

# QEMU may take its time on a busy host: to make the socket, which gdb tries once, and to answer.
GDBINIT = """\
file {image}
directory {root}
source {root}/tools/gdb/hartbeat.py
python
import os, time
while not os.path.exists("{socket}") and os.path.exists(os.path.dirname("{socket}")):
    time.sleep(0.05)
end
set remotetimeout 60
target remote {socket}
"""


@contextlib.contextmanager
def stub(image):
    """Give (QEMU's flags for a machine halted at its first instruction, the file for gdb)."""
    with tempfile.TemporaryDirectory(prefix="hartbeat-gdb-") as folder:
        socket, gdbinit = (pathlib.Path(folder) / name for name in ("socket", "gdbinit"))
        gdbinit.write_text(GDBINIT.format(image=image, root=settings.ROOT, socket=socket))
        yield ["-S", "-gdb", f"unix:{socket},server=on,wait=off"], gdbinit
