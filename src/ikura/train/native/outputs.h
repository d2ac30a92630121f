/* The output layer, a mini-batch at a time: what each head says of its part of the outputs, the loss and its gradient.

   The same mathematics as `nn/losses.py` and `nn/softmax.py`. */
#pragma once

#include "softmax.h"

/* A loss and its derivative by the output, of 16 outputs at once. */
typedef struct {
    vector loss, slope;
} Graded;

/* -log of the probability that the sigmoid gives a label which is there (1) or not (0); between them if smoothed. */
INLINE Graded graded_sigmoid(vector z, vector y) {
    const vector size = magnitude(z), power = exponential(-size), total = 1.0f + power;
    const vector above = either(z > 0.0f, z, all(0.0f));
    /* 1 / (1 + e^-|z|) is the sigmoid of |z|. */
    const vector share = either(z < 0.0f, power, all(1.0f)) / total;
    return (Graded){above - z * y + logarithm(total), share - y};
}

INLINE Graded graded_squared(vector z, vector y) {
    const vector error = z - y;
    return (Graded){error * error, 2.0f * error};
}

INLINE vector sign_of(vector x) {
    return either(x > 0.0f, all(1.0f), either(x < 0.0f, all(-1.0f), all(0.0f)));
}

INLINE Graded graded_absolute(vector z, vector y) {
    const vector error = z - y;
    return (Graded){magnitude(error), sign_of(error)};
}

/* Huber 1964: a square up to `delta`, a line from there on. */
INLINE Graded graded_huber(vector z, vector y, float delta) {
    const vector error = z - y, size = magnitude(error);
    const integers near = size <= delta;
    return (Graded){either(near, 0.5f * error * error, delta * (size - 0.5f * delta)),
                    either(near, error, delta * sign_of(error))};
}

/* Koenker and Bassett 1978: the quantile is where its mean is least. */
INLINE Graded graded_pinball(vector z, vector y, float quantile) {
    const vector error = z - y;
    const vector slope = either(error < 0.0f, all(-quantile), either(error > 0.0f, all(1.0f - quantile), all(0.0f)));
    return (Graded){either(error == error, error * slope, error), slope};
}

/* The output is the logarithm of the rate; what does not depend on it is left out. */
INLINE Graded graded_poisson(vector z, vector y) {
    const vector rate = exponential(z);
    return (Graded){rate - y * z, rate - y};
}

INLINE Graded graded(const Head *head, vector z, vector y) {
    switch (head->loss) {
    case OF_LABELS: return graded_sigmoid(z, y);
    case SQUARED: return graded_squared(z, y);
    case ABSOLUTE: return graded_absolute(z, y);
    case HUBER: return graded_huber(z, y, head->parameter);
    case PINBALL: return graded_pinball(z, y, head->parameter);
    default: return graded_poisson(z, y);
    }
}

/* How much the losses of 16 outputs weigh, by whether their labels are there. */
INLINE vector class_weights_of(const Head *head, i64 first, vector y) {
    if (!head->class_weights) return all(1.0f);
    const float *absent = head->class_weights + first, *present = absent + head->outputs;
    return either(y > 0.5f, at(present), at(absent));
}

/* The sum of the losses of a head whose outputs have each their own; with `training`, the gradient of the mean takes the
   place of the outputs `z` [example, row]. */
static double each_output(const Data *data, const Head *head, i64 rows, const float *targets, const float *weights,
                          float smoothing, int training, float *z, i64 row) {
    const float share = 1.0f / (float)head->outputs;
    double loss = 0.0;
    for (i64 r = 0; r < rows; r++) {
        const float weight = head->weight * share * (weights ? weights[r] : 1.0f);
        for (i64 c = 0; c < head->outputs; c += LANES) {
            const integers there = (integers)LANE < (int32_t)(head->outputs - c);
            float *place = z + r * row + c;
            const vector y = either(there, at(targets + r * data->columns + head->column + c), all(0.0f));
            const vector wanted = head->loss == OF_LABELS ? y * (1.0f - smoothing) + 0.5f * smoothing : y;
            const vector scale = weight * (training ? class_weights_of(head, c, y) : all(1.0f));
            const Graded found = graded(head, either(there, at(place), all(0.0f)), wanted);
            loss += (double)sum_of(either(there, scale * found.loss, all(0.0f)));
            if (training) put(place, either(there, scale * found.slope / (float)rows, all(0.0f)));
        }
    }
    return loss;
}

/* Copies a head's part of the outputs [example, row] together, or back. */
static void take_out(const Head *head, i64 rows, const float *outputs, i64 row, float *own, i64 own_row) {
    for (i64 r = 0; r < rows; r++)
        for (i64 c = 0; c < head->outputs; c++) own[r * own_row + c] = outputs[r * row + head->output + c];
}

static void put_back(const Head *head, i64 rows, float *outputs, i64 row, const float *own, i64 own_row) {
    for (i64 r = 0; r < rows; r++)
        for (i64 c = 0; c < head->outputs; c++) outputs[r * row + head->output + c] = own[r * own_row + c];
}

/* The sum of a mini-batch's losses, and in place of the outputs [example, output] their gradient of the mean loss.

   `own` has room for as many numbers as `outputs`; `totals` and `scales` for one of each example, filled up to whole
   vectors. `weights` [example] may be NULL. */
static double train_outputs(const Data *data, i64 rows, const float *targets, const float *weights, float smoothing,
                            float *outputs, float *own, float *totals, float *scales) {
    const i64 row = whole_vectors(data->outputs);
    double loss = 0.0;
    for (i64 h = 0; h < data->heads; h++) {
        const Head *head = &data->head[h];
        const int alone = data->heads == 1;
        const i64 own_row = whole_vectors(head->outputs);
        float *z = alone ? outputs : own;
        if (!alone) take_out(head, rows, outputs, row, z, own_row);
        if (head->loss == OF_CLASSES)
            loss += train_softmax(data, head, rows, targets, weights, smoothing, z, totals, scales);
        else
            loss += each_output(data, head, rows, targets, weights, smoothing, 1, z, own_row);
        if (!alone) put_back(head, rows, outputs, row, z, own_row);
    }
    return loss;
}

/* The sum of the losses on examples that are not trained on; the outputs are lost. Where there is one head, and that a
   softmax, `correct` counts the examples that have their largest output at the right class. */
static double judge_outputs(const Data *data, i64 rows, const float *targets, const float *weights, float *outputs,
                            float *own, float *totals, float *scales, i64 *correct) {
    const i64 row = whole_vectors(data->outputs);
    double loss = 0.0;
    for (i64 h = 0; h < data->heads; h++) {
        const Head *head = &data->head[h];
        const int alone = data->heads == 1;
        const i64 own_row = whole_vectors(head->outputs);
        float *z = alone ? outputs : own;
        if (!alone) take_out(head, rows, outputs, row, z, own_row);
        if (head->loss == OF_CLASSES)
            loss += judge_softmax(data, head, rows, targets, weights, z, totals, scales, correct);
        else
            loss += each_output(data, head, rows, targets, weights, 0.0f, 0, z, own_row);
    }
    return loss;
}
