/*
 * libseccomp compares a call's number with those that are allowed, by a tree of steps. The kernel checks, translates and compiles each
 * step before it applies a filter, which takes a quarter of a CGI request. Here a bit for each number stands in a word of 32, which needs
 * half the steps. What this filter says is compared with what the longer one says, for every number and argument that can matter.
 */
#include "brief.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

enum {
	NUMBERS = 8192,
	BITS = 32,
	WORDS = NUMBERS / BITS,
	ARGUMENT = 1,
	NUMBER_AT = offsetof(struct seccomp_data, nr),
	MACHINE_AT = offsetof(struct seccomp_data, arch)
};

#define X32 UINT32_C(0x40000000) /* a bit in the numbers of x32 */

/* What a filter looks at: the number, the machine and an argument are words of seccomp_data. */
struct call {
	uint32_t number, machine, low, high;
};

static unsigned offset_of_half(const struct brief *filter, bool high)
{
	return (unsigned)(offsetof(struct seccomp_data, args) + ARGUMENT * sizeof(uint64_t)) + (high != filter->big_endian ? 4 : 0);
}

static uint32_t word_at(const struct brief *filter, const struct call *call, uint32_t offset)
{
	if (offset == NUMBER_AT)
		return call->number;
	if (offset == MACHINE_AT)
		return call->machine;
	return offset == offset_of_half(filter, false) ? call->low : call->high;
}

static bool loads(const struct sock_filter *step, unsigned offset)
{
	return step->code == (BPF_LD | BPF_W | BPF_ABS) && step->k == offset;
}

/* Tells whether a filter looks at nothing but the number, the machine and the second argument; sets wide if it looks at all of that. */
static bool looks_at_these(const struct brief *filter, bool *wide)
{
	*wide = false;
	for (const struct sock_filter *step = filter->steps; step < filter->steps + filter->n; step++) {
		*wide |= loads(step, offset_of_half(filter, true));
		if (BPF_CLASS(step->code) == BPF_LD && !loads(step, NUMBER_AT) && !loads(step, MACHINE_AT) &&
			!loads(step, offset_of_half(filter, false)) && !loads(step, offset_of_half(filter, true)))
			return false;
	}
	return true;
}

/* Returns whether a jump's condition holds. */
static bool jumps(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ: return a == k;
	case BPF_JGT: return a > k;
	case BPF_JGE: return a >= k;
	case BPF_JSET: return a & k;
	default: return false;
	}
}

static uint32_t computed(uint16_t code, uint32_t a, uint32_t operand)
{
	switch (BPF_OP(code)) {
	case BPF_AND: return a & operand;
	case BPF_RSH: return a >> operand;
	default: return a;
	}
}

/* Returns what a filter says of a call, as the kernel runs it. */
static uint32_t verdict(const struct brief *filter, const struct call *call)
{
	uint32_t a = 0, x = 0;
	for (size_t at = 0; at < filter->n; at++) {
		const struct sock_filter *step = &filter->steps[at];
		switch (BPF_CLASS(step->code)) {
		case BPF_LD: a = BPF_MODE(step->code) == BPF_IMM ? step->k : word_at(filter, call, step->k); break;
		case BPF_LDX: x = step->k; break;
		case BPF_MISC: x = a; break;
		case BPF_ALU: a = computed(step->code, a, BPF_SRC(step->code) == BPF_X ? x : step->k); break;
		case BPF_JMP: at += BPF_OP(step->code) == BPF_JA ? step->k : jumps(step->code, a, step->k) ? step->jt : step->jf; break;
		case BPF_RET: return step->k;
		default: break;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

static void put_jump(struct brief *filter, int code, uint32_t k, size_t yes, size_t no)
{
	if (filter->n < BRIEF_STEPS)
		filter->steps[filter->n] = (struct sock_filter){(uint16_t)code, (uint8_t)yes, (uint8_t)no, k};
	filter->n++;
}

static void put(struct brief *filter, int code, uint32_t k)
{
	put_jump(filter, code, k, 0, 0);
}

static void put_load(struct brief *filter, size_t offset)
{
	put(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static void put_equal(struct brief *filter, uint32_t k, size_t yes, size_t no)
{
	put_jump(filter, BPF_JMP | BPF_JEQ | BPF_K, k, yes, no);
}

/* Puts the steps for one call that is allowed with n arguments; they are passed over for any other call. */
static void put_cases(struct brief *filter, const struct brief_case *cases, size_t n, bool wide, uint32_t denied)
{
	put_equal(filter, cases->call, 0, n + (wide ? 5 : 3));
	if (wide) {
		put_load(filter, offset_of_half(filter, true));
		put_equal(filter, 0, 0, n + 1);
	}
	put_load(filter, offset_of_half(filter, false));
	for (size_t i = 0; i < n; i++)
		put_equal(filter, cases[i].argument, n - i, 0);
	put(filter, BPF_RET | BPF_K, denied);
	put(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

/* Puts the steps that find the bit of a number in its word. */
static void put_words(struct brief *filter, const uint32_t words[WORDS], uint32_t denied)
{
	size_t left = 0;
	for (size_t i = 0; i < WORDS; i++)
		left += words[i] != 0;
	put(filter, BPF_ALU | BPF_AND | BPF_K, BITS - 1);
	put(filter, BPF_MISC | BPF_TAX, 0);
	put_load(filter, NUMBER_AT);
	put(filter, BPF_ALU | BPF_RSH | BPF_K, 5);
	for (size_t i = 0; i < WORDS; i++)
		if (words[i]) {
			left--;
			put_equal(filter, (uint32_t)i, 0, 2);
			put(filter, BPF_LD | BPF_IMM, words[i]);
			put(filter, BPF_JMP | BPF_JA, (uint32_t)(3 * left + 1));
		}
	put(filter, BPF_RET | BPF_K, denied);
	put(filter, BPF_ALU | BPF_RSH | BPF_X, 0);
	put_jump(filter, BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
	put(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	put(filter, BPF_RET | BPF_K, denied);
}

static bool agree_on(const struct brief *a, const struct brief *b, struct call call)
{
	return verdict(a, &call) == verdict(b, &call);
}

/* Compares two filters for a number, with small arguments and those of the cases. */
static bool agree_on_number(const struct brief *a, const struct brief *b, uint32_t number, const struct brief_case *cases, size_t n)
{
	enum { SMALL = 32 };
	struct call call = {.number = number, .machine = a->machine};
	for (; call.low < SMALL; call.low++)
		if (!agree_on(a, b, call))
			return false;
	for (size_t i = 0; i < n; i++) {
		call.low = cases[i].argument;
		if (!agree_on(a, b, call))
			return false;
	}
	return agree_on(a, b, (struct call){number, a->machine, UINT32_MAX, 0}) && agree_on(a, b, (struct call){number, ~a->machine, 0, 0});
}

static bool agree(const struct brief *a, const struct brief *b, bool wide, const struct brief_case *cases, size_t n)
{
	static const uint32_t begins[] = {0, X32, 0xf0000 /* arm's own */, UINT32_C(1) << 31, UINT32_MAX - NUMBERS + 1};
	for (uint32_t number = 0; number < NUMBERS; number++) {
		if (!agree_on_number(a, b, number, cases, n))
			return false;
		for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
			if (!agree_on(a, b, (struct call){begins[i] + number, a->machine, 1, wide}))
				return false;
	}
	return true;
}

/* Sets the bit of each number that a filter allows whatever the argument is. */
static void set_bits(uint32_t words[WORDS], const struct brief *like)
{
	struct call call = {.machine = like->machine, .low = UINT32_MAX, .high = UINT32_MAX};
	memset(words, 0, WORDS * sizeof *words);
	for (; call.number < NUMBERS; call.number++)
		if (verdict(like, &call) == SECCOMP_RET_ALLOW)
			words[call.number / BITS] |= UINT32_C(1) << call.number % BITS;
}

/* Puts the steps that refuse the calls of other machines, x32 among them, which has the same name as x86-64. Leaves the number. */
static void put_machine(struct brief *filter, const struct brief *like, uint32_t denied)
{
	uint32_t foreign = verdict(like, &(struct call){.machine = ~like->machine});
	put_load(filter, MACHINE_AT);
	put_equal(filter, like->machine, 1, 0);
	put(filter, BPF_RET | BPF_K, foreign);
	put_load(filter, NUMBER_AT);
	if (verdict(like, &(struct call){.number = X32, .machine = like->machine}) == denied)
		return;
	put_jump(filter, BPF_JMP | BPF_JGE | BPF_K, X32, 0, 2);
	put_equal(filter, UINT32_MAX, 1, 0); /* no call: a tracer has taken it back */
	put(filter, BPF_RET | BPF_K, foreign);
}

bool brief_make(struct brief *filter, const struct brief *like, const struct brief_case *cases, size_t cases_n)
{
	const uint32_t denied = SECCOMP_RET_ERRNO | ENOSYS;
	uint32_t words[WORDS];
	bool wide;
	if (!looks_at_these(like, &wide))
		return false;
	*filter = (struct brief){.machine = like->machine, .big_endian = like->big_endian};
	set_bits(words, like);
	put_machine(filter, like, denied);
	for (size_t i = 0, n; i < cases_n; i += n) {
		for (n = 1; i + n < cases_n && cases[i + n].call == cases[i].call;)
			n++;
		put_cases(filter, cases + i, n, wide, denied);
	}
	put_words(filter, words, denied);
	return filter->n <= BRIEF_STEPS && agree(filter, like, wide, cases, cases_n);
}
