"""A web server of the list with the program behind it, in a folder of its own, and with what does TLS in front of it where that is asked for."""
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from harness.paths import BINARY
from harness.place import Place
from harness.processes import wait_for
from harness.servers import Workers, answers, free_port, path_of
from servers import recipes
from servers.checks import configuration
from servers.web import Web

NAMES = ["ada"]


def user_prefix(user):
    return ["setpriv", f"--reuid={user}", "--regid=www-data", "--clear-groups"] if os.geteuid() == 0 else []


class Started:
    """A process with a recipe for its configuration, in a folder, on a free port of loopback."""

    def __init__(self, recipe, folder, names):
        self.recipe, self.folder, self.port = recipe, folder, free_port()
        self.names = names | {"folder": folder, "port": self.port, "file": folder / "server.conf"}
        text = recipe.text(self.names)
        self.names["file"].write_text(recipe.around.format(recipe=text, **self.names))
        for name, content in recipe.beside.items():
            (folder / name).write_text(content.format(recipe=text, **self.names))
        self.command = [word.format(**self.names) for word in recipe.command]

    def start(self):
        program = path_of(self.command[0])
        assert program, f"there is no {self.command[0]}"
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "run")} | {
            name: value.format(**self.names) for name, value in self.recipe.environment.items()}
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen([*([] if self.recipe.as_root else user_prefix("www-data")), program, *self.command[1:]], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=environment, cwd=self.folder, start_new_session=True)
        try:
            wait_for(self.command[0], lambda: self.process.poll() is not None or answers(("127.0.0.1", self.port)), 20)
            assert self.process.poll() is None, f"{self.recipe.name} ended: {self.log()[-2000:]}"
        except BaseException:
            self.stop()
            raise
        return self

    def reload(self):
        if isinstance(self.recipe.reload, list):
            subprocess.run([*user_prefix("www-data"), *(word.format(**self.names) for word in self.recipe.reload)], check=True, capture_output=True,
                           env={"PATH": os.environ["PATH"], "HOME": str(self.folder / "run")})
        else:
            self.process.send_signal(self.recipe.reload)

    def log(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def make_certificate(folder):
    """A certificate for 127.0.0.1 with its key, in one file."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return both


class ServedPlace(Place):
    """The program behind a server; text(place) gives its configuration, and front is a chain of recipes."""

    copied = True

    def __init__(self, folder, server, front=(), text=None):
        self.server, self.front, self.was_killed, self.running, self.workers = server, front, False, [], None
        super().__init__(folder, "")
        for name in ("htdocs/cgi-bin", "htdocs/forms", "htdocs/people", "run", "data"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if server.program != "cgi-bin/seeother":
            shutil.copy(BINARY, folder / server.program)
        if server.wrapper:
            (folder / server.wrapper).write_text(f"#!/bin/sh\nSEEOTHER_CONFIG={self.config} exec {self.binary}\n")
            (folder / server.wrapper).chmod(0o755)
        (folder / "owners").write_text(f"alice:{recipes.hashed(server.passwords)}\n")
        (folder / "owners.digest").write_text("")
        self.text = text or configuration
        names = {"config": self.config, "sha256": recipes.hashed("-5"), "md5": recipes.hashed("-1"), "backend": free_port(), "certificate": ""}
        if "{caddy_hash}" in str(server.edits):
            names["caddy_hash"] = recipes.caddy_hash()
        if server.name == "civetweb":
            subprocess.run(["civetweb", "-A", folder / "owners.digest", "owners", "alice", "secret"], check=True, capture_output=True)
        self.web_server = Started(server, folder, names)
        self.chain = self.prepare_front(folder)
        outermost = self.chain[0].port if self.chain else self.web_server.port
        origin = f"{'https' if self.chain else 'http'}://127.0.0.1:{outermost}"
        self.general = server.general.format(origin=origin) + ("\nproxies = 127.0.0.1" if front else "")
        self.set_general("")
        self.give_away(folder)
        try:
            self.start_all()
        except BaseException:
            self.stop()
            raise
        self.web = Web(self, origin, server.root, self.folder / "cert.pem" if self.chain else None)

    def prepare_front(self, folder):
        """Writes the configurations from the inside to the outside: each must know the port of the one behind it."""
        chain, port = [], self.web_server.port
        certificate = make_certificate(folder) if self.front else None
        for number, recipe in enumerate(reversed(self.front)):
            own = folder / f"front{number}"
            (own / "run").mkdir(parents=True)
            chain.insert(0, Started(recipe, own, {"backend": port, "certificate": certificate, "config": self.config}))
            port = chain[0].port
        return chain

    def give_away(self, folder):
        """Lets the servers' user have it all, where root runs the checks."""
        if os.geteuid() != 0:
            return
        folder.chmod(0o755)
        for path in [folder, *folder.glob("**/*")]:
            shutil.chown(path, "www-data", "www-data")
        if self.server.owner != "www-data":
            for path in [folder / "cgi-bin", folder / "data", self.binary, self.config]:
                shutil.chown(path, self.server.owner, "nogroup")

    def start_all(self):
        prefix = user_prefix("www-data")
        if self.server.workers:
            self.workers = Workers([self.binary], self.folder, 4, prefix, environment={"PATH": os.environ["PATH"]})
            self.running.append(self.workers)
        if self.server.fcgiwrap:
            self.running.append(FcgiWrap(self.folder, prefix))
        self.running.append(self.web_server.start())
        for front in reversed(self.chain):
            self.running.append(front.start())

    def set_general(self, lines):
        """Adds lines to [seeother]; FastCGI processes notice the new file by themselves."""
        self.configure_text(self.text(self, f"{self.general}\n{lines}"))

    def configure_text(self, text):
        """A file of the same owner in the place of the old one."""
        owner = self.config.stat() if self.config.exists() else None
        super().configure_text(text)
        if owner:
            os.chown(self.config, owner.st_uid, owner.st_gid)

    def reload(self):
        self.web_server.reload()
        if self.workers:
            for pid in self.workers.supervisors():
                os.kill(pid, signal.SIGHUP)

    def program_processes(self):
        """The processes of this place that run seeother."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(path / "exe").removesuffix(" (deleted)") in (str(self.binary), str(self.folder / self.server.program)):
                    found.append(int(path.name))
            except OSError:
                pass  # ended
        return found

    def is_idle(self):
        """Tells whether no CGI process is left over."""
        return "seeother" in self.server.root and self.stays() or not self.program_processes()

    def stays(self):
        return self.workers or "FastCGI" in (recipes.FOLDER / self.server.file).read_text().split("\n")[0] or "fcgid" in self.server.file

    def killed(self):
        return self.was_killed

    def unexpected_lines(self):
        """What the logs of the server and of seeother have, but for notices of starts and ends."""
        lines = [line for line in self.log().splitlines() if line.strip() and not re.search(self.server.notices, line)]
        return lines + [line for each in self.chain for line in each.log().splitlines() if not re.search(each.recipe.notices, line)]

    def log(self):
        return self.web_server.log()

    def stop(self):
        for each in reversed(self.running):
            try:
                each.stop()
            except subprocess.TimeoutExpired:
                pass


class FcgiWrap:
    """fcgiwrap with four processes, under spawn-fcgi."""

    def __init__(self, folder, prefix):
        with open(folder / "fcgiwrap.log", "ab") as log:
            self.process = subprocess.Popen([*prefix, "spawn-fcgi", "-n", "-s", str(folder / "run/fcgiwrap"), "--", path_of("fcgiwrap"), "-c", "4", "-f"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for("fcgiwrap", lambda: answers(folder / "run/fcgiwrap"))

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
