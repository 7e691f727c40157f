/*
 * A load for a FastCGI program, straight to its Unix socket, so that no web server's cost is in the figure.
 * load SOCKET CLIENTS SECONDS NAME=VALUE … < body: each client posts the body again and again, one connection a request.
 * A % in a value becomes a number of 16 digits that no other request of any run has.
 * Prints requests a second, the median and the 99th percentile of their times in microseconds, and how many were answered
 * with anything but the status 303.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BEGIN = 1, PARAMS = 4, INPUT = 5, ROOM = 1 << 18, SAMPLES = 1 << 20, DIGITS = 16 };

static unsigned char request[ROOM];
static size_t request_n, number_at; /* where in the request the number goes; 0: nowhere */
static atomic_ulong number;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static double end;

struct client {
	pthread_t thread;
	size_t done, wrong;
	float *times;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put_record(int type, const void *content, size_t n)
{
	unsigned char head[8] = {1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8), (unsigned char)n, 0, 0};
	if (n > 65535 || request_n + n + 8 > sizeof request)
		exit(2);
	memcpy(request + request_n, head, 8);
	if (n)
		memcpy(request + request_n + 8, content, n);
	request_n += 8 + n;
}

static size_t put_length(unsigned char *out, size_t n)
{
	if (n < 128) {
		out[0] = (unsigned char)n;
		return 1;
	}
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(n >> (24 - 8 * i));
	out[0] |= 128;
	return 4;
}

static void compose(char **variables)
{
	static const unsigned char responder[8] = {0, 1};
	static unsigned char params[65536];
	static char body[65536];
	char length[32];
	size_t n = 0, body_n = fread(body, 1, sizeof body - 1, stdin);
	snprintf(length, sizeof length, "CONTENT_LENGTH=%zu", body_n);
	put_record(BEGIN, responder, sizeof responder);
	for (const char *variable = length; variable; variable = *variables ? *variables++ : NULL) {
		size_t name = strcspn(variable, "="), value = strlen(variable) - name - 1;
		const char *text = variable + name + 1, *percent = strchr(text, '%');
		size_t before = percent ? (size_t)(percent - text) : value, more = percent ? DIGITS - 1 : 0;
		n += put_length(params + n, name);
		n += put_length(params + n, value + more);
		memcpy(params + n, variable, name);
		memcpy(params + n + name, text, before);
		if (percent) {
			memset(params + n + name + before, '%', DIGITS);
			memcpy(params + n + name + before + DIGITS, percent + 1, value - before - 1);
		}
		n += name + value + more;
	}
	unsigned char *percent = memchr(params, '%', n);
	if (percent)
		number_at = request_n + 8 + (size_t)(percent - params);
	put_record(PARAMS, params, n);
	put_record(PARAMS, NULL, 0);
	put_record(INPUT, body, body_n);
	put_record(INPUT, NULL, 0);
}

/* Tells whether the answer was a 303. */
static int post(void)
{
	char answer[8192];
	size_t have = 0;
	ssize_t n;
	unsigned char own[ROOM];
	memcpy(own, request, request_n);
	for (unsigned long i = DIGITS, left = atomic_fetch_add(&number, 1); number_at && i > 0; left /= 10)
		own[number_at + --i] = (unsigned char)('0' + left % 10);
	int peer = socket(AF_UNIX, SOCK_STREAM, 0);
	while (connect(peer, (struct sockaddr *)&address, sizeof address) < 0)
		if (errno != EAGAIN && errno != EINTR)
			exit(2);
	if (write(peer, own, request_n) != (ssize_t)request_n)
		exit(2);
	while ((n = read(peer, answer + have, sizeof answer - 1 - have)) > 0)
		have += (size_t)n;
	close(peer);
	for (size_t i = 0; i + 11 < have; i++)
		if (memcmp(answer + i, "Status: 303", 11) == 0)
			return 1;
	return 0;
}

static void *run(void *argument)
{
	struct client *client = argument;
	for (double before = now(); before < end;) {
		client->wrong += !post();
		double after = now();
		if (client->done < SAMPLES)
			client->times[client->done] = (float)((after - before) * 1e6);
		client->done++;
		before = after;
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	size_t n = (size_t)atoi(argv[2]), done = 0, wrong = 0;
	double seconds = atof(argv[3]);
	struct client *clients = calloc(n, sizeof *clients);
	strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
	compose(argv + 4);
	number = (unsigned long)time(NULL) * 1000000;
	double start = now();
	end = start + seconds;
	for (size_t i = 0; i < n; i++) {
		clients[i].times = malloc(SAMPLES * sizeof(float));
		pthread_create(&clients[i].thread, NULL, run, &clients[i]);
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(clients[i].thread, NULL);
		done += clients[i].done;
		wrong += clients[i].wrong;
	}
	seconds = now() - start;
	float *all = malloc((done + 1) * sizeof *all);
	size_t at = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < clients[i].done && j < SAMPLES; j++)
			all[at++] = clients[i].times[j];
	qsort(all, at, sizeof *all, by_size);
	printf("%.0f %.0f %.0f %zu\n", (double)done / seconds, (double)all[at / 2], (double)all[at * 99 / 100], wrong);
	return wrong > 0;
}
