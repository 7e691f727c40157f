"""
The web servers that the checks run behind: each with its file in packaging/servers, which is taken as it stands but for its paths, ports
and passwords, and with as much configuration around it as a distribution has.
"""
import base64
import hashlib
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from harness.paths import TOP

FOLDER = TOP / "packaging" / "servers"


@dataclass
class Recipe:
    """A file of packaging/servers, and how a server is started with it. {folder}, {port}, {backend} and {file} may stand in most of it."""
    name: str                                       # as the table has it
    file: str                                       # in packaging/servers
    command: list                                   # {file} is the configuration
    around: str = "{recipe}"                        # the configuration
    beside: dict = field(default_factory=dict)      # further files of the folder
    edits: list = field(default_factory=list)       # what has to be other in the recipe, and what takes its place
    packages: list = field(default_factory=list)    # of Debian
    environment: dict = field(default_factory=dict)
    notices: str = "$^"                             # what the log may say
    reload: object = None                           # a signal or a command, where there is one
    limits: dict = field(default_factory=dict)      # checks that must fail, and why
    as_root: bool = False                           # whether it is started as root where root runs the checks, and gives that up itself

    def text(self, names):
        """The recipe with the paths of a try instead of its own."""
        lines = (FOLDER / self.file).read_text()
        for pattern, instead in [*self.edits, *PATHS]:
            lines, count = re.subn(pattern, lambda _: instead.format(**names), lines)
            assert count or (pattern, instead) in PATHS, f"{self.file} lacks {pattern}"
        return lines


@dataclass
class Server(Recipe):
    """A web server with seeother behind it."""
    root: str = "/seeother"                         # the path of the program
    workers: bool = False                           # whether seeother runs beside it, under spawn-fcgi and multiwatch
    fcgiwrap: bool = False
    program: str = "cgi-bin/seeother"               # where the program is, below the folder
    wrapper: str = ""                               # where a script calls it that names config.ini, if the server passes no variable on
    owner: str = "www-data"                         # whom the files belong to
    parent: str = ""                                # where its folder has to be
    sendfile: str = ""                              # the key of config.ini, where it can send files itself
    general: str = ""                               # what [seeother] needs
    sometimes: dict = field(default_factory=dict)   # checks that may fail, and why
    authentication: str = "--basic"                 # how curl is to send a password
    omitted: dict = field(default_factory=dict)     # checks that have nothing to look at, and why

    @property
    def passwords(self):
        """How openssl hashes the passwords of the owners, as the file says."""
        return "sha1" if "htpasswd -s" in (FOLDER / self.file).read_text() else "-apr1"


PATHS = [(r"/etc/seeother/config\.ini|/home/site/seeother\.ini", "{config}"), (r"/(etc/seeother|home/site)/owners", "{folder}/owners"),
         ("/usr/local/bin/seeother", "{folder}/cgi-bin/seeother"), ("/srv/cgi-bin|/var/www/site/cgi-bin", "{folder}/cgi-bin"),
         ("/srv/www", "{folder}/htdocs"), (r"/run/seeother\.socket", "{folder}/socket"), (r"/run/lighttpd/seeother\.socket", "{folder}/run/socket"),
         (r"/run/fcgiwrap\.socket", "{folder}/run/fcgiwrap"), ("/var/lib/seeother", "{folder}/data"),
         (r"/etc/ssl/example\.org\.pem", "{certificate}"), (r"127\.0\.0\.1:8080", "127.0.0.1:{backend}")]


def hashed(kind):
    if kind == "sha1":
        return "{SHA}" + base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    return subprocess.run(["openssl", "passwd", kind, "secret"], capture_output=True, text=True, check=True).stdout.strip()


def caddy_hash():
    return subprocess.run(["caddy", "hash-password", "--plaintext", "secret"], capture_output=True, text=True, check=True).stdout.strip()


# --- lighttpd ---

LIGHTTPD = {"command": ["lighttpd", "-D", "-f", "{file}"], "packages": ["lighttpd"], "reload": signal.SIGUSR1, "sendfile": "yes",
            "notices": r"server started|graceful (shutdown|restart)|server stopped|password doesn't match", "around": """
server.document-root = "{folder}/htdocs"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.breakagelog = "{folder}/cgi.log"
server.upload-dirs = ("{folder}/run")
mimetype.assign = (".html" => "text/html", ".ttl" => "text/turtle", ".rdf" => "application/rdf+xml")
{recipe}
"""}

# --- nginx ---

NGINX_HTTP = """
daemon off;
pid {folder}/run/nginx.pid;
error_log {folder}/error.log info;
events {{ }}
http {{
    types {{ text/html html; text/turtle ttl; application/rdf+xml rdf; }}
    access_log off;
    client_body_temp_path {folder}/run/body;
    fastcgi_temp_path {folder}/run/fastcgi;
    proxy_temp_path {folder}/run/proxy;
    scgi_temp_path {folder}/run/scgi;
    uwsgi_temp_path {folder}/run/uwsgi;
    {recipe}
}}
"""
DISTRIBUTED = Path("/etc/nginx/fastcgi_params")
FASTCGI_PARAMS = DISTRIBUTED.read_text().replace("{", "{{").replace("}", "}}") if DISTRIBUTED.exists() else ""
NGINX_COMMAND = ["nginx", "-p", "{folder}", "-e", "{folder}/error.log", "-c", "{file}"]
NGINX_NOTICES = r"\[(notice|info)\]|is buffered to a temporary file|user \"alice\": password mismatch"
NGINX = {"command": NGINX_COMMAND, "reload": signal.SIGHUP, "notices": NGINX_NOTICES, "sendfile": "/seeother-files/",
         "beside": {"fastcgi_params": FASTCGI_PARAMS},
         "around": NGINX_HTTP.replace("{recipe}", "server {{ listen 127.0.0.1:{port}; root {folder}/htdocs; {recipe} }}")}

# --- Apache ---

MODULES = ["authz_core", "authz_host", "mime", "alias", "env", "setenvif", "authn_core", "authn_file", "auth_basic", "authz_user", "xsendfile"]
APACHE_NOTICES = r":notice\]|:info\]|AH01617: user alice: authentication failure"


APACHE_LIMITS = {"path_slash": "It answers 404 to %2F itself, unless AllowEncodedSlashes NoDecode is set."}


def apache(*modules, override="None", more="", packages=(), recipe="{recipe}", beside=None, as_root=False):
    loaded = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in (*modules, *MODULES))
    return {"command": ["apache2", "-d", "{folder}", "-f", "{file}", "-D", "FOREGROUND"], "reload": signal.SIGUSR1, "beside": beside or {},
            "packages": ["apache2", "libapache2-mod-xsendfile", *packages], "notices": APACHE_NOTICES, "as_root": as_root, "limits": APACHE_LIMITS, "around": f"""
ServerRoot "{{folder}}"
ServerName localhost
Listen 127.0.0.1:{{port}}
PidFile {{folder}}/run/apache.pid
ErrorLog {{folder}}/error.log
{loaded}
DocumentRoot "{{folder}}/htdocs"
TypesConfig /dev/null
AddType text/html .html
AddType text/turtle .ttl
AddType application/rdf+xml .rdf
<Directory "{{folder}}/htdocs">
    Require all granted
    AllowOverride {override}
</Directory>
{"User www-data" + chr(10) + "Group www-data" if as_root and os.geteuid() == 0 else ""}
{more}
{recipe}
"""}


FCGID = "FcgidIPCDir {folder}/run/fcgid\nFcgidProcessTableFile {folder}/run/fcgid_shm"
CGI = "/cgi-bin/seeother"
NO_SENDFILE = "It knows neither X-Sendfile nor X-Accel-Redirect."
HEALTH = "It protects all URIs that begin so, and asks for a password there too."
UNDECODED = "It does not decode chunked bodies: they are answered 411."
NO_RELOAD = "It can't be reloaded."
CLOSES = "It closes the connection after an answer, and does not say so in it. A program that sends a second request must open another one."
UNREAD = "It closes the connection on a post that seeother refuses unread; Caddy, which is still sending that post, now and then cuts the answer."
DECODED_PATH = "It decodes the path before a program sees it, so %2F and / are the same."

MERECAT = {
    "unchanged retried cross_origin three_megabytes": "It passes few headers on to programs; If-None-Match, Idempotency-Key, Origin and Range are not among them.",
    "chunked chunked_large": UNDECODED,
    "other_methods": "It answers 501 to PUT and PATCH itself.",
    "preflight": "It answers OPTIONS itself.",
    "forged": "It gives programs an empty REMOTE_ADDR if there is an X-Forwarded-For, so the visitor's address is unknown and rates count nothing.",
    "desk desk_first": "It protects whole folders only, by an .htpasswd in them, and not a part of the program's URIs.",
}

CADDY = """
{{
	admin unix//{folder}/run/caddy-admin
	storage file_system {folder}/run/caddy
	auto_https disable_redirects
	log {{
		level WARN
	}}
}}
{recipe}
"""
CADDY_NOTICES = "using provided configuration|input is not formatted"
CADDY_COMMAND = ["caddy", "run", "--adapter", "caddyfile", "--config", "{file}"]
CADDY_RELOAD = ["caddy", "reload", "--adapter", "caddyfile", "--config", "{file}", "--address", "unix//{folder}/run/caddy-admin"]
HAPROXY = """
global
    log stderr format raw daemon notice
    stats socket {folder}/run/haproxy
{recipe}
"""
CONFIG = {"SEEOTHER_CONFIG": "{config}"}


def servers():
    """All of them, in the order of the table."""
    return [
        Server("lighttpd, FastCGI", "lighttpd.conf", workers=True, **LIGHTTPD),
        Server("lighttpd, bin-path", "lighttpd-binpath.conf", **LIGHTTPD),
        Server("lighttpd, CGI", "lighttpd-cgi.conf", root=CGI, **LIGHTTPD),
        Server("nginx", "nginx.conf", workers=True, packages=["nginx"], **NGINX),
        Server("nginx, fcgiwrap", "nginx-fcgiwrap.conf", root=CGI, fcgiwrap=True, packages=["nginx", "fcgiwrap"], **NGINX),
        Server("Apache, mod_proxy_fcgi", "apache.conf", workers=True, sendfile="yes", **apache("mpm_event", "proxy", "proxy_fcgi")),
        Server("Apache, mod_cgi", "apache-cgi.conf", root=CGI, sendfile="yes", **apache("mpm_prefork", "cgi")),
        Server("Apache, mod_cgid", "apache-cgi.conf", root=CGI, sendfile="yes", sometimes={"reload": "Its daemon is started anew meanwhile: a few requests are answered 503."},
               **apache("mpm_event", "cgid", more="ScriptSock {folder}/run/cgisock")),
        Server("Apache, mod_fcgid", "apache-fcgid.conf", sendfile="yes",
               sometimes={"reload": "Its process manager is started anew meanwhile: now and then a request waits until its time is over."},
               **apache("mpm_event", "fcgid", more=FCGID, packages=["libapache2-mod-fcgid"], as_root=True)),
        Server("Apache, suexec", "apache-suexec.conf", root=CGI, owner="nobody", parent="/var/www", edits=[("site site", "nobody nogroup")],
               omitted={"sendfile": "The server's user may not read what the site's user keeps."},
               **apache("mpm_prefork", "cgi", "suexec", packages=["apache2-suexec-custom"], as_root=True)),
        Server("Apache, .htaccess", "apache-shared.htaccess", root="/forms/seeother.cgi", program="htdocs/forms/seeother.cgi",
               omitted={"sendfile": "Only the host can allow X-Sendfile there."},
               **apache("mpm_prefork", "cgi", override="All", recipe="", beside={"htdocs/forms/.htaccess": "{recipe}"})),
        Server("Caddy", "Caddyfile", CADDY_COMMAND, CADDY, workers=True, packages=["caddy"], reload=CADDY_RELOAD, sendfile="/seeother-files/", notices=CADDY_NOTICES,
               edits=[(r"example\.org \{", "http://127.0.0.1:{port} {{"), ("JDJh[0-9A-Za-z]+", "{caddy_hash}")]),
        Server("HAProxy", "haproxy.cfg", ["haproxy", "-W", "-f", "{file}"], HAPROXY, workers=True, packages=["haproxy"], reload=signal.SIGUSR2,
               edits=[("bind :80", "bind 127.0.0.1:{port}"), (r"\$5\$salt\$hash", "{sha256}")], notices=r"^\[NOTICE\]", omitted={"sendfile": NO_SENDFILE},
               sometimes={f"{check} behind Caddy": UNREAD for check in ("same_connection", "too_large")},
               limits={"chunked_large": "It takes a chunked body for FastCGI only if all of it fits into a buffer (tune.bufsize, 16 KiB), and answers 400 otherwise."}),
        Server("h2o", "h2o.conf", ["h2o", "-c", "{file}"], "{recipe}\npid-file: {folder}/run/h2o.pid\nerror-log: {folder}/error.log\n", workers=True,
               packages=["h2o"], general="base = {origin}/seeother",
               edits=[("port: 80", "host: 127.0.0.1\n      port: {port}"), (r'"example\.org"', '"127.0.0.1:{port}"')],
               notices=r"is ready to serve|raised RLIMIT", omitted={"sendfile": NO_SENDFILE, "reload": NO_RELOAD}),
        Server("BusyBox httpd", "busybox.conf", ["busybox", "httpd", "-f", "-p", "127.0.0.1:{port}", "-h", "{folder}/htdocs", "-c", "{file}"], root=CGI,
               program="htdocs/cgi-bin/seeother", environment=CONFIG, packages=["busybox-static"], edits=[(r"\$1\$salt\$hash", "{md5}")],
               omitted={"sendfile": NO_SENDFILE, "reload": NO_RELOAD},
               limits={"unchanged": "It keeps If-None-Match for itself.", "chunked": UNDECODED,
                       "chunked_large": UNDECODED, "three_megabytes": "It keeps Range for itself: the whole file comes.",
                       "path_slash": DECODED_PATH, "desk_first": "It answers 404 to each path that ends in a slash: open /cgi-bin/seeother/- instead.",
                       "same_connection": CLOSES, "health": HEALTH}),
        Server("uWSGI", "uwsgi.ini", ["uwsgi", "--ini", "{file}"], root=CGI, packages=["uwsgi-core"], reload=signal.SIGHUP,
               edits=[("= :80", "= 127.0.0.1:{port}")], notices="", omitted={"sendfile": NO_SENDFILE},
               limits={"chunked": UNDECODED, "chunked_large": UNDECODED,
                       "same_connection": CLOSES}),
        Server("civetweb", "civetweb.conf", ["civetweb", "{file}"], root="/cgi-bin/seeother.cgi", program="htdocs/cgi-bin/seeother.cgi",
               packages=["civetweb"], authentication="--digest", edits=[("listening_ports 80", "listening_ports 127.0.0.1:{port}\nerror_log_file {folder}/error.log")],
               notices="CivetWeb V|Loading config", omitted={"sendfile": NO_SENDFILE, "reload": NO_RELOAD}, limits={"path_slash": DECODED_PATH, "same_connection": CLOSES, "health": HEALTH}),
        Server("merecat", "merecat.conf", ["merecat", "-n", "-P", "{folder}/run/merecat.pid", "-f", "{file}", "{folder}/htdocs", "127.0.0.1"], root=CGI,
               wrapper="htdocs/cgi-bin/seeother", general="base = {origin}" + CGI, packages=["merecat"], edits=[("port = 80", "port = {port}")],
               notices="starting on", omitted={"sendfile": NO_SENDFILE, "reload": NO_RELOAD},
               sometimes={"same_connection behind Caddy": UNREAD},
               limits={name: why for names, why in MERECAT.items() for name in names.split()} | {
                   f"client behind {front}": MERECAT["forged"] for front in ("nginx", "HAProxy", "Caddy", "Varnish")}),
    ]


def fronts():
    """What may stand before a web server and do TLS, each a chain of recipes from the outside."""
    haproxy = Recipe("HAProxy", "tls-haproxy.cfg", ["haproxy", "-W", "-f", "{file}"], HAPROXY, packages=["haproxy"],
                     edits=[("bind :443", "bind 127.0.0.1:{port}")])
    return {
        "nginx": [Recipe("nginx", "tls-nginx.conf", NGINX_COMMAND, NGINX_HTTP, packages=["nginx"], edits=[("listen 443", "listen 127.0.0.1:{port}")])],
        "HAProxy": [haproxy],
        "Caddy": [Recipe("Caddy", "tls-Caddyfile", CADDY_COMMAND, CADDY, packages=["caddy"],
                         edits=[(r"example\.org \{", "https://127.0.0.1:{port} {{\n\ttls {certificate} {certificate}")])],
        "Varnish": [haproxy, Recipe("Varnish", "varnish.vcl", ["varnishd", "-F", "-n", "{folder}/run/varnish", "-a", "127.0.0.1:{port}", "-f", "{file}"],
                                    packages=["varnish"], edits=[(r'port = "8080"', 'port = "{backend}"')])],
    }
