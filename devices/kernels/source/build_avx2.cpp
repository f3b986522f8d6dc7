// Eight cells at a time: x86-64 since 2013.
#if defined(__x86_64__)
#include <immintrin.h>
#include <cstring>
#include <new>

#include "build.h"

#pragma GCC target("avx2,fma")
namespace avx2 {
#include "lane_x86.h"
#include "cpu.h"

typedef EightCells Wide;
typedef EightCells Narrow;
#include "cpu_entries.h"
}

const Build avx2_build = {"avx2", avx2::fire, avx2::write, avx2::fill_normals, avx2::read, avx2::grow};
#endif
