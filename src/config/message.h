/*
 * Messages: what the program says to visitors, in their language. English stands here; other languages come from catalogues,
 * files that hold a text for each key (the name below in lower case). {holes} are filled in; each text may leave some out.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <time.h>

#include "base/arena.h"

#define MESSAGE_LIST(X) \
	/* The form. */ \
	X(BUTTON, "Send") \
	X(OPTIONAL, "(optional)") \
	X(ERROR_TITLE, "Error: {title}") \
	X(SUMMARY, "Nothing was sent yet. Please look at this again:") \
	X(FIELDS_WRONG, "Some fields need another look.") \
	X(TAKES_ANYTHING, "This address takes what a form on another page sends to it.") \
	X(INDEX, "Forms") \
	/* What is wrong with a field; it stands beside it. */ \
	X(MISSING, "Please fill this in.") \
	X(CHOOSE_ONE, "Please choose one.") \
	X(CHOOSE_SOME, "Please choose at least one.") \
	X(TICK, "Please tick this box.") \
	X(TICK_SOME, "Please tick at least one.") \
	X(CHOOSE_FILE, "Please choose a file.") \
	X(CHOOSE_FILE_AGAIN, "Please choose the file again.") \
	X(TOO_LONG, "At most {max} characters, please; this is {n}.") \
	X(TOO_SHORT, "At least {min} characters, please; this is {n}.") \
	X(NO_NUMBER, "Please give a number.") \
	X(TOO_SMALL, "{min} or more, please.") \
	X(TOO_BIG, "{max} or less, please.") \
	X(NO_DATE, "Please give a date as year-month-day, such as 2026-12-31.") \
	X(TOO_EARLY, "Not before {min}, please.") \
	X(TOO_LATE, "Not after {max}, please.") \
	X(NO_EMAIL, "Please give an e-mail address, such as ada@example.org.") \
	X(NO_URL, "Please give a web address, such as https://example.org/.") \
	X(NOT_OFFERED, "Please choose one of those offered.") \
	X(OTHER_PATTERN, "Please keep to the form asked for.") \
	X(ONE_LINE, "One line only, please.") \
	X(BAD_CHARACTER, "There is a character in this that can't be used.") \
	X(ONE_ANSWER, "This came more than once; one answer only, please.") \
	X(TOO_MANY, "At most {max} of these, please.") \
	X(TOO_FEW, "At least {min} of these, please.") \
	X(FILE_NAME_ONLY, "The file did not come along, only its name.") \
	X(FILE_TOO_LARGE, "This file is too large; at most {max}, please.") \
	X(FILE_TYPE, "This type of file is not taken; please choose one of: {types}.") \
	X(ONE_FILE, "One file only, please.") \
	/* The outcome. */ \
	X(RECEIVED_TITLE, "Received: {title}") \
	X(RECEIVED, "Thank you. What you sent was received on {date} and is kept.") \
	X(BOOKMARK, "This page stays at its address: bookmark it to come back.") \
	X(REFERENCE, "Reference:") \
	X(BACK, "Back to the form") \
	X(WITHDRAW, "Withdraw") \
	X(WITHDRAW_UNTIL, "You can withdraw what you sent until {date}.") \
	X(WITHDRAW_AS_OWNER, "You can erase this as its owner.") \
	X(WITHDRAW_TITLE, "Withdraw what you sent?") \
	X(WITHDRAW_ASK, "All of it will be erased. This can't be undone.") \
	X(WITHDRAW_NOW, "Yes, erase it") \
	X(WITHDRAW_NOT, "No, keep it") \
	X(WITHDRAWN, "What was sent here was withdrawn, and is erased.") \
	X(EXPIRED, "What was sent here was kept for as long as it may be, and is erased.") \
	X(ARCHIVED, "What was sent here was archived, and is no longer shown.") \
	X(KEPT_UNTIL, "It is kept until {date}, and then erased.") \
	X(NO_WITHDRAWING, "This can't be withdrawn, or not any more.") \
	X(NOT_ERASED, "The server can't erase this at the moment. Please try again later.") \
	X(NOT_CANCELLED, "The server can't cancel this at the moment. Please try again later.") \
	X(WORK_QUEUED, "This waits for its turn.") \
	X(WORK_RUNNING, "This is being worked on.") \
	X(WORK_WAITING, "This did not work, and will be tried again.") \
	X(WORK_FAILED, "This could not be done.") \
	X(WORK_CANCELLED, "This was cancelled.") \
	X(WORK_REFRESHES, "This page looks again by itself and goes on to the result once it is there.") \
	X(WORK_CANCEL, "Cancel") \
	X(WORK_OUTCOME, "What was sent") \
	X(WORK_STATUS, "See how far the work is") \
	X(RESULT_NOT_READY, "The result is not there yet.") \
	X(SUSPECT, "Marked as suspicious: {reason}") \
	X(DATE, "{day} {month} {year}, {time} UTC") \
	X(JANUARY, "January") \
	X(FEBRUARY, "February") \
	X(MARCH, "March") \
	X(APRIL, "April") \
	X(MAY, "May") \
	X(JUNE, "June") \
	X(JULY, "July") \
	X(AUGUST, "August") \
	X(SEPTEMBER, "September") \
	X(OCTOBER, "October") \
	X(NOVEMBER, "November") \
	X(DECEMBER, "December") \
	/* The note of a 303. */ \
	X(ACCEPTED, "What you sent was accepted, and is being worked on.") \
	X(SEE_OTHER, "See other") \
	X(SEE, "What you are looking for is here:") \
	X(OTHERS, "It is described here too:") \
	X(DESCRIBED_AS, "This is described in none of the types that were asked for. There is:") \
	/* Exactly once. */ \
	X(SENT_ALREADY, "This form was sent before, with other content, and that is kept. To send what stands here too, press the button again.") \
	X(SENT_FIRST, "See what was sent first") \
	X(OPEN_TOO_LONG, "This page was open for so long that it may have been sent before. To send it now, press the button again.") \
	X(KEY_TAKEN, "This Idempotency-Key came before, with other content.") \
	X(KEY_MISSING, "This form asks for an Idempotency-Key.") \
	X(KEY_BAD, "The Idempotency-Key is invalid: it must be a text of 1 to 255 characters in double quotes, or one without quotes, blanks and commas.") \
	/* What was refused, and what could not be done: titles, then what is said below them. */ \
	X(TITLE_400, "That request can't be understood") \
	X(TITLE_403, "That is not allowed from there") \
	X(TITLE_404, "There is nothing here") \
	X(TITLE_405, "That can't be done here") \
	X(TITLE_406, "Not to be had in that form") \
	X(TITLE_408, "That took too long") \
	X(TITLE_410, "That is not kept any more") \
	X(TITLE_411, "The length is missing") \
	X(TITLE_412, "That is not as you expected") \
	X(TITLE_413, "That is too large") \
	X(TITLE_415, "That type of content is not taken") \
	X(TITLE_416, "There is no such part") \
	X(TITLE_422, "Something needs another look") \
	X(TITLE_429, "That was too often") \
	X(TITLE_500, "This form is out of order") \
	X(TITLE_501, "That method is not known") \
	X(TITLE_503, "Not to be had at the moment") \
	X(TITLE_NOT_KEPT, "Your message was not kept") \
	X(NOT_KEPT, "The server can't keep messages at the moment, and yours was not kept. Please go back and send it again later.") \
	X(TAKES_NOTHING, "The server can't take messages at the moment. Please come back later.") \
	X(FILES_NOT_KEPT, "The server can't keep files at the moment, and yours was not kept. Please send it again later.") \
	X(NOT_TO_BE_HAD, "What is kept can't be read at the moment. Please try again later.") \
	X(FILE_NOT_TO_BE_HAD, "The file can't be read at the moment. Please try again later.") \
	X(SEE_LOG, "Its owner finds the reason in the web server's error log. Nothing was kept.") \
	X(UNREADABLE, "What is kept here can't be read.") \
	X(BAD_HOST, "The Host that the request names is none.") \
	X(NO_ADDRESS, "No form and no outcome has this address.") \
	X(NO_THING, "There is no description of this.") \
	X(NO_OUTCOME, "There is no outcome at this address.") \
	X(NO_FILE, "There is no file at this address.") \
	X(NO_PART, "The file has no such part.") \
	X(NO_CONDITION, "The request sets a condition that does not hold here.") \
	X(NO_SUCH_TYPE, "This is to be had as text/html and as application/json.") \
	X(METHOD_UNKNOWN_HERE, "What this address stands for does not take that method.") \
	X(METHOD_UNKNOWN, "The request has a method that this program does not know.") \
	X(ORIGIN_REFUSED, "This form does not take messages from the page that this one came from. Nothing was kept.") \
	X(OWNER_ORIGIN, "This did not come from the page that was made for you. Nothing was changed. Please open that page again and use its button.") \
	X(ORIGIN_UNKNOWN, "The request does not say which page it came from, and this form takes messages from some pages only. Nothing was kept.") \
	X(TOO_OFTEN_SECONDS, "More came from where you are than this form takes. Please try again in {n} seconds. Nothing was kept.") \
	X(TOO_OFTEN_MINUTES, "More came from where you are than this form takes. Please try again in {n} minutes. Nothing was kept.") \
	X(BODY_NO_LENGTH, "The request does not say how long its body is.") \
	X(BODY_BAD_LENGTH, "The length that the request gives for its body is no number.") \
	X(BODY_TOO_LARGE, "The message is larger than this form takes.") \
	X(BODY_TOO_SLOW, "Your message came too slowly, and was not kept. Please send it again.") \
	X(BODY_OTHER_TYPE, "This form does not take that type of content.") \
	X(BODY_ENCODED, "This form takes no compressed content.") \
	X(BODY_CUT_OR_LONG, "What came was shorter or longer than the request said it would be.") \
	X(BODY_TOO_MANY_FIELDS, "The message has more fields than this form takes.") \
	X(BODY_NAME_TOO_LONG, "The name of a field or file is longer than this form takes.") \
	X(BODY_VALUE_TOO_LONG, "The text in a field is longer than this form takes.") \
	X(BODY_NUL_IN_NAME, "The name of a field holds a NUL byte.") \
	X(BODY_NO_JSON, "The content says that it is JSON, and can't be read as such.") \
	X(BODY_NOT_FLAT, "The JSON must be one object, its members text, numbers, true, false, null, lists of those, or objects of such members.") \
	X(BODY_NO_UTF8, "The text is not in UTF-8.") \
	X(BODY_OTHER_CHARSET, "The text is not in UTF-8, and not in the character set that it says it is in.") \
	X(BODY_NO_BOUNDARY, "The request does not say what parts its content.") \
	X(BODY_BAD_PART, "A part of the content can't be understood.") \
	X(BODY_NOT_CLOSED, "The content ends before its last part does.") \
	X(BODY_FILE_UNKNOWN, "There is a file in the message that this form has no field for.") \
	X(BODY_TOO_MANY_FILES, "There are more files than this form takes.") \
	X(BODY_FILE_TOO_LARGE, "A file is larger than this form takes.") \
	/* The owner's desk. */ \
	X(DESK, "Desk") \
	X(DESK_LOGIN, "Nobody is logged in. Protect this address with a password in the web server, have it set REMOTE_USER and AUTH_TYPE, and name the user under owners in config.ini.") \
	X(DESK_NOT_OWNER, "You are logged in as {user}, who does not own this. Owners are named under owners in config.ini.") \
	X(DESK_FORM, "Form") \
	X(DESK_UNREAD, "Unread") \
	X(DESK_TODAY, "Today") \
	X(DESK_MONTH, "30 days") \
	X(DESK_DAYS, "Day by day") \
	X(DESK_SPAM, "Spam") \
	X(DESK_FAILED, "Failed tasks") \
	X(DESK_SPACE, "{free} are free on the disk.") \
	X(DESK_COUNTING, "Counting is not finished. Reload this page for the full numbers.") \
	X(DESK_SEARCH, "Search") \
	X(DESK_WORDS, "Words") \
	X(DESK_FROM, "From") \
	X(DESK_TO, "To") \
	X(DESK_VIEW, "Show") \
	X(DESK_VIEW_INBOX, "Messages") \
	X(DESK_VIEW_UNREAD, "Unread") \
	X(DESK_VIEW_STARRED, "Starred") \
	X(DESK_VIEW_SPAM, "Spam") \
	X(DESK_VIEW_ALL, "Everything") \
	X(DESK_SELECT, "Select") \
	X(DESK_TICK, "Select the message of {date}") \
	X(DESK_RECEIVED, "Received") \
	X(DESK_CONTENT, "Content") \
	X(DESK_MARKS, "Marks") \
	X(DESK_NOTHING, "There is nothing here.") \
	X(DESK_UNREADABLE, "Some of it can't be read; the web server's error log says what.") \
	X(DESK_PAUSED, "Searched back to {date}.") \
	X(DESK_GO_ON, "Search further back") \
	X(DESK_OLDER, "Older") \
	X(DESK_NEWEST, "Newest") \
	X(DESK_MARK_READ, "Mark as read") \
	X(DESK_MARK_UNREAD, "Mark as unread") \
	X(DESK_STAR, "Star") \
	X(DESK_UNSTAR, "Remove star") \
	X(DESK_IS_SPAM, "Spam") \
	X(DESK_IS_HAM, "Not spam") \
	X(DESK_ERASE, "Erase …") \
	X(DESK_ERASE_ASK, "Erase for good: {n}?") \
	X(DESK_ERASE_ALL, "Files, marks and results are erased too. This can't be undone.") \
	X(DESK_NOT_CHANGED, "The server could not change everything. Please try again later.") \
	X(DESK_NOTE, "Note") \
	X(DESK_SAVE, "Save the note") \
	X(DESK_REPLY, "Reply by e-mail") \
	X(DESK_RETRY, "Run failed tasks again") \
	X(DESK_CLIENT, "Sent from") \
	X(DESK_TASK, "Task") \
	X(DESK_PAGE, "The visitor's page")

#define MESSAGE_ENUMERATOR(name, english) MESSAGE_##name,
enum message { MESSAGE_LIST(MESSAGE_ENUMERATOR) MESSAGES };
#undef MESSAGE_ENUMERATOR

/* A language's texts. */
struct catalogue {
	const char *tag;       /* RFC 5646, such as "de" */
	bool right_to_left;
	const char *texts[MESSAGES]; /* NULL: the English one is used */
};

/* English, which has them all. */
extern const struct catalogue message_english;

/* Gives a text; NULL for the catalogue means English. */
const char *message_text(const struct catalogue *, enum message);

/* Gives a text with its holes filled, in the arena: pairs of a hole's name and a string follow, then NULL. */
const char *message_fill(const struct catalogue *, enum message, struct arena *, ...) __attribute__((sentinel));

/* Gives a moment as people write it, in UTC, in the arena. */
const char *message_date(const struct catalogue *, time_t, struct arena *);

/* Gives the key of a message, in lower case, in the arena. */
const char *message_key(enum message, struct arena *);

/* Finds the message of a key, whatever its case; MESSAGES where there is none. */
enum message message_keyed(const char *key);

/* Gives the first hole of a translated text that the English one has not, in the arena; NULL where there is none. */
const char *message_strange_hole(enum message, const char *text, struct arena *);

#endif
