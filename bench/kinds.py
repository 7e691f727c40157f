"""A request of each kind, sent one at a time, so that what a single request costs can be counted.

Folders have names of one length, and the environment holds nothing but what stands here: paths and variables cost instructions too.
"""
import contextlib
import shutil
import tempfile
from collections import namedtuple
from pathlib import Path

from harness import clients, fastcgi, servers
from measure import BODY, FORM, TOP

Kind = namedtuple("Kind", "name method path body more status", defaults=(b"", {}, 200))
FORM_PAGE = Kind("GET of a form", "GET", "/contact")
POST = Kind("POST", "POST", "/contact", BODY, {}, 303)
KINDS = [
    FORM_PAGE,
    Kind("GET of an outcome", "GET", "/contact/OUTCOME"),
    Kind("GET of a thing", "GET", "/id/ada", status=303),
    POST,
    POST._replace(name="POST with a key", more={"HTTP_IDEMPOTENCY_KEY": '"TOKEN"'}),
    POST._replace(name="POST with a token", body=BODY + b"&_token=TOKEN"),
    POST._replace(name="POST answered 422", body=b"name=Ada&email=ada&topic=other", status=422)]
ALONE = [FORM_PAGE, KINDS[2], POST]  # those that depend on no other request
THING = """
[thing people]
path = /id/{name}
text/html = /people/{name}.html
text/turtle = /people/{name}.ttl
"""


def filled(kind, token, outcome):
    """The kind with a token, which serves as a key too, and the id of an outcome in their places."""
    return kind._replace(path=kind.path.replace("OUTCOME", outcome), body=kind.body.replace(b"TOKEN", token.encode()),
                         more={name: value.replace("TOKEN", token) for name, value in kind.more.items()})


class Bench:
    """A folder with a copy of the program and a configuration for either value of durable."""

    def __init__(self, folder, program, general):
        self.folder, self.program = folder, shutil.copy(program, folder / "seeother")
        (folder / "htdocs").mkdir()
        for durable in ("yes", "no"):
            text = f"[seeother]\ndata = {folder}/data\ndurable = {durable}\n{general}\n{FORM}{THING}"
            self.configuration(durable).write_text(text)

    def configuration(self, durable):
        return self.folder / f"{durable:.>3}.ini"

    def environment(self, durable):
        return {"SEEOTHER_CONFIG": str(self.configuration(durable)), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}

    def variables(self, kind):
        """About what nginx sends with the request of a browser."""
        length = {"CONTENT_LENGTH": str(len(kind.body)), "CONTENT_TYPE": clients.FORM if kind.body else ""}
        return clients.variables(kind.method, kind.path, kind.body, HTTP_ACCEPT="text/html,application/xhtml+xml,*/*;q=0.8",
                                 HTTP_USER_AGENT="bench", HTTP_ACCEPT_LANGUAGE="en", HTTP_ACCEPT_ENCODING="gzip, deflate, br",
                                 REQUEST_URI="/seeother" + kind.path, DOCUMENT_ROOT=f"{self.folder}/htdocs", REQUEST_SCHEME="http",
                                 SCRIPT_FILENAME=f"{self.folder}/htdocs/seeother", REDIRECT_STATUS="200") | length | kind.more

    def cgi(self, command, kind, durable):
        """Runs the program below a command as a CGI process."""
        answer = clients.cgi([*command, self.program], self.variables(kind), kind.body, self.environment(durable))
        assert answer.status == kind.status, (kind.name, answer.raw, answer.errors)

    def fcgi(self, command, durable, kinds, times):
        """Runs the program below a command as a FastCGI process, until it has answered some requests of each kind.

        Gives the name of the kind of each request in their order, None for those that only prepare others.
        """
        with open(self.folder / "errors", "wb") as errors, \
                servers.Worker([*command, self.program], self.folder, self.environment(durable), errors) as worker:
            return list(self.ask_all(worker.socket, kinds, times))

    def ask_all(self, socket, kinds, times):
        """Each kind comes once more than it counts, since its first request opens files and finds memory."""
        outcome = self.ask(socket, POST).headers["location"].rsplit("/")[-1]
        yield None
        tokens = []
        for _ in range(times + 1):
            tokens.append(self.ask(socket, FORM_PAGE).text.split('name="_token" value="')[1].split('"')[0])
            yield None
        for kind in kinds:
            for token in tokens:
                self.ask(socket, filled(kind, token, outcome))
                yield kind.name if token != tokens[0] else None

    def ask(self, socket, kind):
        with fastcgi.connect(socket) as connection:
            connection.sendall(fastcgi.request(self.variables(kind), kind.body))
            answer = clients.whole(fastcgi.read(connection)[0])
        assert answer and answer.status == kind.status, (kind.name, answer and answer.raw)
        return answer


@contextlib.contextmanager
def bench(program=TOP / "seeother", general=""):
    with tempfile.TemporaryDirectory(prefix="seeother-", dir="/tmp") as folder:
        yield Bench(Path(folder), program, general)
