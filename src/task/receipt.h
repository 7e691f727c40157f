/* Receipts: how many of them the addresses that visitors type may get. */
#ifndef RECEIPT_H
#define RECEIPT_H

#include "base/arena.h"
#include "config/config.h"

/*
 * Counts a receipt to an address against the rates for its mailbox, for its domain and for all receipts. Gives NULL, or the key of
 * the rate that is used up. If the receipt can't be counted it may be sent; why is logged.
 */
const char *receipt_count(const struct config *, const char *address, struct arena *);

#endif
