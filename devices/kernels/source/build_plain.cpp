// One cell at a time: any processor.
#include <cstring>
#include <new>

#include "build.h"

namespace plain {
#include "cpu.h"

typedef OneCell Wide;
typedef OneCell Narrow, Sums, Widest, Firing;
#include "cpu_entries.h"
}

const Build plain_build = {"plain", plain::fire, plain::write, plain::increment, plain::fill_normals, plain::read, plain::grow};
