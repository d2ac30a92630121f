/* The update rule of optim/rule.py, one pass over all parameters. */
#pragma once

#include "trial.h"

static void clip(const Trial *trial, float *gradient) {
    vector squares = all(0.0f);
    for (i64 i = 0; i < trial->parameters; i += LANES) squares += at(gradient + i) * at(gradient + i);
    const float norm = __builtin_sqrtf(sum_of(squares));
    if (!(norm > trial->clip_norm)) return;
    for (i64 i = 0; i < trial->parameters; i += LANES) put(gradient + i, at(gradient + i) * (trial->clip_norm / norm));
}

INLINE void move_as(const int adaptive, const Trial *trial, const float *step, const float *gradient, i64 from,
                    i64 count, float coupled, float decoupled) {
    const float rate = step[0] * decoupled, first_rate = step[1], second_scale = step[2];
    const float first_decay = trial->first_decay, first_gain = trial->first_gain;
    const float second_decay = trial->second_decay, second_gain = trial->second_gain;
    const float direct = first_rate * trial->direct, carried = first_rate * trial->carried, epsilon = trial->epsilon;
    float *params = trial->params + from, *firsts = trial->first + from, *seconds = trial->second + from;
    for (i64 i = 0; i < count; i += LANES) {
        const vector w = at(params + i), g = at(gradient + i) + coupled * w;
        const vector first = first_decay * at(firsts + i) + first_gain * g;
        vector by = direct * g + carried * first;
        put(firsts + i, first);
        if (adaptive) {
            const vector second = second_decay * at(seconds + i) + second_gain * (g * g);
            put(seconds + i, second);
            by = over_root(by, second * second_scale, epsilon);
        }
        put(params + i, w - (by + rate * w));
    }
}

/* One step of `count` parameters that begin at `from`. Weight decay touches weights only. */
static void move(const Trial *trial, const float *step, const float *gradient, i64 from, i64 count, int weights) {
    const float coupled = weights ? trial->coupled : 0.0f, decoupled = weights ? trial->decoupled : 0.0f;
    if (trial->adaptive)
        move_as(1, trial, step, gradient, from, count, coupled, decoupled);
    else
        move_as(0, trial, step, gradient, from, count, coupled, decoupled);
}

/* One step of everything, with the gradients of all parameters scaled down together where that is asked for. */
static void update_clipped(const Trial *trial, const float *step, float *gradient) {
    clip(trial, gradient);
    for (i64 l = 0; l < trial->layers; l++) {
        const Layer *layer = &trial->layer[l];
        const i64 end = l + 1 < trial->layers ? trial->layer[l + 1].weights : trial->parameters;
        move(trial, step, gradient + layer->weights, layer->weights, layer->beta - layer->weights, 1);
        move(trial, step, gradient + layer->beta, layer->beta, end - layer->beta, 0);
    }
}
