/* The descriptors lie in a pair of sockets that every serving process inherits (unix(7), SCM_RIGHTS), and so outlive the one that sent them. */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "serve/handover.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { MOST = 253 /* that Linux takes in one message */ };

static int giver = -1, taker = -1;

/* A control message for as many descriptors as fit. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(MOST * sizeof(int))];
};

int handover_begin(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -1;
	giver = pair[0];
	taker = pair[1];
	return 0;
}

int handover_give(const int *connections, size_t n)
{
	union control control = {0};
	char byte = 0;
	struct iovec content = {.iov_base = &byte, .iov_len = 1};
	if (n == 0)
		return 0;
	if (n > MOST) {
		errno = EMSGSIZE;
		return -1;
	}
	struct msghdr message = {
		.msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(n * sizeof *connections)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(n * sizeof *connections);
	memcpy(CMSG_DATA(rights), connections, n * sizeof *connections);
	return sendmsg(giver, &message, 0) < 0 ? -1 : 0;
}

size_t handover_take(int *connections, size_t most)
{
	union control control;
	char byte;
	struct iovec content = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(most * sizeof *connections)};
	if (most > MOST || recvmsg(taker, &message, MSG_CMSG_CLOEXEC) < 0)
		return 0;
	const struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	if (!rights || rights->cmsg_type != SCM_RIGHTS)
		return 0;
	size_t n = (rights->cmsg_len - CMSG_LEN(0)) / sizeof *connections;
	memcpy(connections, CMSG_DATA(rights), n * sizeof *connections);
	return n;
}
