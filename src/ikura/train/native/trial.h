/* What Python hands over: one trial, and the data that it learns. `kernel.py` mirrors these structures. */
#pragma once

#include "vectors.h"

enum { MOST_LAYERS = 64 }; /* `MOST_HIDDEN_LAYERS` of nn/mlp.py, and the output */

/* In the order of `LOSSES` in tasks/heads.py. */
enum Loss { OF_CLASSES, OF_LABELS, SQUARED, ABSOLUTE, HUBER, PINBALL, POISSON };

/* What some of the outputs are to say, and of which targets. */
typedef struct {
    i64 loss, outputs;
    i64 output;      /* the first of them among all outputs */
    i64 column;      /* the first of its targets */
    float weight;    /* of its loss; those of all heads sum to 1 */
    float parameter; /* where the square of Huber's loss ends; the quantile of the pinball loss */
    /* [class] of the softmax; of the sigmoid [2, label], for labels that are not there and such that are, and room for a
       vector behind; NULL where all weigh the same. */
    const float *class_weights;
} Head;

typedef struct {
    const float *x;       /* [example, feature] */
    const float *y;       /* [example, column], and room for a vector behind; a class stands there as its number */
    const float *weights; /* [example], with average 1; NULL where all weigh the same */
    const float *dev_x, *dev_y, *dev_weights;
    i64 examples, dev_examples, features, columns, outputs, heads;
    const Head *head;
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
    float *metrics; /* [metric, epoch]; the losses of training and dev come first, then what is counted of a softmax */
    float *dev_outputs; /* [dev example, output], of the last epoch; NULL where nobody asks */
    float *workspace;
} Trial;
