/* Receipts: how many of them the addresses that visitors type may get. */
#ifndef RECEIPT_H
#define RECEIPT_H

#include "base/arena.h"
#include "config/config.h"

/*
 * Counts a receipt to an address against the rates for its mailbox, for its domain and for all receipts, and sets *over to NULL or to
 * the key of the rate that is used up. Gives -1 if it can't be counted, which is logged: it must not be sent then.
 */
int receipt_count(const struct config *, const char *address, const char **over, struct arena *);

#endif
