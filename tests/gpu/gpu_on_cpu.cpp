// The kernels of gpu.cu behind plain functions; structures come as pointers.
#include <cstring>

#include "gpu_on_cpu.h"
#include "gpu.cu"

#define RUN(threads, call)                      \
    blockDim.x = 1;                             \
    for (i64 t = 0; t < (threads); ++t) {       \
        blockIdx.x = (unsigned int)t;           \
        call;                                   \
    }

extern "C" {
void run_cell_normals(i64 threads, const Noise* noise, i64 devices, i64 rows, i64 columns,
                      float* out) {
    RUN(threads, cell_normals(*noise, devices, rows, columns, out))
}
void run_philox_words(i64 threads, i64 all, i64 seed, i64 purpose, i64 array, const u32* places,
                      const u32* events, const u32* serials, u32* out) {
    RUN(threads, philox_words(all, (u32)seed, (u32)purpose, (u32)array, places, events, serials, out))
}
void run_normal_pairs(i64 threads, i64 all, const u32* words, float* out) {
    RUN(threads, normal_pairs(all, words, out))
}
void run_fire_lines(i64 threads, const Signals* signals, const Noise* noise, u32* out) {
    RUN(threads, fire_lines(*signals, *noise, out))
}
void run_count_beyond(i64 threads, const Population* p, const Trains* trains,
                      const Response* response, const Choice* choice, u64* beyond) {
    RUN(threads, count_beyond(*p, *trains, *response, *choice, beyond))
}
void run_write_cells(i64 threads, const Population* p, const Trains* trains, const Noise* noise,
               const Response* response, const i64* fidelity, u64* received) {
    RUN(threads, write_cells(*p, *trains, *noise, *response, fidelity, received))
}
void run_increment_cells(i64 threads, const Population* p, const Increments* increments,
                         const Noise* noise, const Response* response) {
    RUN(threads, increment_cells(*p, *increments, *noise, *response))
}
i64 size_of(int which) {
    const i64 sizes[] = {sizeof(Response), sizeof(Wear),   sizeof(Population), sizeof(Noise),
                         sizeof(Trains),   sizeof(Choice), sizeof(Signals), sizeof(Increments)};
    return sizes[which];
}
}
