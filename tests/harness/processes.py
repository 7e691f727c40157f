"""Processes: waiting for something to come true, the children of a process, and what a process has used."""
import os
import time
from pathlib import Path


def wait_for(what, condition, seconds=10):
    """Looks after milliseconds, then ever less often up to 50 times a second, whether the condition holds; fails, and says what was
    waited for, when time is up."""
    end, pause = time.monotonic() + seconds, 0.001
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


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


def commands_of_seeother():
    """Pairs of the process and the words of each command of the program that runs on this machine; cheap, since many tests ask often."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            file = os.open(f"/proc/{pid}/cmdline", os.O_RDONLY)
        except OSError:
            continue  # ended meanwhile
        try:
            words = os.read(file, 4096).split(b"\0")
        except OSError:
            continue
        finally:
            os.close(file)
        if len(words) > 2 and words[0].endswith(b"seeother"):
            yield int(pid), words[1:-1]


def has_configuration(pid, config):
    """Tells whether a process was started with this configuration."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as environment:
            return f"SEEOTHER_CONFIG={config}".encode() in environment.read().split(b"\0")
    except OSError:
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
