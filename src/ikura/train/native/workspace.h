/* Where one trial keeps what lives for a step only. */
#pragma once

#include "trial.h"

enum {
    EVALUATED = 64, /* dev examples in one pass, if a mini-batch is not larger */
    BLOCK = 24      /* rows of weights that are moved at once */
};

/* Of one layer, [example, unit] each. */
typedef struct {
    float *normalised; /* the pre-activation after batch normalisation, before gamma and beta; or the plain one */
    float *slope;      /* of the activation, times what dropout does */
    float *output;
} Pass;

typedef struct {
    float *inputs;  /* [example, feature] */
    float *targets; /* [example, column] */
    float *weights; /* [example]: their own */
    float *totals, *scales; /* [example]: of the softmax */
    float *gradient; /* [parameters]; of the weights only where their norm is limited */
    float *block;    /* of BLOCK rows of weights */
    float *upper, *lower; /* gradients [example, unit] with respect to outputs */
    float *transposed;    /* of one layer's weights */
    float *scale;         /* [layer, unit]: one over the standard deviation */
    i64 widest;
    Pass pass[MOST_LAYERS];
} Workspace;

/* Lays the arrays out from `memory` on, if there is any, and returns how many floats they take. */
static i64 lay_out(const Trial *trial, const Data *data, float *memory, Workspace *work) {
    i64 rows = trial->batch_size > EVALUATED ? trial->batch_size : EVALUATED, taken = 0;
    work->widest = LANES;
    for (i64 l = 0; l < trial->layers; l++) {
        if (trial->layer[l].row > work->widest) work->widest = trial->layer[l].row;
    }
#define TAKE(place, count) (place) = memory ? memory + taken : 0, taken += whole_vectors(count)
    TAKE(work->inputs, rows * data->features);
    TAKE(work->targets, rows * data->columns + LANES);
    TAKE(work->weights, rows);
    TAKE(work->totals, rows);
    TAKE(work->scales, rows);
    TAKE(work->gradient, trial->parameters);
    TAKE(work->block, BLOCK * work->widest);
    TAKE(work->upper, rows * work->widest);
    TAKE(work->lower, rows * work->widest);
    TAKE(work->transposed, work->widest * work->widest);
    TAKE(work->scale, trial->layers * work->widest);
    for (i64 l = 0; l < trial->layers; l++) {
        TAKE(work->pass[l].normalised, rows * trial->layer[l].row);
        TAKE(work->pass[l].slope, rows * trial->layer[l].row);
        TAKE(work->pass[l].output, rows * trial->layer[l].row);
    }
#undef TAKE
    return taken;
}
