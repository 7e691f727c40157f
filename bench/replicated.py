"""PostgreSQL on three hosts of this machine: the first takes the rows, and the others copy them before it says that they are kept.

As Debian packages it, with its own settings but for addresses, replication and the size of its write-ahead log. The data are on the disk of
the host's brick.
"""
import contextlib
import glob
import shutil
import signal
import subprocess
from pathlib import Path

from harness.hosts import HOSTS, NETWORK, address, at, run
from harness.processes import wait_for

USER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
PRIMARY, STANDBYS = HOSTS[0], HOSTS[1:]
SETTINGS = """
listen_addresses = '{address}'
unix_socket_directories = ''
synchronous_commit = on
max_wal_size = 256MB
"""
ALLOWED = f"""
host all all {NETWORK}.0/24 trust
host replication all {NETWORK}.0/24 trust
"""
TABLE = "CREATE TABLE outcomes (id text PRIMARY KEY, key text UNIQUE, received timestamptz NOT NULL DEFAULT now(), record jsonb NOT NULL)"
DATABASE = f"host={address(PRIMARY)} user=postgres dbname=postgres"


def programs():
    """The folder of PostgreSQL's programs, the newest; None if it isn't installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    return Path(found[-1]) if found else None


class Replicated:
    def __init__(self, disks):
        """disks: a folder for each host."""
        self.data, self.processes = {host: Path(folder) / "postgresql" for host, folder in disks.items()}, {}

    def command(self, host, name, *words):
        return [*at(host), *USER, str(programs() / name), *map(str, words)]

    def version(self):
        return run(programs() / "postgres", "--version").split()[2]

    def start(self):
        for host, data in self.data.items():
            data.mkdir(mode=0o700)
            shutil.chown(data, "postgres", "postgres")
            if host == PRIMARY:
                run(*self.command(host, "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"))
                with open(data / "pg_hba.conf", "a") as rules:
                    rules.write(ALLOWED)
            else:
                primary = f"host={address(PRIMARY)} user=postgres application_name=h{host}"
                run(*self.command(host, "pg_basebackup", "-D", data, "-d", primary, "-R", "-X", "stream", "-c", "fast"))
            with open(data / "postgresql.conf", "a") as settings:
                settings.write(SETTINGS.format(address=address(host)))
            self.start_server(host)
        wait_for("the standbys", lambda: self.query("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "2", 30)
        self.query(TABLE)
        return self

    def start_server(self, host):
        with open(self.data[host].parent / "postgresql.log", "ab") as log:
            self.processes[host] = subprocess.Popen(self.command(host, "postgres", "-D", self.data[host]), cwd="/", stdin=subprocess.DEVNULL,
                                                    stdout=log, stderr=log, start_new_session=True)
        wait_for("PostgreSQL", lambda: self.is_ready(host), 30)

    def is_ready(self, host):
        assert self.processes[host].poll() is None, f"PostgreSQL ended: {(self.data[host].parent / 'postgresql.log').read_text()[-2000:]}"
        return subprocess.run([programs() / "pg_isready", "-q", "-h", address(host)]).returncode == 0

    def query(self, text):
        return run(programs() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-c", text).strip()

    def wait_for_standbys(self, how_many):
        """From now on a row is kept when the primary and so many of the standbys have flushed it."""
        names = f"ANY {how_many} ({', '.join(f'h{host}' for host in STANDBYS)})"
        self.query(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.query("SELECT pg_reload_conf()")
        wait_for("the setting", lambda: self.query("SHOW synchronous_standby_names") == names and self.query(
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'") == str(len(STANDBYS)), 30)

    def checkpoint(self):
        """What it would write later is written now, on all hosts, so that others don't pay for it."""
        self.query("CHECKPOINT")
        for host in STANDBYS:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run(programs() / "psql", "-XAtq", "-d", DATABASE.replace(address(PRIMARY), address(host)), "-c", "CHECKPOINT")

    def count(self):
        return int(self.query("SELECT count(*) FROM outcomes"))

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGQUIT)
        for process in self.processes.values():
            process.wait(30)
