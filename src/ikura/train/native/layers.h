/* A hidden layer, forward and backward: product, batch normalisation or bias, activation, dropout.

   Everything but the products runs over strips of 16 units, down the examples of a mini-batch. */
#pragma once

#include "functions.h"
#include "products.h"
#include "workspace.h"

/* The sum over a strip's rows of `value`, an expression in `r`; four sums at once, so that none waits for the last. */
#define SUM_OVER_ROWS(rows, value)                                          \
    ({                                                                      \
        vector sums[4] = {all(0.0f), all(0.0f), all(0.0f), all(0.0f)};      \
        i64 r = 0;                                                          \
        for (; r + 4 <= (rows); r += 4) {                                   \
            { sums[0] += (value); }                                         \
            { r++; sums[1] += (value); }                                    \
            { r++; sums[2] += (value); }                                    \
            { r++; sums[3] += (value); }                                    \
            r -= 3;                                                         \
        }                                                                   \
        for (; r < (rows); r++) sums[0] += (value);                         \
        (sums[0] + sums[1]) + (sums[2] + sums[3]);                          \
    })

/* Normalises z, which is in `pass->normalised`, over the mini-batch (`nn.batch_norm`), and updates the averages. */
static void normalise(const Trial *trial, i64 number, i64 rows, const Pass *pass, float *scale) {
    const Layer *layer = &trial->layer[number];
    float *mean = trial->averages + layer->average, *variance = mean + layer->row;
    const float share = 1.0f / (float)rows, momentum = trial->bn_momentum;
    for (i64 c = 0; c < layer->row; c += LANES) {
        float *z = pass->normalised + c;
        const vector centre = share * SUM_OVER_ROWS(rows, at(z + r * layer->row));
        const vector spread = share * SUM_OVER_ROWS(rows, ({
                                  vector apart = at(z + r * layer->row) - centre;
                                  apart * apart;
                              }));
        const vector factor = 1.0f / root(spread + trial->bn_epsilon);
        for (i64 r = 0; r < rows; r++) put(z + r * layer->row, (at(z + r * layer->row) - centre) * factor);
        put(scale + c, factor);
        put(mean + c, momentum * at(mean + c) + (1.0f - momentum) * centre);
        put(variance + c, momentum * at(variance + c) + (1.0f - momentum) * spread);
    }
    trial->seen[number] = momentum * trial->seen[number] + (1.0f - momentum);
}

/* The same by the running averages (`nn.batch_norm_at_test_time`). */
static void normalise_at_test_time(const Trial *trial, i64 number, i64 rows, const Pass *pass) {
    const Layer *layer = &trial->layer[number];
    const float *mean = trial->averages + layer->average, *variance = mean + layer->row;
    const float seen = trial->seen[number], weight = seen > 0.0f ? 1.0f / seen : 1.0f;
    for (i64 c = 0; c < layer->row; c += LANES) {
        const vector centre = weight * at(mean + c), spread = seen > 0.0f ? weight * at(variance + c) : all(1.0f);
        const vector factor = 1.0f / root(spread + trial->bn_epsilon);
        for (i64 r = 0; r < rows; r++) {
            float *z = pass->normalised + r * layer->row + c;
            put(z, (at(z) - centre) * factor);
        }
    }
}

INLINE void activate_as(const int kind, const Trial *trial, const Layer *layer, i64 rows, const Pass *pass) {
    const float *gamma = trial->params + layer->gamma, *beta = trial->params + layer->beta;
    for (i64 c = 0; c < layer->row; c += LANES) {
        const vector stretch = trial->batch_norm ? at(gamma + c) : all(1.0f), shift = at(beta + c);
        for (i64 r = 0; r < rows; r++) {
            const i64 place = r * layer->row + c;
            vector slope;
            put(pass->output + place, activation(kind, at(pass->normalised + place) * stretch + shift, &slope));
            put(pass->slope + place, slope);
        }
    }
}

static void activate(const Trial *trial, const Layer *layer, i64 rows, const Pass *pass) {
    switch (trial->activation) {
#define ACTIVATE(kind)                                \
    case kind:                                        \
        activate_as(kind, trial, layer, rows, pass);  \
        break;
        ACTIVATE(RELU)
        ACTIVATE(LEAKY_RELU)
        ACTIVATE(TANH)
        ACTIVATE(SIGMOID)
        ACTIVATE(GELU)
        ACTIVATE(SILU)
#undef ACTIVATE
    }
}

/* The hash `_hash` of nn/random_bits.py, whose statistics the tests hold against the uniform distribution. */
#define HASH(x)                           \
    ({                                    \
        __auto_type h = (x);              \
        h = (h ^ (h >> 16)) * 0x7feb352du; \
        h = (h ^ (h >> 15)) * 0x846ca68bu; \
        h ^ (h >> 16);                    \
    })

enum { GOLDEN = 0x9e3779b9u, OTHER = 0x85ebca6bu };

/* `fold_in` of nn/random_bits.py. */
INLINE void fold_in(const uint32_t key[2], uint32_t number, uint32_t folded[2]) {
    const uint32_t mixed = HASH(key[0] ^ HASH(number * (uint32_t)GOLDEN + key[1]));
    folded[0] = mixed;
    folded[1] = HASH(HASH(mixed ^ (uint32_t)OTHER) + key[1]);
}

/* `nn.dropout`, with the same bits. */
static void drop_out(const Trial *trial, const Layer *layer, i64 rows, const Pass *pass, const uint32_t key[2]) {
    const float keep = 1.0f - trial->dropout_rate, gain = 1.0f / keep;
    const uint32_t threshold = (uint32_t)(keep * 16777216.0f);
    for (i64 r = 0; r < rows; r++)
        for (i64 c = 0; c < layer->units; c += LANES) {
            const words counter = ((uint32_t)(r * layer->units + c) + LANE) * (uint32_t)GOLDEN + key[0];
            const words bits = HASH(HASH(counter) ^ key[1]);
            const vector factor = either((integers)(bits >> 8) < (int32_t)threshold, all(gain), all(0.0f));
            const i64 place = r * layer->row + c;
            put(pass->output + place, at(pass->output + place) * factor);
            put(pass->slope + place, at(pass->slope + place) * factor);
        }
}

/* Turns the gradient with respect to a layer's output into that with respect to its pre-activation, in place.

   Ioffe and Szegedy 2015, section 3, with the gradients of mean and variance eliminated. */
static void through_layer(const Trial *trial, const Layer *layer, i64 rows, const Pass *pass, const float *scale,
                          float *gradient, float *upper) {
    const float *gamma = trial->params + layer->gamma;
    for (i64 c = 0; c < layer->row; c += LANES) {
        float *d = upper + c;
        const float *slope = pass->slope + c, *z = pass->normalised + c;
        for (i64 r = 0; r < rows; r++) put(d + r * layer->row, at(d + r * layer->row) * at(slope + r * layer->row));
        const vector shift = SUM_OVER_ROWS(rows, at(d + r * layer->row));
        put(gradient + layer->beta + c, shift);
        if (!trial->batch_norm) continue;
        const vector stretch = SUM_OVER_ROWS(rows, at(d + r * layer->row) * at(z + r * layer->row));
        put(gradient + layer->gamma + c, stretch);
        const vector factor = at(gamma + c) * at(scale + c), share = all(1.0f / (float)rows);
        for (i64 r = 0; r < rows; r++) {
            float *place = d + r * layer->row;
            put(place, factor * (at(place) - (shift + at(z + r * layer->row) * stretch) * share));
        }
    }
}
