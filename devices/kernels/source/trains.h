// Signals become pulse trains; layout of the draws: devices/pulses.py.
#pragma once
#include "random.h"

// A block of Philox gives eight slots: the halves of its words, the lower first.
template <class L>
ON_DEVICE typename L::U train(const Draws& draws, typename L::F x, float gain, i64 length,
                              typename L::U line, u32 event) {
    typedef typename L::U U;
    U sign = L::both(L::as_bits(x), L::all(SIGN));
    typename L::F size = L::as_float(L::both(L::as_bits(x), L::all(FIRED)));
    typename L::F chance = L::min(L::mul(size, L::all(gain)), L::all(65536.0f));
    U threshold = L::to_whole(L::round(chance)), fired = L::all(0u);
    if (!L::any(threshold)) return fired;
    for (int first = 0; first < length; first += 8) {
        U c[4] = {L::add(L::template left<2>(line), L::all((u32)(first / 8))), L::all(event),
                  L::all(draws.array), L::all(draws.serial)};
        philox<L>(c, draws.seed, draws.purpose);
        for (int i = 0; i < 8 && first + i < length; ++i) {
            U half = i % 2 ? L::template right<16>(c[i / 2]) : L::both(c[i / 2], L::all(0xFFFFu));
            fired = L::either(fired, L::both(L::less(half, threshold), L::all(1u << (first + i))));
        }
    }
    // A train that never fires has no sign.
    return L::without(L::either(fired, sign), L::equal(fired, L::all(0u)));
}
