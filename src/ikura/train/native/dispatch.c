/* Chooses the code for the processor at hand; the same source was compiled for each level of its instructions. */

#include "trial.h"

#if defined(__x86_64__)
#include <cpuid.h>

#define DECLARED(level)                                                   \
    i64 train_##level(const Data *, const Trial *, i64 step, i64 end); \
    i64 workspace_of_##level(const Data *, const Trial *);
DECLARED(v2) DECLARED(v3) DECLARED(v4)

/* Which registers the operating system keeps: bits 1 and 2 for AVX, 5 to 7 for AVX-512 as well. */
static unsigned kept_registers(void) {
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* Of x86-64, as its psABI defines them; a virtual machine may hide any of what they ask for. */
static int find_level(void) {
    unsigned a, b, c, d, more;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 2;
    const unsigned first = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C;
    if ((c & first) != first || (kept_registers() & 0x06) != 0x06) return 2;
    if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & bit_LZCNT)) return 2;
    const unsigned second = bit_AVX2 | bit_BMI | bit_BMI2;
    if (!__get_cpuid_count(7, 0, &a, &more, &c, &d) || (more & second) != second) return 2;
    const unsigned wide = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
    return (more & wide) == wide && (kept_registers() & 0xe6) == 0xe6 ? 4 : 3;
}

static int level(void) {
    static _Atomic int known; /* threads that find it at once find the same */
    if (!known) known = find_level();
    return known;
}

#define CALL(function, ...)                                                                          \
    (level() == 4 ? function##_v4(__VA_ARGS__) : level() == 3 ? function##_v3(__VA_ARGS__) : function##_v2(__VA_ARGS__))
#else
i64 train_any(const Data *, const Trial *, i64 step, i64 end);
i64 workspace_of_any(const Data *, const Trial *);
static int level(void) { return 0; }
#define CALL(function, ...) function##_any(__VA_ARGS__)
#endif

EXPORT int instruction_level(void) { return level(); }

EXPORT i64 workspace_of(const Data *data, const Trial *trial) { return CALL(workspace_of, data, trial); }

EXPORT i64 train(const Data *data, const Trial *trial, i64 step, i64 end) { return CALL(train, data, trial, step, end); }
