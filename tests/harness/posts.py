"""Posts that most tests need: a good one, with a key or with a token, an upload; and what is taken from their answers."""
from harness.bodies import multipart
from harness.pages import token_of

GOOD = b"name=Ada&email=ada%40example.org"


def id_of(answer):
    """The id of the outcome that a 303 leads to."""
    return answer.headers["location"].rsplit("/")[-1]


def location(answer):
    """Where an answer leads, which must be a 303."""
    assert answer.status == 303, answer.text
    return answer.headers["location"]


def keyed(program, key, body=GOOD, path="/contact", **more):
    """Posts with an Idempotency-Key."""
    return program.post(body, path, HTTP_IDEMPOTENCY_KEY=f'"{key}"', **more)


def drawn(program, path="/contact"):
    """Gets a form; gives its token."""
    answer = program.get(path)
    assert answer.status == 200 and "no-cache" in answer.headers["cache-control"]
    return token_of(answer)


def with_token(token, body=GOOD):
    return body + b"&_token=" + token.encode()


def upload(program, *parts, path="/any", **more):
    """Posts the parts that multipart() takes."""
    body, kind = multipart(*parts)
    return program.post(body, path, CONTENT_TYPE=kind, **more)


def on_disk(place, form=None):
    """Every upload in the data folder, named or not."""
    return [path for path in place.data.glob(f"{form or '*'}/files/**/*") if not path.is_dir()]
