/* The descriptors lie in a pair of sockets that every serving process inherits (unix(7), SCM_RIGHTS), and so outlive the one that sent them. */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "serve/handover.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

_Static_assert(ARRIVALS_MOST <= 253, "Linux takes no more descriptors in one message");

static int giver = -1, taker = -1;

/* A control message for as many descriptors as can wait. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(ARRIVALS_MOST * sizeof(int))];
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

int handover_give(struct arrival *waiting, size_t n)
{
	union control control = {0};
	int sockets[ARRIVALS_MOST];
	struct iovec content = {.iov_base = waiting, .iov_len = n * sizeof *waiting};
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		sockets[i] = waiting[i].connection.socket;
	struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = &control};
	message.msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof *sockets); /* size_t with glibc, socklen_t with musl */
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = (socklen_t)CMSG_LEN(n * sizeof *sockets);
	memcpy(CMSG_DATA(rights), sockets, n * sizeof *sockets);
	return sendmsg(giver, &message, 0) < 0 ? -1 : 0;
}

size_t handover_take(struct arrival waiting[ARRIVALS_MOST])
{
	union control control;
	int sockets[ARRIVALS_MOST];
	struct iovec content = {.iov_base = waiting, .iov_len = ARRIVALS_MOST * sizeof *waiting};
	struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	if (recvmsg(taker, &message, MSG_CMSG_CLOEXEC) < 0)
		return 0;
	const struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	if (!rights || rights->cmsg_type != SCM_RIGHTS)
		return 0;
	size_t n = (rights->cmsg_len - CMSG_LEN(0)) / sizeof *sockets; /* fewer than were sent if no more can be open */
	memcpy(sockets, CMSG_DATA(rights), n * sizeof *sockets);
	for (size_t i = 0; i < n; i++)
		waiting[i].connection.socket = sockets[i];
	return n;
}
