/* The output layer: softmax and cross-entropy (`nn.cross_entropy`). */
#pragma once

#include "functions.h"
#include "trial.h"

/* The loss of one example, and in place of its logits their gradient, times `weight`. */
static float cross_entropy(float *logits, i64 classes, int32_t label, float smoothing, float weight) {
    const i64 row = whole_vectors(classes);
    const vector lowest = all(-__builtin_inff());
    vector largest = lowest;
    for (i64 c = 0; c < row; c += LANES) {
        const vector z = either((integers)LANE < (int32_t)(classes - c), at(logits + c), lowest);
        put(logits + c, z);
        largest = either(z > largest, z, largest); /* a NaN loses every comparison; it is met again in the sum */
    }
    const float top = largest_of(largest), spread = smoothing / (float)classes;
    float loss = (smoothing - 1.0f) * (logits[label] - top);
    if (smoothing > 0.0f)
        for (i64 c = 0; c < classes; c++) loss -= spread * (logits[c] - top);
    vector sum = all(0.0f);
    for (i64 c = 0; c < row; c += LANES) {
        const vector power = exponential(at(logits + c) - top);
        sum += power;
        put(logits + c, power);
    }
    const float total = sum_of(sum), scale = weight / total;
    for (i64 c = 0; c < row; c += LANES) {
        const vector gradient = scale * at(logits + c) - weight * spread;
        put(logits + c, either((integers)LANE < (int32_t)(classes - c), gradient, all(0.0f)));
    }
    logits[label] -= weight * (1.0f - smoothing);
    return loss + __builtin_logf(total);
}

/* The loss of one example, and whether its largest logit is the right one; of equal ones, the first. */
static float judge(float *logits, i64 classes, int32_t label, i64 *correct) {
    i64 best = 0;
    for (i64 c = 1; c < classes; c++)
        if (logits[c] > logits[best]) best = c;
    *correct += best == label;
    return cross_entropy(logits, classes, label, 0.0f, 1.0f);
}
