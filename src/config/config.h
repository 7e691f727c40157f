/* The configuration: config.ini, read strictly. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "config/form.h"
#include "config/mailbox.h"
#include "config/route.h"
#include "http/address.h"

/* Whose X-Forwarded-For is believed. */
struct proxies {
	const struct address_range *ranges;
	size_t n;
};

/* One description of a thing. */
struct representation {
	const char *type;     /* media type */
	const char *language; /* tag, or NULL */
	const char *target;   /* URL or path, with the holes of the thing's route */
	const char *profile;  /* URI of the profile that it conforms to, or NULL */
};

/* A [thing NAME]: what is no document, and is answered with 303 to a description of it. */
struct thing {
	const char *name;
	const char *path; /* route */
	const char *map;  /* file whose database says where each name leads, or NULL */
	struct representation *representations;
	size_t representations_n;
	const char *preset; /* the media type that a tie goes to, or NULL: the first one */
	bool strict;        /* 406 where no representation is acceptable, else the first */
	bool query;         /* the query of the request is kept */
	uint64_t cache;     /* seconds for which the answer may be kept */
};

enum task_kind { TASK_COMMAND, TASK_MAIL, TASK_REPLY, TASK_WEBHOOK };

/* What a webhook sends: the record, or a message as a chat service takes it. */
enum task_style { STYLE_JSON, STYLE_SLACK, STYLE_DISCORD, STYLE_MATRIX, STYLE_NTFY, STYLE_TELEGRAM, STYLE_MATTERMOST, STYLE_TEAMS };

/* A [task NAME]: what is done with an outcome after its 303. */
struct task {
	const char *name;
	enum task_kind kind;
	bool faulty;                       /* there was a fault in its section, so what is missing may only not have been understood */
	struct words command;              /* program and arguments */
	struct mailboxes mail;             /* who is written to, */
	struct mailboxes cc, bcc;          /* who gets a copy, and who does so without the others knowing */
	const char *reply;                 /* field that holds the address of a visitor who gets a receipt */
	const char *webhook;               /* URL that the outcome is posted to */
	enum task_style style;             /* of a webhook */
	const char *secret_file;           /* of a webhook, for hook_secret_read, or NULL */
	const char *from_name;             /* the name beside the site's address, with {field}s filled in, or NULL */
	const char *subject, *text;        /* with {field}s filled in, or NULL */
	uint64_t digest;                   /* seconds: one mail for all outcomes of such a period; 0: a mail each */
	bool suspicious;                   /* it is for outcomes that are taken for spam, and for no others */
	bool html;                         /* a mail has a part in HTML */
	const char *text_file, *html_file; /* templates, or NULL */
	const char *input;                 /* file field that a command reads, or NULL: it reads the record */
	const char *type;                  /* media type of what a command prints */
	uint64_t timeout, pause;           /* seconds: for a run, and before the second one */
	uint64_t retries;
	bool quote;                      /* a receipt has what the visitor typed */
	uint64_t output, memory, attach; /* bytes: of any file that a command writes, of its memory, and sent along with a mail */
};

/* A [forward NAME]. */
struct forward {
	const char *name;
	const char *path; /* route */
	const char *to;   /* URL or path, with the route's holes */
	int status;       /* 301, 302, 303, 307 or 308 */
	bool query;       /* kept */
	uint64_t cache;   /* seconds */
};

struct config {
	struct arena arena; /* holds all of it */
	const char *file;
	const char *data;     /* the data folder */
	const char *base;     /* the program's absolute URI without a slash at its end, or NULL */
	const char *node;     /* this host's name among several, or "" */
	const char *host;     /* what stands for this host where it has a node, or NULL */
	const char *local;    /* folder of this host for what its processes share in memory; the data folder unless it is set */
	uint64_t hosts;       /* that share the data folder, and each rate */
	const char *sendfile; /* NULL: uploads are sent from here; "yes": by X-Sendfile; else the prefix for X-Accel-Redirect */
	bool durable;
	bool group;             /* the group may read what is kept: files 0640, folders 0750; else 0600 and 0700 */
	uint64_t reserve;       /* bytes of the file system to leave free; with less, posts are answered 503 */
	const char *charset;    /* for forms that don't set it; NULL: UTF-8 */
	const char *access_log; /* file that gets a line for each request, or NULL */
	const char *owners;     /* users who own every form, parted by white space or commas, or NULL */
	bool index;
	bool sandbox;
	struct proxies proxies;
	uint64_t header_time;              /* seconds within which a FastCGI header must come */
	uint64_t body_rate, body_time;     /* bytes a second that a body must bring, in each stretch of so many seconds */
	struct words languages;            /* at least one */
	const char *catalogues;            /* folder, or NULL */
	const char *css, *header, *footer; /* files, or NULL */
	time_t changed;                    /* when the file was last changed */
	const struct path_chain *above;    /* the folders from the file's own up, as they were when it was read */
	struct limits limits;
	struct form *forms;
	size_t forms_n;
	struct form_names *names; /* finds a form of those by its name */
	const char *folder;       /* of files with a form each, or NULL */
	struct form_slots *slots; /* forms of the folder that were asked for; NULL: there is no folder, or the list above has them all */
	struct form_watch *watch; /* tells whether files of the folder change, where the list above has them all; or NULL */
	struct thing *things;
	size_t things_n;
	struct forward *forwards;
	size_t forwards_n;
	struct task *tasks;
	size_t tasks_n;
	const char *sendmail;                                    /* program */
	const char *curl;                                        /* likewise */
	struct mailbox from;                                     /* the site's own address */
	struct rate receipts_mailbox, receipts_domain, receipts; /* receipts to one mailbox, to one domain, in all */
	const char *alarm;                                       /* task that tells when others fail, or NULL */
	uint64_t alarm_after;                                    /* seconds for which they must fail */
	uint64_t parallel;                                       /* tasks at a time, 1 to 1000 */
	bool any_keep;                                           /* a form keeps outcomes for some time only, or one of the folder might */
};

/* The most bytes of css, header and footer. */
enum { SITE_FILE_MAX = 256 * 1024 };

/* Tells whether rules can stand in a style element, which "</style" ends: they hold no "</" at all, which no rule needs. */
bool config_rules_sound(struct span rules);

/* Frees a configuration; NULL is fine. */
void config_free(struct config *);

/* Gives the form of that name, or NULL. */
const struct form *config_form(const struct config *, struct span name);

/* Makes room in the configuration's memory for so many forms, and for finding them by their names. */
void config_make_forms(struct config *, size_t n);

/* Adds a form of that name, which is borrowed, to those that there is room for, and returns it. */
struct form *config_add_form(struct config *, const char *name);

/* Gives the first thing or forward whose route a path matches, and what its holes stand for; NULL where there is none. */
const struct thing *config_thing(const struct config *, const char *raw_path, struct captures *, struct arena *);
const struct forward *config_forward(const struct config *, const char *raw_path, struct captures *, struct arena *);

/* Returns the task of that name, in any case of letters, or NULL. */
const struct task *config_task(const struct config *, const char *name);

/* Gives the form's i-th task, its result's being the last, or NULL. */
const struct task *config_form_task(const struct config *, const struct form *, size_t i);

/* Tells whether the form has a task for outcomes that are taken for spam, or for the others. */
bool config_form_has_task(const struct config *, const struct form *, bool suspicious);

/*
 * Tells whether a URI leads to a thing or forward of this configuration, whose own absolute URI is root. Its holes are those of the
 * route from, or NULL where they are filled.
 */
bool config_leads_back(const struct config *, const char *root, const char *uri, const char *from, struct arena *);

#endif
