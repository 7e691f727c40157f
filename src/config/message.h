/*
 * Messages: what the program says to visitors, in their language. English stands here; other languages come from catalogues,
 * files that hold a text for each key (the name below in lower case). {holes} are filled in; each text may leave some out.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <time.h>

#include "base/arena.h"

/* One message a line. */
/* clang-format off */
#define MESSAGE_LIST(X) \
	/* The form. */ \
	X(BUTTON, "Send") \
	X(OPTIONAL, "(optional)") \
	X(ERROR_TITLE, "Error: {title}") \
	X(SUMMARY, "Nothing was sent yet. Please correct these fields:") \
	X(FIELDS_WRONG, "Some fields need to be corrected.") \
	X(TAKES_ANYTHING, "This address receives a form that is on another page.") \
	X(INDEX, "Forms") \
	/* What is wrong with a field; it stands beside it. */ \
	X(MISSING, "Please fill this in.") \
	X(CHOOSE_ONE, "Please choose one.") \
	X(CHOOSE_SOME, "Please choose at least one.") \
	X(TICK, "Please tick this box.") \
	X(TICK_SOME, "Please tick at least one.") \
	X(CHOOSE_FILE, "Please choose a file.") \
	X(CHOOSE_FILE_AGAIN, "Please choose the file again.") \
	X(TOO_LONG, "Please use at most {max} characters (now: {n}).") \
	X(TOO_SHORT, "Please use at least {min} characters (now: {n}).") \
	X(NO_NUMBER, "Please enter a number.") \
	X(TOO_SMALL, "Please enter {min} or more.") \
	X(TOO_BIG, "Please enter {max} or less.") \
	X(NO_DATE, "Please enter a date as year-month-day, such as 2026-12-31.") \
	X(TOO_EARLY, "Please enter {min} or a later date.") \
	X(TOO_LATE, "Please enter {max} or an earlier date.") \
	X(NO_EMAIL, "Please enter an e-mail address, such as ada@example.org.") \
	X(NO_URL, "Please enter a web address, such as https://example.org/.") \
	X(NOT_OFFERED, "Please choose one of the options.") \
	X(OTHER_PATTERN, "Please use the requested format.") \
	X(ONE_LINE, "Please use a single line.") \
	X(BAD_CHARACTER, "This contains a character that can't be used.") \
	X(ONE_ANSWER, "Please give only one answer; there was more than one.") \
	X(TOO_MANY, "Please choose at most {max}.") \
	X(TOO_FEW, "Please choose at least {min}.") \
	X(FILE_NAME_ONLY, "Only the name of the file arrived, not the file itself.") \
	X(FILE_TOO_LARGE, "This file is too large. Please choose one of at most {max}.") \
	X(FILE_TYPE, "Files of this type are not accepted. Please choose one of: {types}.") \
	X(ONE_FILE, "Please choose only one file.") \
	/* The outcome. */ \
	X(RECEIVED_TITLE, "Received: {title}") \
	X(THANKS, "Thank you") \
	X(RECEIVED, "What you sent was received on {date} and saved.") \
	X(BOOKMARK, "This page keeps its address: bookmark it to come back.") \
	X(ADDRESS, "Address of this page:") \
	X(REFERENCE, "Reference:") \
	X(BACK, "Back to the form") \
	X(WITHDRAW, "Withdraw") \
	X(WITHDRAW_UNTIL, "You can withdraw what you sent until {date}.") \
	X(WITHDRAW_AS_OWNER, "You can erase this as its owner.") \
	X(WITHDRAW_TITLE, "Withdraw what you sent?") \
	X(WITHDRAW_ASK, "All of it will be erased. This can't be undone.") \
	X(WITHDRAW_NOW, "Yes, erase it") \
	X(WITHDRAW_NOT, "No, keep it") \
	X(WITHDRAWN, "What was sent here was withdrawn and has been erased.") \
	X(EXPIRED, "What was sent here was kept for its time and has been erased.") \
	X(ARCHIVED, "What was sent here was archived and is no longer shown.") \
	X(KEPT_UNTIL, "It is kept until {date} and then erased.") \
	X(NO_WITHDRAWING, "This can't be withdrawn, or can no longer be withdrawn.") \
	X(NOT_ERASED, "The server can't erase this at the moment. Please try again later.") \
	X(NOT_CANCELLED, "The server can't cancel this at the moment. Please try again later.") \
	X(WORK_QUEUED, "This is waiting for its turn.") \
	X(WORK_RUNNING, "This is being worked on.") \
	X(WORK_WAITING, "This did not work and will be tried again.") \
	X(WORK_FAILED, "This could not be done.") \
	X(WORK_CANCELLED, "This was cancelled.") \
	X(WORK_REFRESHES, "This page reloads by itself and leads to the result when it is ready.") \
	X(WORK_CANCEL, "Cancel") \
	X(WORK_OUTCOME, "What was sent") \
	X(WORK_STATUS, "See how far the work is") \
	X(RESULT_NOT_READY, "The result is not ready yet.") \
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
	X(OTHERS, "It is also described here:") \
	X(DESCRIBED_AS, "There is no description of any requested type. These are available:") \
	/* Exactly once. */ \
	X(SENT_ALREADY, "This form was sent before with other content, which was saved. To send what is here now too, press the button again.") \
	X(SENT_FIRST, "See what was sent first") \
	X(OPEN_TOO_LONG, "This page was open for so long that the form may have been sent already. Nothing was sent now. To send it, press the button again.") \
	X(KEY_TAKEN, "This Idempotency-Key was used before with other content. Nothing was kept.") \
	X(KEY_MISSING, "This form requires an Idempotency-Key. Nothing was kept.") \
	X(KEY_BAD, "The Idempotency-Key is invalid: it must be a text of 1 to 255 characters in double quotes, or one without quotes, blanks and commas. Nothing was kept.") \
	/* What was refused, and what could not be done: titles, then what is said below them. */ \
	X(TITLE_400, "The request can't be understood") \
	X(TITLE_403, "Not allowed from there") \
	X(TITLE_404, "There is nothing here") \
	X(TITLE_405, "That is not possible here") \
	X(TITLE_406, "Not available in that format") \
	X(TITLE_408, "That took too long") \
	X(TITLE_410, "No longer available") \
	X(TITLE_411, "The length is missing") \
	X(TITLE_412, "The condition is not met") \
	X(TITLE_413, "That is too large") \
	X(TITLE_415, "That type of content is not accepted") \
	X(TITLE_416, "There is no such part") \
	X(TITLE_422, "Please check what you sent") \
	X(TITLE_429, "Sent too often") \
	X(TITLE_500, "This form is out of order") \
	X(TITLE_501, "Unknown method") \
	X(TITLE_503, "Not available at the moment") \
	X(TITLE_NOT_KEPT, "Your message was not kept") \
	X(NOT_KEPT, "The server can't save messages at the moment, and yours was not kept. Please go back and send it again later.") \
	X(TAKES_NOTHING, "The server can't accept messages at the moment. Please come back later.") \
	X(FILES_NOT_KEPT, "The server can't save files at the moment, and yours was not kept. Please send it again later.") \
	X(NOT_TO_BE_HAD, "The server can't read what was saved here at the moment. Please try again later.") \
	X(FILE_NOT_TO_BE_HAD, "The server can't read the file at the moment. Please try again later.") \
	X(SEE_LOG, "The owner of the form finds the reason in the web server's error log. Nothing was kept.") \
	X(REQUEST, "Reference: {id}") \
	X(UNREADABLE, "What was saved here can't be read.") \
	X(BAD_HOST, "The Host header is invalid.") \
	X(NO_ADDRESS, "There is no form and no outcome at this address.") \
	X(NO_THING, "There is no description of this.") \
	X(NO_OUTCOME, "There is no outcome at this address.") \
	X(NO_FILE, "There is no file at this address.") \
	X(NO_PART, "The file has no such part.") \
	X(NO_CONDITION, "The request sets a condition that is not met here.") \
	X(NO_SUCH_TYPE, "This is available as text/html and application/json.") \
	X(METHOD_UNKNOWN_HERE, "This address does not support that method.") \
	X(METHOD_UNKNOWN, "The request uses a method that this program does not know.") \
	X(ORIGIN_REFUSED, "This form does not accept messages from the page that sent this one. Nothing was kept.") \
	X(OWNER_ORIGIN, "This did not come from the page that was made for you. Nothing was changed. Please open that page again and use its button.") \
	X(ORIGIN_UNKNOWN, "The request does not say which page it comes from, and this form accepts messages from certain pages only. Nothing was kept.") \
	X(TOO_OFTEN_SECONDS, "Your network has sent this form too many messages. Nothing was kept. Please try again in {n} seconds.") \
	X(TOO_OFTEN_MINUTES, "Your network has sent this form too many messages. Nothing was kept. Please try again in {n} minutes.") \
	X(TYPED, "To get what you typed, use your browser's Back button.") \
	X(BODY_NO_LENGTH, "The request does not say how long its body is. Nothing was kept.") \
	X(BODY_BAD_LENGTH, "The request gives a length for its body that is not a number. Nothing was kept.") \
	X(BODY_TOO_LARGE, "The message is larger than this form accepts. Nothing was kept.") \
	X(BODY_TOO_SLOW, "Your message came too slowly, and was not kept. Please send it again. Nothing was kept.") \
	X(BODY_OTHER_TYPE, "This form does not accept that type of content. Nothing was kept.") \
	X(BODY_ENCODED, "This form does not accept compressed content. Nothing was kept.") \
	X(BODY_CUT_OR_LONG, "The body was shorter or longer than the request announced. Nothing was kept.") \
	X(BODY_TOO_MANY_FIELDS, "The message has more fields than this form accepts. Nothing was kept.") \
	X(BODY_NAME_TOO_LONG, "The name of a field or file is longer than this form accepts. Nothing was kept.") \
	X(BODY_VALUE_TOO_LONG, "The text in a field is longer than this form accepts. Nothing was kept.") \
	X(BODY_NUL_IN_NAME, "The name of a field contains a NUL byte. Nothing was kept.") \
	X(BODY_NO_JSON, "The content claims to be JSON but is not valid JSON. Nothing was kept.") \
	X(BODY_NOT_FLAT, "The JSON must be one object whose members are text, numbers, true, false, null, lists of these, or objects of these. Nothing was kept.") \
	X(BODY_NO_UTF8, "The text is not in UTF-8. Nothing was kept.") \
	X(BODY_OTHER_CHARSET, "The text is neither in UTF-8 nor in the character set that it claims. Nothing was kept.") \
	X(BODY_NO_BOUNDARY, "The request does not name the boundary between the parts of its content. Nothing was kept.") \
	X(BODY_BAD_PART, "A part of the content can't be read. Nothing was kept.") \
	X(BODY_NOT_CLOSED, "The content ends before its last part is complete. Nothing was kept.") \
	X(BODY_FILE_UNKNOWN, "The message contains a file that this form has no field for. Nothing was kept.") \
	X(BODY_TOO_MANY_FILES, "The message contains more files than this form accepts. Nothing was kept.") \
	X(BODY_FILE_TOO_LARGE, "A file is larger than this form accepts. Nothing was kept.") \
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
	X(DESK_NEWER, "Newer") \
	X(DESK_PAGES, "Pages") \
	X(DESK_DOWNLOAD, "Download as {type}") \
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
	X(DESK_TOO_MANY, "At most {n} outcomes can be changed at once. Nothing was changed.") \
	X(DESK_NOTE, "Note") \
	X(DESK_SAVE, "Save the note") \
	X(DESK_REPLY, "Reply by e-mail") \
	X(DESK_RETRY, "Run failed tasks again") \
	X(DESK_CLIENT, "Sent from") \
	X(DESK_TASK, "Task") \
	X(DESK_PAGE, "The visitor's page") \
	/* Mail. */ \
	X(YES, "yes") \
	X(MAIL_FILE, "{name} ({n} bytes)") \
	X(MAIL_FILE_LEFT, "{name} ({n} bytes, not attached)") \
	X(MAIL_ERASE, "Erase") \
	X(MAIL_DIGEST, "{title}: {n} new") \
	X(MAIL_DIGEST_SPAM, "{title}: {n} suspicious") \
	X(MAIL_ASK_SPAM, "Is this spam?") \
	X(MAIL_SEE_FIRST, "See it first")
/* clang-format on */

#define MESSAGE_ENUMERATOR(name, english) MESSAGE_##name,
enum message { MESSAGE_LIST(MESSAGE_ENUMERATOR) MESSAGES };
#undef MESSAGE_ENUMERATOR

/* A language's texts. */
struct catalogue {
	const char *tag; /* RFC 5646, such as "de" */
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
