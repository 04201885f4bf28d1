"""A program on a pseudo terminal of its own, driven as a person would: type, look, resize."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time


class Terminal:
    """Use as a context manager: the program is ended with the block."""

    def __init__(self, argv: list[str], env: dict | None = None, rows: int = 24, cols: int = 80):
        self.master, slave = pty.openpty()
        self.size(rows, cols, notify=False)
        self.seen = b''            # everything that was ever shown
        self.mark = 0              # where the next expect() begins

        def take_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=env, close_fds=True,
                                        start_new_session=True, preexec_fn=take_terminal)
        os.close(slave)

    def size(self, rows: int, cols: int, notify: bool = True):
        """The kernel sends SIGWINCH to the foreground group by itself."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))

    def type(self, text: str | bytes):
        os.write(self.master, text.encode() if isinstance(text, str) else text)

    def line(self, text: str):
        self.type(text + '\r')

    def _read(self, seconds: float) -> bool:
        """False at the end of the stream."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, seconds))
        if not ready:
            return True
        try:
            part = os.read(self.master, 65536)
        except OSError:            # EIO: the last holder of the slave has gone
            return False
        self.seen += part
        return bool(part)

    def expect(self, pattern: str, seconds: float = 15) -> re.Match:
        """Waits until pattern shows after the previous match."""
        end = time.monotonic() + seconds
        regex = re.compile(pattern.encode())
        while True:
            found = regex.search(self.seen, self.mark)
            if found:
                self.mark = found.end()
                return found
            if time.monotonic() > end:
                raise AssertionError(f'no {pattern!r} within {seconds} s; shown: {self.seen[self.mark:][-600:]!r}')
            if not self._read(end - time.monotonic()):
                found = regex.search(self.seen, self.mark)
                if found:
                    self.mark = found.end()
                    return found
                raise AssertionError(f'ended before {pattern!r}; shown: {self.seen[self.mark:][-600:]!r}')

    def wait(self, seconds: float = 15) -> int:
        """Reads to the end (a full terminal would block the program) and gives the exit status."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._read(end - time.monotonic()):
            pass
        return self.process.wait(timeout=max(0.1, end - time.monotonic()))

    def __enter__(self) -> 'Terminal':
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
