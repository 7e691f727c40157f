"""Several hosts on this machine: a network namespace each, a mount of a shared file system, and seeother under multiwatch."""
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

from harness.clients import fcgi
from harness.paths import BINARY
from harness.processes import wait_for
from harness.servers import answers

HOSTS = 1, 2, 3
NETWORK = "10.98.7"  # of a namespace of its own; this process is at .9
PORT = 9000
NEEDED = "/dev/fuse", "/dev/loop-control"
COMMANDS = "ip nsenter unshare setpriv mount mkfs.ext4 spawn-fcgi multiwatch".split()
# When the first of these ends, however it does, so do all others; mounts, namespaces and loop devices go with them.
PRIVATE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
OWN_MOUNTS = ["unshare", "--mount", "--propagation", "slave"]


def address(host):
    return f"{NETWORK}.{host}"


def start_anew_by_itself():
    """Starts the script once more where processes, mounts and networks are nobody else's; then /run is empty."""
    sys.stdout.flush()
    if os.environ.get("BY_ITSELF") != "yes":
        os.execvpe(PRIVATE[0], [*PRIVATE, sys.executable, *sys.argv], os.environ | {"BY_ITSELF": "yes"})
    script = os.fork()
    while script:  # the first process waits for all that lose their parents: glusterd takes a brick that nobody waits for as alive
        ended, status = os.wait()
        if ended == script:
            os._exit(os.waitstatus_to_exitcode(status) & 255)
    run("mount", "--make-rprivate", "/")
    run("mount", "--make-rshared", "/")  # what is unmounted here goes from the hosts' mount tables too
    run("mount", "-t", "tmpfs", "none", "/run")
    Path("/run/netns").mkdir()


def run(*command, check=True, timeout=120):
    """Runs a command and gives what it wrote; one that fails says why."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout)
    assert not check or done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout}"
    return done.stdout


def at(host):
    """What to put before a command that runs in the host's network."""
    return ["nsenter", f"--net=/run/netns/h{host}"]


def start_network():
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "br0", "type", "bridge")
    run("ip", "link", "set", "br0", "up")
    run("ip", "addr", "add", f"{address(9)}/24", "dev", "br0")
    for host in HOSTS:
        run("ip", "netns", "add", f"h{host}")
        run("ip", "link", "add", f"p{host}", "type", "veth", "peer", "name", f"v{host}")
        run("ip", "link", "set", f"v{host}", "netns", f"h{host}")
        run("ip", "link", "set", f"p{host}", "master", "br0", "up")
        run("ip", "-n", f"h{host}", "link", "set", "lo", "up")
        run("ip", "-n", f"h{host}", "addr", "add", f"{address(host)}/24", "dev", f"v{host}")
        run("ip", "-n", f"h{host}", "link", "set", f"v{host}", "up")


def cut_network(host):
    run("ip", "link", "set", f"p{host}", "down")


def mend_network(host):
    run("ip", "link", "set", f"p{host}", "up")


def stop_group(process, how=signal.SIGKILL):
    """Signals a process that was started with a session of its own, and all that it has started."""
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        pass
    if how == signal.SIGKILL:
        process.wait()


class Host:
    """seeother on one of the hosts: the data folder is DATA on each, and is where the host's mount of the shared file system is."""

    def __init__(self, number, folder, mount, text, workers=4, binary=BINARY, environment=None, port=PORT):
        self.number, self.folder, self.mount, self.workers = number, Path(folder) / f"host{number}", Path(mount), workers
        self.binary, self.environment, self.process, self.at = binary, dict(environment or {}), None, (address(number), port)
        self.data, self.boot = Path(folder) / "data", self.folder / "boot"
        self.config, self.log = self.folder / "config.ini", self.folder / "log"
        self.folder.mkdir()
        self.data.mkdir(exist_ok=True)
        (self.folder / "local").mkdir()
        self.boot.write_text(f"{uuid.uuid4()}\n")
        self.configure(text)

    def configure(self, text):
        """DATA, NODE and LOCAL in the text stand for the host's own."""
        self.config.write_text(text.replace("DATA", str(self.data / "d")).replace("NODE", f"web{self.number}")
                               .replace("LOCAL", str(self.folder / "local")))

    def own(self):
        """What to put before a command that runs on this host."""
        binds = f"mount --bind {self.mount} {self.data} && " \
                f"mount --bind {self.boot} /proc/sys/kernel/random/boot_id && exec \"$@\""
        return [*at(self.number), *OWN_MOUNTS, "sh", "-c", binds, "sh"]

    def variables(self):
        return os.environ | self.environment | {"SEEOTHER_CONFIG": str(self.config)}

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.own(), "spawn-fcgi", "-n", "-a", self.at[0], "-p", str(self.at[1]), "--",
                 "/usr/bin/multiwatch", "-f", str(self.workers), "-t", "1", "-r", "100000", "--", str(self.binary)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.variables(), start_new_session=True)
        return self

    def wait(self, seconds=20):
        wait_for(f"host {self.number}", lambda: answers(self.at), seconds)
        return self

    def kill(self):
        """What was started for it in a session of its own, such as a worker of tasks, ends too."""
        if self.process:
            stop_group(self.process)
            self.signal(signal.SIGKILL)
        self.process = None

    def leftovers(self):
        """Processes that have this host's configuration."""
        mine = f"SEEOTHER_CONFIG={self.config}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mine in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                pass  # ended meanwhile
        return found

    def signal(self, how):
        """Sends a signal to all of its processes."""
        for pid in self.leftovers():
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass

    def request(self, values, body=b""):
        return fcgi(self.at, values, body)

    def command(self, *words, check=True, timeout=120):
        """Runs a command of seeother on this host, and gives what it wrote."""
        done = subprocess.run([*self.own(), str(self.binary), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=self.variables(), timeout=timeout)
        assert not check or done.returncode == 0, f"seeother {' '.join(words)}: {done.stdout}"
        return done.stdout


def unmount_below(folder):
    """What is still mounted below a folder that is to be removed, the latest first."""
    for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
        if line.split()[1].startswith(f"{folder}/"):
            run("umount", "-l", line.split()[1], check=False)
