"""GET by FastCGI: a form, a thing and an outcome, against a bare loop that keeps nothing; and an outcome in a log of a gigabyte."""
import re
import shutil
import subprocess
from functools import partial

import kept
import measure
from kept import CLIENTS, LOOK_UP, WORKERS, Kept
from measure import BODY, BUILD, TOP

LINE = 430  # bytes of an outcome's line, about
LOOP = "bare loop that keeps nothing"
FORM = measure.FORM + """
[thing people]
path = /id/{name}
text/html = /people/{name}.html
text/turtle = /people/{name}.ttl
"""


def get(path, *more):
    return [*LOOK_UP, "REQUEST_METHOD=GET", f"PATH_INFO={path}", "HTTP_ACCEPT=text/html,*/*;q=0.8", *more]


def post_once(environment):
    """Keeps an outcome by CGI; gives its path."""
    words = [*measure.VARIABLES, f"CONTENT_LENGTH={len(BODY)}"]
    done = subprocess.run([TOP / "seeother"], env=dict(word.split("=", 1) for word in words) | environment, input=BODY, capture_output=True)
    found = re.search(rb"^Location: \S*?(/contact/[a-z2-7]{29})\r$", done.stdout, re.M)
    if not found:
        raise measure.Unmeasured(f"nothing was kept: {done.stdout[:200]}")
    return found[1].decode()


def one_turn(folder, extent, what):
    """what: the loop, or a path, where that of an outcome is still to be made."""
    with measure.turn(folder) as made:
        environment = measure.configure(made, "no", FORM)
        path = post_once(environment) if what == "outcome" else what
        command = [BUILD / "bare"] if what == LOOP else [TOP / "seeother"]
        status, path = ("303", "/id/ada") if what == LOOP else ("303" if path.startswith("/id/") else "200", path)
        return measure.rate(measure.listening(command, environment), made, WORKERS, CLIENTS, extent.seconds, extent.warm,
                            variables=get(path), options=("-s", status), body=b"")


def pages(folder, extent):
    """A table of the three kinds of page."""
    kinds = {LOOP: LOOP, "a thing": "/id/ada", "a form": "/contact", "an outcome": "outcome"}
    rows = measure.turns(extent.rounds, {name: partial(one_turn, folder, extent, what) for name, what in kinds.items()})
    title = f"FastCGI, GET, {WORKERS} workers, {CLIENTS} clients"
    measure.show(title, rows, LOOP, "GETs/s")
    return {"title": title, "rows": rows}


def large_log(folder, extent):
    """Look-ups of outcomes drawn from all of a log of one day, against one that holds a few."""
    size = 100_000_000 if extent.short else 1_000_000_000
    kept.build_fill()
    none, many = Kept(folder, "few", 1000, 0, 1000), Kept(folder, "large", size // LINE, 0, 20000)
    try:
        rows = measure.turns(extent.rounds, {f"a log of {data.size() / 1e6:,.1f} MB": partial(data.look_up, extent) for data in (none, many)})
    finally:
        shutil.rmtree(none.folder)
        shutil.rmtree(many.folder)
    title = f"FastCGI, GET of an outcome, {WORKERS} workers, {CLIENTS} clients"
    measure.show(title, rows, next(iter(rows)), "GETs/s")
    return {"title": f"{title}, in a large log", "rows": rows}
