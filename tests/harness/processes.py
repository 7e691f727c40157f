"""Processes: waiting for something to come true, the children of a process, and what a process has used."""
import os
import time
from pathlib import Path


def wait_for(what, condition, seconds=10):
    """Looks every hundredth of a second whether the condition holds; fails, and says what was waited for, when time is up."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


def children(pid):
    """The processes that the main thread of a process has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def family(pid):
    """A process and all that descend from it, whichever thread started them."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        started = [child for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(each for child in started for each in family(int(child)))]


def is_alive(pid):
    """Tells whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def cpu_seconds(pids):
    """CPU time of all threads of the processes, from the scheduler's count: the one in ticks is 0 for short runs."""
    return sum(int(path.read_text().split()[0]) for pid in pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def memory(pids):
    """Mebibytes that the processes have; each has its share of a page that several have."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(text.split("\nPss:")[1].split()[0]) for text in texts) / 1024


def status_of(pid, name):
    """A number of /proc/PID/status, in KiB where it is an amount of memory."""
    return int(Path(f"/proc/{pid}/status").read_text().split(f"{name}:")[1].split()[0])


def is_starting_worker(pid, config):
    """Tells whether a process is a worker of tasks of this configuration, whatever it has opened by now."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as arguments, open(f"/proc/{pid}/environ", "rb") as environment:
            return (arguments.read().split(b"\0")[1:3] == [b"work", b"once"] and
                    f"SEEOTHER_CONFIG={config}".encode() in environment.read().split(b"\0"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False  # ended meanwhile


def open_files(pid):
    """What each descriptor of a process stands for; nothing where the process has ended."""
    found, folder = [], f"/proc/{pid}/fd"
    try:
        for descriptor in os.listdir(folder):
            found.append(os.readlink(f"{folder}/{descriptor}"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass  # closed, or ended, meanwhile
    return found
