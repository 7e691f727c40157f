"""CephFS on three hosts of this machine: on each a monitor, an OSD, a metadata server, of which one is active, and a FUSE mount; two managers."""
import contextlib
import os
import re
import signal
import subprocess
import time
import uuid
from pathlib import Path

from harness.hosts import HOSTS, NETWORK, address, at, run, stop_group
from harness.processes import wait_for

COMMANDS = "ceph ceph-mon ceph-mgr ceph-osd ceph-mds ceph-fuse monmaptool ceph-authtool".split()
SERVERS = {"A": 1, "B": 2, "C": 3}  # metadata servers, and their hosts
MANAGERS = {"x": 1, "y": 2}
# Times are Ceph's own unless a round would take minutes with them; 30 s is the least that Ceph allows for a session.
# - "mds beacon grace" less "mds beacon interval" is longer than the 5 s of "mon tick interval": where it isn't, a monitor takes each of its
#   ticks as late, gives all metadata servers another grace, and never replaces one.
# - "mds beacon mon down grace" is for how long after an election among the monitors none is replaced.
# - A client that had asked a monitor whose host is cut off looks for another one after "mon client ping timeout", and hears only then which
#   metadata server has taken over. It does so well before "mds reconnect timeout" ends, when the new server evicts who hasn't come.
# - Hosts are cut off far more often than Ceph expects. It would wait longer each time before it takes an OSD as down, and let it end.
SESSION_TIMEOUT = 30
CONFIG = """
[global]
fsid = {fsid}
mon host = {monitors}
mon initial members = 1,2,3
public network = {network}.0/24
auth cluster required = none
auth service required = none
auth client required = none
run dir = {folder}
log file = {folder}/$name.log
admin socket = {folder}/$name.$pid.asok
pid file = {folder}/$name.pid
keyring = {folder}/keyring
mon data = {folder}/mon$id
mgr data = {folder}/mgr$id
osd data = {folder}/osd$id
mds data = {folder}/mds$id
osd pool default size = 3
osd pool default min size = 2
osd crush chooseleaf type = 0
mon max pg per osd = 500
osd memory target = 939524096
bluestore block size = 2147483648
bluestore cache size = 134217728
mds cache memory limit = 134217728
mds beacon grace = 10
mds beacon interval = 2
mds beacon mon down grace = 15
mds reconnect timeout = 30
mon client ping interval = 5
mon client ping timeout = 10
osd heartbeat grace = 6
osd heartbeat interval = 2
mon osd down out interval = 600
mon osd min down reporters = 1
mon osd adjust heartbeat grace = false
osd max markdown count = 100
"""


class CephFS:
    name, part = "CephFS", "OSD"

    def __init__(self, folder):
        self.folder, self.processes = Path(folder) / "ceph", {}
        self.config = self.folder / "ceph.conf"

    def mount_of(self, host):
        return self.folder / f"mount{host}"

    def ceph(self, *words, check=True):
        """Runs a command of Ceph's, on no host: it works whichever of them is cut off."""
        command = "env", f"CEPH_CONF={self.config}", "timeout", "30", "ceph", *words
        for _ in range(5):  # a monitor under load may not tell its commands in time
            said = run(*command, check=False)
            if "problem getting command descriptions" not in said:
                break
        return run(*command) if check and said.startswith("Error") else said

    def begin(self, name, host, *command):
        with open(self.folder / f"{name}.out", "ab") as log:
            self.processes[name] = subprocess.Popen([*at(host), *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                    env=os.environ | {"CEPH_CONF": str(self.config)}, start_new_session=True)

    def start(self):
        self.folder.mkdir()
        fsid = str(uuid.uuid4())
        self.config.write_text(CONFIG.format(fsid=fsid, monitors=",".join(map(address, HOSTS)), network=NETWORK, folder=self.folder))
        keyring, monitors = self.folder / "keyring", self.folder / "monmap"
        run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *(word for part in ("mon", "osd", "mds", "mgr")
                                                                           for word in ("--cap", part, "allow *")))
        run("monmaptool", "--create", "--clobber", *(word for host in HOSTS for word in ("--add", host, address(host))), "--fsid", fsid, monitors)
        for name in [*(f"mon{host}" for host in HOSTS), *(f"mgr{name}" for name in MANAGERS), *(f"mds{name}" for name in SERVERS)]:
            (self.folder / name).mkdir()
        for host in HOSTS:
            run(*at(host), "ceph-mon", "--mkfs", "-i", host, "--monmap", monitors, "--keyring", keyring, "-c", self.config)
            self.begin(f"mon{host}", host, "ceph-mon", "-i", host, "-c", self.config, "-f")
        wait_for("the monitors", lambda: self.says("3 daemons, quorum 1,2,3", "-s"), 60)
        for name, host in MANAGERS.items():
            self.begin(f"mgr{name}", host, "ceph-mgr", "-i", name, "-c", self.config, "-f")
        for host in HOSTS:
            own = str(uuid.uuid4())
            self.ceph("osd", "new", own, str(host))
            (self.folder / f"osd{host}").mkdir()
            run(*at(host), "ceph-osd", "-i", host, "--mkfs", "--osd-uuid", own, "-c", self.config)
            self.start_osd(host)
        for pool in "meta", "data":
            self.ceph("osd", "pool", "create", pool, "8")
        self.ceph("fs", "new", "fs", "meta", "data")
        self.ceph("fs", "set", "fs", "session_timeout", str(SESSION_TIMEOUT))
        for name in SERVERS:
            self.start_server(name)
        self.wait_healed(120)
        for host in HOSTS:
            self.mount(host)
        return self

    def start_osd(self, host):
        self.begin(f"osd{host}", host, "ceph-osd", "-i", host, "-c", self.config, "-f")

    def start_server(self, name):
        self.begin(f"mds{name}", SERVERS[name], "ceph-mds", "-i", name, "-c", self.config, "-f")

    def start_ended(self):
        """Starts the OSDs and metadata servers that have ended by themselves: under load an OSD may start before its monitor knows the cluster."""
        for name, start, each in [*(("osd", self.start_osd, host) for host in HOSTS), *(("mds", self.start_server, name) for name in SERVERS)]:
            process = self.processes.get(f"{name}{each}")
            if process and process.poll() is not None:
                start(each)

    def wait_healed(self, seconds=90):
        """Waits until all OSDs and metadata servers are up."""
        def healed():
            self.start_ended()
            return self.says("3 osds: 3 up", "osd", "stat")
        wait_for("the OSDs", healed, seconds)
        self.wait_servers(seconds)

    def wait_servers(self, seconds):
        """Waits until one metadata server is active, and all others can take over."""
        wait_for("the metadata servers", lambda: self.says(f"=up:active.* {len(SERVERS) - 1} up:standby", "mds", "stat"), seconds)

    def says(self, pattern, *words):
        """Tells whether Ceph's answer to a command has the pattern; waits a moment if not, since each command costs a second of CPU time."""
        found = re.search(pattern, self.ceph(*words, check=False))
        if not found:
            time.sleep(1)
        return found

    def rejoin(self, host):
        """After its network was cut, a host may be on Ceph's list of those that are refused; a new mount isn't."""
        self.wait_healed()
        self.unmount(host)
        self.mount(host)

    def active(self):
        """The name of the active metadata server, or None."""
        found = self.says(r"0=(\w+)=up:active", "mds", "stat")
        return found and found[1]

    def server_host(self):
        """The host of the active metadata server, or None."""
        return SERVERS.get(self.active())

    def mount(self, host):
        folder = self.mount_of(host)
        folder.mkdir(exist_ok=True)
        self.begin(f"client{host}", host, "ceph-fuse", "-f", "-c", self.config, "--id", "admin", folder)
        wait_for("the mount", lambda: os.path.ismount(folder), 60)

    def unmount(self, host):
        """The mount ends its session, so that nobody waits for what it had; one that can't is killed."""
        run("umount", "-l", self.mount_of(host), check=False)
        client = self.processes.pop(f"client{host}", None)
        if client:
            stop_group(client, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                client.wait(10)
            stop_group(client)

    def kill_part(self, host):
        """An OSD ends."""
        stop_group(self.processes.pop(f"osd{host}"))

    def start_part(self, host):
        self.start_osd(host)
        self.wait_healed()

    def kill_server(self, name):
        """A metadata server ends."""
        stop_group(self.processes.pop(f"mds{name}"))

    def status(self):
        """What Ceph says of itself, for a round that went wrong."""
        words = ("mds", "stat"), ("osd", "stat"), ("mon", "stat"), ("osd", "blocklist", "ls")
        return "; ".join(" ".join(self.ceph(*each, check=False).split()) for each in words)

    def stop(self):
        for host in HOSTS:
            self.unmount(host)
        for process in self.processes.values():
            stop_group(process, signal.SIGKILL)
