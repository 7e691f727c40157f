"""
What must hold behind every web server when something goes wrong: the server is reloaded or workers are killed while posts come in, a
client goes away, and what the logs have said until then.
"""
import os
import random
import re
import signal
import socket
import struct
import threading
import time

from harness.processes import is_alive, wait_for
from servers.checks import check, names_kept, same

CLIENTS, POSTS = 4, 25


class Load:
    """
    Clients that post while something happens. Each post has a key, or behind a server that keeps the header for itself the token of a
    drawn form, and is sent again until it is answered 303.
    """

    def __init__(self, web):
        self.web, self.acknowledged, self.failures, self.stuck = web, [], [], []
        self.threads = [threading.Thread(target=self.run, args=[number]) for number in range(CLIENTS)]
        self.prefix = f"load-{time.monotonic_ns()}"

    def run(self, number):
        for post in range(POSTS):
            name = f"{self.prefix}-{number}-{post}"
            if not self.send(name):
                self.stuck.append(name)
            time.sleep(0.01)

    def token(self):
        return re.search('name="_token" value="([^"]+)"', self.web.get("/contact").text)[1] if "retried" in self.web.place.server.limits else ""

    def send(self, name):
        end, token = time.monotonic() + 20, None
        while time.monotonic() < end:
            try:
                token = self.token() if token is None else token
                answer = self.web.post("/contact", f"name={name}&_token={token}", Idempotency_Key=f'"{name}"')
                if answer.status == 303:
                    self.acknowledged.append((name, self.web.below(answer.getheader("Location"))))
                    return True
                self.failures.append(f"{answer.status}")
            except (OSError, ValueError, EOFError, AssertionError) as failure:
                self.failures.append(type(failure).__name__)
            except Exception as failure:  # http.client has many of its own
                self.failures.append(type(failure).__name__)
            time.sleep(0.1)
        return False

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.join()

    def check(self):
        """Every post that was acknowledged is kept, once, where the 303 said."""
        same(self.stuck, [])
        same(len(self.acknowledged), CLIENTS * POSTS)
        same(names_kept(self.web, self.prefix), sorted(name for name, _ in self.acknowledged))
        for name, path in random.sample(self.acknowledged, 5):
            assert name in self.web.get(path).text, f"{name} is not at {path}"


@check("the logs say nothing unexpected of all this")
def logs(web):
    said = web.place.unexpected_lines()
    assert not said, said[:5]


@check("a graceful reload under load fails no post")
def reload(web):
    with Load(web) as load:
        for _ in range(2):
            time.sleep(0.15)
            web.place.reload()
    load.check()
    same(load.failures, [])


@check("kill -9 of seeother's processes under load: nothing acknowledged is lost, nothing kept twice")
def kill(web):
    for _ in range(5):  # CGI processes are short: a load may be over before one was met
        with Load(web) as load:
            killed = kill_some(web.place, load)
        web.place.was_killed = True
        load.check()
        if killed:
            return
    raise AssertionError("no process was met")


def kill_some(place, load):
    """Kills up to six processes while posts come in, and gives how many."""
    killed, end = 0, time.monotonic() + 20
    while killed < 6 and time.monotonic() < end and any(thread.is_alive() for thread in load.threads):
        pids = place.program_processes()
        for pid in random.sample(pids, min(2, len(pids))):
            try:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass  # a CGI process that has ended
        time.sleep(0.1 if pids else 0.001)
    return killed


def reset(connection):
    """Closes a connection with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@check("clients that go away amid a post or an answer: nothing of theirs is kept, others are served")
def aborted(web):
    server, before = web.place.web_server.process, len(web.records("any"))
    for _ in range(4):
        connection = web.connect()
        connection.sendall(f"POST {web.root}/any HTTP/1.1\r\nHost: {web.address[0]}:{web.address[1]}\r\nContent-Length: 100000\r\n"
                           "Content-Type: application/x-www-form-urlencoded\r\n\r\ntext=half".encode())
        reset(connection)
        connection = web.connect()
        connection.sendall(f"GET {web.root}/contact HTTP/1.1\r\nHost: {web.address[0]}:{web.address[1]}\r\n\r\n".encode())
        reset(connection)
    begun = time.monotonic()
    same(web.post("/contact", "name=after").status, 303)
    assert time.monotonic() - begun < 5, "others had to wait"
    wait_for("the end of what was cut off", lambda: len(web.records("any")) == before and web.place.is_idle(), 30)
    assert is_alive(server.pid)
