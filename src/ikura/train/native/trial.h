/* What Python hands over: one trial, and the data that it learns. `kernel.py` mirrors these structures. */
#pragma once

#include "vectors.h"

enum { MOST_LAYERS = 64 }; /* `MOST_HIDDEN_LAYERS` of nn/mlp.py, and the output */

typedef struct {
    const float *x;             /* [example, feature] */
    const int32_t *y;           /* [example] */
    const float *class_weights; /* [class]; NULL where all weigh the same */
    const float *dev_x;         /* [dev example, feature] */
    const int32_t *dev_y;       /* [dev example] */
    i64 examples, dev_examples, features, classes;
} Data;

/* The arrays of a layer, each a part of the trial's parameters; of its two slots, and of the gradients, likewise. */
typedef struct {
    i64 inputs, units;
    i64 row;     /* units, filled up to whole vectors: the length of a row of weights */
    i64 weights; /* where [inputs, row] begins; behind the first layer, inputs are filled up to whole vectors, too */
    i64 beta;    /* where [row] begins, right behind the weights; without batch normalisation it is the bias */
    i64 gamma;   /* where [row] begins, right behind beta, if there is batch normalisation */
    i64 average; /* where the running averages of mean and variance [2, row] begin */
} Layer;

typedef struct {
    i64 layers; /* the hidden ones and the output */
    const Layer *layer;
    i64 parameters; /* in all, filling included */
    i64 batch_size;
    i64 activation, batch_norm, dropout, clipped, adaptive;
    /* Hyperparameters; those of the optimizer are the coefficients of `optim.update`. */
    float dropout_rate, bn_momentum, bn_epsilon, label_smoothing, clip_norm;
    float first_decay, first_gain, second_decay, second_gain, direct, carried, epsilon, coupled, decoupled;
    uint32_t key[2];
    const float *steps;    /* [epoch, step, 3]: the fields of `optim.Step` */
    const int32_t *orders; /* [epoch, example] */
    i64 capacity;          /* epochs that `metrics` has room for */
    float *params, *first, *second, *averages;
    float *seen;    /* [hidden layer]: the weight of the running averages */
    double *loss;   /* the sum over the mini-batches of this epoch so far */
    float *metrics; /* [metric, epoch] */
    float *workspace;
} Trial;
