/* SPDX-License-Identifier: MIT */
/*
 * Medians and their intervals. Nothing is assumed about how times are spread:
 * the interval of a median follows from counting alone (the sign test).
 */
#include "bench.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    size_t middle = count / 2;
    return count % 2 != 0 ? values[middle]
                          : (values[middle - 1] + values[middle]) / 2;
}

/*
 * Each value lies below the true median with probability 1/2, so the number of
 * them below it is binomial. The interval misses the median if no more values
 * than were left out at one end lie beyond it: as many are left out as keep the
 * probability of that at 2.5 % or less.
 */
static size_t left_out(size_t count)
{
    double n = (double)count;
    double logarithm = -n * log(2.0); /* of the probability of exactly k */
    double cumulated = 0;
    for (size_t k = 0; k < count / 2; k++) {
        cumulated += exp(logarithm);
        if (cumulated > 0.025)
            return k > 0 ? k - 1 : 0;
        logarithm += log((n - (double)k) / ((double)k + 1));
    }
    return 0;
}

void bench_interval(double *low, double *high, const double *sorted,
                    size_t count, size_t independent)
{
    size_t out = left_out(independent) * count / independent;
    *low = sorted[out];
    *high = sorted[count - 1 - out];
}
