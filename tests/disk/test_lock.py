"""One writer: refused while another lives, free as soon as it is dead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from sojourn.disk.lock import HeldError, Lock

HOLD = """
import sys, time
from pathlib import Path
from sojourn.disk.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_one_is_told_who_holds_it_and_released_means_free(tmp_path):
    file = tmp_path / "lock"
    first = Lock(file)
    with pytest.raises(HeldError, match=f"process {os.getpid()} on .+ since 20"):
        Lock(file)
    first.release()
    first.release()
    Lock(file).release()


def test_a_dead_process_leaves_no_lock_behind(tmp_path):
    file = tmp_path / "lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "held\n"
    with pytest.raises(HeldError, match=f"process {other.pid} "):
        Lock(file)
    other.send_signal(signal.SIGKILL)
    other.wait()
    other.stdout.close()
    Lock(file).release()


def test_a_lock_whose_file_was_removed_is_taken_anew(tmp_path):
    """A holder removes the file before it lets go: nobody may hold a file without a name."""
    file = tmp_path / "lock"
    first = Lock(file)
    file.unlink()
    second = Lock(file)
    with pytest.raises(HeldError):
        Lock(file)
    first.release()
    with pytest.raises(HeldError):
        Lock(file)
    second.release()
