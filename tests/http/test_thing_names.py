"""Things whose paths have endings, queries that are kept, and descriptions with profiles."""
import pytest

from harness.clients import variables

HOST = "http://example.org"
SCHEMA, DCAT = "https://schema.org/", "http://www.w3.org/ns/dcat#"
PEOPLE = "[thing people]\npath = /id/{name}\ntext/html = /people/{name}.html\ntext/html de = /people/{name}.de.html\n" \
         "text/turtle = /people/{name}.ttl\n"


def target(program, path, **headers):
    answer = program.get(path, **headers)
    assert answer.status == 303, (path, answer.status)
    return answer.headers["location"].removeprefix(HOST)


def test_a_hole_may_have_text_around_it(program):
    program.configure(more="[thing ttl]\npath = /o/{name}.ttl\ntext/turtle = /data/{name}.turtle\n"
                           "[thing version]\npath = /v{number}/doc\ntext/html = /docs/{number}\n"
                           "[thing any]\npath = /o/{name}\ntext/html = /pages/{name}\n[forward old]\npath = /old-{x}.php\nto = /new/{x}\n")
    assert target(program, "/o/ada.ttl", HTTP_ACCEPT="text/turtle") == "/data/ada.turtle"
    assert target(program, "/o/a.b.ttl", HTTP_ACCEPT="text/turtle") == "/data/a.b.turtle"
    assert target(program, "/o/ada.ttlx") == "/pages/ada.ttlx" and target(program, "/o/.ttl") == "/pages/.ttl"
    assert target(program, "/v12/doc") == "/docs/12" and program.get("/v/doc").status == 404 and program.get("/v1/do").status == 404
    assert target(program, "/old-a b.php") == "/new/a%20b"
    for path in ("/old-.php", "/old-...php", "/old-a\\b.php", "/old-a\x01.php", "/v../doc"):
        assert program.get(path).status == 404, path


@pytest.mark.parametrize("path, accept, location", [
    ("/id/ada.ttl", "text/html", "/people/ada.ttl"), ("/id/ada.ttl", None, "/people/ada.ttl"),
    ("/id/ada.html", "text/turtle", "/people/ada.html"), ("/id/ada.de.html", "text/turtle", "/people/ada.de.html"),
    ("/id/ada", "text/turtle", "/people/ada.ttl"), ("/id/a.b", "text/turtle", "/people/a.b.ttl"), ("/id/ada.pdf", "text/html", "/people/ada.pdf.html"),
    ("/id/.ttl", "text/turtle", "/people/.ttl.ttl")])
def test_the_ending_of_a_description_asks_for_it(program, path, accept, location):
    program.configure(more=PEOPLE)
    assert target(program, path, HTTP_ACCEPT=accept) == location
    links = program.get(path, HTTP_ACCEPT=accept).headers["link"]
    assert f'<{HOST}{location}>; rel="describedby"' in links and (path == "/id/.ttl" or ".ttl.html" not in links)


def test_a_query_is_kept_where_the_thing_says_so(program):
    program.configure(more=PEOPLE + "query = keep\n[thing other]\npath = /other/{name}\ntext/html = /o/{name}?a=b#top\n"
                           "[thing kept]\npath = /kept/{name}\ntext/html = \"/o/{name}?a=b#top\"\nquery = keep\n")
    assert target(program, "/id/ada", QUERY_STRING="v=2&x=%20\"") == "/people/ada.html?v=2&x=%20%22"
    assert target(program, "/other/ada", QUERY_STRING="v=2").startswith("/o/ada") and "v=2" not in target(program, "/other/ada", QUERY_STRING="v=2")
    assert target(program, "/kept/ada", QUERY_STRING="v=2") == "/o/ada?a=b&v=2#top"
    assert target(program, "/id/ada") == "/people/ada.html"


PROFILES = "[thing data]\npath = /d/{name}\n" \
           f"text/turtle = \"/plain/{{name}}.ttl | /schema/{{name}}.ttl profile={SCHEMA} | /dcat/{{name}}.ttl profile={DCAT}\"\n" \
           "text/html = /page/{name}\n"


@pytest.mark.parametrize("headers, location", [
    ({}, "/plain/ada.ttl"), ({"HTTP_ACCEPT_PROFILE": f"<{SCHEMA}>"}, "/schema/ada.ttl"), ({"HTTP_ACCEPT_PROFILE": f"<{DCAT}>; q=0.9, <{SCHEMA}>;q=0.5"}, "/dcat/ada.ttl"),
    ({"HTTP_ACCEPT_PROFILE": f"<{SCHEMA}>;q=0"}, "/plain/ada.ttl"), ({"HTTP_ACCEPT_PROFILE": f"<{SCHEMA}x>, {DCAT}"}, "/plain/ada.ttl"),
    ({"HTTP_ACCEPT": f'text/turtle; profile="{DCAT}"'}, "/dcat/ada.ttl"), ({"HTTP_ACCEPT": "text/html", "HTTP_ACCEPT_PROFILE": f"<{SCHEMA}>"}, "/page/ada")])
def test_descriptions_of_one_type_differ_by_profile(program, headers, location):
    program.configure(more=PROFILES)
    answer = program.get("/d/ada", **({"HTTP_ACCEPT": "text/turtle"} | headers))
    assert answer.status == 303 and answer.headers["location"] == HOST + location
    assert f'type="text/turtle"; profile="{SCHEMA}"' in answer.headers["link"] and "Accept-Profile" in answer.headers["vary"]


@pytest.mark.parametrize("line", ["text/turtle = /x profile=", "text/turtle = /x profile=nothing", "text/turtle = /x other=1", "text/turtle = /x | ",
                                  "path = /a/{b}{c}", "path = /a/{b}x{c}", "path = /a/x{b...}", "path = /a/{b}}", "path = /a/{b...}.ttl"])
def test_what_is_wrong_is_named(start, line):
    program = start()
    thing = "[thing t]\n" + ("" if line.startswith("path") else "path = /a/{b}\n") + line + "\ntext/html = /y\n"
    program.configure(more=thing)
    answer = program.call(variables("GET", "/a/b"))
    assert answer.status in (404, 500) and "[thing t]" in answer.errors + program.log()
