# SPDX-License-Identifier: MIT
# tests/heldharts.py - holds single harts of a QEMU back, through its debugger stub.
"""A hart is a thread of the stub, which can let some go on while others stand still."""

import socket
import time

CONNECT_S = 60


class HeldHarts:
    """The harts of a QEMU that was started with `options()`: all of them are held at first."""

    def __init__(self, folder):
        self.path = folder / "harts"
        self.socket = socket.socket(socket.AF_UNIX)

    def options(self):
        """Return what QEMU's command line needs."""
        return ["-S", "-gdb", f"unix:{self.path},server=on,wait=off"]

    def connect(self):
        """Connect to QEMU, which is being started."""
        deadline = time.monotonic() + CONNECT_S
        while True:
            try:
                self.socket.connect(str(self.path))
                return
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def send(self, text):
        """Send a packet; the stub acknowledges it."""
        self.socket.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())
        assert self.socket.recv(1) == b"+"

    def release(self, *harts):
        """Let only these go on."""
        self.send("vCont;" + ";".join(f"c:{hart + 1:x}" for hart in harts))

    def release_all(self):
        """Stop the machine and let all harts go on."""
        self.socket.sendall(b"\x03")
        reply = b""
        while b"#" not in reply[:-2]:  # two digits follow
            reply += self.socket.recv(100)
        self.socket.sendall(b"+")
        self.send("c")

    def close(self):
        """Let go of QEMU."""
        self.socket.close()
