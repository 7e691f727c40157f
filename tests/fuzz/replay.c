/*
 * main, where libFuzzer's is not at hand: runs a target once over each file named, or without arguments over its seeds, those in
 * tests/fuzz/seeds/NAME, and says so as a test of TAP. A finding ends the process; what was said last is the file.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

enum { INPUT_MAX = 1024 * 1024 };

/* Each input is a block of its own size, so that a byte read after it is seen by the tools that look for it. */
static int run(const char *path)
{
	static unsigned char input[INPUT_MAX];
	printf("# %s\n", path);
	fflush(stdout);
	FILE *file = fopen(path, "rb");
	if (!file)
		return -1;
	size_t n = fread(input, 1, sizeof input, file);
	int failed = ferror(file);
	fclose(file);
	unsigned char *exact = malloc(n ? n : 1);
	if (failed || !exact)
		return -1;
	memcpy(exact, input, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	char pattern[256];
	glob_t seeds = {0};
	char **paths = argv + 1;
	size_t n = (size_t)argc - 1, failed = 0;
	snprintf(pattern, sizeof pattern, "tests/fuzz/seeds/%s/*", name);
	if (n == 0 && glob(pattern, 0, NULL, &seeds) == 0) {
		paths = seeds.gl_pathv;
		n = seeds.gl_pathc;
	}
	if (LLVMFuzzerInitialize(&argc, &argv) < 0)
		failed++;
	for (size_t i = 0; i < n && !failed; i++)
		failed += run(paths[i]) < 0;
	globfree(&seeds);
	printf("%s 1 - %s: %zu inputs\n1..1\n", failed || n == 0 ? "not ok" : "ok", name, n);
	return failed || n == 0;
}
