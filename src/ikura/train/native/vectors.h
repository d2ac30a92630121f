/* Vectors of 16 floats, whatever the processor's registers hold: so sums are taken in one order everywhere.

   Matrices are row-major, and their rows are filled up with zeros to whole vectors. */
#pragma once

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef int64_t i64;

enum { LANES = 16 };

/* Aligned like a float, so that any address will do. */
typedef float vector __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t integers __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint32_t words __attribute__((vector_size(4 * LANES), aligned(4)));

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

static const words LANE = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

INLINE i64 whole_vectors(i64 count) { return (count + LANES - 1) / LANES * LANES; }

INLINE vector at(const float *place) { return *(const vector *)place; }

INLINE void put(float *place, vector value) { *(vector *)place = value; }

INLINE vector all(float value) { return (vector){0} + value; }

INLINE words bits_of(vector value) { return (words)value; }

/* `yes` where the lanes of `condition`, which a comparison gave, are true. */
INLINE vector either(integers condition, vector yes, vector no) {
    return (vector)(((words)condition & bits_of(yes)) | (~(words)condition & bits_of(no)));
}

INLINE vector magnitude(vector x) { return (vector)(bits_of(x) & 0x7fffffffu); }

INLINE vector with_sign_of(vector sign, vector x) { return (vector)(bits_of(x) | (bits_of(sign) & 0x80000000u)); }

INLINE vector root(vector x) { return __builtin_elementwise_sqrt(x); }

/* numerator / (root(x) + epsilon), for x from 0 on. Where there are estimates good to 14 bits, each refined by one step
   of Newton's, they take a quarter of the time of a division and a root; the result is good to 2 units in the last place. */
INLINE vector over_root(vector numerator, vector x, float epsilon) {
#if defined(__AVX512F__)
    x = either(x < 1e-37f, all(1e-37f), x); /* its root is below every epsilon */
    vector inverse = (vector)_mm512_rsqrt14_ps((__m512)x);
    vector estimate = x * inverse;
    vector below = (estimate + (0.5f * inverse) * (x - estimate * estimate)) + epsilon;
    vector quotient = (vector)_mm512_rcp14_ps((__m512)below);
    quotient = quotient + quotient * (1.0f - below * quotient);
    /* Of infinity the estimate of the inverse root is 0, and infinity times 0 would be no number. */
    return numerator * either(x == __builtin_inff(), all(0), quotient);
#else
    return numerator / (root(x) + epsilon);
#endif
}

INLINE float sum_of(vector x) {
    for (int half = LANES / 2; half; half /= 2)
        for (int lane = 0; lane < half; lane++) x[lane] += x[lane + half];
    return x[0];
}

INLINE float largest_of(vector x) {
    for (int half = LANES / 2; half; half /= 2)
        for (int lane = 0; lane < half; lane++) x[lane] = x[lane + half] > x[lane] ? x[lane + half] : x[lane];
    return x[0];
}

/* Transposes 16 x 16 numbers: in four rounds, blocks off the diagonal change places, of 8, 4, 2 and 1. */
INLINE void transpose_block(const float *from, i64 from_row, float *to, i64 to_row) {
    vector row[LANES];
    UNROLLED for (int i = 0; i < LANES; i++) row[i] = at(from + i * from_row);
#define LOW_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define ROUND(step)                                                               \
    UNROLLED for (int i = 0; i < LANES; i++) if (!(i & step)) {   \
        vector a = row[i], b = row[i + step];                                     \
        row[i] = __builtin_shufflevector(a, b, LOW_##step);                       \
        row[i + step] = __builtin_shufflevector(a, b, HIGH_##step);               \
    }
    ROUND(8) ROUND(4) ROUND(2) ROUND(1)
#undef ROUND
    UNROLLED for (int i = 0; i < LANES; i++) put(to + i * to_row, row[i]);
}
