"""The same programs as users have them: behind lighttpd and nginx, with wrk as the load."""
import os
import shutil
import subprocess
from functools import partial

import measure
import web_servers
from harness.processes import cpu_seconds, family, memory
from measure import BODY, TOP

WORKERS, CLIENTS = 32, 64


def wrk(url, seconds, connections, body=None):
    """Requests a second, their median and 99th percentile in µs, failures, and how many there were: posts of the body, or GETs."""
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", TOP / "bench" / "post.lua", url]
    variables = os.environ | ({"BODY": body.decode()} if body else {})
    done = subprocess.run(command, capture_output=True, text=True, env=variables)
    figures = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("figures")]
    if not figures:
        raise measure.Unmeasured(f"wrk ended with {done.returncode}: {(done.stdout + done.stderr)[-400:]}")
    return [float(word) for word in figures[0]]


def post(server, seconds):
    figures = wrk(f"{server.origin}/seeother/contact", seconds, CLIENTS, BODY)
    if figures[3]:
        raise measure.Unmeasured(f"{figures[3]:.0f} posts failed: {server.log()[-400:]}")
    return figures


def rate(folder, extent, settings, make):
    with measure.turn(folder) as made, measure.serving(make(made), made, WORKERS) as (path, pids), \
            web_servers.start(made, settings, path) as server:
        return loaded(extent, server, pids, lambda: family(server.process.pid))


def alone(folder, extent, settings):
    """A server that keeps posts itself."""
    with measure.turn(folder) as made, web_servers.start(made, settings) as server:
        return loaded(extent, server, lambda: family(server.process.pid), list)


def loaded(extent, server, pids, others):
    post(server, 1)
    before, others_before = cpu_seconds(pids()), cpu_seconds(others())
    posts, median, p99, _, count = post(server, extent.seconds)
    used, besides = cpu_seconds(pids()) - before, cpu_seconds(others()) - others_before
    return {"rate": posts, "p50": median / 1000, "p99": p99 / 1000, "cpu": used / count * 1e6, "memory": memory(pids()),
            "load": besides / count * 1e6}


def compare(folder, extent, programs):
    """A table for each web server that is installed: all with durable = yes and one log."""
    blocks = []
    for name, settings in (("lighttpd", web_servers.lighttpd()), ("nginx", web_servers.nginx())):
        if not web_servers.installed(settings) or not shutil.which("wrk"):
            print(f"\nthrough {name} by wrk: not installed")
            continue
        runs = {each: partial(rate, folder, extent, settings, make) for each, make in programs.items()}
        if name == "nginx" and web_servers.has_lua():
            runs["Lua within nginx"] = partial(alone, folder, extent, web_servers.lua(WORKERS))
        elif name == "nginx":
            print("\nLua within nginx: not installed")
        rows = measure.turns(extent.rounds, runs)
        title = f"through {name} by wrk, durable = yes, one log, {WORKERS} workers, {CLIENTS} clients"
        measure.show(title, rows, "bare loop", besides=name)
        blocks.append({"title": title, "rows": rows})
    return blocks
