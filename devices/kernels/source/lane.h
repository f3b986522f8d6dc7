// A lane is how many cells one instruction works on: the physics is written once, over a Lane.
//
// This one is a single cell, for a plain CPU and for a CUDA thread; lane_x86.h has eight and
// sixteen. Every operation rounds exactly once (IEEE 754), so all lanes give the same bits:
// compile with -ffp-contract=off and without -ffast-math (NVRTC: --fmad=false).
#pragma once
#include "types.h"

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define ON_DEVICE __device__ __forceinline__
#else
#define ON_DEVICE inline __attribute__((always_inline))
#endif

struct OneCell {
    typedef float F;
    typedef u32 U;  // also a mask: all ones or zero
    enum { WIDTH = 1 };

    static ON_DEVICE F load(const float* from) { return *from; }
    static ON_DEVICE U load(const u32* from) { return *from; }
    static ON_DEVICE void store(float* to, F value) { *to = value; }
    static ON_DEVICE void store(u32* to, U value) { *to = value; }
    static ON_DEVICE F gather(const float* from, U at) { return from[at]; }
    static ON_DEVICE U gather(const u32* from, U at) { return from[at]; }
    static ON_DEVICE F all(float value) { return value; }
    static ON_DEVICE U all(u32 value) { return value; }
    static ON_DEVICE U counting(u32 first) { return first; }  // first, first + 1, ...

#if defined(__CUDA_ARCH__)
    static ON_DEVICE F fma(F a, F b, F c) { return __fmaf_rn(a, b, c); }
    static ON_DEVICE F add(F a, F b) { return __fadd_rn(a, b); }
    static ON_DEVICE F sub(F a, F b) { return __fsub_rn(a, b); }
    static ON_DEVICE F mul(F a, F b) { return __fmul_rn(a, b); }
    static ON_DEVICE F div(F a, F b) { return __fdiv_rn(a, b); }
    static ON_DEVICE F sqrt(F a) { return __fsqrt_rn(a); }
    static ON_DEVICE F round(F a) { return rintf(a); }
    static ON_DEVICE F floor(F a) { return floorf(a); }
    static ON_DEVICE U popcount(U a) { return (U)__popc(a); }
    static ON_DEVICE F as_float(U a) { return __uint_as_float(a); }
    static ON_DEVICE U as_bits(F a) { return __float_as_uint(a); }
#else
    static ON_DEVICE F fma(F a, F b, F c) { return __builtin_fmaf(a, b, c); }
    static ON_DEVICE F add(F a, F b) { return a + b; }
    static ON_DEVICE F sub(F a, F b) { return a - b; }
    static ON_DEVICE F mul(F a, F b) { return a * b; }
    static ON_DEVICE F div(F a, F b) { return a / b; }
    static ON_DEVICE F sqrt(F a) { return __builtin_sqrtf(a); }
    static ON_DEVICE F round(F a) { return __builtin_rintf(a); }
    static ON_DEVICE F floor(F a) { return __builtin_floorf(a); }
    static ON_DEVICE U popcount(U a) { return (U)__builtin_popcount(a); }
    static ON_DEVICE F as_float(U a) {
        F f;
        __builtin_memcpy(&f, &a, 4);
        return f;
    }
    static ON_DEVICE U as_bits(F a) {
        U u;
        __builtin_memcpy(&u, &a, 4);
        return u;
    }
#endif
    static ON_DEVICE F min(F a, F b) { return a < b ? a : b; }
    static ON_DEVICE F max(F a, F b) { return a > b ? a : b; }
    static ON_DEVICE U less(F a, F b) { return a < b ? ~0u : 0u; }
    static ON_DEVICE U less_equal(F a, F b) { return a <= b ? ~0u : 0u; }
    static ON_DEVICE U equal(F a, F b) { return a == b ? ~0u : 0u; }
    static ON_DEVICE U less(U a, U b) { return (int)a < (int)b ? ~0u : 0u; }  // signed
    static ON_DEVICE U equal(U a, U b) { return a == b ? ~0u : 0u; }
    static ON_DEVICE F choose(U mask, F yes, F no) { return mask ? yes : no; }
    static ON_DEVICE U choose(U mask, U yes, U no) { return mask ? yes : no; }
    static ON_DEVICE u32 nonzero(U a) { return a != 0u; }  // a bit for each cell
    static ON_DEVICE bool any(U mask) { return mask != 0u; }
    static ON_DEVICE bool every(U mask) { return mask != 0u; }

    static ON_DEVICE U add(U a, U b) { return a + b; }
    static ON_DEVICE U sub(U a, U b) { return a - b; }
    static ON_DEVICE U both(U a, U b) { return a & b; }
    static ON_DEVICE U either(U a, U b) { return a | b; }
    static ON_DEVICE U differ(U a, U b) { return a ^ b; }
    static ON_DEVICE U without(U a, U b) { return a & ~b; }
    template <int N> static ON_DEVICE U left(U a) { return a << N; }
    template <int N> static ON_DEVICE U right(U a) { return a >> N; }
    static ON_DEVICE U multiply_low(U a, U b) { return a * b; }
    static ON_DEVICE U multiply_high(U a, U b) { return (U)(((u64)a * b) >> 32); }
    static ON_DEVICE U differ(U a, U b, U c) { return a ^ b ^ c; }
    static ON_DEVICE U majority(U a, U b, U c) { return (a & b) | ((a ^ b) & c); }
    // `marked` with `bit`, which it lacks, in each half of a word where a >= b.
    static ON_DEVICE U mark_halves(U marked, U a, U b, u32 bit) {
        const u32 low = (a & 0xFFFFu) >= (b & 0xFFFFu), high = (a >> 16) >= (b >> 16);
        return marked | low * bit | (high * bit) << 16;
    }
    static ON_DEVICE F to_float(U a) { return (F)(int)a; }  // up to 2^31 - 1
    static ON_DEVICE U to_whole(F a) { return (U)(int)a; }  // of whole numbers

    // Writes first + stride i for each bit i that is set; the end of what is written. There must be
    // room for 32.
    static ON_DEVICE u32* list_bits(u32 bits, u32 first, u32 stride, u32* to) {
        for (u32 at = first; bits; bits >>= 1, at += stride)
            if (bits & 1u) *to++ = at;
        return to;
    }

    // Eight values of each lane, lane by lane: to[8 lane + i] = value[i] of that lane.
    static ON_DEVICE void store_by_lane(float* to, const F value[8]) {
        for (int i = 0; i < 8; ++i) to[i] = value[i];
    }
};
