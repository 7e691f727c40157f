"""GlusterFS on three hosts of this machine: replica 3, a brick on each, which is an ext4 in a file, and a FUSE mount on each."""
import fcntl
import os
import re
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

from harness.hosts import HOSTS, OWN_MOUNTS, address, at, run
from harness.processes import wait_for

COMMANDS = "glusterd glusterfs glusterfsd gluster".split()
VOLUME = "seeother"
# The first four are caches, which answer from a host's memory what another host has changed since.
OPTIONS = {"performance.stat-prefetch": "off", "performance.quick-read": "off", "performance.io-cache": "off",
           "performance.open-behind": "off", "network.ping-timeout": "5", "cluster.heal-timeout": "10", "cluster.favorite-child-policy": "majority"}
BRICK_BYTES = 1 << 30
SHUTDOWN, WITHOUT_LOG = 0x8004587D, struct.pack("I", 2)  # FS_IOC_SHUTDOWN: nothing more reaches the disk


class Gluster:
    name, part = "GlusterFS", "brick"

    def __init__(self, folder, options=None):
        self.folder, self.options = Path(folder) / "gluster", OPTIONS if options is None else options
        self.daemons, self.clients = {}, {}

    def mount_of(self, host):
        return self.folder / f"mount{host}"

    def brick(self, host):
        return self.folder / f"brick{host}"

    def image(self, host):
        return self.folder / f"brick{host}.img"

    def state_folder(self, host):
        return self.folder / f"state{host}"

    def at_daemon(self, host):
        """In the mount table of the host's glusterd, whose folders are at fixed places."""
        return ["nsenter", "-t", str(self.daemons[host]), "--net", "--mount"]

    def gluster(self, *words, host=1, check=True):
        return run(*self.at_daemon(host), "gluster", "--mode=script", *words, check=check)

    def start(self):
        self.folder.mkdir()
        for host in HOSTS:
            state = self.state_folder(host)
            for name in "run", "log":
                (state / name).mkdir(parents=True)
            shutil.copytree("/var/lib/glusterd", state / "lib", symlinks=True)
            for path in [state / "lib" / "glusterd.info", *(state / "lib").glob("vols/*"), *(state / "lib").glob("peers/*")]:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            self.make_disk(self.image(host))
            self.brick(host).mkdir()
            self.mount_brick(host)
            (self.brick(host) / "brick").mkdir()
            self.start_daemon(host)
        for host in HOSTS:
            wait_for("glusterd", lambda: "Connected" in self.gluster("pool", "list", host=host, check=False) or
                     "UUID" in self.gluster("pool", "list", host=host, check=False), 30)
        for host in HOSTS[1:]:
            self.gluster("peer", "probe", address(host))
        wait_for("the peers", lambda: self.gluster("pool", "list").count("Connected") == len(HOSTS), 30)
        bricks = [f"{address(host)}:{self.brick(host)}/brick" for host in HOSTS]
        # A peer that has just been probed may not be accepted yet.
        wait_for("the volume", lambda: "success" in self.gluster("volume", "create", VOLUME, "replica", "3", *bricks, "force", check=False) or
                 "already exists" in self.gluster("volume", "info", VOLUME, check=False) or
                 VOLUME in self.gluster("volume", "list", check=False), 30)
        for name, value in self.options.items():
            self.gluster("volume", "set", VOLUME, name, value)
        self.gluster("volume", "start", VOLUME)
        for host in HOSTS:
            self.mount(host)
        self.flush()
        return self

    def flush(self):
        """All bricks have on their disks what was written so far."""
        for host in HOSTS:
            run("sync", "-f", self.brick(host))

    def make_disk(self, image):
        with open(image, "wb") as file:
            file.truncate(BRICK_BYTES)
        run("mkfs.ext4", "-q", "-F", image)

    def mount_brick(self, host):
        # Nothing reaches the disk for ten minutes but what is flushed.
        run("mount", "-o", "loop,user_xattr,commit=600", self.image(host), self.brick(host))

    def start_daemon(self, host):
        state, pid = self.state_folder(host), self.folder / f"glusterd{host}.pid"
        pid.unlink(missing_ok=True)
        binds = f"mount --bind {state}/run /run && mkdir -p /run/gluster && rm -f /run/glusterd.socket && " \
                f"mount --bind {state}/lib /var/lib/glusterd && mount --bind {state}/log /var/log/glusterfs && exec glusterd -N -p {pid}"
        with open(self.folder / f"glusterd{host}.out", "ab") as log:
            process = subprocess.Popen([*at(host), *OWN_MOUNTS, "sh", "-c", binds], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True)
        self.daemons[host] = process.pid
        wait_for("glusterd", pid.exists, 20)

    def mount(self, host):
        folder = self.mount_of(host)
        folder.mkdir(exist_ok=True)
        pid = self.folder / f"client{host}.pid"
        run(*at(host), "glusterfs", "--process-name", "fuse", f"--volfile-server={address(host)}", f"--volfile-id={VOLUME}",
            "--attribute-timeout=0", "--entry-timeout=0", "--negative-timeout=0",
            f"--log-file={self.folder}/client{host}.log", f"--pid-file={pid}", folder)
        wait_for("the mount", lambda: os.path.ismount(folder), 30)
        self.clients[host] = int(pid.read_text())

    def unmount(self, host):
        run("umount", "-l", self.mount_of(host), check=False)
        kill([self.clients.pop(host, 0)])

    def brick_pids(self, host):
        return [int(path.read_text()) for path in (self.state_folder(host) / "run" / "gluster" / "vols" / VOLUME).glob("*.pid")]

    def kill_part(self, host):
        """A brick ends."""
        kill(self.brick_pids(host))

    def start_part(self, host):
        self.gluster("volume", "start", VOLUME, "force", host=host)
        self.wait_healed()

    def healing(self):
        counts = re.findall(r"Number of entries: (\S+)", self.gluster("volume", "heal", VOLUME, "info", check=False))
        return len(counts) != len(HOSTS) or any(count != "0" for count in counts)

    def wait_healed(self, seconds=300):
        """Asks for it again and again: a cut that is shorter than the time for pings starts no healing by itself. A busy machine takes minutes."""
        def healed():
            self.gluster("volume", "heal", VOLUME, check=False)
            return not self.healing()
        wait_for("the bricks to be healed", healed, seconds)

    def rejoin(self, host):
        """After its network was cut, a host's mount goes on by itself."""
        self.wait_healed()

    def server_host(self):
        """No host has a part that the others lack."""
        return None

    def status(self):
        """What GlusterFS says of itself, for a round that went wrong."""
        return " ".join(self.gluster("volume", "status", VOLUME, check=False).split())

    def cut_power(self):
        """
        All bricks lose their power at once: what they have not flushed is lost. Then their hosts are off. They are stopped first, or the
        last ones would go on for a moment without the first.
        """
        for host in HOSTS:
            kill(self.brick_pids(host), signal.SIGSTOP)
        for host in HOSTS:
            descriptor = os.open(self.brick(host), os.O_RDONLY)
            fcntl.ioctl(descriptor, SHUTDOWN, WITHOUT_LOG)
            os.close(descriptor)
        for host in HOSTS:
            kill([*self.brick_pids(host), *(int(p.read_text()) for p in (self.state_folder(host) / "run").glob("gluster/shd/*/*.pid")),
                  self.daemons[host]])
            self.unmount(host)

    def restore_power(self):
        for host in HOSTS:
            for _ in range(200):
                if not os.path.ismount(self.brick(host)) or subprocess.run(["umount", self.brick(host)], capture_output=True).returncode == 0:
                    break
                time.sleep(0.05)
            else:
                raise AssertionError(f"{self.brick(host)} stays mounted")
            self.mount_brick(host)
            self.start_daemon(host)
        wait_for("the bricks", lambda: self.gluster("volume", "status", VOLUME, check=False).count(" Y ") >= 2 * len(HOSTS), 90)
        for host in HOSTS:
            self.mount(host)

    def stop(self):
        for host in HOSTS:
            self.unmount(host)


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            if pid:
                os.kill(pid, number)
        except ProcessLookupError:
            pass
