"""The same programs as users have them: behind lighttpd and nginx, with wrk as the load."""
import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import time

import measure
from measure import BODY, TOP

WORKERS, CLIENTS = 32, 64
LIGHTTPD = """
server.modules = ("mod_fastcgi")
server.document-root = "{folder}/htdocs"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.upload-dirs = ("{folder}")
server.max-keep-alive-requests = 1000
fastcgi.server = ("/seeother" => (("socket" => "{path}", "check-local" => "disable")))
"""
NGINX = """
daemon off;
user root;
worker_processes auto;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	client_body_temp_path {folder}/body;
	fastcgi_temp_path {folder}/fastcgi;
	proxy_temp_path {folder}/proxy;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	server {{
		listen 127.0.0.1:{port};
		location /seeother/ {{
			fastcgi_split_path_info ^(/seeother)(/.*)$;
			fastcgi_param PATH_INFO $fastcgi_path_info;
			fastcgi_param HTTP_HOST $host:$server_port;
			include /etc/nginx/fastcgi_params;
			fastcgi_param SCRIPT_FILENAME {script};
			fastcgi_pass unix:{path};
		}}
	}}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/seeother/contact", BODY, {"Content-Type": "application/x-www-form-urlencoded"})
    return connection.getresponse().status


@contextlib.contextmanager
def server(folder, command, text, path):
    port, configuration = free_port(), folder / "server.conf"
    (folder / "htdocs").mkdir()
    (folder / "htdocs" / "seeother").symlink_to(TOP / "bench" / "peers" / "form.php")  # where lighttpd tells PHP to look
    configuration.write_text(text.format(folder=folder, port=port, path=path, script=TOP / "bench" / "peers" / "form.php"))
    process = subprocess.Popen([*command, configuration], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 10
        with socket.socket() as probe:
            while probe.connect_ex(("127.0.0.1", port)) != 0:
                assert time.monotonic() < end, "the web server did not start"
                time.sleep(0.02)
        assert (status := post(port)) == 303, f"the web server answers {status}"
        yield port, process
    finally:
        process.terminate()
        process.wait()


def wrk(port, seconds):
    command = ["wrk", "-t", "1", "-c", str(CLIENTS), "-d", f"{seconds}s", "-s", TOP / "bench" / "post.lua",
               f"http://127.0.0.1:{port}/seeother/contact"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"BODY": BODY.decode()})
    words = next(line.split()[1:] for line in done.stdout.splitlines() if line.startswith("figures"))
    assert float(words[3]) == 0, done.stdout
    return [float(word) for word in words]


def rate(folder, extent, command, text, make):
    with measure.turn(folder) as made, measure.serving(make(made), made, WORKERS) as (path, pids), \
            server(made, command, text, path) as (port, process):
        wrk(port, 1)
        before, server_before = measure.cpu_seconds(pids()), measure.cpu_seconds(measure.family(process.pid))
        posts, median, p99, _, count = wrk(port, extent.seconds)
        used = measure.cpu_seconds(pids()) - before
        besides = measure.cpu_seconds(measure.family(process.pid)) - server_before
        return {"rate": posts, "p50": median / 1000, "p99": p99 / 1000, "cpu": used / count * 1e6,
                "memory": measure.memory(pids()), "load": besides / count * 1e6}


def compare(folder, extent, programs):
    """A table for each web server that is installed: all with durable = yes and one log."""
    blocks = []
    for name, command, text in (("lighttpd", ["lighttpd", "-D", "-f"], LIGHTTPD), ("nginx", ["nginx", "-c"], NGINX)):
        command[0] = shutil.which(command[0], path="/usr/sbin:" + os.environ["PATH"])
        if not command[0] or not shutil.which("wrk"):
            print(f"\nthrough {name} by wrk: not installed")
            continue
        rows = measure.turns(extent.rounds, {each: lambda make=make: rate(folder, extent, command, text, make)
                                             for each, make in programs.items()})
        title = f"through {name} by wrk, durable = yes, one log, {WORKERS} workers, {CLIENTS} clients"
        measure.show(title, rows, "bare loop", besides=name)
        blocks.append({"title": title, "rows": rows})
    return blocks
