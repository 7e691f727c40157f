/*
 * A load for a FastCGI program, straight to its Unix socket, so that no web server's cost is in the figure.
 * load [-s STATUS] [-w WORDS] SOCKET CLIENTS SECONDS NAME=VALUE … < body: each client sends the body again and again, one
 * connection a request. SOCKET may be several paths with commas between them, among which the clients are divided. A % in a
 * value becomes a number of 16 digits that no other request of any run has, or, with -w, the next word of that file; they are
 * all of one length, one a line, and the run ends with the last of them.
 * Prints requests a second that were answered with STATUS (303), the median and the 99th percentile of their times in
 * microseconds, the CPU time that the load itself took for one, how many were sent, and how many answered with anything else.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BEGIN = 1, PARAMS = 4, INPUT = 5, ROOM = 1 << 18, SAMPLES = 1 << 18, WORDS = 1 << 26, DIGITS = 16, ADDRESSES = 16 };

static unsigned char request[ROOM];
static size_t request_n, number_at; /* where in the request the number or word goes; 0: nowhere */
static size_t number_n = DIGITS;
static atomic_ulong number, wrong;
static char *words; /* NULL: numbers */
static unsigned long words_n;
static char expected[16] = "Status: 303";
static struct sockaddr_un addresses[ADDRESSES];
static size_t addresses_n;
static double end;

struct client {
	pthread_t thread;
	const struct sockaddr_un *address;
	size_t done;
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
	size_t n = 0, at = 0, body_n = fread(body, 1, sizeof body - 1, stdin);
	snprintf(length, sizeof length, "CONTENT_LENGTH=%zu", body_n);
	put_record(BEGIN, responder, sizeof responder);
	for (const char *variable = length; variable; variable = *variables ? *variables++ : NULL) {
		size_t name = strcspn(variable, "="), value = strlen(variable) - name - 1;
		const char *text = variable + name + 1, *percent = strchr(text, '%');
		size_t before = percent ? (size_t)(percent - text) : value, more = percent ? number_n - 1 : 0;
		n += put_length(params + n, name);
		n += put_length(params + n, value + more);
		memcpy(params + n, variable, name);
		memcpy(params + n + name, text, before);
		if (percent) {
			at = n + name + before;
			memcpy(params + n + name + before + number_n, percent + 1, value - before - 1);
		}
		n += name + value + more;
	}
	if (at)
		number_at = request_n + 8 + at;
	put_record(PARAMS, params, n);
	put_record(PARAMS, NULL, 0);
	put_record(INPUT, body, body_n);
	put_record(INPUT, NULL, 0);
}

static void read_words(const char *name)
{
	FILE *file = fopen(name, "r");
	words = malloc(WORDS);
	size_t n = file && words ? fread(words, 1, WORDS, file) : 0;
	const char *first = n ? memchr(words, '\n', n) : NULL;
	if (!first)
		exit(2);
	number_n = (size_t)(first - words);
	words_n = n / (number_n + 1);
	fclose(file);
}

static int put_number(unsigned char *at)
{
	unsigned long left = atomic_fetch_add(&number, 1);
	if (words && left >= words_n)
		return 0;
	if (words)
		memcpy(at, words + left * (number_n + 1), number_n);
	else
		for (size_t i = number_n; i > 0; left /= 10)
			at[--i] = (unsigned char)('0' + left % 10);
	return 1;
}

/* Its records' heads are not text. */
static void show_wrong(char *answer, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (answer[i] < ' ' || answer[i] > '~')
			answer[i] = ' ';
	fprintf(stderr, "the first wrong answer, of %zu bytes: %.*s\n", n, (int)n, answer);
}

/* Makes a request and looks at the answer; 0 where no word is left to ask with. */
static int ask(const struct sockaddr_un *address)
{
	char answer[8192];
	size_t have = 0;
	ssize_t n;
	unsigned char own[ROOM];
	memcpy(own, request, request_n);
	if (number_at && !put_number(own + number_at))
		return 0;
	int peer = socket(AF_UNIX, SOCK_STREAM, 0);
	while (connect(peer, (const struct sockaddr *)address, sizeof *address) < 0)
		if (errno != EAGAIN && errno != EINTR) {
			perror("can't connect");
			exit(2);
		}
	if (write(peer, own, request_n) != (ssize_t)request_n)
		perror("can't send a request whole");
	while ((n = read(peer, answer + have, sizeof answer - 1 - have)) > 0)
		have += (size_t)n;
	if (n < 0 && wrong == 0)
		perror("can't read an answer");
	close(peer);
	for (size_t i = 0; i + 11 < have; i++)
		if (memcmp(answer + i, expected, 11) == 0)
			return 1;
	if (atomic_fetch_add(&wrong, 1) == 0)
		show_wrong(answer, have);
	return 1;
}

static void read_addresses(const char *paths)
{
	for (size_t n = strcspn(paths, ","); *paths; paths += n + (paths[n] == ','), n = strcspn(paths, ",")) {
		if (addresses_n == ADDRESSES || n >= sizeof addresses->sun_path)
			exit(2);
		addresses[addresses_n].sun_family = AF_UNIX;
		memcpy(addresses[addresses_n++].sun_path, paths, n);
	}
	if (!addresses_n)
		exit(2);
}

static void *run(void *argument)
{
	struct client *client = argument;
	double before = now();
	do { /* at least one, however late the thread began */
		if (!ask(client->address))
			break;
		double after = now();
		if (client->done < SAMPLES)
			client->times[client->done] = (float)((after - before) * 1e6);
		client->done++;
		before = after;
	} while (before < end);
	return NULL;
}

/* Microseconds since 1970: no run makes a million requests a second, so the next begins behind this one's last number. */
static unsigned long first_number(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (unsigned long)t.tv_sec * 1000000 + (unsigned long)t.tv_nsec / 1000;
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	for (int option; (option = getopt(argc, argv, "+s:w:")) != -1;)
		if (option == 's')
			snprintf(expected, sizeof expected, "Status: %.3s", optarg);
		else if (option == 'w')
			read_words(optarg);
		else
			return 2;
	argv += optind;
	if (argc - optind < 3)
		return 2;
	size_t n = (size_t)atoi(argv[1]), done = 0;
	double seconds = atof(argv[2]);
	struct client *clients = calloc(n, sizeof *clients);
	read_addresses(argv[0]);
	compose(argv + 3);
	signal(SIGPIPE, SIG_IGN);
	number = words ? 0 : first_number();
	double start = now();
	end = start + seconds;
	for (size_t i = 0; i < n; i++) {
		clients[i].address = &addresses[i % addresses_n];
		clients[i].times = malloc(SAMPLES * sizeof(float));
		if (!clients[i].times || pthread_create(&clients[i].thread, NULL, run, &clients[i]) != 0) {
			fputs("can't start a client\n", stderr);
			return 2;
		}
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(clients[i].thread, NULL);
		done += clients[i].done;
	}
	seconds = now() - start;
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	if (!done)
		return 1;
	float *all = malloc((done + 1) * sizeof *all);
	size_t at = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < clients[i].done && j < SAMPLES; j++)
			all[at++] = clients[i].times[j];
	qsort(all, at, sizeof *all, by_size);
	printf("%.0f %.0f %.0f %.1f %zu %zu\n", (double)(done - wrong) / seconds, (double)all[at / 2], (double)all[at * 99 / 100],
		cpu / (double)done, done, (size_t)wrong);
	return wrong > 0;
}
