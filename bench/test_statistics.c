/* SPDX-License-Identifier: MIT */
/*
 * The medians and intervals that the benchmark reports, against values from
 * tables of the sign test.
 */
#include "bench.h"

#define MOST 1000

static double values[MOST];
static int failures;

static void expect(const char *what, size_t count, double expected,
                   double actual)
{
    if (expected - actual < 1e-9 && actual - expected < 1e-9)
        return;
    fprintf(stderr, "%s of %zu values is %g, expected %g\n", what, count,
            actual, expected);
    failures++;
}

/* Of 0, 1, 2, ...: a value is its own rank. */
static void fill_with_ranks(size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (double)i;
}

static void expect_left_out(size_t count, size_t independent, size_t left_out)
{
    double low;
    double high;
    fill_with_ranks(count);
    bench_interval(&low, &high, values, count, independent);
    expect("the low end", count, (double)left_out, low);
    expect("the high end", count, (double)(count - 1 - left_out), high);
}

static void expect_median(size_t count, double expected)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (double)(count - i); /* falling */
    expect("the median", count, expected, bench_median(values, count));
}

int main(void)
{
    expect_median(1, 1);
    expect_median(2, 1.5);
    expect_median(9, 5);
    expect_median(10, 5.5);

    /* Too few for 95 %: all of them. */
    expect_left_out(1, 1, 0);
    expect_left_out(5, 5, 0);
    /* P(none of 6 on one side) = 1/64. */
    expect_left_out(6, 6, 0);
    expect_left_out(9, 9, 1);
    expect_left_out(10, 10, 1);
    expect_left_out(20, 20, 5);
    expect_left_out(50, 50, 17);
    expect_left_out(100, 100, 39);
    expect_left_out(1000, 1000, 468);
    /* Four by four the same: as many as of 25, four times. */
    expect_left_out(25, 25, 7);
    expect_left_out(100, 25, 28);
    return failures == 0 ? 0 : 1;
}
