/* Elementary functions and activations of vectors, to about two units in the last place.

   The polynomials were fitted for Ikura (least squares on Chebyshev nodes, reweighted towards the minimax). */
#pragma once

#include "vectors.h"

/* e^x: 2^n times a polynomial in what is left, at most ln(2)/2. NaN stays NaN. */
INLINE vector exponential(vector x) {
    const float log2e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    x = either(x > 89.0f, all(89.0f), x);
    x = either(x < -104.0f, all(-104.0f), x);
    vector n = (x * log2e + shift) - shift;
    vector rest = (x - n * ln2_high) - n * ln2_low;
    vector tail = 1.394110756e-3f * rest + 8.363175257e-3f;
    tail = tail * rest + 4.166637532e-2f;
    tail = tail * rest + 1.666657701e-1f;
    tail = tail * rest + 0.5f;
    vector power = (tail * rest) * rest + rest + 1.0f;
    /* Scaled in two steps, since 2^n alone may be too large or too small. NaN has no whole number: it takes 0. */
    integers whole = __builtin_convertvector(either(n == n, n, all(0.0f)), integers), half = whole >> 1;
    return power * (vector)((half + 127) << 23) * (vector)((whole - half + 127) << 23);
}

/* The natural logarithm of normal numbers from 1 up; what is infinite or NaN stays so. */
INLINE vector logarithm(vector x) {
    const float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    /* x = 2^n (1 + u) with 1 + u between the roots of 1/2 and 2. */
    const words sqrt_half = (words){0} + 0x3f3504f3u;
    const integers n = (integers)(bits_of(x) - sqrt_half) >> 23;
    const vector u = (vector)(bits_of(x) - ((words)n << 23)) - 1.0f, square = u * u;
    vector tail = -8.305324115e-2f * u + 1.279887593e-1f;
    tail = tail * u - 1.294342813e-1f;
    tail = tail * u + 1.419024081e-1f;
    tail = tail * u - 1.664348790e-1f;
    tail = tail * u + 2.000187976e-1f;
    tail = tail * u - 2.500028087e-1f;
    tail = tail * u + 3.333332654e-1f;
    const vector power = __builtin_convertvector(n, vector);
    const vector sum = (tail * (square * u) - 0.5f * square + power * ln2_low) + u + power * ln2_high;
    return either(x < __builtin_inff(), sum, x);
}

INLINE vector hyperbolic_tangent(vector x) {
    vector size = magnitude(x), square = x * x;
    vector near = -6.113186256e-3f * square + 2.101007737e-2f;
    near = near * square - 5.385406880e-2f;
    near = near * square + 1.333279454e-1f;
    near = near * square - 3.333332925e-1f;
    near = near * square * x + x;
    vector far = with_sign_of(x, 1.0f - 2.0f / (exponential(2.0f * size) + 1.0f));
    /* NaN is not below, and comes out of `far`. */
    return either(size < 0.625f, near, far);
}

/* The error function. From 1 on, it is 1 - t p(t) e^(-x^2) with t = 1 / (1 + 0.4 x). */
INLINE vector error_function(vector x) {
    vector size = magnitude(x), square = x * x;
    vector near = 7.889117764e-5f * square - 8.020840750e-4f;
    near = near * square + 5.189535280e-3f;
    near = near * square - 2.685444456e-2f;
    near = near * square + 1.128360018e-1f;
    near = near * square - 3.761262714e-1f;
    near = (near * square + 1.128379166f) * x;
    vector t = 1.0f / (0.4f * size + 1.0f);
    vector p = -1.089434750e-1f * t + 2.190848824e-1f;
    p = p * t + 4.201135511e-2f;
    p = p * t + 1.886390772e-1f;
    p = p * t + 2.085674910e-1f;
    p = p * t + 2.246318364e-1f;
    p = p * t + 2.258051798e-1f;
    vector far = with_sign_of(x, 1.0f - t * p * exponential(-square));
    return either(size < 1.0f, near, far);
}

INLINE vector logistic(vector x) { return 1.0f / (1.0f + exponential(-x)); }

enum Activation { RELU, LEAKY_RELU, TANH, SIGMOID, GELU, SILU };

/* The activation of x, and its derivative there. */
INLINE vector activation(const int kind, vector x, vector *slope) {
    const vector zero = all(0.0f), one = all(1.0f);
    if (kind == RELU) {
        *slope = either(x > 0.0f, one, zero);
        return either(x < 0.0f, zero, x); /* NaN stays NaN */
    }
    if (kind == LEAKY_RELU) {
        *slope = either(x >= 0.0f, one, all(0.01f));
        return *slope * x;
    }
    if (kind == TANH) {
        vector y = hyperbolic_tangent(x);
        *slope = 1.0f - y * y;
        return y;
    }
    if (kind == SIGMOID) {
        vector y = logistic(x);
        *slope = y * (1.0f - y);
        return y;
    }
    if (kind == GELU) {
        vector share = 0.5f * error_function(x * 0.707106781f) + 0.5f;
        *slope = share + x * 0.398942280f * exponential(-0.5f * x * x);
        return x * share;
    }
    vector y = logistic(x); /* SILU */
    *slope = y * (1.0f + x * (1.0f - y));
    return x * y;
}
