// What one build of the CPU kernels offers; native.cpp picks the widest the processor has.
#pragma once
#include "types.h"

struct Build {
    const char* name;
    void (*fire)(const Signals&, const Noise&, u32* out);
    void (*write)(const Population&, const Trains&, const Noise&, const Response&, const Choice&,
                  const i64* pinned, bool is_trial, i64* fidelity, double* received);
    void (*normals)(const Noise&, i64 devices, i64 rows, i64 columns, float* out);
    void (*read)(const Reading&, const Noise&, const float* x, float* y);
    void (*grow)(const Birth&);
};

extern const Build plain_build, avx2_build, avx512_build;
