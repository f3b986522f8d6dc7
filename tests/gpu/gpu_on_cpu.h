// Lets a C++ compiler take gpu.cu, so that its kernels run, thread after thread, without a GPU.
#pragma once

struct Three {
    unsigned int x, y, z;
};
static thread_local Three blockIdx, blockDim, threadIdx;

#define __global__
static inline unsigned int atomicMax(unsigned int* of, unsigned int other) {
    unsigned int before = *of;
    *of = before > other ? before : other;
    return before;
}
static inline unsigned long long atomicAdd(unsigned long long* to, unsigned long long more) {
    unsigned long long before = *to;
    *to += more;
    return before;
}
