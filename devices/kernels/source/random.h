// Philox4x32-10 and normals; places and purposes: devices/identity.py.
#pragma once
#include "lane.h"

// Salmon et al. 2011, doi:10.1145/2063384.2063405: the counter becomes four words of noise.
template <class L>
ON_DEVICE void philox(typename L::U c[4], u32 key_0, u32 key_1) {
    const typename L::U m0 = L::all(0xD2511F53u), m1 = L::all(0xCD9E8D57u);
    for (int round = 0; round < 10; ++round) {
        typename L::U high_0 = L::multiply_high(c[0], m0), low_0 = L::multiply_low(c[0], m0);
        typename L::U high_1 = L::multiply_high(c[2], m1), low_1 = L::multiply_low(c[2], m1);
        c[0] = L::differ(high_1, c[1], L::all(key_0));
        c[2] = L::differ(high_0, c[3], L::all(key_1));
        c[1] = low_1;
        c[3] = low_0;
        key_0 += 0x9E3779B9u;
        key_1 += 0xBB67AE85u;
    }
}

// log2 of m in [1, 2): minimax of degree 7, error 3e-7. The same numbers stand in normal_tables.py.
template <class L>
ON_DEVICE typename L::F log2_of_mantissa(typename L::F m) {
    typename L::F p = L::all(0.015125329f);
    p = L::fma(p, m, L::all(-0.18393932f));
    p = L::fma(p, m, L::all(0.9780934f));
    p = L::fma(p, m, L::all(-2.9850175f));
    p = L::fma(p, m, L::all(5.781434f));
    p = L::fma(p, m, L::all(-7.4941258f));
    p = L::fma(p, m, L::all(7.133968f));
    return L::fma(p, m, L::all(-3.2455375f));
}

// Box-Muller on one word: radius sqrt(-2 ln((h + 1/2) / 65536)) of the upper half h, angle of the
// lower: two signs and fourteen bits of a quarter turn. `first` and `second` are N(0, 1).
template <class L>
ON_DEVICE void normal_pair(typename L::U word, typename L::F& first, typename L::F& second) {
    typedef typename L::F F;
    typedef typename L::U U;
    F h = L::add(L::to_float(L::template right<16>(word)), L::all(0.5f));
    U bits = L::as_bits(h);
    F exponent = L::to_float(L::template right<23>(bits));  // 127 + e
    F mantissa = L::as_float(
        L::either(L::both(bits, L::all(0x007fffffu)), L::all(0x3f800000u)));
    F bits_left = L::sub(L::sub(L::all(143.0f), exponent), log2_of_mantissa<L>(mantissa));
    // 2 ln 2, a few parts in a million more: the variance of the finite table is then one.
    F radius = L::sqrt(L::max(L::mul(bits_left, L::all(1.3863019f)), L::all(0.0f)));

    U quarter = L::both(word, L::all(0x3fffu));
    F angle = L::mul(L::add(L::to_float(quarter), L::all(0.5f)), L::all(9.58738e-5f));
    F x = L::mul(angle, angle);
    F cosine = L::all(2.3153932e-05f);
    cosine = L::fma(cosine, x, L::all(-0.0013853704f));
    cosine = L::fma(cosine, x, L::all(0.041663583f));
    cosine = L::fma(cosine, x, L::all(-0.499999046f));
    cosine = L::fma(cosine, x, L::all(0.99999994f));
    F sine = L::all(2.6052248e-06f);
    sine = L::fma(sine, x, L::all(-0.00019809075f));
    sine = L::fma(sine, x, L::all(0.0083330506f));
    sine = L::fma(sine, x, L::all(-0.16666658f));
    sine = L::fma(sine, x, L::all(1.0f));
    sine = L::mul(sine, angle);
    U minus_cosine = L::template left<16>(L::both(word, L::all(0x8000u)));
    U minus_sine = L::template left<17>(L::both(word, L::all(0x4000u)));
    first = L::as_float(L::differ(L::as_bits(L::mul(radius, cosine)), minus_cosine));
    second = L::as_float(L::differ(L::as_bits(L::mul(radius, sine)), minus_sine));
}

struct Draws {
    u32 seed, purpose, array, serial;
};

// Eight normals of each lane's own block and event.
template <class L>
ON_DEVICE void normals(const Draws& draws, typename L::U block, typename L::U event,
                       typename L::F into[8]) {
    typename L::U c[4] = {block, event, L::all(draws.array), L::all(draws.serial)};
    philox<L>(c, draws.seed, draws.purpose);
    for (int word = 0; word < 4; ++word) normal_pair<L>(c[word], into[2 * word], into[2 * word + 1]);
}
