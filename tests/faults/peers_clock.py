"""A clock that jumps, over midnight and backwards, under workers that see it."""
import email.utils
import re
import time

from harness import clients, fastcgi
from harness.clock import DAY, Clock
from peers_place import SharedPlace, upload_of


class Case:
    """Posts at moments of the clock's choice, and what must hold of all of them afterwards."""

    def __init__(self, place, clock):
        self.place, self.clock, self.days, self.n = place, clock, {}, 0

    def keyed(self, n):
        """The first sender and all repetitions get one address."""
        answer = self.place.post(f"key-{n}", HTTP_IDEMPOTENCY_KEY=f'"key-{n}"')
        assert answer.status == 303, answer.raw
        self.days.setdefault(f"key-{n}", self.clock.day())

    def posts(self):
        for _ in range(4):
            token = f"clock-{self.n}"
            self.n += 1
            assert self.place.post(token).status == 303
            self.days[token] = self.clock.day()
        token = f"clock-upload-{self.n}"
        values, body = upload_of(token, token.encode() * 3000)
        assert self.place.took(token, self.place.ask(fastcgi.request(values, body))).status == 303
        self.days[token] = self.clock.day()

    def shown(self):
        """Each outcome at its address, whatever its day is; a condition holds, and no date is of the future (RFC 9110 §8.8.2.1)."""
        for token, found in self.place.kept.items():
            if token not in self.days:
                continue  # of the time before the case
            form = "drawn" if token.startswith("drawn") else "limited" if token.startswith("limited") else "any"
            path = f"/{form}/{found}"
            answer = self.place.get(path)
            assert answer.status == 200, (token, answer.status)
            assert self.place.get(path, HTTP_IF_NONE_MATCH=answer.headers["etag"]).status == 304
            modified = email.utils.parsedate_to_datetime(answer.headers["last-modified"]).timestamp()
            assert modified <= self.clock.now() + 1, f"{token}: Last-Modified is {modified - self.clock.now():.0f} s ahead"
            before = email.utils.formatdate(modified - 1, usegmt=True)
            assert self.place.get(path, HTTP_IF_MODIFIED_SINCE=before).status == 200
            if token.startswith("clock-upload"):
                file = self.place.get(path + "/files/1/f.bin")
                assert file.status == 200 and file.body == token.encode() * 3000

    def days_are_right(self):
        for path, record in self.place.all_records():
            token = record["fields"].get("token") or record["fields"].get("name")
            assert token not in self.days or path.name == self.days[token] + ".jsonl", f"{token}: in {path.name}, not {self.days.get(token)}"

    def limited(self, client):
        """Three an hour, whatever the clock did before; the time to wait is of that hour."""
        for i in range(5):
            token = f"limited-{client}-{i}"
            answer = self.place.post(token, path="/limited", REMOTE_ADDR=client)
            self.days[token] = self.clock.day()
            assert answer.status == (303 if i < 3 else 429), (client, i, answer.status)
            assert i < 3 or 0 < int(answer.headers["retry-after"]) <= 3600, answer.headers

    def still_limited(self, client):
        assert self.place.post("never", path="/limited", REMOTE_ADDR=client).status == 429

    def draw(self):
        drawn = self.place.get("/drawn")
        assert drawn.status == 200
        return re.search(r'name="(_token)" value="([^"]+)"', drawn.text).groups()

    def send_drawn(self, name, token, spam):
        body = f"name={name}&{token[0]}={token[1]}".encode()
        for _ in range(2):
            answer = self.place.took(name, self.place.ask(fastcgi.request(clients.variables(path="/drawn", body=body), body)))
            assert answer and answer.status == 303, answer and answer.raw
        self.days.setdefault(name, self.clock.day())
        marks = [record.get("spam") for _, record in self.place.all_records() if record["fields"].get("name") == name]
        assert marks == [spam], (name, marks)


def jumps(folder):
    folder.mkdir()
    clock = Clock(folder)
    with SharedPlace(folder / "place", environment=clock.environment) as place:
        case, midnight = Case(place, clock), (int(time.time()) // DAY + 10) * DAY
        steps = {
            "noon": -DAY // 2, "before midnight": -3, "midnight goes by": None, "after it": 4, "back over it": -6, "over it again": 1,
            "three days on": 3 * DAY, "and back": 0, "a month on": 30 * DAY, "back to noon": -DAY // 2, "to 1970": None, "home": 60,
        }
        for n, (name, seconds) in enumerate(steps.items()):
            if name == "midnight goes by":  # in the middle of many posts; which day each is of, only its line says
                while clock.now() < midnight + 1:
                    place.post(f"through-{case.n}")
                    case.n += 1
                    time.sleep(0.05)
            else:
                clock.set_to(midnight + seconds if seconds is not None else 60)
                case.posts()
            case.keyed(n)
            for earlier in range(n):
                if seconds is not None and abs(seconds) < DAY // 4 and 1 <= earlier < 6:  # within the 24 hours of a key's life
                    case.keyed(earlier)
            case.limited(f"192.0.2.{n + 1}")
            case.still_limited("192.0.2.1")
            for path, record in place.all_records():
                token = record["fields"].get("token", "")
                if token.startswith("through-"):
                    case.days[token] = record["received"][:10]
            case.shown()
        case.days_are_right()
        clock.set_to(midnight + 2 * DAY)  # the keys' table is lost, and the clock has gone back meanwhile, as in a box without a battery
        case.keyed("lost")
        clock.set_to(midnight - DAY)
        (place.data / "any" / "keys").unlink()
        case.keyed("lost")
        clock.set_to(midnight + 100)
        slow, quick, ahead = case.draw(), case.draw(), case.draw()
        case.send_drawn("drawn-quick", quick, "fast")
        clock.set_to(midnight + 110)
        case.send_drawn("drawn-slow", slow, None)
        clock.set_to(midnight - 3600)
        case.send_drawn("drawn-ahead", ahead, None)
        case.send_drawn("drawn-afresh", case.draw(), "fast")
        place.settle()
        place.check_workers()
        place.check_kept()
        case.days_are_right()
        assert not [line for line in place.log().splitlines() if "rebuilt from the logs" not in line], place.log()
        return f"{len(steps)} jumps, {len(place.kept)} posts, each in its day's file and at its address"
