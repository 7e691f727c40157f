/* signalfd, which only Linux has. */
#include "base/signals.h"

#include <signal.h>
#include <sys/signalfd.h>

int signals_hold(const int *signals, size_t n)
{
	sigset_t held;
	sigemptyset(&held);
	for (size_t i = 0; i < n; i++)
		sigaddset(&held, signals[i]);
	return sigprocmask(SIG_BLOCK, &held, NULL) < 0 ? -1 : signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
}
