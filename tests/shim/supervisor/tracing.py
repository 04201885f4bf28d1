"""Holds processes where a test wants to look at them, by ptrace(2)."""
import ctypes
import os
import struct

SEIZE, DETACH, SYSCALL, GETEVENTMSG, GET_SYSCALL_INFO = 0x4206, 17, 24, 0x4201, 0x420E
TRACESYSGOOD, TRACEFORK, EVENT_FORK, ENTRY = 1, 2, 1, 1
WALL = 0x40000000
UMOUNT2 = {'x86_64': 166, 'aarch64': 39}.get(os.uname().machine)

_ptrace = ctypes.CDLL(None, use_errno=True).ptrace
_ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


def ptrace(request: int, pid: int, address=0, data=0):
    if _ptrace(request, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), 'ptrace')


def stop_at_fork(pid: int):
    """Its next child, and it itself until let_go(), stand still."""
    ptrace(SEIZE, pid, 0, TRACEFORK | TRACESYSGOOD)


def wait_for_fork(pid: int) -> int:
    """The child, which has done nothing yet."""
    _, status = os.waitpid(pid, WALL)
    assert status >> 16 == EVENT_FORK, hex(status)
    message = ctypes.c_ulong()
    ptrace(GETEVENTMSG, pid, 0, ctypes.byref(message))
    os.waitpid(message.value, WALL)
    return message.value


def run_until(pid: int, system_call: int):
    """Stops where it enters the system call."""
    while True:
        ptrace(SYSCALL, pid)
        os.waitpid(pid, WALL)
        info = ctypes.create_string_buffer(128)
        ptrace(GET_SYSCALL_INFO, pid, len(info), info)
        if info.raw[0] == ENTRY and struct.unpack_from('=Q', info.raw, 24)[0] == system_call:
            return


def let_go(pid: int):
    ptrace(DETACH, pid)
