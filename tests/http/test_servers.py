"""
Through lighttpd, nginx and Apache, set up with their files of packaging/servers: the checks of all servers pass, curl follows things and
forwards, and all the rest works too. The servers run as the user www-data where the tests run as root, in a folder of their own.
"""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest

from harness import clients, exchanges
from harness.servers import WebServer, Workers, path_of
from harness.paths import TOP
from harness.place import Place
from harness.processes import wait_for
from servers import recipes, trying

ACCEPTS = {"text/html": "html", "text/turtle": "ttl", "application/rdf+xml": "rdf"}
NAMES = ["ada", "Ada L", "Ünal", "a&b", "100%", "a'b", "a,b;c", "日本", "a+b", "a=b", "~x", "<b>", 'q"q', "a?b", "a#b", "x" * 200]
CONFIG = """
[seeother]
data = ../data
durable = no

[thing people]
path = /id/{name}
""" + "".join(f"{kind} = /people/{{name}}.{ending}\n" for kind, ending in ACCEPTS.items()) + """
[forward seen]
path = /seen/{name}
to = /people/{name}.html
""" + "".join(f"""
[forward again-{name}]
path = /again-{name}
to = {root}/any
status = 307
""" for name, root in (("cgi", "/cgi-bin/seeother"), ("fastcgi", "/seeother"))) + """
[form contact]
withdraw = 1h
[fields contact]
name = text required

[form hidden]
owners = alice
show = none

[form job]
after = slow
[task slow]
command = /bin/sh -c 'sleep 2 && touch ../done'

[form any]
files = yes
show_files = yes
max_body = 3M
max_value = 3M
"""


def recipe(*names):
    """Files of packaging/servers."""
    return "".join((TOP / "packaging" / "servers" / name).read_text() for name in names)


LIGHTTPD = """
server.document-root = "{folder}/htdocs"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.breakagelog = "{folder}/cgi.log"
server.upload-dirs = ("{folder}/run")
mimetype.assign = (".html" => "text/html", ".ttl" => "text/turtle", ".rdf" => "application/rdf+xml")
{recipe}
"""
NGINX = """
daemon off;
pid {folder}/run/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    types {{ text/html html; text/turtle ttl; application/rdf+xml rdf; }}
    access_log off;
    client_body_temp_path {folder}/run/body;
    fastcgi_temp_path {folder}/run/fastcgi;
    proxy_temp_path {folder}/run/proxy;
    scgi_temp_path {folder}/run/scgi;
    uwsgi_temp_path {folder}/run/uwsgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/htdocs;
        {recipe}
    }}
}}
"""
APACHE = """
ServerRoot "{folder}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/run/apache.pid
ErrorLog {folder}/error.log
{modules}
ScriptSock {folder}/run/cgisock
DocumentRoot "{folder}/htdocs"
TypesConfig /dev/null
AddType text/html .html
AddType text/turtle .ttl
AddType application/rdf+xml .rdf
<Directory "{folder}">
    Require all granted
</Directory>
{recipe}
"""
MODULES = ["mpm_event", "authz_core", "mime", "alias", "cgid", "proxy", "proxy_fcgi", "authn_core", "authn_file", "auth_basic", "authz_user", "env"]


# How each server is started: its command, its configuration, what it is to do with the program, and files that it needs.

def lighttpd(folder):
    return ["lighttpd", "-D", "-f", "{file}"], LIGHTTPD, {"recipe": recipe("lighttpd-cgi.conf", "lighttpd.conf")}


def nginx(folder):
    shutil.copy("/etc/nginx/fastcgi_params", folder)
    return ["nginx", "-p", "{folder}", "-e", "{folder}/error.log", "-c", "{file}"], NGINX, {"recipe": recipe("nginx.conf")}


def apache2(folder):
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES)
    return ["apache2", "-d", "{folder}", "-f", "{file}", "-D", "FOREGROUND"], APACHE, {
        "recipe": recipe("apache-cgi.conf", "apache.conf"), "modules": modules}


class ServedPlace(Place):
    """One web server with the program behind it, both ways, and documents of its own."""

    copied = True

    def __init__(self, folder, make):
        super().__init__(folder, CONFIG)
        for name in ("htdocs/people", "run", "data"):
            (folder / name).mkdir(parents=True)
        for name in NAMES:
            for kind, ending in ACCEPTS.items():
                (folder / "htdocs/people" / f"{name}.{ending}").write_text(f"{kind} of {name}")
        command, text, parts = make(folder)
        password = subprocess.run(["openssl", "passwd", "-apr1", "secret"], capture_output=True, text=True, check=True).stdout
        (folder / "owners").write_text(f"alice:{password}")
        for path, instead in (("/etc/seeother/owners", "owners"), ("/srv/cgi-bin", "cgi-bin"), ("/run/seeother.socket", "socket"), ("/var/lib/seeother", "data")):
            parts["recipe"] = parts["recipe"].replace(path, f"{folder}/{instead}")
        user = ["setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups"] if os.geteuid() == 0 else []
        if user:
            folder.chmod(0o755)
            for path in [folder, *folder.glob("**/*")]:
                shutil.chown(path, "www-data", "www-data")
        self.workers = Workers([self.binary], folder, 4, user, environment={"PATH": os.environ["PATH"]})
        try:
            self.server = WebServer(folder, command, text, user, **parts)
        except BaseException:
            self.workers.stop()
            raise
        self.port, self.origin = self.server.port, self.server.origin

    def log(self):
        return self.server.log()

    def stop(self):
        self.server.stop()
        self.workers.stop()


class Address:
    """Where the program is on a site: the one way or the other."""

    def __init__(self, site, way):
        self.site, self.way, self.root = site, way, "/cgi-bin/seeother" if way == "cgi" else "/seeother"
        self.url = site.origin + self.root

    def request(self, method, path, body=None, **headers):
        return self.site.server.request(method, self.root + path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def curl(self, *arguments):
        """Gives what curl got at last, and status, address, redirects and type."""
        mark = "--end--"
        done = subprocess.run(["curl", "-sS", "-m", "30", "-w",
            mark + "%{http_code} %{url_effective} %{num_redirects} %{content_type}", *arguments],
                              capture_output=True, check=True)
        body, _, said = done.stdout.rpartition(mark.encode())
        status, url, redirects, kind = said.decode().split(" ", 3)
        return body, int(status), url, int(redirects), kind

    def records(self, form):
        return self.site.records(form)


SERVERS = [(make, way) for make in (lighttpd, nginx, apache2) for way in ("cgi", "fastcgi") if (make, way) != (nginx, "cgi")]


@pytest.fixture(scope="module")
def sites():
    """Each server is started once, when it is first asked for."""
    started = {}
    with tempfile.TemporaryDirectory(prefix="seeother-servers-", ignore_cleanup_errors=True) as folder:
        def get(make):
            if make not in started:
                if not path_of(make.__name__):
                    pytest.skip(f"there is no {make.__name__}")
                Path(folder).chmod(0o755)
                started[make] = None
                started[make] = ServedPlace(Path(folder) / make.__name__, make)
            assert started[make], "it did not start"
            return started[make]
        try:
            yield get
        finally:
            for site in filter(None, started.values()):
                site.stop()
                assert not re.search("Sanitizer|runtime error", site.log()), site.log()


@pytest.fixture(params=SERVERS, ids=lambda pair: f"{pair[0].__name__}-{pair[1]}")
def web(request, sites):
    site = sites(request.param[0])
    exchanges.watch(site)
    return Address(site, request.param[1])


@pytest.mark.parametrize("name", ["lighttpd, FastCGI", "nginx", "Apache, mod_proxy_fcgi"])
def test_the_checks_of_the_table_of_servers(name):
    """All that "make try-servers" does with all servers, with these."""
    server, = [each for each in recipes.servers() if each.name == name]
    wrong = {check: what for check, what in trying.try_server(server).items() if what}
    assert wrong.keys() == server.limits.keys(), wrong


def test_each_recipe_is_tried_and_documented():
    files = {path.name for path in recipes.FOLDER.iterdir()}
    tried = [*recipes.servers(), *(each for chain in recipes.fronts().values() for each in chain)]
    assert files == {each.file for each in tried}
    text = (TOP / "docs" / "servers.md").read_text()
    assert [file for file in files if f"(../packaging/servers/{file})" not in text] == []


def test_the_health_check_needs_no_password(web):
    answer = web.request("GET", "/-/health")
    assert (answer.status, answer.body) == (200, b"ok\n")
    assert web.request("POST", "/-/health", b"").status == 405 and web.request("GET", "/-/health/").status in (401, 403)


def test_curl_follows_a_thing_to_each_description(web):
    for kind, ending in ACCEPTS.items():
        body, status, url, redirects, got = web.curl("-L", "-H", f"Accept: {kind}", f"{web.url}/id/ada")
        assert (body.decode(), status, redirects, got.split(";")[0]) == (f"{kind} of ada", 200, 1, kind)
        assert url == f"{web.site.origin}/people/ada.{ending}"
    assert web.curl("-L", f"{web.url}/id/ada")[0] == b"text/html of ada"
    assert web.curl("-L", "-H", "Accept: image/png", f"{web.url}/id/ada")[1] == 406
    assert web.curl("-L", "-H", "Accept: text/turtle", f"{web.url}/id/nobody")[1] == 404


@pytest.mark.parametrize("name", NAMES)
def test_curl_follows_things_of_any_name(web, name):
    first = web.request("GET", "/id/" + quote(name, safe=""), Accept="text/turtle")
    assert first.status == 303 and first.getheader("Location") == f"{web.site.origin}/people/{quote(name, safe='')}.ttl"
    body, status, *_ = web.curl("-L", "-H", "Accept: text/turtle", f"{web.url}/id/{quote(name, safe='')}")
    assert (status, body.decode()) == (200, f"text/turtle of {name}")


@pytest.mark.parametrize("path", ["/id/%2e%2e", "/id/..", "/id/a%2Fb", "/id/%2e%2e%2fx", "/id/a%00", "/id/a%0d%0aX-Evil:%201",
    "/id/%5c", "/id/%ff", "/id/", "/id//a", "/id/.."
                                  "%3b", "/id/%c0%ae"])
def test_what_is_no_name_leads_nowhere_else(web, path):
    answer = web.request("GET", path)
    assert answer.getheader("X-Evil") is None
    location = answer.getheader("Location")
    assert answer.status in (303, 400, 403, 404) and (location is None
            or re.fullmatch(re.escape(web.site.origin) + r"/people/[\w.%-]+\.html", location)), location
    assert location is None or not re.search(r"/\.\.?/|/%2E%2E?/", location, re.I)


def test_the_answer_of_a_thing_has_all_that_it_says(web):
    answer = web.request("GET", "/id/ada", Accept="text/turtle")
    assert answer.status == 303 and answer.reason == "See Other" and answer.getheader("Cache-Control") == "private, no-cache"
    assert "Accept" in answer.getheader("Vary") and answer.getheader("Link").count("rel=") == 3
    assert b"/people/ada.rdf" in answer.body
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8" and answer.getheader("Status") is None


@pytest.mark.parametrize("condition", [{"If_None_Match": "*"}, {"If_None_Match": '"x"'},
    {"If_Modified_Since": "Mon, 23 Nov 2037 00:00:00 GMT"}, {"Range": "bytes=0-0"}])
def test_a_conditional_request_on_a_thing_is_a_303(web, condition):
    for method in ("GET", "HEAD"):
        answer = web.request(method, "/id/ada", Accept="text/turtle", **condition)
        assert answer.status == 303 and answer.getheader("Location") == f"{web.site.origin}/people/ada.ttl"


def test_head_has_no_body_and_http_1_0_gets_303(web):
    for path, status in (("/id/ada", 303), ("/seen/ada", 303), ("/id/..%5c", 404), ("/contact", 200)):
        with socket.create_connection(("127.0.0.1", web.site.port), 30) as connection:
            connection.sendall(f"HEAD {web.root}{path} HTTP/1.1\r\nHost: 127.0.0.1:{web.site.port}\r\n"
                               "Connection: close\r\n\r\n".encode())
            raw = b"".join(iter(lambda: connection.recv(65536), b""))
        assert raw.startswith(b"HTTP/1.1 %d " % status) and raw.endswith(b"\r\n\r\n") and raw.count(b"\r\n\r\n") == 1, raw
    body, status, *_ = web.curl("-0", f"{web.url}/id/ada")
    assert status == 303 and b"/people/ada.html" in body


def test_a_307_posts_the_body_again_and_a_303_does_not(web):
    before = len(web.records("any"))
    body, status, url, redirects, _ = web.curl("-L", "-d", "said=again", f"{web.url}/again-{web.way}")
    assert (status, redirects) == (200, 2) and b"again" in body and url.startswith(f"{web.url}/any/")
    assert [record["fields"] for record in web.records("any")[before:]] == [{"said": "again"}]
    body, status, url, redirects, _ = web.curl("-L", "-d", "said=once", f"{web.url}/seen/ada?x=y")
    assert (body, status, url, redirects) == (b"text/html of ada", 200, f"{web.site.origin}/people/ada.html?x=y", 1)
    assert len(web.records("any")) == before + 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_forward_takes_any_method_and_body(web, method):
    for size in (0, 10, 700000):
        answer = web.request(method, f"/again-{web.way}?q=1", b"x" * size, Content_Type="application/octet-stream")
        assert answer.status == 307 and answer.getheader("Location") == f"{web.url}/any?q=1", size


def test_several_lines_of_a_header_are_one_list(web):
    connection = http.client.HTTPConnection("127.0.0.1", web.site.port, timeout=30)
    try:
        connection.putrequest("GET", web.root + "/id/ada")
        for line in ("text/html;q=0.1", "text/turtle;q=0.9", "application/rdf+xml;q=0.5"):
            connection.putheader("Accept", line)
        connection.endheaders()
        assert connection.getresponse().getheader("Location") == f"{web.site.origin}/people/ada.ttl"
    finally:
        connection.close()


def test_methods_that_are_not_for_it(web):
    assert web.request("POST", "/id/ada", "a=b").status == 405 and web.request("POST", "/id/ada",
            "a=b").getheader("Allow") == "GET, HEAD, OPTIONS"
    assert web.request("DELETE", "/id/ada").status == 405 and web.request("BREW", "/id/ada").status == 501
    options = web.request("OPTIONS", "/id/ada")
    assert options.status in (200, 204) and "GET" in options.getheader("Allow")


def test_a_form_its_outcome_and_what_is_not_there(web):
    drawn = web.curl(f"{web.url}/contact")
    assert drawn[1] == 200 and b'name="name"' in drawn[0]
    body, status, url, redirects, _ = web.curl("-L", "-d", "name=Ada+%26+Bob", f"{web.url}/contact")
    assert (status, redirects) == (200, 1) and b"Ada &amp; Bob" in body
    assert web.curl("-d", "name=", f"{web.url}/contact")[1] == 422
    path = url[len(web.url):]
    etag = web.request("GET", path).getheader("ETag")
    assert web.request("GET", path, If_None_Match=etag).status == 304
    assert json.loads(web.curl("-H", "Accept: application/json", url)[0])["fields"] == {"name": "Ada & Bob"}
    assert web.request("DELETE", path).status == 303 and web.request("GET", path).status == 410
    for nothing in ("/nothing", "/contact/" + "a" * 29, "/contact/x/y"):
        assert web.curl(web.url + nothing)[1] == 404


@pytest.mark.parametrize("filename", ["x.bin", "Über uns.txt", "100%.txt", "a&b=c.txt", "a+b.txt"])
def test_an_upload_comes_back_as_it_was(web, filename, tmp_path):
    content = os.urandom(600000)
    (tmp_path / "file").write_bytes(content)
    body, status, url, *_ = web.curl("-L", "-F", f"file=@{tmp_path}/file;filename={filename}", f"{web.url}/any")
    href, = re.findall(rb'href="([^"]*/files/[^"]*)"', body)
    assert status == 200
    got, status, *_ = web.curl(url.rsplit("/", 1)[0] + "/" + href.decode().replace("&amp;", "&"))
    assert status == 200 and got == content
    assert web.curl("-r", "0-9", url.rsplit("/", 1)[0] + "/" + href.decode().replace("&amp;", "&"))[:2] == (content[:10], 206)


def test_a_post_of_more_than_a_mebibyte_is_taken(web):
    body, status, *_ = web.curl("-L", "-d", "text=" + "x" * 100000, *(["-d", "more=" + "y" * 100000] * 11), f"{web.url}/any")
    assert status == 200 and body.count(b"y" * 100000) == 11


def test_clients_are_known(web):
    assert clients.FORM and web.request("POST", "/any", "a=b", Content_Type=clients.FORM, User_Agent="test").status == 303
    assert web.records("any")[-1]["client"] == {"address": "127.0.0.1", "agent": "test"}


def test_no_server_waits_for_a_task_and_none_ends_it(web):
    done = web.site.data / "job/tasks/slow/done"
    done.unlink(missing_ok=True)
    begun = time.monotonic()
    answer = web.request("POST", "/job", b"a=b", Content_Type="application/x-www-form-urlencoded")
    assert answer.status == 303 and time.monotonic() - begun < 1.5 and not done.exists()
    wait_for("the task", done.exists, 15)
