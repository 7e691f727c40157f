"""Bodies of posts: multipart/form-data, put together as a browser would."""
from harness.fastcgi import as_bytes

MULTIPART = "multipart/form-data; boundary="


def header(name, filename=None, kind=None):
    """The head of a part: as a browser would write it, were the names in need of no escape; bytes are taken as they are."""
    head = b'Content-Disposition: form-data; name="' + as_bytes(name) + b'"'
    if filename is not None:
        head += b'; filename="' + as_bytes(filename) + b'"'
    if kind is not None:
        head += b"\r\nContent-Type: " + as_bytes(kind)
    return head + b"\r\n\r\n"


def multipart(*parts, boundary=b"----boundary7MA4YWxkTrZu0gW"):
    """Gives the body of (name, value) and (name, filename, type, content) tuples, and the type that goes with it."""
    body = b""
    for part in parts:
        head = header(part[0]) if len(part) == 2 else header(*part[:3])
        body += b"--" + boundary + b"\r\n" + head + as_bytes(part[-1]) + b"\r\n"
    return body + b"--" + boundary + b"--\r\n", MULTIPART + boundary.decode()
