"""Run a program under ptrace and kill it at the Nth system call of a kind. Linux on x86_64 and aarch64.

``python -m tests.faults.tracer REPORT KIND NUMBER MOMENT PROGRAM [ARG ...]``: with MOMENT ``before`` the call is not
made, with ``after`` it was made and the program does not see its result. With NUMBER 0 the program runs to its end.
A SIGTERM kills it. The file REPORT then has the number of calls of each kind. Threads are traced, processes that the
program starts are not. At the chosen call the file REPORT.hit is made.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import signal
import struct
import sys
from collections import Counter
from pathlib import Path

CALLS: dict[str, dict[str, tuple[int, ...]]] = {
    "x86_64": {
        "sync": (74, 75),  # fsync, fdatasync
        "rename": (82, 264, 316),  # rename, renameat, renameat2
        "spawn": (57, 58),  # fork, vfork
        "clone": (56, 435),  # clone, clone3: of a process or a thread
        "unlink": (87, 263, 84),  # unlink, unlinkat, rmdir
        "mkdir": (83, 258),  # mkdir, mkdirat
        "create": (257,),  # openat, where it may create
        "write": (18,),  # pwrite64, which SQLite writes with
        "lock": (73,),  # flock
    },
    "aarch64": {
        "sync": (82, 83),
        "rename": (38, 276),
        "clone": (220, 435),
        "unlink": (35,),
        "mkdir": (34,),
        "create": (56,),
        "write": (68,),
        "lock": (32,),
    },
}
KINDS = ("sync", "rename", "spawn", "thread", "unlink", "mkdir", "create", "write", "lock")
CLONE3 = 435
CLONE_THREAD = 0x10000

TRACEME, SETOPTIONS, SYSCALL, GET_SYSCALL_INFO = 0, 0x4200, 24, 0x420E
OPTIONS = 0x1 | 0x8 | 0x100000
"""Mark stops at system calls, trace new threads, kill the program when the tracer ends."""
ENTRY, EXIT = 1, 2
SYSCALL_STOP = signal.SIGTRAP | 0x80
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
libc.ptrace.restype = ctypes.c_long


class Tracer:
    """One program, and its calls so far."""

    def __init__(self, kind: str, number: int, moment: str, sign: Path) -> None:
        self._kinds = {call: name for name, calls in CALLS[platform.machine()].items() for call in calls}
        self._point = (kind, number)
        self._moment = ENTRY if moment == "before" else EXIT
        self._sign = sign
        self._inside: dict[int, tuple[str, int]] = {}
        """By thread, the call that it is in, and which one of its kind that is."""
        self._info = ctypes.create_string_buffer(88)
        self.counts: Counter[str] = Counter()
        self.hit = False

    def run(self, argv: list[str]) -> None:
        """Run the program to its end, or to the chosen call."""
        program = os.fork()
        if program == 0:
            ptrace(TRACEME, 0)
            os.execv(argv[0], argv)
        signal.signal(signal.SIGTERM, lambda *_: kill(program))
        os.waitpid(program, 0)
        ptrace(SETOPTIONS, program, 0, OPTIONS)
        ptrace(SYSCALL, program)
        threads = {program}
        while True:
            thread, status = os.waitpid(-1, WALL)
            if not os.WIFSTOPPED(status):
                if thread == program:
                    return
                threads.discard(thread)
                continue
            number = os.WSTOPSIG(status)
            deliver = 0
            if number == SYSCALL_STOP:
                if self._is_the_point(thread):
                    self.hit = True
                    self._sign.touch()
                    kill(program)
                    continue
            elif thread not in threads:
                threads.add(thread)  # its first stop is that it is traced
            elif status >> 16 == 0:
                deliver = number
            ptrace(SYSCALL, thread, 0, deliver)

    def _is_the_point(self, thread: int) -> bool:
        """Count the call at which ``thread`` has stopped; return whether it is the chosen one."""
        size = ptrace(GET_SYSCALL_INFO, thread, len(self._info), ctypes.addressof(self._info))
        if size <= 0 or self.hit:
            return False
        where = self._info.raw[0]
        if where == ENTRY:
            call, *arguments = struct.unpack_from("7Q", self._info.raw, 24)
            kind = self._kind(thread, call, arguments)
            if kind is None:
                self._inside.pop(thread, None)
                return False
            self.counts[kind] += 1
            self._inside[thread] = (kind, self.counts[kind])
        found = self._inside.get(thread) == self._point and where == self._moment
        if where == EXIT:
            self._inside.pop(thread, None)
        return found

    def _kind(self, thread: int, call: int, arguments: list[int]) -> str | None:
        kind = self._kinds.get(call)
        if kind == "create":
            return kind if arguments[2] & os.O_CREAT else None
        if kind == "clone":
            flags = arguments[0] if call != CLONE3 else number_at(thread, arguments[0])
            return "thread" if flags & CLONE_THREAD else "spawn"
        return kind


def number_at(thread: int, address: int) -> int:
    """Return the number of 64 bits at ``address`` of a stopped thread; 0 of one that is just being killed."""
    with contextlib.suppress(OSError), Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return int.from_bytes(memory.read(8), sys.byteorder)
    return 0


def kill(program: int) -> None:
    """Kill the program, if it has not ended already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(program, signal.SIGKILL)


def ptrace(request: int, thread: int, address: int = 0, data: int = 0) -> int:
    """Call ptrace; a thread that is just being killed is no error."""
    done: int = libc.ptrace(request, thread, address, data)
    if done == -1 and request in (TRACEME, SETOPTIONS):
        raise OSError(ctypes.get_errno(), "this system does not allow ptrace")
    return done


if __name__ == "__main__":
    report, kind, number, moment, *argv = sys.argv[1:]
    tracer = Tracer(kind, int(number), moment, Path(report + ".hit"))
    tracer.run(argv)
    Path(report).write_text(json.dumps({"hit": tracer.hit, "counts": tracer.counts}))
