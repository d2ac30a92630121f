/* Trains one trial of the built-in network on one core of the processor: every mini-batch, and the dev examples after
   each epoch, without a return to Python.

   The same mathematics as `train/program.py` with `nn.MLP`, against which the tests hold it. No number depends on the
   clock, on other trials or on threads. */

#include "layers.h"
#include "optimizer.h"
#include "outputs.h"

/* Logits of the examples in `inputs`; the last layer's are in its `output`. */
static void forward(const Trial *trial, i64 rows, i64 features, const float *inputs, Workspace *work,
                    const uint32_t *key) {
    i64 row = features;
    for (i64 l = 0; l < trial->layers; l++) {
        const Layer *layer = &trial->layer[l];
        const Pass *pass = &work->pass[l];
        const int hidden = l + 1 < trial->layers;
        float *z = hidden ? pass->normalised : pass->output;
        multiply(rows, layer->row, layer->inputs, inputs, row, trial->params + layer->weights, layer->row, z,
                 layer->row);
        if (hidden) {
            if (trial->batch_norm && key) normalise(trial, l, rows, pass, work->scale + l * work->widest);
            if (trial->batch_norm && !key) normalise_at_test_time(trial, l, rows, pass);
            activate(trial, layer, rows, pass);
            if (trial->dropout && key) {
                uint32_t own[2];
                fold_in(key, (uint32_t)l, own);
                drop_out(trial, layer, rows, pass, own);
            }
        } else {
            for (i64 r = 0; r < rows; r++)
                for (i64 c = 0; c < layer->row; c += LANES) {
                    float *place = z + r * layer->row + c;
                    put(place, at(place) + at(trial->params + layer->beta + c));
                }
        }
        inputs = pass->output;
        row = layer->row;
    }
}

/* Moves a layer's weights by their gradient, some rows at a time: so that this gradient never leaves the cache. */
static void move_weights(const Trial *trial, const Layer *layer, i64 rows, const float *inputs, i64 row,
                         const float *upper, const float *step, Workspace *work) {
    for (i64 from = 0; from < layer->inputs; from += BLOCK) {
        const i64 count = layer->inputs - from < BLOCK ? layer->inputs - from : BLOCK;
        multiply_transposed(count, layer->row, rows, inputs + from, row, upper, layer->row, work->block, layer->row);
        move(trial, step, work->block, layer->weights + from * layer->row, count * layer->row, 1);
    }
}

/* All gradients, from the gradient with respect to the logits, which is in the last layer's `output`; and the step that
   they make. Where their joint norm is limited they are gathered first. */
static void backward(const Trial *trial, i64 rows, i64 features, const float *step, Workspace *work) {
    const i64 last = trial->layers - 1;
    float *upper = work->pass[last].output, *lower = work->lower, *other = work->upper;
    for (i64 l = last; l >= 0; l--) {
        const Layer *layer = &trial->layer[l];
        if (l < last)
            through_layer(trial, layer, rows, &work->pass[l], work->scale + l * work->widest, work->gradient, upper);
        else
            for (i64 c = 0; c < layer->row; c += LANES)
                put(work->gradient + layer->beta + c, SUM_OVER_ROWS(rows, at(upper + r * layer->row + c)));
        const float *inputs = l ? work->pass[l - 1].output : work->inputs;
        const i64 row = l ? trial->layer[l - 1].row : features;
        if (l) {
            transpose(layer->inputs, layer->row, trial->params + layer->weights, layer->row, work->transposed, row);
            multiply(rows, row, layer->units, upper, layer->row, work->transposed, row, lower, row);
        }
        if (trial->clipped) {
            multiply_transposed(layer->inputs, layer->row, rows, inputs, row, upper, layer->row,
                                work->gradient + layer->weights, layer->row);
        } else {
            const i64 end = l < last ? trial->layer[l + 1].weights : trial->parameters;
            move_weights(trial, layer, rows, inputs, row, upper, step, work);
            move(trial, step, work->gradient + layer->beta, layer->beta, end - layer->beta, 0);
        }
        upper = lower;
        lower = other;
        other = upper;
    }
    if (trial->clipped) update_clipped(trial, step, work->gradient);
}

/* Copies the examples of a mini-batch together. */
static void gather(const Data *data, const int32_t *rows, i64 count, Workspace *work) {
    const i64 features = data->features;
    for (i64 r = 0; r < count; r++) {
        const float *from = data->x + rows[r] * features;
        float *to = work->inputs + r * features;
        i64 f = 0;
        for (; f + LANES <= features; f += LANES) put(to + f, at(from + f));
        for (; f < features; f++) to[f] = from[f];
        for (i64 c = 0; c < data->columns; c++) work->targets[r * data->columns + c] = data->y[rows[r] * data->columns + c];
        if (data->weights) work->weights[r] = data->weights[rows[r]];
    }
}

/* One mini-batch; its mean loss. */
static double train_batch(const Data *data, const Trial *trial, i64 step, const int32_t *rows, Workspace *work) {
    const i64 size = trial->batch_size, last = trial->layers - 1;
    uint32_t key[2];
    fold_in(trial->key, (uint32_t)step, key);
    gather(data, rows, size, work);
    forward(trial, size, data->features, work->inputs, work, key);
    const double loss = train_outputs(data, size, work->targets, data->weights ? work->weights : 0,
                                      trial->label_smoothing, work->pass[last].output, work->lower, work->totals,
                                      work->scales);
    backward(trial, size, data->features, trial->steps + 3 * step, work);
    return loss / (double)size;
}

/* Loss on the dev examples, and how many of them are right. */
static double evaluate(const Data *data, const Trial *trial, Workspace *work, i64 *correct) {
    const i64 size = trial->batch_size > EVALUATED ? trial->batch_size : EVALUATED, last = trial->layers - 1;
    const i64 row = whole_vectors(data->outputs);
    float *outputs = work->pass[last].output;
    double total = 0.0;
    for (i64 first = 0; first < data->dev_examples; first += size) {
        const i64 rows = data->dev_examples - first < size ? data->dev_examples - first : size;
        forward(trial, rows, data->features, data->dev_x + first * data->features, work, 0);
        if (trial->dev_outputs)
            for (i64 r = 0; r < rows; r++)
                for (i64 c = 0; c < data->outputs; c++)
                    trial->dev_outputs[(first + r) * data->outputs + c] = outputs[r * row + c];
        total += judge_outputs(data, rows, data->dev_y + first * data->columns,
                               data->dev_weights ? data->dev_weights + first : 0, outputs, work->lower, work->totals,
                               work->scales, correct);
    }
    return total;
}

/* Numbers too small for full precision become zero: some processors take a hundred times as long for them. */
static unsigned flush_denormals(void) {
#if defined(__x86_64__)
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040);
    return before;
#else
    return 0;
#endif
}

static void restore(unsigned before) {
#if defined(__x86_64__)
    _mm_setcsr(before);
#else
    (void)before;
#endif
}

/* How many floats `workspace` must hold. */
EXPORT i64 NAMED(workspace_of)(const Data *data, const Trial *trial) {
    Workspace work;
    return lay_out(trial, data, 0, &work);
}

/* Takes the steps from `step` up to `end`, counted from the first epoch on, and returns the one that it came to: less
   than `end` where the trial diverged in the epoch before. */
EXPORT i64 NAMED(train)(const Data *data, const Trial *trial, i64 step, i64 end) {
    const unsigned before = flush_denormals();
    const i64 steps = data->examples / trial->batch_size;
    Workspace work;
    lay_out(trial, data, trial->workspace, &work);
    int diverged = 0;
    while (step < end && !diverged) {
        const i64 epoch = step / steps;
        const int32_t *order = trial->orders + epoch * data->examples + step % steps * trial->batch_size;
        *trial->loss += train_batch(data, trial, step, order, &work);
        step++;
        if (step % steps) continue;
        float *column = trial->metrics + epoch;
        column[0] = (float)(*trial->loss / (double)steps);
        i64 correct = 0;
        column[trial->capacity] = (float)(evaluate(data, trial, &work, &correct) / (double)data->dev_examples);
        if (data->heads == 1 && data->head->loss == OF_CLASSES)
            column[2 * trial->capacity] = (float)((double)correct / (double)data->dev_examples);
        diverged = !__builtin_isfinite(column[0]) || !__builtin_isfinite(column[trial->capacity]);
        *trial->loss = 0.0;
    }
    restore(before);
    return step;
}
