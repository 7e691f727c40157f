"""The same programs as users have them: behind lighttpd and nginx, with wrk as the load."""
import os
import shutil
import subprocess

import measure
from harness import clients, servers
from harness.processes import cpu_seconds, family, memory
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


class Server(servers.WebServer):
    """A web server that passes /seeother on to the socket at the path."""

    def __init__(self, folder, command, text, path):
        script = TOP / "bench" / "peers" / "form.php"
        (folder / "htdocs").mkdir()
        (folder / "htdocs" / "seeother").symlink_to(script)  # where lighttpd tells PHP to look
        super().__init__(folder, command, text, path=path, script=script)

    def __enter__(self):
        answer = self.request("POST", "/seeother/contact", BODY, {"Content-Type": clients.FORM})
        assert answer.status == 303, f"the web server answers {answer.status}"
        return self

    def __exit__(self, *_):
        self.stop()


def wrk(port, seconds):
    command = ["wrk", "-t", "1", "-c", str(CLIENTS), "-d", f"{seconds}s", "-s", TOP / "bench" / "post.lua",
               f"http://127.0.0.1:{port}/seeother/contact"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"BODY": BODY.decode()})
    words = next(line.split()[1:] for line in done.stdout.splitlines() if line.startswith("figures"))
    assert float(words[3]) == 0, done.stdout
    return [float(word) for word in words]


def rate(folder, extent, command, text, make):
    with measure.turn(folder) as made, measure.serving(make(made), made, WORKERS) as (path, pids), \
            Server(made, command, text, path) as server:
        wrk(server.port, 1)
        before, server_before = cpu_seconds(pids()), cpu_seconds(family(server.process.pid))
        posts, median, p99, _, count = wrk(server.port, extent.seconds)
        used = cpu_seconds(pids()) - before
        besides = cpu_seconds(family(server.process.pid)) - server_before
        return {"rate": posts, "p50": median / 1000, "p99": p99 / 1000, "cpu": used / count * 1e6,
                "memory": memory(pids()), "load": besides / count * 1e6}


def compare(folder, extent, programs):
    """A table for each web server that is installed: all with durable = yes and one log."""
    blocks = []
    for name, command, text in (("lighttpd", ["lighttpd", "-D", "-f", "{file}"], LIGHTTPD), ("nginx", ["nginx", "-c", "{file}"], NGINX)):
        if not servers.path_of(name) or not shutil.which("wrk"):
            print(f"\nthrough {name} by wrk: not installed")
            continue
        rows = measure.turns(extent.rounds, {each: lambda make=make: rate(folder, extent, command, text, make)
                                             for each, make in programs.items()})
        title = f"through {name} by wrk, durable = yes, one log, {WORKERS} workers, {CLIENTS} clients"
        measure.show(title, rows, "bare loop", besides=name)
        blocks.append({"title": title, "rows": rows})
    return blocks
