"""What the measurements share: the form, the programs under a FastCGI load, their medians, and a file system to keep data on.

Every program takes the same requests from the same load, straight from its Unix socket. Posts that are to be durable wait for the
disk more than for anything else: where it is slow, all programs that share one log look alike, and the CPU time tells them apart.
"""
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests"))
from harness import disks, servers  # noqa: E402
from harness.processes import cpu_seconds, family, is_alive, memory  # noqa: E402

BUILD = TOP / "build" / "bench"
MUSL = TOP / "seeother-musl"  # if make static-musl could build it
BODY = b"name=Ada+Lovelace&email=ada%40example.org&topic=other&message=" + b"Hello+there%2C+how+are+you%3F+" * 8
PLAIN = ["GATEWAY_INTERFACE=CGI/1.1", "SERVER_PROTOCOL=HTTP/1.1", "REQUEST_METHOD=POST", "SCRIPT_NAME=/seeother",
         "HTTP_HOST=localhost", "REMOTE_ADDR=127.0.0.1", "SERVER_NAME=localhost", "SERVER_PORT=80",
         "CONTENT_TYPE=application/x-www-form-urlencoded", "HTTP_USER_AGENT=bench", "REQUEST_URI=/seeother/contact",
         f"DOCUMENT_ROOT={TOP}/bench", f"SCRIPT_FILENAME={TOP}/bench/peers/form.php", "SERVER_SOFTWARE=bench", "QUERY_STRING="]
VARIABLES = [*PLAIN, "PATH_INFO=/contact"]
KEYED = [*[word for word in PLAIN if not word.startswith("REQUEST_URI=")], "REQUEST_URI=/seeother/keyed", "PATH_INFO=/keyed",
         'HTTP_IDEMPOTENCY_KEY="%"']  # a key each, for a form of that name
FORM = """
[form contact]
owners = owner
[fields contact]
name = text required max=100
email = email required
topic = choice options=sales,support,other
message = textarea required max=5000
website = trap
"""


class Unmeasured(Exception):
    """A program that gave a wrong answer, or none, where it should have been measured; why, in a line."""


class Extent:
    """How much is measured."""

    def __init__(self, short):
        self.short, self.rounds, self.seconds, self.warm, self.runs, self.nights, self.clients = (
            (True, 1, 1, 0.2, 50, 5, (1, 64)) if short else (False, 3, 2, 0.5, 1000, 25, (1, 2, 8, 32, 64)))


def build():
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["make", "-s", "all", "static"], cwd=TOP, check=True, stderr=subprocess.DEVNULL)
    for name, flags in (("load", ["-pthread"]), ("spawn", []), ("nothing", ["-static"]), ("bare", ["-lfcgi"]),
                        ("bare-static", ["-static", "-lfcgi"])):
        source = TOP / "bench" / "tools" / f"{name.removesuffix('-static')}.c"
        subprocess.run(["cc", "-O2", "-o", BUILD / name, source, *flags], check=True, stderr=subprocess.DEVNULL)
    for name, flags in (("nothing", []), ("bare", ["-lfcgi"])) if MUSL.exists() else ():
        libraries = TOP / "build" / "musl" / "libraries"
        subprocess.run(["musl-gcc", "-O2", "-static", "-isystem", libraries / "include", f"-L{libraries / 'lib'}", "-Wl,--gc-sections",
                        "-o", BUILD / f"{name}-musl", TOP / "bench" / "tools" / f"{name}.c", *flags], check=True)


def configure(folder, durable, form=FORM):
    """Writes a configuration and gives the environment for it."""
    path = folder / f"{durable}.ini"
    path.write_text(f"[seeother]\ndata = {folder}/data-{durable}\ndurable = {durable}\n{form}")
    return {"SEEOTHER_CONFIG": str(path), "PATH": os.environ["PATH"]}


def listening(command, environment, alone=False, errors=None):
    """How to start a program that takes the listening socket as standard input: as many processes as workers, or one alone."""
    def start(folder, path, workers):
        with servers.listen(path) as listener:
            variables = environment | {"PROCESSES": str(workers)}
            return [servers.start_worker(command, listener, errors, variables) for _ in range(1 if alone else workers)]
    return start


@contextlib.contextmanager
def serving(start, folder, workers):
    """A program at work on a socket: the socket's path, and a function that gives its processes."""
    path = folder / "socket"
    processes = start(folder, path, workers)
    try:
        end = time.monotonic() + 10
        while not servers.answers(path):
            if time.monotonic() > end or processes[0].poll() is not None:
                raise Unmeasured(f"the program did not start: {[process.poll() for process in processes]}")
            time.sleep(0.02)
        yield path, lambda: [pid for process in processes for pid in family(process.pid)]
    except Unmeasured as reason:
        ended = Counter(process.poll() for process in processes)
        raise Unmeasured(f"{reason} (of its {len(processes)} processes {ended.pop(None, 0)} run; ended: {dict(ended)})") from None
    finally:
        pids = [pid for process in processes for pid in family(process.pid)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in processes:
            process.wait()
        while any(is_alive(pid) for pid in pids):
            time.sleep(0.01)
        path.unlink(missing_ok=True)


def load(path, clients, seconds, variables=VARIABLES, options=(), body=BODY):
    """Requests a second, their median and 99th percentile in µs, the load's own CPU time for one in µs, and how many there were."""
    done = subprocess.run([BUILD / "load", *options, path, str(clients), str(seconds), *variables], input=body, capture_output=True)
    words = done.stdout.split()
    if done.returncode != 0:
        said = " ".join((done.stderr + done.stdout).decode(errors="replace").split())
        raise Unmeasured(f"the load ended with {done.returncode}: {said[:400]}")
    return [float(word) for word in words[:5]]


def rate(start, folder, workers, clients, seconds, warm=0.2, **request):
    """What one program does in one turn."""
    with serving(start, folder, workers) as (path, pids):
        if warm:
            load(path, clients, warm, **request)
        before = cpu_seconds(pids())
        posts, median, p99, own, count = load(path, clients, seconds, **request)
        used = cpu_seconds(pids()) - before
        return {"rate": posts, "p50": median / 1000, "p99": p99 / 1000, "cpu": used / count * 1e6, "memory": memory(pids()),
                "load": own}


def middle(rows):
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def tried(name, run):
    """A row; a program that could not be measured is tried once more, and what it did is said either way."""
    try:
        return run()
    except Unmeasured as reason:
        print(f"error: {name}: {reason}", flush=True)
    try:
        return run()
    except Unmeasured as reason:
        sys.exit(f"error: {name}, once more: {reason}")


def turns(rounds, programs):
    """The programs in turn, each a function without arguments that gives a row; the medians by name."""
    results = {name: [] for name in programs}
    for _ in range(rounds):
        for name, run in programs.items():
            results[name].append(tried(name, run))
    return {name: middle(rows) for name, rows in results.items()}


def show(title, rows, floor, what="posts/s", besides="the load itself"):
    print(f"\n{title}\n{'':38}{what:>9}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'CPU µs':>8}{'MiB':>7}")
    for name, row in rows.items():
        print(f"{name:38}{row['rate']:9.0f}{row['rate'] / rows[floor]['rate']:7.2f}{row['p50']:8.1f}{row['p99']:8.1f}"
              f"{row['cpu']:8.0f}{row['memory']:7.1f}", flush=True)
    own = statistics.median(row["load"] for row in rows.values())
    print(f"(CPU µs: of the program's processes, for one request; {besides} takes {own:.0f} more)", flush=True)


def machine(folder):
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), os.uname().machine)
    kind, options, source = subprocess.run(["findmnt", "-no", "FSTYPE,OPTIONS,SOURCE", "-T", folder], capture_output=True,
                                           text=True).stdout.split()[:3]
    within = " with a journal, in a file" if source.startswith("/dev/loop") else ""
    return f"{os.cpu_count()} processors ({model}), Linux {os.uname().release}, data on {kind} ({options}){within}"


@contextlib.contextmanager
def disk(made, gibibytes):
    """An ext4 file system with a journal, in a file whose blocks are all there."""
    image, folder = made / "image", made / "disk"
    disks.make_image("ext4", image, gibibytes << 30, filled=True)
    with disks.mounted("ext4", image, folder):
        yield folder


@contextlib.contextmanager
def turn(folder):
    """A folder for one turn."""
    made = folder / "turn"
    made.mkdir()
    try:
        yield made
    finally:
        shutil.rmtree(made)
