"""Web servers that pass /seeother on to a FastCGI socket, each set up so that it has room for some thousand connections."""
import glob
import os
from pathlib import Path

from harness import clients, servers
from measure import BODY, TOP, Unmeasured

LIGHTTPD = """
server.modules = ("mod_fastcgi")
server.document-root = "{folder}/htdocs"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.upload-dirs = ("{folder}")
server.max-fds = 8192
server.max-connections = 4000
server.max-keep-alive-requests = 1000
fastcgi.server = ("/seeother" => (("socket" => "{path}", "check-local" => "disable")))
"""
NGINX_FILES = """
	access_log off;
	client_body_temp_path {folder}/body;
	fastcgi_temp_path {folder}/fastcgi;
	proxy_temp_path {folder}/proxy;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
"""
NGINX = """
daemon off;
user root;
worker_processes auto;
worker_rlimit_nofile 8192;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 4000; }}
http {{""" + NGINX_FILES + """\
	server {{
		listen 127.0.0.1:{port} backlog=4096;
		root {folder}/htdocs;
		location /seeother/ {{
			fastcgi_split_path_info ^(/seeother)(/.*)$;
			fastcgi_param PATH_INFO $fastcgi_path_info;
			fastcgi_param HTTP_HOST $host:$server_port;
			include /etc/nginx/fastcgi_params;
			fastcgi_param SCRIPT_FILENAME {script};
			fastcgi_pass unix:{path};
			{more}
		}}
	}}
}}
"""
# The form in Lua, within nginx: as many processes as others have workers, since each waits for its flushes.
LUA = """
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off;
user root;
env DATA={folder};
env DURABLE={durable};
worker_processes {processes};
worker_rlimit_nofile 8192;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 1000; }}
http {{""" + NGINX_FILES + """\
	lua_package_path "{sources}/?.lua;;";
	server {{
		listen 127.0.0.1:{port} backlog=4096;
		location /seeother/ {{ content_by_lua_block {{ require("form")() }} }}
	}}
}}
"""
# A thread for each connection whose request has begun.
APACHE = """
ServerRoot "{folder}"
ServerName localhost
Listen 127.0.0.1:{port}
ListenBacklog 4096
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_fcgi_module {modules}/mod_proxy_fcgi.so
User www-data
Group www-data
ServerLimit 25
ThreadsPerChild {each}
StartServers {processes}
MinSpareThreads {each}
MaxSpareThreads {threads}
MaxRequestWorkers {threads}
DocumentRoot "{folder}/htdocs"
MaxKeepAliveRequests 0
ProxyPass /seeother/ unix:{path}|fcgi://localhost/ enablereuse=off
ProxyFCGISetEnvIf "true" SCRIPT_NAME "/seeother"
ProxyFCGISetEnvIf "%{{REQUEST_URI}} =~ m#^/seeother(/.*)#" PATH_INFO "$1"
"""
HAPROXY = """
global
	maxconn 4000
	log stderr local0 err
defaults
	mode http
	timeout connect 10s
	timeout client 60s
	timeout server 60s
fcgi-app seeother
	docroot /srv
	path-info ^(/seeother)(/.*)$
	no option keep-conn
frontend all
	bind 127.0.0.1:{port} backlog 4096
	http-request return status 200 content-type text/plain string "static" if {{ path /static.txt }}
	default_backend seeother
backend seeother
	use-fcgi-app seeother
	http-request set-header Host 127.0.0.1:{port}
	server all unix@{path} proto fcgi
"""
CADDY = """
{{
	admin off
	auto_https off
}}
http://127.0.0.1:{port} {{
	bind 127.0.0.1
	handle /seeother/* {{
		reverse_proxy unix/{path} {{
			transport fastcgi {{
				split /seeother
				root /srv
			}}
		}}
	}}
	handle {{
		root * {folder}/htdocs
		file_server
	}}
}}
"""


class Server(servers.WebServer):
    """A web server that passes /seeother on to the socket at the path, and has a small file at /static.txt."""

    def __init__(self, folder, command, text, path, **more):
        script = TOP / "bench" / "peers" / "form.php"
        documents = Path(folder) / "htdocs"
        documents.mkdir()
        (documents / "seeother").symlink_to(script)  # where lighttpd tells PHP to look
        (documents / "static.txt").write_text("static")
        if path and os.geteuid() == 0:  # Apache takes another user for its processes
            Path(folder).chmod(0o755)
            Path(path).chmod(0o777)
        super().__init__(folder, command, text, path=path, script=script, **more)

    def __enter__(self):
        try:
            answer = self.request("POST", "/seeother/contact", BODY, {"Content-Type": clients.FORM})
            if answer.status != 303:
                raise Unmeasured(f"the web server answers {answer.status}: {self.log()[-500:]}")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()


def lighttpd(more=""):
    return {"command": ["lighttpd", "-D", "-f", "{file}"], "text": LIGHTTPD + more}


def nginx(more=""):
    return {"command": ["nginx", "-e", "{folder}/error.log", "-c", "{file}"], "text": NGINX, "more": more}


def lua(processes, durable="yes"):
    return {"command": ["nginx", "-e", "{folder}/error.log", "-c", "{file}"], "text": LUA, "processes": processes, "durable": durable,
            "sources": TOP / "bench" / "peers"}


def apache(threads=1600, each=64):
    return {"command": ["apache2", "-DFOREGROUND", "-f", "{file}"], "text": APACHE, "threads": threads, "each": each,
            "processes": threads // each, "modules": "/usr/lib/apache2/modules"}


def haproxy():
    return {"command": ["haproxy", "-db", "-f", "{file}"], "text": HAPROXY}


def caddy():
    return {"command": ["env", "HOME={folder}", "XDG_DATA_HOME={folder}", "caddy", "run", "--adapter", "caddyfile", "--config", "{file}"],
            "text": CADDY}


def program(settings):
    """The name of the server's program, which may not be installed."""
    return next(word for word in settings["command"] if word != "env" and "=" not in word)


def installed(settings):
    return servers.path_of(program(settings)) is not None


def has_lua():
    return glob.glob("/usr/lib/nginx/modules/ngx_http_lua_module.so") and glob.glob("/usr/lib/*/lua/5.1/cjson.so")


def start(folder, settings, path=None):
    """Starts a server in a folder of its own; a context that gives it once it answers. Without a path it answers by itself."""
    return Server(folder, path=path, **settings)
