/* Softmax and cross-entropy (`nn.cross_entropy`), a mini-batch at a time. */
#pragma once

#include "functions.h"
#include "trial.h"

/* Takes the largest of a row's logits off all of them; lanes without a class become -infinity. */
INLINE void shift(float *logits, i64 classes) {
    const vector lowest = all(-__builtin_inff());
    vector largest = lowest;
    for (i64 c = 0; c < classes; c += LANES) {
        const vector z = either((integers)LANE < (int32_t)(classes - c), at(logits + c), lowest);
        put(logits + c, z);
        largest = either(z > largest, z, largest); /* a NaN loses every comparison; it is met again in the sum */
    }
    const float top = largest_of(largest);
    for (i64 c = 0; c < classes; c += LANES) put(logits + c, at(logits + c) - top);
}

/* Puts the exponentials of a row in its place, and returns their sum. */
INLINE float exponentiate(float *logits, i64 classes) {
    vector sum = all(0.0f);
    for (i64 c = 0; c < classes; c += LANES) {
        const vector power = exponential(at(logits + c));
        sum += power;
        put(logits + c, power);
    }
    return sum_of(sum);
}

/* The sum of `weights` times the logarithms of `totals`, which are overwritten; room for whole vectors of both. */
INLINE double weighted_logarithms(i64 rows, float *totals, float *weights) {
    double sum = 0.0;
    for (i64 r = rows; r % LANES; r++) totals[r] = weights[r] = 1.0f; /* whose logarithm is 0 */
    for (i64 r = 0; r < rows; r += LANES) sum += (double)sum_of(at(weights + r) * logarithm(at(totals + r)));
    return sum;
}

/* The sum of a mini-batch's losses, and in place of the logits [example, class] their gradient of the mean loss.

   `totals` and `scales` have room for a number for each example, filled up to whole vectors. */
static double train_softmax(const Data *data, const Head *head, i64 rows, const float *targets, const float *weights,
                            float smoothing, float *logits, float *totals, float *scales) {
    const i64 classes = head->outputs, row = whole_vectors(classes);
    const float spread = smoothing / (float)classes, share = 1.0f / (float)rows;
    double loss = 0.0;
    for (i64 r = 0; r < rows; r++) {
        float *z = logits + r * row;
        const i64 label = (i64)targets[r * data->columns + head->column];
        float weight = head->class_weights ? head->class_weights[label] : 1.0f;
        weight *= head->weight;
        if (weights) weight *= weights[r];
        shift(z, classes);
        float linear = (smoothing - 1.0f) * z[label];
        if (smoothing > 0.0f)
            for (i64 c = 0; c < classes; c++) linear -= spread * z[c];
        loss += (double)(weight * linear);
        const float total = exponentiate(z, classes), scale = weight * share / total;
        for (i64 c = 0; c < classes; c += LANES) {
            const vector gradient = scale * at(z + c) - weight * share * spread;
            put(z + c, either((integers)LANE < (int32_t)(classes - c), gradient, all(0.0f)));
        }
        z[label] -= weight * share * (1.0f - smoothing);
        totals[r] = total;
        scales[r] = weight;
    }
    return loss + weighted_logarithms(rows, totals, scales);
}

/* The sum of the losses, and how many examples have their largest logit at the right class; of equal ones, the first
   counts. The logits are lost. */
static double judge_softmax(const Data *data, const Head *head, i64 rows, const float *targets, const float *weights,
                            float *logits, float *totals, float *scales, i64 *correct) {
    const i64 classes = head->outputs, row = whole_vectors(classes);
    double loss = 0.0;
    for (i64 r = 0; r < rows; r++) {
        float *z = logits + r * row;
        const i64 label = (i64)targets[r * data->columns + head->column];
        const float weight = weights ? head->weight * weights[r] : head->weight;
        shift(z, classes);
        const float own = z[label];
        integers beaten = {0};
        for (i64 c = 0; c < classes; c += LANES) {
            const vector other = at(z + c);
            beaten |= (other > own) | ((other == own) & ((integers)LANE < (int32_t)(label - c)));
        }
        *correct += __builtin_reduce_or(beaten) == 0 && own == own;
        loss -= (double)(weight * own);
        totals[r] = exponentiate(z, classes);
        scales[r] = weight;
    }
    return loss + weighted_logarithms(rows, totals, scales);
}
