"""A robot can't get round "fastest": neither without a token, nor by way of a fault; whoever has taken the time is not marked."""
import pytest

from test_form import Page

GOOD, WRONG = "name=Ada&email=ada%40example.org", "name=&email=ada%40example.org"


@pytest.fixture
def program(start, clock):
    place = start(environment=clock.environment)
    place.configure(contact="fastest = 100s\nremember = 1h")
    return place


def token_of(answer):
    (_, token), = Page(answer.text).named("_token")
    return "&_token=" + token["value"]


def mark(program, body):
    answer = program.post(body)
    assert answer.status == 303, answer.text
    return program.records()[-1].get("spam")


@pytest.mark.parametrize("token", ["", "&_token=", "&_token=" + "a" * 43])
def test_a_fault_on_the_way_saves_no_time(program, token):
    again = program.post(WRONG + token)
    assert again.status == 422
    assert mark(program, GOOD + token_of(again)) == "fast"


@pytest.mark.parametrize("token", ["", "&_token="])
def test_a_token_can_t_be_left_out(program, token):
    assert mark(program, GOOD + token) == "no token"


def test_the_time_goes_on_through_faults(program, clock):
    token = token_of(program.get("/contact"))
    clock.set(60)
    again = program.post(WRONG + token)
    clock.set(80)
    assert mark(program, GOOD + token_of(again)) == "fast"
    clock.set(1000)
    token = token_of(program.get("/contact"))
    clock.set(1060)
    again = program.post(WRONG + token)
    clock.set(1110)
    assert mark(program, GOOD.replace("Ada", "Bob") + token_of(again)) is None


def test_who_comes_back_late_is_not_fast(program, clock):
    token = token_of(program.get("/contact"))
    clock.set(7200)
    again = program.post(GOOD + token)
    assert again.status == 422 and "open for so long" in again.text
    assert mark(program, GOOD + token_of(again)) is None


def test_new_content_for_an_old_token_is_not_fast(program, clock):
    token = token_of(program.get("/contact"))
    clock.set(200)
    assert mark(program, GOOD + token) is None
    again = program.post(GOOD.replace("Ada", "Bob") + token)
    assert again.status == 422 and mark(program, GOOD.replace("Ada", "Bob") + token_of(again)) is None


@pytest.mark.parametrize("setting", ["page = /contact.html"])
def test_a_form_on_a_page_of_the_site_is_not_marked(program, setting):
    program.configure(contact="fastest = 100s\nremember = 1h\n" + setting)
    assert mark(program, GOOD) is None
    again = program.post(WRONG)
    assert mark(program, GOOD.replace("Ada", "Bob") + token_of(again)) is None
