// The kernels on a GPU: one thread a block of eight cells (one call of the generator), a line, or a
// draw. Compiled at run time (NVRTC: -std=c++17 --fmad=false), so it includes no system header.
#include "cell.h"
#include "cells_of.h"
#include "net.h"
#include "trains.h"

typedef OneCell L;

#define EACH(i, all)                                                                  \
    const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;                         \
    if (i >= (all)) return;

// Words of scattered draws, [draw, 4].
extern "C" __global__ void philox_words(i64 all, u32 seed, u32 purpose, u32 array,
                                        const u32* places, const u32* events, const u32* serials,
                                        u32* out) {
    EACH(i, all)
    u32 c[4] = {places[i], events[i], array, serials[i]};
    philox<L>(c, seed, purpose);
    for (int word = 0; word < 4; ++word) out[4 * i + word] = c[word];
}

// Two normals a word.
extern "C" __global__ void normal_pairs(i64 all, const u32* words, float* out) {
    EACH(i, all)
    normal_pair<L>(words[i], out[2 * i], out[2 * i + 1]);
}

// One normal a cell, [device, row, column].
extern "C" __global__ void cell_normals(Noise noise, i64 devices, i64 rows, i64 columns,
                                        float* out) {
    const i64 blocks = (columns + 7) / 8;
    EACH(i, devices * rows * blocks)
    const i64 block = i % (rows * blocks), device = i / (rows * blocks), row = block / blocks;
    Draws draws = {noise.seed, noise.purpose, noise.array, (u32)noise.serials[device]};
    float z[8];
    normals<L>(draws, (u32)block, (u32)noise.first_samples[device], z);
    const i64 first = block % blocks * 8;
    float* to = out + (device * rows + row) * columns + first;
    for (i64 c = 0; c < 8 && first + c < columns; ++c) to[c] = z[c];
}

extern "C" __global__ void fire_lines(Signals s, Noise noise, u32* out) {
    EACH(i, s.devices * s.samples * s.lines)
    const i64 line = i % s.lines, sample = i / s.lines, device = sample / s.samples;
    const i64 b = sample % s.samples;
    Draws draws = {noise.seed, noise.purpose, noise.array, (u32)noise.serials[device]};
    out[i] = train<L>(draws, s.values[device * s.device_stride + b * s.lines + line],
                      s.gains[sample], s.lengths[sample], (u32)line,
                      (u32)(noise.first_samples[device] + b));
}

// How many of eight cells are beyond `averaged`, and how many of them for a bound: [2, device].
extern "C" __global__ void count_beyond(Population p, Trains trains, Response response,
                                        Choice choice, u64* beyond) {
    const i64 blocks = (p.columns + 7) / 8;
    EACH(i, p.devices * p.rows * blocks)
    const BlockOfCells at(p, trains, i);
    u64 found = 0, exposed = 0;
    for (int c = 0; c < at.count; ++c) {
        u32 up, down;
        at.pulses(c, up, down);
        const bool is_at_bounds = is_exposed(p, response, choice, at.first + c, up, down);
        found += is_at_bounds || is_reordered(choice, up, down);
        exposed += is_at_bounds;
    }
    if (found) atomicAdd(&beyond[at.device], found);
    if (exposed) atomicAdd(&beyond[p.devices + at.device], exposed);
}

// Eight cells through a batch, each device at its own fidelity.
extern "C" __global__ void write_cells(Population p, Trains trains, Noise noise, Response response,
                                 const i64* fidelity, u64* received) {
    const i64 blocks = (p.columns + 7) / 8;
    EACH(i, p.devices * p.rows * blocks)
    const BlockOfCells at(p, trains, i);
    Draws draws = {noise.seed, noise.purpose, noise.array, (u32)noise.serials[at.device]};
    const u64 pulses = at.follow(response, draws, noise.first_samples[at.device],
                                 (int)fidelity[at.device]);
    if (pulses) atomicAdd(&received[at.device], pulses);
}

// Net pulses for eight cells of a row that is listed, and for those of the other plane.
extern "C" __global__ void increment_cells(Population p, Increments increments, Noise noise,
                                           Response response) {
    const i64 blocks = (p.columns + 7) / 8;
    EACH(i, p.devices * increments.listed * blocks)
    const Net<L> net(p, increments, noise, response);
    const i64 row = i / blocks;
    u32 most = 0;
    u64 all = 0;
    net.group(row / increments.listed, row % increments.listed, i % blocks * 8, most, all);
    if (!all) return;
    atomicMax(&increments.slots[row], most);
    atomicAdd(&increments.totals[row], all);
}
