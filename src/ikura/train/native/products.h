/* Products of matrices: a tile of the result stays in registers while the sum runs over the depth. */
#pragma once

#include "vectors.h"

/* The largest tile, in rows and in vectors of columns, that leaves registers for its factors. */
#if defined(__AVX512F__)
enum { TILE_ROWS = 8, TILE_VECTORS = 3 };
#else
enum { TILE_ROWS = 6, TILE_VECTORS = 1 };
#endif

/* c = a b for `rows` rows and `vectors` vectors of columns. `a[r, k]` lies at `a + r a_row + k a_step`. */
INLINE void tile(const int rows, const int vectors, i64 depth, const float *a, i64 a_row, i64 a_step, const float *b,
                 i64 b_row, float *c, i64 c_row) {
    vector sum[TILE_ROWS][TILE_VECTORS];
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] = all(0.0f);
    for (i64 k = 0; k < depth; k++) {
        vector right[TILE_VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++) right[v] = at(b + k * b_row + v * LANES);
        UNROLLED for (int r = 0; r < rows; r++) {
            const float left = a[r * a_row + k * a_step];
            UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] += left * right[v];
        }
    }
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) put(c + r * c_row + v * LANES, sum[r][v]);
}

/* All rows of so many vectors of columns. */
INLINE void strip(const int vectors, i64 rows, i64 depth, const float *a, i64 a_row, i64 a_step, const float *b,
                  i64 b_row, float *c, i64 c_row) {
    i64 r = 0;
    for (; r + TILE_ROWS <= rows; r += TILE_ROWS)
        tile(TILE_ROWS, vectors, depth, a + r * a_row, a_row, a_step, b, b_row, c + r * c_row, c_row);
    a += r * a_row;
    c += r * c_row;
    switch (rows - r) {
#define REST(number)                                                              \
    case number:                                                                  \
        tile(number, vectors, depth, a, a_row, a_step, b, b_row, c, c_row); \
        break;
        REST(1)
        REST(2)
        REST(3)
        REST(4)
        REST(5)
#if defined(__AVX512F__)
        REST(6)
        REST(7)
#endif
#undef REST
    }
}

INLINE void product(i64 rows, i64 columns, i64 depth, const float *a, i64 a_row, i64 a_step, const float *b, i64 b_row,
                    float *c, i64 c_row) {
    i64 column = 0;
    for (; column + TILE_VECTORS * LANES <= columns; column += TILE_VECTORS * LANES)
        strip(TILE_VECTORS, rows, depth, a, a_row, a_step, b + column, b_row, c + column, c_row);
    switch ((columns - column) / LANES) {
#if defined(__AVX512F__)
        case 2:
            strip(2, rows, depth, a, a_row, a_step, b + column, b_row, c + column, c_row);
            break;
#endif
        case 1:
            strip(1, rows, depth, a, a_row, a_step, b + column, b_row, c + column, c_row);
            break;
    }
}

/* c [rows, columns] = a [rows, depth] b [depth, columns]; columns are whole vectors. */
static __attribute__((noinline)) void multiply(i64 rows, i64 columns, i64 depth, const float *a, i64 a_row,
                                               const float *b, i64 b_row, float *c, i64 c_row) {
    product(rows, columns, depth, a, a_row, 1, b, b_row, c, c_row);
}

/* c [rows, columns] = transposed a [depth, rows], times b [depth, columns]; columns are whole vectors. */
static __attribute__((noinline)) void multiply_transposed(i64 rows, i64 columns, i64 depth, const float *a, i64 a_row,
                                                          const float *b, i64 b_row, float *c, i64 c_row) {
    product(rows, columns, depth, a, 1, a_row, b, b_row, c, c_row);
}

/* to [columns, rows] = transposed from [rows, columns]. Reads and writes whole blocks of 16 x 16. */
static __attribute__((noinline)) void transpose(i64 rows, i64 columns, const float *from, i64 from_row, float *to,
                                                i64 to_row) {
    for (i64 r = 0; r < rows; r += LANES)
        for (i64 c = 0; c < columns; c += LANES)
            transpose_block(from + r * from_row + c, from_row, to + c * to_row + r, to_row);
}
