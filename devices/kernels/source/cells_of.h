// Eight neighbouring cells of a row through a batch, cell by cell: what a CUDA thread does, and
// what the lanes of write.h do many at a time.
#pragma once
#include "population.h"

// Whether a bound may clip a cell on its way (devices/fidelity.py).
ON_DEVICE bool is_exposed(const Population& p, const Response& response, const Choice& choice,
                          i64 at, u32 up_pulses, u32 down_pulses) {
    typedef OneCell L;
    const bool is_asked = choice.bounds == WHERE_MIXED ? up_pulses && down_pulses
                                                       : up_pulses + down_pulses > 1;
    if (choice.bounds == NEVER || !is_asked) return false;
    u32 moves;
    const float up = L::to_float(up_pulses), down = L::to_float(down_pulses);
    Cells<L> worn = pick<L>(p, response, Consecutive{at}, moves);
    const float step_up = p.step_up[at], step_down = p.step_down[at], w = p.weight[at];
    const float step = L::max(step_up, step_down);
    const float wander = L::mul(L::mul(choice.wander, L::sqrt(L::add(up, down))), step);
    const bool is_near = worn.w_max < L::add(L::add(w, L::mul(up, step_up)), wander) ||
                         L::sub(L::sub(w, L::mul(down, step_down)), wander) < worn.w_min;
    return is_near && step > 0;
}

// Whether the order of its pulses matters to a cell.
ON_DEVICE bool is_reordered(const Choice& choice, u32 up, u32 down) {
    return choice.most_pairs < OneCell::mul(OneCell::to_float(up), OneCell::to_float(down));
}

struct BlockOfCells {
    typedef OneCell L;
    const Population& p;
    const Trains& trains;
    i64 device, row, block, first;  // block: number of its draw; first: index of its first cell
    int count;
    const u32 *rows, *columns;

    ON_DEVICE BlockOfCells(const Population& p, const Trains& trains, i64 number)
        : p(p), trains(trains) {
        const i64 blocks = (p.columns + 7) / 8;
        block = number % (p.rows * blocks);
        device = number / (p.rows * blocks);
        row = block / blocks;
        const i64 column = block % blocks * 8;
        first = (device * p.rows + row) * p.columns + column;
        count = p.columns - column < 8 ? (int)(p.columns - column) : 8;
        rows = trains.rows + device * trains.samples * p.rows + row;
        columns = trains.columns + device * trains.samples * p.columns + column;
    }

    // The slots in which cell c is pulsed in sample b, and the sign bit of their direction.
    ON_DEVICE u32 hits(i64 b, int c, u32& minus) const {
        const u32 x = rows[b * p.rows], d = columns[b * p.columns + c];
        minus = (x ^ d) & SIGN;
        return trains.only_up && minus ? 0u : x & d & FIRED;
    }

    ON_DEVICE void pulses(int c, u32& up, u32& down) const {
        up = down = 0;
        for (i64 b = 0; b < trains.samples; ++b) {
            u32 minus, k = L::popcount(hits(b, c, minus));
            (minus ? down : up) += k;
        }
    }

    ON_DEVICE u64 follow(const Response& response, const Draws& draws, i64 base,
                         int fidelity) const {
        if (fidelity == AVERAGED) return average(response, draws, base);
        if (fidelity == COMPOSED) return compose(response, draws, base);
        u64 all = 0;
        for (i64 b = 0; b < trains.samples; ++b) {
            const u32 fired = rows[b * p.rows] & FIRED;
            if (!fired) continue;
            if (fidelity == PER_SAMPLE) {
                all += sample(response, draws, base, b, fired, BURST);
                continue;
            }
            for (int slot = 0; slot < SLOTS; ++slot)
                if (fired >> slot & 1u) all += sample(response, draws, base, b, 1u << slot, slot);
        }
        return all;
    }

  private:
    ON_DEVICE u64 average(const Response& response, const Draws& draws, i64 base) const {
        if (trains.samples == 1)  // as the CPU: nothing to average over
            return sample(response, draws, base, 0, rows[0] & FIRED, BURST);
        u64 all = 0;
        float z[8];
        for (int c = 0; c < count; ++c) {
            u32 up, down, moves;
            pulses(c, up, down);
            if (!(up | down)) continue;
            if (!all) normals<L>(draws, (u32)block, (u32)(base * EVENTS_A_SAMPLE + BURST), z);
            Cells<L> cells = pick<L>(p, response, Consecutive{first + c}, moves);
            float after = averaged_affine<L>(p.weight[first + c], L::to_float(up),
                                             L::to_float(down), cells, z[c], response);
            arrive(c, moves, after, up + down);
            all += up + down;
        }
        return all;
    }

    ON_DEVICE u64 compose(const Response& response, const Draws& draws, i64 base) const {
        const bool is_additive = response.is_additive != 0;
        u64 all = 0;
        float z[8];
        for (int c = 0; c < count; ++c) {
            u32 moves, total = 0;
            Cells<L> cells = pick<L>(p, response, Consecutive{first + c}, moves);
            const bool is_small = are_small<L>(cells);
            Way<L> up = way<L>(cells.step_up, cells.slope_up, is_additive, is_small);
            Way<L> down = way<L>(cells.step_down, cells.slope_down, is_additive, is_small);
            float m = p.weight[first + c], v = 0;
            for (i64 b = 0; b < trains.samples; ++b) {
                u32 minus, k = L::popcount(hits(b, c, minus));
                if (!k) continue;
                total += k;
                Moved<L> moved = one_sign_affine<L>(
                    m, L::to_float(k), minus, minus ? down : up, is_additive);
                m = clip<L>(L::add(m, moved.shift), cells);
                v = L::fma(v, L::mul(moved.left, moved.left), moved.variance);
            }
            if (!total) continue;
            if (!all) normals<L>(draws, (u32)block, (u32)(base * EVENTS_A_SAMPLE + BURST), z);
            float noise = L::mul(L::mul(response.cycle_noise, L::sqrt(v)), cells.noise);
            arrive(c, moves, clip<L>(L::fma(noise, z[c], m), cells), total);
            all += total;
        }
        return all;
    }

    ON_DEVICE u64 sample(const Response& response, const Draws& draws, i64 base, i64 b, u32 slots,
                         int number) const {
        u64 all = 0;
        float z[8];
        for (int c = 0; c < count; ++c) {
            u32 minus, moves, k = L::popcount(hits(b, c, minus) & slots);
            if (!k) continue;
            if (!all) normals<L>(draws, (u32)block, (u32)((base + b) * EVENTS_A_SAMPLE + number), z);
            Cells<L> cells = pick<L>(p, response, Consecutive{first + c}, moves);
            float after = sampled<L>(p.weight[first + c], minus, k, cells, z[c], response);
            arrive(c, moves, after, k);
            all += k;
        }
        return all;
    }

    ON_DEVICE void arrive(int c, u32 moves, float after, u32 k) const {
        const i64 at = first + c;
        if (moves) p.weight[at] = after;
        mark<L>(p, at, k);
    }
};
