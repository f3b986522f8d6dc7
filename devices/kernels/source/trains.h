// Signals become pulse trains; layout of the draws: devices/pulses.py.
#pragma once
#include "random.h"

// Halves of words laid bit by bit: bit i of the lower half goes to 2 i, of the upper to 2 i + 1.
template <class L>
ON_DEVICE typename L::U shuffled(typename L::U x) {
    typedef typename L::U U;
    U t = L::both(L::differ(x, L::template right<8>(x)), L::all(0x0000FF00u));
    x = L::differ(x, t, L::template left<8>(t));
    t = L::both(L::differ(x, L::template right<4>(x)), L::all(0x00F000F0u));
    x = L::differ(x, t, L::template left<4>(t));
    t = L::both(L::differ(x, L::template right<2>(x)), L::all(0x0C0C0C0Cu));
    x = L::differ(x, t, L::template left<2>(t));
    t = L::both(L::differ(x, L::template right<1>(x)), L::all(0x22222222u));
    return L::differ(x, t, L::template left<1>(t));
}

// A block of Philox gives eight slots: the halves of its words, the lower first. Both halves of a
// word are compared at once, so the slots are put in their order at the end.
template <class L>
ON_DEVICE typename L::U train(const Draws& draws, typename L::F x, float gain, i64 length,
                              typename L::U line, u32 event) {
    typedef typename L::U U;
    U sign = L::both(L::as_bits(x), L::all(SIGN));
    typename L::F size = L::as_float(L::both(L::as_bits(x), L::all(FIRED)));
    typename L::F chance = L::min(L::mul(size, L::all(gain)), L::all(65536.0f));
    U threshold = L::to_whole(L::round(chance)), missed = L::all(0u);
    if (!L::any(threshold)) return missed;
    U of_halves = L::either(threshold, L::template left<16>(threshold));
    for (int first = 0; first < length; first += 8) {
        U c[4] = {L::add(L::template left<2>(line), L::all((u32)(first / 8))), L::all(event),
                  L::all(draws.array), L::all(draws.serial)};
        philox<L>(c, draws.seed, draws.purpose);
        for (int word = 0; word < 4; ++word)
            missed = L::mark_halves(missed, c[word], of_halves, 1u << (first / 2 + word));
    }
    // A chance of 65536 does not fit a half: there no slot is missed.
    U some = L::both(missed, L::less(threshold, L::all(65536u)));
    U fired = L::without(L::all((1u << length) - 1), shuffled<L>(some));
    // A train that never fires has no sign.
    return L::without(L::either(fired, sign), L::equal(fired, L::all(0u)));
}
