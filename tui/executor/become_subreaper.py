"""Script: become a subreaper, then the program that the arguments name (``subreaper.py``). Each import costs a step."""

import ctypes
import os
import sys
from _signal import SIG_DFL, SIGPIPE, SIGXFSZ, signal  # type: ignore[import-not-found]  # 'signal' takes 3 ms more

PR_SET_CHILD_SUBREAPER = 36

ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
for number in (SIGPIPE, SIGXFSZ):  # Python ignores these, and what is ignored stays so in the next program
    signal(number, SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - what the executor starts
