// Where the cells of a population lie in memory, and how a lane of them is picked up and put back.
#pragma once
#include "cell.h"

constexpr float SMALLEST_BOUND = 1e-3f;  // devices/manufacture.py

// Consecutive cells from memory, or scattered ones of a row.
struct Consecutive {
    i64 first;
    template <class L> ON_DEVICE typename L::F load(const float* from) const {
        return L::load(from + first);
    }
    template <class L> ON_DEVICE typename L::U load(const u32* from) const {
        return L::load(from + first);
    }
};

template <class L>
struct Scattered {
    i64 row;
    typename L::U column;
    template <class Same> ON_DEVICE typename L::F load(const float* from) const {
        return L::gather(from + row, column);
    }
    template <class Same> ON_DEVICE typename L::U load(const u32* from) const {
        return L::gather(from + row, column);
    }
};

// The cells as wear has left them, and which of them a pulse can still move.
template <class L, class Place>
ON_DEVICE Cells<L> pick(const Population& p, const Response& response, const Place& at,
                        typename L::U& moves) {
    typedef typename L::F F;
    const F zero = L::all(0.0f), one = L::all(1.0f);
    Cells<L> cells;
    cells.step_up = at.template load<L>(p.step_up);
    cells.step_down = at.template load<L>(p.step_down);
    cells.w_max = at.template load<L>(p.w_max);
    cells.w_min = at.template load<L>(p.w_min);
    cells.noise = one;
    moves = L::less(zero, L::add(cells.step_up, cells.step_down));
    if (p.wear.is_present) {
        F endurance = at.template load<L>(p.endurance);
        typename L::U n = at.template load<L>(p.pulses);
        // A full counter of 32 bits is beyond what float32 holds exactly; the upper half is enough.
        F count = L::add(L::mul(L::to_float(L::template right<16>(n)), L::all(65536.0f)),
                         L::to_float(L::both(n, L::all(0xFFFFu))));
        F fraction = L::min(L::div(count, endurance), one);
        F window = L::sub(one, L::mul(L::all(p.wear.closure), fraction));
        F stride = L::sub(one, L::mul(L::all(p.wear.slowing), fraction));
        F centre = L::all(p.wear.resting);
        cells.w_max = L::max(L::add(centre, L::mul(L::sub(cells.w_max, centre), window)),
                             L::all(SMALLEST_BOUND));
        cells.w_min = L::min(L::add(centre, L::mul(L::sub(cells.w_min, centre), window)),
                             L::all(-SMALLEST_BOUND));
        cells.noise = L::add(one, L::mul(L::all(p.wear.noise), fraction));
        cells.step_up = L::mul(cells.step_up, stride);
        cells.step_down = L::mul(cells.step_down, stride);
        moves = L::both(moves, L::less(count, endurance));
    }
    if (response.kind == SOFT_BOUNDS) {
        // The step vanishes at the bound, wherever wear has moved it.
        // One inverse serves both bounds.
        F below = L::sub(zero, cells.w_min), of_both = inverse<L>(L::mul(cells.w_max, below));
        cells.slope_up = L::mul(of_both, below);
        cells.slope_down = L::mul(of_both, cells.w_max);
    } else if (response.kind == LINEAR) {
        cells.slope_up = at.template load<L>(p.slope_up);
        cells.slope_down = at.template load<L>(p.slope_down);
    } else if (response.kind == POWER || response.kind == EXPONENTIAL) {
        const bool is_own = p.slope_up != nullptr;
        cells.slope_up = is_own ? at.template load<L>(p.slope_up) : L::all(response.gamma_up);
        cells.slope_down =
            is_own ? at.template load<L>(p.slope_down) : L::all(response.gamma_down);
    } else {
        cells.slope_up = cells.slope_down = zero;
    }
    return cells;
}

// The pulses a lane of cells received: counted for wear, the clock of drift set back.
template <class L>
ON_DEVICE void mark(const Population& p, i64 at, typename L::U total) {
    if (!p.pulses && !p.counts && !p.rested) return;
    u32 k[L::WIDTH];
    L::store(k, total);
    if (p.pulses)
        for (int i = 0; i < L::WIDTH; ++i) {
            u64 received = (u64)p.pulses[at + i] + k[i];
            p.pulses[at + i] = received > 0xFFFFFFFFull ? 0xFFFFFFFFu : (u32)received;
        }
    if (p.counts)
        for (int i = 0; i < L::WIDTH; ++i) p.counts[at + i] += k[i];
    if (p.rested)
        for (int i = 0; i < L::WIDTH; ++i)
            if (k[i]) p.rested[at + i] = 0;
}
