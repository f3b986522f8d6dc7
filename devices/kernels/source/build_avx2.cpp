// Eight cells at a time: x86-64 since 2013.
#include "build.h"

#if defined(MORTAL_WIDE)
#include <immintrin.h>
#include <cstring>
#include <new>

#pragma GCC target("avx2,fma")
namespace avx2 {
#include "lane_x86.h"
#include "cpu.h"

typedef EightCells Wide;
typedef EightCells Narrow, Sums, Widest, Firing;
#include "cpu_entries.h"
}

const Build avx2_build = {"avx2", avx2::fire, avx2::write, avx2::increment, avx2::fill_normals, avx2::read, avx2::grow};
#endif
