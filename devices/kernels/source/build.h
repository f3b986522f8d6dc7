// What one build of the CPU kernels offers; native.cpp picks the widest the processor has.
#pragma once
#include "types.h"

// Other compilers do not let one file use instructions that the processor may lack: only plain.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MORTAL_WIDE
#endif

// `write` and `read` return whether there was memory enough to work.
struct Build {
    const char* name;
    void (*fire)(const Signals&, const Noise&, u32* out);
    bool (*write)(const Population&, const Trains&, const Noise&, const Response&, const Choice&,
                  const i64* pinned, bool is_trial, i64* fidelity, double* received);
    void (*increment)(const Population&, const Increments&, const Noise&, const Response&);
    void (*normals)(const Noise&, i64 devices, i64 rows, i64 columns, float* out);
    bool (*read)(const Reading&, const Noise&, const float* x, float* y);
    void (*grow)(const Birth&);
};

extern const Build plain_build, avx2_build, avx512_build;
