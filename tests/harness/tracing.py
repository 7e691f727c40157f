"""strace around the program: calls that fail on purpose, and the order in which something was made durable."""
import os
import re

from harness import clients

UNCHECKED = {"ASAN_OPTIONS": "detect_leaks=0"}  # leaks can't be looked for in a traced process


def traced(trace, call, error):
    """A prefix under which the first such call of each process fails; the tracer is no parent (-D), so that signals pass."""
    return ["strace", "-D", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when=1"]


def order_of(program, folder, values=None, body=b"a=b", status=303):
    """The calls of one CGI request that make something durable, in their order, paths below the data folder."""
    trace = folder / "order"
    command = ["strace", "-y", "-qq", "-o", str(trace), "-e", "trace=pwrite64,ftruncate,fsync,fdatasync,link,rename,flock,write",
               program.binary]
    values = values or clients.variables(path="/any", body=body)
    assert clients.cgi(command, values, body, program.environment | UNCHECKED).status == status
    calls = []
    for line in trace.read_text().splitlines():
        call, argument = re.match(r"(\w+)\((.*)|(?=---)", line).groups("2<")
        if argument.startswith("2<"):
            continue  # what is said, and signals
        target = re.search(r"<([^>]*)>", argument) if call not in ("link", "rename") else re.search(r', "([^"]*)"', argument)
        path = os.path.relpath(target[1], program.data)
        if path.startswith("clock"):
            continue  # no answer depends on the look at the clock
        if call == "flock":
            call = "lock" if "LOCK_EX" in argument else "unlock"
        calls.append((call, re.sub(r"\d{4}-\d\d-\d\d", "DAY", path) if not path.startswith("..") or path == ".." else "answer"))
    return calls
