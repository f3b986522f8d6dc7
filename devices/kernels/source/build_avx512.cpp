// Sixteen cells at a time; counting stays at eight, so that 256 columns make one panel.
#include "build.h"

#if defined(MORTAL_WIDE)
#include <immintrin.h>
#include <cstring>
#include <new>

// The intrinsics of GCC 12 read a register on purpose before it is set.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC target("avx2,fma,avx512f,avx512dq,avx512bw,avx512vl")
#define MORTAL_SIXTEEN
namespace avx512 {
#include "lane_x86.h"
#include "lane_twice.h"
#include "cpu.h"

typedef SixteenCells Wide;
typedef EightCells Narrow;
typedef SixteenCells Sums;
typedef Twice<SixteenCells> Widest;
typedef Twice<Widest> Firing;
#include "cpu_entries.h"
}

const Build avx512_build = {"avx512", avx512::fire, avx512::write, avx512::increment, avx512::fill_normals, avx512::read, avx512::grow};
#endif
