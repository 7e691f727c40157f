"""The list at the owner's desk: its columns, its pages in both directions, its days, and the download of what it shows."""
import csv
import html
import io
import json
import re
import subprocess

import pytest

from harness.bodies import multipart
from harness.posts import id_of
from test_desk import OWNER, change, contact, desk, get, listed


def links(answer):
    """The links beside the list or the outcome, by their relation, as queries or paths."""
    found = re.findall(r'<a rel="(\w+)" href="http://example.org/seeother([^"]*)"', answer.text)
    return {relation: html.unescape(path) for relation, path in found}


def follow(desk, path):
    """Follows a link, and the 303 that it may lead to."""
    where, _, query = path.partition("?")
    answer = get(desk, where, QUERY_STRING=query)
    if answer.status == 303:
        return follow(desk, answer.headers["location"].removeprefix("http://example.org/seeother"))
    assert answer.status == 200
    return answer


def ids_in(answer):
    return re.findall(r'name="id" value="(\w+)"', answer.text)


def test_pages_lead_in_both_directions(desk):
    ids = [contact(desk, f"n{i}") for i in range(120)][::-1]
    page, pages = get(desk, "/-/contact"), []
    while True:
        pages.append(ids_in(page))
        if "next" not in links(page):
            break
        page = follow(desk, links(page)["next"])
    assert pages == [ids[:50], ids[50:100], ids[100:]]
    back = []
    while True:
        back.append(ids_in(page))
        assert page.text.count('rel="prev"') == (2 if "prev" in links(page) else 0)
        if "prev" not in links(page):
            break
        page = follow(desk, links(page)["prev"])
    assert back == [ids[100:], ids[50:100], ids[:50]] and 'action="http://example.org/seeother/-/contact"' in page.text
    for nonsense in ("after=x", f"after={'a' * 29}"):
        assert ids_in(follow(desk, "/-/contact?" + nonsense)) == ids[:50]


@pytest.mark.parametrize("way", ["cgi"])
def test_newer_ones_of_all_nodes_and_days_come_in_the_order_of_the_list(desk):
    ids = []
    for i, node in enumerate(["", "a", "b", "a", "", "b", "b", ""]):
        desk.configure(general=f"owners = root\nnode = {node}" if node else "owners = root", contact="owners = alice")
        ids.append(contact(desk, f"n{i}"))
    ids = listed(desk)
    assert len(ids) == 8
    for i, one in enumerate(ids):
        found = links(get(desk, f"/-/contact/{one}"))
        assert found.get("next") == (f"/-/contact/{ids[i + 1]}" if i < 7 else None)
        assert found.get("prev") == (f"/-/contact/{ids[i - 1]}" if i else None)


def test_previous_and_next_stay_in_the_list_that_the_owner_came_from(desk):
    ids = [contact(desk, f"n{i}", "apple" if i % 2 else "pear") for i in range(6)][::-1]
    spam = contact(desk, "robot", more="&website=x")
    found = links(follow(desk, f"/-/contact/{ids[2]}?q=apple"))
    assert found == {"prev": f"/-/contact/{ids[0]}?q=apple", "next": f"/-/contact/{ids[4]}?q=apple"}
    assert links(follow(desk, f"/-/contact/{ids[0]}")) == {"next": f"/-/contact/{ids[1]}"}
    assert links(follow(desk, f"/-/contact/{spam}")) == {}
    assert f'href="http://example.org/seeother/-/contact/{ids[0]}?q=apple"' in get(desk, "/-/contact", QUERY_STRING="q=apple").text
    answer = change(desk, f"/-/contact/{ids[0]}", "star", QUERY_STRING="q=apple")
    assert answer.headers["location"].endswith(f"/-/contact/{ids[0]}?q=apple")
    answer = change(desk, f"/-/contact/{ids[0]}", "erase-now", QUERY_STRING="q=apple")
    assert answer.headers["location"].endswith("/-/contact?q=apple")
    assert desk.get(f"/contact/{ids[1]}").status == 200 and len(listed(desk)) == 5


def headings(desk):
    return re.findall(r"<th>(.*?)</th>", get(desk, "/-/contact").text)


def test_columns_are_those_that_are_configured(desk):
    contact(desk, "Ada", "unmistakable")
    assert headings(desk)[2:-1] == ["name", "Your e-mail address", "topic"]
    desk.configure(contact="owners = alice\ncolumns = message, EMAIL")
    assert headings(desk)[2:-1] == ["message", "Your e-mail address"] and "unmistakable" in get(desk, "/-/contact").text
    assert ">Ada<" not in get(desk, "/-/contact").text


def test_columns_must_be_fields_unless_the_form_has_none(desk):
    def faults():
        return subprocess.run([desk.binary, "check"], env=desk.environment, capture_output=True, text=True)
    text = desk.config.read_text()
    desk.configure(contact="columns = message nonsense")
    assert '"nonsense" is not one' in faults().stderr and faults().returncode == 1
    desk.configure(contact="columns = " + " ".join(["name"] * 21))
    assert "up to 20" in faults().stderr
    desk.configure(general="owners = root", more="[form loose]\nfiles = yes\ncolumns = b up\n")
    body, kind = multipart(("a", "one"), ("b", "two"), ("up", "holiday.txt", "text/plain", b"x"))
    desk.post(body, "/loose", CONTENT_TYPE=kind)
    answer = get(desk, "/-/loose", REMOTE_USER="root").text
    assert re.findall(r"<th>(.*?)</th>", answer)[2:-1] == ["b", "up"]
    assert re.findall('class="cut">(.*?)<', answer) == ["two", "holiday.txt"]
    desk.configure_text(text)


def test_the_days_are_drawn_above_the_newest_outcomes_only(desk):
    for i in range(3):
        contact(desk, f"n{i}")
    contact(desk, "robot", more="&website=x")
    page = get(desk, "/-/contact").text
    assert "<figcaption>30 days: 3</figcaption>" in page and page.count("<rect") == 30 and page.count('class="none"') == 29
    for query in ("q=n1", "view=spam", "from=2020-01-01", f"before={listed(desk)[0]}"):
        assert "<svg" not in get(desk, "/-/contact", QUERY_STRING=query).text


def download(desk, query, **more):
    answer = get(desk, "/-/contact", QUERY_STRING=query, **more)
    assert answer.status == 200 and answer.headers["content-disposition"].startswith('attachment; filename="contact-2')
    assert answer.headers["x-content-type-options"] == "nosniff" and "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store" and answer.headers["cross-origin-resource-policy"] == "same-origin"
    return answer


@pytest.mark.parametrize("query, wanted", [("", [3, 2, 1, 0]), ("&q=n2", [2]), ("&view=spam", [4]), ("&view=all", [4, 3, 2, 1, 0]),
                                           ("&view=starred", [1]), ("&from=2100-01-01", []), ("&to=2100-01-01&view=unread", [3, 1, 0])])
def test_a_download_has_what_the_list_shows(desk, query, wanted):
    ids = [contact(desk, f"n{i}") for i in range(4)] + [contact(desk, "robot", more="&website=x")]
    change(desk, "/-/contact", "star", [ids[1]])
    get(desk, f"/-/contact/{ids[2]}")
    names, *rows = csv.reader(io.StringIO(download(desk, "as=csv" + query).body.decode("utf-8-sig"), newline=""), strict=True)
    assert names[0] == "Id" and "Your e-mail address" in names
    assert [row[0] for row in rows][::-1] == [ids[i] for i in wanted] == listed(desk, query.lstrip("&"))
    lines = [json.loads(line) for line in download(desk, "as=json" + query).body.splitlines()]
    assert [line["id"] for line in lines] == [row[0] for row in rows]
    assert all(line["star"] == (line["id"] == ids[1]) for line in lines)


def test_the_list_links_to_the_download_of_what_it_shows(desk):
    contact(desk, "Ada", "needle")
    page = get(desk, "/-/contact", QUERY_STRING="q=needle&view=all").text
    for kind in ("csv", "json"):
        assert f'href="http://example.org/seeother/-/contact?view=all&amp;q=needle&amp;as={kind}"' in page


def test_no_value_is_a_formula_or_leaves_its_cell(desk):
    contact(desk, "%3d1%2b1", "a%22%2c%0d%0a%3dcmd")
    answer = download(desk, "as=csv")
    _, row = csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline=""), strict=True)
    assert "'=1+1" in row and 'a",\r\n\'=cmd' in row and answer.headers["content-type"].startswith("text/csv")


def test_a_download_is_no_page_and_no_post(desk):
    contact(desk, "Ada")
    assert "attachment" not in str(get(desk, "/-/contact", QUERY_STRING="as=html").headers)
    assert get(desk, "/-/contact", QUERY_STRING="as=csv", REMOTE_USER="bob").status == 403
    head = desk.get("/-/contact", QUERY_STRING="as=csv", **(OWNER | {"REQUEST_METHOD": "HEAD"}))
    assert head.status == 200 and head.body == b"" and "content-disposition" in head.headers
