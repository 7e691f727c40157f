"""Remembers what a test does, so that a failing test can show it: the last requests, their answers, and the logs of its places."""
import collections
import contextlib
import threading
import time

KEPT, MOST = 6, 1500  # exchanges that are remembered, and characters that are shown of each part of them
MOST_LOG = 4000       # characters that are shown of each log
at_work = []          # the places of the test that runs
last = collections.deque(maxlen=KEPT)
lock = threading.Lock()


class Exchange:
    """One request, and what came for it."""

    def __init__(self, how, values, body):
        self.how, self.values, self.body = how, dict(values), bytes(body[:MOST + 1])
        self.begun, self.took, self.out, self.errors, self.wrong = time.time(), None, None, b"", ""

    def came(self, out, errors=b""):
        self.took, self.out, self.errors = time.time() - self.begun, bytes(out[:MOST + 1]), bytes(errors[:MOST + 1])

    def __str__(self):
        moment = time.strftime("%H:%M:%S", time.gmtime(self.begun))
        lines = [f"--- request, {self.how}, {moment} UTC", *(f"{name}={value}" for name, value in self.values.items())]
        lines += ["", shown(self.body)] if self.body else []
        took = f", after {self.took:.3f} s" if self.took is not None else ""
        lines += [f"--- answer{took}", "nothing came" if self.out is None else shown(self.out)]
        lines += ["--- standard error", shown(self.errors)] if self.errors else []
        return "\n".join(lines + ([f"--- {self.wrong}"] if self.wrong else []))


def shown(content):
    """Bytes as text of bounded length, in which no byte can disturb a terminal."""
    text = content[:MOST].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    text = "".join(c if c in "\n\t" or c.isprintable() else repr(c)[1:-1] for c in text)
    return text.rstrip("\n") + (" …" if len(content) > MOST else "")


@contextlib.contextmanager
def noted(how, values, body=b""):
    """Remembers an exchange: whoever sends says with came() what came back. What went wrong is remembered as well."""
    exchange = Exchange(how, values, body)
    with lock:
        last.append(exchange)
    try:
        yield exchange
    except Exception as wrong:
        exchange.wrong = f"{type(wrong).__name__}: {str(wrong)[:200]}"
        raise


def watch(place):
    """Has the logs of a place shown where the test fails."""
    if place not in at_work:
        at_work.append(place)


def forget():
    """A new test begins."""
    with lock:
        last.clear()
    at_work.clear()


def report(count=3):
    """What a failing test shows, as pairs of a title and a text: its last exchanges, the newest last, and the ends of its logs."""
    with lock:
        shown_last = list(last)[-count:]
    yield "last requests and answers", "\n\n".join(map(str, shown_last))
    for place in at_work:
        yield f"log of {place.folder.name}", place.log()[-MOST_LOG:]
        yield f"log of the worker of tasks of {place.folder.name}", place.worker_log()[-MOST_LOG:]
