/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without a fuzzer: on the files given, or on a series of
 * pseudo-random inputs that is the same every time; `-n COUNT SEED` runs
 * another one, as long as it shall be.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_INPUT 512
#define FIRST_STATE   UINT64_C(0x5ec710b5ec710b5e)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* xorshift64 (Marsaglia, 2003). */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int run_file(const char *path)
{
    static uint8_t data[1 << 16];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "cannot open %s\n", path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof(data), file);
    (void)fclose(file);
    return LLVMFuzzerTestOneInput(data, size);
}

static void run_series(unsigned long count, uint64_t state)
{
    static uint8_t data[LARGEST_INPUT];
    for (unsigned long i = 0; i < count; i++) {
        size_t size = (size_t)(next_random(&state) % (LARGEST_INPUT + 1));
        for (size_t j = 0; j < size; j++)
            data[j] = (uint8_t)(next_random(&state) >> 32);
        (void)LLVMFuzzerTestOneInput(data, size);
    }
}

int main(int count, char **arguments)
{
    if (count < 2)
        run_series(FUZZ_SERIES, FIRST_STATE);
    if (count == 4 && strcmp(arguments[1], "-n") == 0) {
        run_series(strtoul(arguments[2], NULL, 10),
                   FIRST_STATE ^ strtoul(arguments[3], NULL, 10));
        return 0;
    }
    for (int i = 1; i < count; i++)
        if (run_file(arguments[i]) != 0)
            return 1;
    return 0;
}
