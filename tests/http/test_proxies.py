"""Whose word counts about the client, the scheme and the host: that of trusted proxies, and of nobody else."""
import pytest

from harness.clients import variables
from harness.place import configuration

PROXY, OTHER, CLIENT = "10.0.0.1", "192.0.2.7", "198.51.100.9"
PROXIES = "proxies = 10.0.0.0/8, 2001:db8::/32"


def post(program, peer=PROXY, **headers):
    values = variables("POST", "/contact", b"name=Ada&email=a%40b", REMOTE_ADDR=peer, HTTP_HOST="inner.example:8080",
                       **{"HTTP_" + name: value for name, value in headers.items()})
    return program.call(values, b"name=Ada&email=a%40b")


def seen(program, answer):
    """The root of the Location, and the client's address as it was kept."""
    assert answer.status == 303, answer.text[-300:]
    return answer.headers["location"].rpartition("/contact/")[0], program.records()[-1]["client"]["address"]


@pytest.fixture
def behind(start):
    return start(text=configuration(general=PROXIES))


@pytest.mark.parametrize("headers, root, client", [
    ({}, "http://inner.example:8080/seeother", PROXY),
    ({"X_FORWARDED_PROTO": "https"}, "https://inner.example:8080/seeother", PROXY),
    ({"X_FORWARDED_HOST": "a.example", "X_FORWARDED_PROTO": "https", "X_FORWARDED_FOR": CLIENT}, "https://a.example/seeother", CLIENT),
    ({"X_FORWARDED_HOST": "b.example:8443", "X_FORWARDED_PROTO": "HTTPS"}, "https://b.example:8443/seeother", PROXY),
    ({"X_FORWARDED_HOST": "evil.example, a.example", "X_FORWARDED_PROTO": "http, https"}, "https://a.example/seeother", PROXY),
    ({"X_FORWARDED_HOST": "evil.example, a.example, inner.example", "X_FORWARDED_PROTO": "http, https, http",
      "X_FORWARDED_FOR": f"{OTHER}, {CLIENT}, 10.0.0.2"}, "https://a.example/seeother", CLIENT),
    ({"X_FORWARDED_HOST": "a.example", "X_FORWARDED_PROTO": "https", "X_FORWARDED_FOR": f"{CLIENT}, 10.0.0.2"}, "https://a.example/seeother",
     CLIENT),
    ({"X_FORWARDED_PROTO": "gopher"}, "http://inner.example:8080/seeother", PROXY),
    ({"FORWARDED": f"for={CLIENT};proto=https;host=a.example"}, "https://a.example/seeother", CLIENT),
    ({"FORWARDED": f'For="{CLIENT}:4711" ; Proto=https ; HOST="a.example:444";by=_x'}, "https://a.example:444/seeother", CLIENT),
    ({"FORWARDED": 'for="[2001:db9::1]:4711"'}, "http://inner.example:8080/seeother", "2001:db9::1"),
    ({"FORWARDED": f"for={OTHER};host=evil.example, for={CLIENT};host=a.example;proto=https"}, "https://a.example/seeother", CLIENT),
    ({"FORWARDED": f"for={OTHER};host=evil.example,for={CLIENT};host=a.example;proto=https, for=10.0.0.2;host=inner.example"},
     "https://a.example/seeother", CLIENT),
    ({"FORWARDED": "for=unknown;host=a.example;proto=https"}, "https://a.example/seeother", PROXY),
    ({"FORWARDED": "proto=https"}, "https://inner.example:8080/seeother", PROXY),
    ({"FORWARDED": f"for={CLIENT};;host=a.example;"}, "http://a.example/seeother", CLIENT),
    ({"FORWARDED": f'for="{OTHER}\\"x", for={CLIENT}'}, "http://inner.example:8080/seeother", CLIENT),
    # not well-formed: nothing of it counts
    ({"FORWARDED": f'for="x, for={CLIENT};host=a.example'}, "http://inner.example:8080/seeother", PROXY),
    ({"FORWARDED": f'for="x, for="{CLIENT}";host=a.example'}, "http://inner.example:8080/seeother", PROXY),
    ({"FORWARDED": f"for {CLIENT}"}, "http://inner.example:8080/seeother", PROXY),
    ({"FORWARDED": "for="}, "http://inner.example:8080/seeother", PROXY),
    ({"FORWARDED": f'for={CLIENT}"x"'}, "http://inner.example:8080/seeother", PROXY),
    # a proxy that sets X-Forwarded-For may pass on what a client says in Forwarded
    ({"X_FORWARDED_FOR": CLIENT, "FORWARDED": f"for={OTHER};host=evil.example;proto=https"}, "http://inner.example:8080/seeother", CLIENT),
])
def test_trusted_proxies_are_believed(behind, headers, root, client):
    assert seen(behind, post(behind, **headers)) == (root, client)


@pytest.mark.parametrize("peer", [OTHER, "2001:db9::1"])
def test_nobody_else_is(behind, peer):
    answer = post(behind, peer, X_FORWARDED_HOST="evil.example", X_FORWARDED_PROTO="https", X_FORWARDED_FOR=CLIENT)
    assert seen(behind, answer) == ("http://inner.example:8080/seeother", peer)
    answer = post(behind, peer, FORWARDED=f"for={CLIENT};host=evil.example;proto=https")
    assert seen(behind, answer) == ("http://inner.example:8080/seeother", peer)


def test_without_proxies_none_is(program):
    answer = post(program, X_FORWARDED_HOST="evil.example", X_FORWARDED_PROTO="https", X_FORWARDED_FOR=CLIENT)
    assert seen(program, answer) == ("http://inner.example:8080/seeother", PROXY)


def test_base_outranks_them(start):
    program = start(text=configuration(general=PROXIES + "\nbase = https://example.org/forms"))
    assert seen(program, post(program, X_FORWARDED_HOST="a.example", X_FORWARDED_PROTO="http"))[0] == "https://example.org/forms"


@pytest.mark.parametrize("host", ["a b", "a.example/x", "user@a.example", "a.example\\", "[::1", "<x>"])
def test_a_forwarded_host_that_is_invalid_is_refused(behind, host):
    for headers in ({"X_FORWARDED_HOST": host}, {"FORWARDED": 'host="%s"' % host.replace("\\", "\\\\")}):
        assert post(behind, **headers).status == 400
    assert behind.lines() == []


def test_a_list_of_thousands_is_read(behind):
    many = ", ".join([f"for={OTHER};host=evil.example"] * 2000)
    assert seen(behind, post(behind, FORWARDED=many + f", for={CLIENT};host=a.example")) == ("http://a.example/seeother", CLIENT)
