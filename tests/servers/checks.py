"""
What must hold behind every web server: each check asks something of the program through the server, and compares the answer. CHECKS has
them in the order in which they are run, with what the table of servers says of each.
"""
import hashlib
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, unquote

from harness.bodies import multipart
from servers.web import basic, links

CHECKS = []
FAR = "https://other.example"      # the origin of scripts that may read answers of the form "shared"
CONFIG = """
[seeother]
data = {data}
durable = no
{general}

[thing people]
path = /id/{{name}}
text/html = /people/{{name}}.html
text/turtle = /people/{{name}}.ttl

[thing deep]
path = /deep/{{rest...}}
text/html = /d/{{rest}}

[forward again]
path = /again
to = /elsewhere
status = 307

[form contact]
title = Write to us
withdraw = 1h
[fields contact]
name = text required

[form hidden]
owners = alice
show = none

[form shared]
origins = {far}

[form any]
files = yes
show_files = yes
max_body = 300K
max_value = 300K
"""


def configuration(place, general):
    return CONFIG.format(data=place.data, far=FAR, general=general)


def check(what):
    """Adds a check to the list."""
    def add(function):
        CHECKS.append((function, what))
        return function
    return add


def same(got, wanted):
    assert got == wanted, f"{got!r} instead of {wanted!r}"


def last_fields(web, form):
    return web.records(form)[-1]["fields"]


def names_kept(web, begin):
    """The names in the form "contact" that begin so, sorted; what was withdrawn has none."""
    names = [record.get("fields", {}).get("name", "") for record in web.records("contact")]
    return sorted(name for name in names if name.startswith(begin))


# --- pages ---

@check("GET draws the form, with its type and its Content-Security-Policy")
def form(web):
    answer = web.get("/contact")
    same(answer.status, 200)
    same(answer.getheader("Content-Type"), "text/html; charset=utf-8")
    same(answer.getheader("X-Content-Type-Options"), "nosniff")
    policy = answer.getheader("Content-Security-Policy")
    assert policy and "default-src 'none'" in policy and "unsafe-inline" not in policy, policy
    assert 'name="name"' in answer.text and 'method="post"' in answer.text
    same(int(answer.getheader("Content-Length", len(answer.body))), len(answer.body))


@check("POST is answered 303 See Other with one absolute Location, a note that holds the same URI, and no-store")
def see_other(web):
    answer = web.post("/contact", "name=Ada")
    same(answer.status, 303)
    same(len(answer.headers.get_all("Location")), 1)
    location = answer.getheader("Location")
    assert re.fullmatch(re.escape(web.url) + "/contact/[a-z2-7]{29}", location), location
    same(links(answer.text), [location])
    same(answer.getheader("Content-Type"), "text/html; charset=utf-8")
    assert "no-store" in answer.getheader("Cache-Control")


@check("HEAD gets the headers of GET without a body, 303 among them")
def head(web):
    for path, status in (("/contact", 200), ("/id/ada", 303), ("/nothing", 404)):
        raw = web.raw(f"HEAD {web.root}{path} HTTP/1.1\r\nHost: {web.address[0]}:{web.address[1]}\r\nConnection: close\r\n\r\n".encode())
        assert re.match(rb"HTTP/1\.[01] %d " % status, raw) and raw.endswith(b"\r\n\r\n") and raw.count(b"\r\n\r\n") == 1, raw[:300]
    assert f"\r\nlocation: {web.origin}/people/ada.html\r\n".encode() in web.raw(
        f"HEAD {web.root}/id/ada HTTP/1.1\r\nHost: {web.address[0]}:{web.address[1]}\r\nConnection: close\r\n\r\n".encode()).lower()


@check("a client of HTTP/1.0 gets 303 too")
def old_client(web):
    raw = web.raw(f"GET {web.root}/id/ada HTTP/1.0\r\nHost: {web.address[0]}:{web.address[1]}\r\n\r\n".encode())
    assert re.match(rb"HTTP/1\.[01] 303 ", raw) and b"/people/ada.html" in raw, raw[:300]


@check("304 by ETag and by Last-Modified")
def unchanged(web):
    path = web.kept("/contact", "name=Ada")
    whole = web.get(path)
    for condition in ({"If_None_Match": whole.getheader("ETag")}, {"If_Modified_Since": whole.getheader("Last-Modified")}):
        answer = web.get(path, **condition)
        same((answer.status, answer.body), (304, b""))
    same(web.get(path, If_None_Match='"other"').status, 200)


@check("JSON for those who accept it: an outcome, and problems")
def as_json(web):
    path = web.kept("/contact", "name=Ada")
    answer = web.get(path, Accept="application/json")
    same((answer.status, answer.getheader("Content-Type"), json.loads(answer.body)["fields"]), (200, "application/json", {"name": "Ada"}))
    problem = web.post("/contact", "name=", Accept="application/json")
    same((problem.status, problem.getheader("Content-Type")), (422, "application/problem+json"))
    answer = web.post("/contact", json.dumps({"name": "Jörg"}), Content_Type="application/json", Accept="application/json")
    same((answer.status, last_fields(web, "contact")), (303, {"name": "Jörg"}))


# --- bodies ---

@check("a chunked request body")
def chunked(web):
    answer = web.post("/contact", iter([b"name=", b"in ", b"chunks"]))
    same((answer.status, last_fields(web, "contact")), (303, {"name": "in chunks"}))


@check("a chunked request body of 200 kB")
def chunked_large(web):
    answer = web.post("/any", iter([b"text="] + [b"%04d" % number * 500 for number in range(100)]))
    same(answer.status, 303)
    same((answer.status, last_fields(web, "any")), (303, {"text": "".join("%04d" % number * 500 for number in range(100))}))


@check("Expect: 100-continue")
def expect(web):
    status, _ = web.curl("-H", "Expect: 100-continue", "-d", "name=expected", "-o", "/dev/null", f"{web.url}/contact")
    same((status, last_fields(web, "contact")), (303, {"name": "expected"}))


def upload(web, content, name="Über uns (1).bin"):
    """Posts a file, and gives the path of the upload below the program's."""
    body, kind = multipart(("file", name, "application/octet-stream", content))
    path = web.kept("/any", body, Content_Type=kind)
    target, = [link for link in links(web.get(path).text) if "/files/" in link]
    return path.rsplit("/", 1)[0] + "/" + target


@check("an upload of 3 MB comes back as it was, as an attachment, also in parts")
def three_megabytes(web):
    content = os.urandom(3_000_000)
    path = upload(web, content)
    answer = web.get(path)
    same((answer.status, hashlib.sha256(answer.body).hexdigest()), (200, hashlib.sha256(content).hexdigest()))
    assert answer.getheader("Content-Disposition").startswith("attachment"), answer.getheader("Content-Disposition")
    part = web.get(path, Range="bytes=1000-1999")
    same((part.status, part.body, part.getheader("Content-Range")), (206, content[1000:2000], "bytes 1000-1999/3000000"))


@check("uploads by X-Sendfile or X-Accel-Redirect, with the headers that keep browsers from running them")
def sendfile(web):
    content = b"<script>alert(1)</script>" * 1000
    try:
        web.place.set_general(f"sendfile = {web.place.server.sendfile}")
        path = upload(web, content, "page.html")
        answer = web.get(path)
        same((answer.status, answer.body), (200, content))
        same([answer.getheader(name) for name in ("X-Sendfile", "X-Accel-Redirect", "X-Content-Type-Options")], [None, None, "nosniff"])
        assert "sandbox" in answer.getheader("Content-Security-Policy") and answer.getheader("Content-Disposition").startswith("attachment")
    finally:
        web.place.set_general("")


# --- what is in paths and values ---

def leads_to(web, path, target):
    answer = web.get(path)
    same((answer.status, answer.getheader("Location")), (303, web.origin + target))


@check("%2F in a path")
def path_slash(web):
    leads_to(web, "/deep/a%2Fb/c", "/d/a%2Fb/c")


@check("%20 and UTF-8 in a path")
def path_encoded(web):
    for name in ("Ada L", "Ünal", "日本", "a+b", "100%", 'q"q', "a?b"):
        location = web.get(f"/id/{quote(name, safe='')}", Accept="text/turtle").getheader("Location")
        same(unquote(location), f"{web.origin}/people/{name}.ttl")
        assert re.fullmatch("[!-~]+", location) and "?" not in location and '"' not in location, location


@check("// in a path: one slash, or 404, and never another host")
def path_empty(web):
    for path in ("/deep/a//b", "/deep//evil.example/x"):
        answer = web.get(path)
        wanted = f"{web.origin}/d/" + path.removeprefix("/deep").replace("//", "/").lstrip("/")
        assert answer.status == 404 or (answer.status, answer.getheader("Location")) == (303, wanted), (answer.status, answer.getheader("Location"))


@check("%2F, %20, +, %, UTF-8 and // in values, in bodies and queries")
def values(web):
    value = "a/b c+d%20e//f Ünal 日本 & = ;\n\"'<\\"
    web.kept("/any", f"text={quote(value, safe='')}")
    same(last_fields(web, "any"), {"text": value})
    same(web.get("/again?x=a%2Fb%20c+d//%C3%BC&y=%26").getheader("Location"), f"{web.origin}/elsewhere?x=a%2Fb%20c+d//%C3%BC&y=%26")


# --- methods ---

@check("DELETE withdraws an outcome: 303, then 410")
def delete(web):
    path = web.kept("/contact", "name=Ada")
    answer = web.request("DELETE", path)
    same((answer.status, web.get(path).status), (303, 410))


@check("307 keeps method and body; PUT and PATCH get through")
def other_methods(web):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = web.request(method, "/again", b"x" * 1000, Content_Type="application/octet-stream")
        same((answer.status, answer.getheader("Location")), (307, f"{web.origin}/elsewhere"))


@check("CORS: the preflight")
def preflight(web):
    answer = web.request("OPTIONS", "/shared", Origin=FAR, Access_Control_Request_Method="POST", Access_Control_Request_Headers="idempotency-key")
    same((answer.status, answer.getheader("Access-Control-Allow-Origin")), (204, FAR))
    assert "POST" in answer.getheader("Access-Control-Allow-Methods") and "idempotency-key" in answer.getheader("Access-Control-Allow-Headers").lower()


@check("CORS: the answer to a POST, and a foreign origin that is refused")
def cross_origin(web):
    answer = web.post("/shared", "a=b", Origin=FAR)
    same((answer.status, answer.getheader("Access-Control-Allow-Origin")), (303, FAR))
    refused = web.post("/shared", "a=b", Origin="https://evil.example")
    same((refused.status, refused.getheader("Access-Control-Allow-Origin")), (403, None))
    same(web.post("/shared", "a=b", Origin=web.origin).status, 303)


# --- errors ---

@check("404 with seeother's page")
def not_found(web):
    for path in ("/nothing", "/contact/" + "a" * 29, "/contact/x/y"):
        answer = web.get(path)
        same((answer.status, answer.getheader("X-Content-Type-Options")), (404, "nosniff"))


@check("405 with Allow")
def not_allowed(web):
    answer = web.request("DELETE", "/id/ada")
    same((answer.status, answer.getheader("Allow")), (405, "GET, HEAD, OPTIONS"))


@check("413 with seeother's page, for values and for files")
def too_large(web):
    answer = web.post("/any", "text=" + "x" * 400_000)
    same((answer.status, answer.getheader("X-Content-Type-Options")), (413, "nosniff"))
    before = len(web.records("any"))
    body, kind = multipart(("file", "large.bin", "application/octet-stream", b"x" * 9_000_000))
    same((web.post("/any", body, Content_Type=kind).status, len(web.records("any"))), (413, before))


@check("422 draws the form again")
def unprocessable(web):
    answer = web.post("/contact", "name=")
    same(answer.status, 422)
    assert 'name="name"' in answer.text and "aria-invalid" in answer.text


# --- who asks ---

@check("an Idempotency-Key that is sent again: the same Location, one line")
def retried(web):
    before = len(web.records("contact"))
    answers = [web.post("/contact", "name=Ada", Idempotency_Key='"key-%d"' % before) for _ in range(2)]
    same(([each.status for each in answers], len(web.records("contact"))), ([303, 303], before + 1))
    same(answers[0].getheader("Location"), answers[1].getheader("Location"))


@check("the client's address and User-Agent are known")
def client(web):
    web.kept("/contact", "name=Ada", User_Agent="checks/1")
    same(web.records("contact")[-1]["client"], {"address": "127.0.0.2", "agent": "checks/1"})


@check("forged X-Forwarded-… and Forwarded headers count for nothing")
def forged(web):
    for name in ("X_Forwarded_For", "X_Forwarded_Host", "X_Forwarded_Proto", "Forwarded"):
        value = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "gopher",
                 "Forwarded": "for=203.0.113.9;host=evil.example;proto=https"}[name]
        web.kept("/contact", "name=Ada", **{name: value})
        same(web.records("contact")[-1]["client"]["address"], "127.0.0.2")


@check("nobody becomes an owner by what a request says")
def not_owner(web):
    path = web.kept("/hidden", "name=Xanthippe")
    for headers in ({}, {"Authorization": basic("alice", "secret")}, {"Authorization": basic("alice", "x")}, {"Remote-User": "alice", "Auth-Type": "Basic"},
                    {"X-Remote-User": "alice"}, {"REMOTE_USER": "alice", "AUTH_TYPE": "Basic"}):
        answer = web.get(path, **headers)
        assert "Xanthippe" not in answer.text and answer.status in (200, 400, 401), f"{headers}: {answer.status}"
    for the_path in ("/-/", "/-/hidden", "/-", "//-/hidden", "/%2D/hidden", "/x/../-/hidden"):
        for headers in ({}, {"REMOTE_USER": "alice", "AUTH_TYPE": "Basic"}):
            answer = web.get(the_path, **headers)
            assert answer.status >= 300 and "Xanthippe" not in answer.text, f"{the_path} with {headers}: {answer.status}"


@check("the owner's desk asks for the password, and shows and changes what came in")
def desk(web):
    web.kept("/hidden", "name=Yolanda")
    page = f"{web.url}/-/hidden"
    same([web.curl(*user, page)[0] for user in ([], ["-u", "alice:secret"])], [401, 200])
    same(web.curl("-u", "alice:x", page)[0], 401)
    text = web.curl("-u", "alice:secret", page)[1].decode()
    assert "Yolanda" in text
    token, the_id = re.search('name="_token" value="([^"]+)"', text)[1], re.search("/-/hidden/([a-z2-7]{29})", text)[1]
    # curl 7.88 fails if it is answered over HTTP/2 before it has sent the body (RFC 9113 §8.1 lets a server do so).
    mark = ["--http1.1", "-H", f"Origin: {web.origin}", "-d", f"id={the_id}", "-d", "act=star", "--data-urlencode", f"_token={token}", page]
    same(([web.curl(*user, *mark)[0] for user in ([], ["-u", "alice:secret"])]), [401, 303])


@check("the desk's first page")
def desk_first(web):
    same([web.curl(*user, f"{web.url}/-/")[0] for user in ([], ["-u", "alice:secret"])], [401, 200])


@check("the health check needs no password, and what is below it shows nothing")
def health(web):
    answer = web.get("/-/health")
    same((answer.status, answer.body), (200, b"ok\n"))
    assert web.get("/-/health/").status in (401, 403, 404)


@check("two posts on one connection, the first one refused unread")
def same_connection(web):
    for _ in range(10):
        connection = web.open()
        try:
            same(web.on(connection, "POST", "/nothing", b"x" * 50_000).status, 404)
            same(web.on(connection, "POST", "/contact", b"name=second").status, 303)
        finally:
            connection.close()


@check("forty posts at once: all are kept, each once")
def at_once(web):
    names = [f"at-once-{number}" for number in range(40)]
    with ThreadPoolExecutor(10) as pool:
        same([answer.status for answer in pool.map(lambda name: web.post("/contact", f"name={name}"), names)], [303] * 40)
    same(names_kept(web, "at-once-"), sorted(names))
