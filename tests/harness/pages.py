"""A drawn page, read as a browser would: its tags and their attributes, and the token of its form."""
import html.parser


class Page(html.parser.HTMLParser):
    """The tags of a page, with their attributes; checks that they nest."""

    VOID = {"meta", "input", "br"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def named(self, name):
        return [(tag, attributes) for tag, attributes in self.tags if attributes.get("name") == name]

    def ids(self):
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        return set(ids)


def token_of(answer):
    """The hidden token of the form that an answer has drawn."""
    (_, field), = Page(answer.text).named("_token")
    assert field["type"] == "hidden"
    return field["value"]
