// Two lanes as one: twice as many cells whose instructions do not wait for one another.
#pragma once
#include "lane.h"

template <class L>
struct Twice {
    struct F {
        typename L::F a, b;
    };
    struct U {
        typename L::U a, b;
    };
    enum { HALF = L::WIDTH, WIDTH = 2 * HALF };

    static ON_DEVICE F load(const float* from) { return {L::load(from), L::load(from + HALF)}; }
    static ON_DEVICE U load(const u32* from) { return {L::load(from), L::load(from + HALF)}; }
    static ON_DEVICE void store(float* to, F value) {
        L::store(to, value.a);
        L::store(to + HALF, value.b);
    }
    static ON_DEVICE void store(u32* to, U value) {
        L::store(to, value.a);
        L::store(to + HALF, value.b);
    }
    static ON_DEVICE F gather(const float* from, U at) {
        return {L::gather(from, at.a), L::gather(from, at.b)};
    }
    static ON_DEVICE U gather(const u32* from, U at) {
        return {L::gather(from, at.a), L::gather(from, at.b)};
    }
    static ON_DEVICE F all(float value) { return {L::all(value), L::all(value)}; }
    static ON_DEVICE U all(u32 value) { return {L::all(value), L::all(value)}; }
    static ON_DEVICE U counting(u32 first) {
        return {L::counting(first), L::counting(first + HALF)};
    }

    static ON_DEVICE F fma(F x, F y, F z) {
        return {L::fma(x.a, y.a, z.a), L::fma(x.b, y.b, z.b)};
    }
    static ON_DEVICE F add(F x, F y) { return {L::add(x.a, y.a), L::add(x.b, y.b)}; }
    static ON_DEVICE F sub(F x, F y) { return {L::sub(x.a, y.a), L::sub(x.b, y.b)}; }
    static ON_DEVICE F mul(F x, F y) { return {L::mul(x.a, y.a), L::mul(x.b, y.b)}; }
    static ON_DEVICE F div(F x, F y) { return {L::div(x.a, y.a), L::div(x.b, y.b)}; }
    static ON_DEVICE F min(F x, F y) { return {L::min(x.a, y.a), L::min(x.b, y.b)}; }
    static ON_DEVICE F max(F x, F y) { return {L::max(x.a, y.a), L::max(x.b, y.b)}; }
    static ON_DEVICE F sqrt(F x) { return {L::sqrt(x.a), L::sqrt(x.b)}; }
    static ON_DEVICE F round(F x) { return {L::round(x.a), L::round(x.b)}; }
    static ON_DEVICE F floor(F x) { return {L::floor(x.a), L::floor(x.b)}; }
    static ON_DEVICE F as_float(U x) { return {L::as_float(x.a), L::as_float(x.b)}; }
    static ON_DEVICE U as_bits(F x) { return {L::as_bits(x.a), L::as_bits(x.b)}; }
    static ON_DEVICE F to_float(U x) { return {L::to_float(x.a), L::to_float(x.b)}; }
    static ON_DEVICE U to_whole(F x) { return {L::to_whole(x.a), L::to_whole(x.b)}; }
    static ON_DEVICE U popcount(U x) { return {L::popcount(x.a), L::popcount(x.b)}; }

    static ON_DEVICE U less(F x, F y) { return {L::less(x.a, y.a), L::less(x.b, y.b)}; }
    static ON_DEVICE U less_equal(F x, F y) { return {L::less_equal(x.a, y.a), L::less_equal(x.b, y.b)}; }
    static ON_DEVICE U equal(F x, F y) { return {L::equal(x.a, y.a), L::equal(x.b, y.b)}; }
    static ON_DEVICE U less(U x, U y) { return {L::less(x.a, y.a), L::less(x.b, y.b)}; }
    static ON_DEVICE U equal(U x, U y) { return {L::equal(x.a, y.a), L::equal(x.b, y.b)}; }
    static ON_DEVICE U add(U x, U y) { return {L::add(x.a, y.a), L::add(x.b, y.b)}; }
    static ON_DEVICE U sub(U x, U y) { return {L::sub(x.a, y.a), L::sub(x.b, y.b)}; }
    static ON_DEVICE U both(U x, U y) { return {L::both(x.a, y.a), L::both(x.b, y.b)}; }
    static ON_DEVICE U either(U x, U y) { return {L::either(x.a, y.a), L::either(x.b, y.b)}; }
    static ON_DEVICE U differ(U x, U y) { return {L::differ(x.a, y.a), L::differ(x.b, y.b)}; }
    static ON_DEVICE U without(U x, U y) { return {L::without(x.a, y.a), L::without(x.b, y.b)}; }
    static ON_DEVICE U multiply_low(U x, U y) {
        return {L::multiply_low(x.a, y.a), L::multiply_low(x.b, y.b)};
    }
    static ON_DEVICE U multiply_high(U x, U y) {
        return {L::multiply_high(x.a, y.a), L::multiply_high(x.b, y.b)};
    }
    static ON_DEVICE U differ(U x, U y, U z) {
        return {L::differ(x.a, y.a, z.a), L::differ(x.b, y.b, z.b)};
    }
    static ON_DEVICE U choose(U x, U y, U z) {
        return {L::choose(x.a, y.a, z.a), L::choose(x.b, y.b, z.b)};
    }
    static ON_DEVICE F choose(U x, F y, F z) {
        return {L::choose(x.a, y.a, z.a), L::choose(x.b, y.b, z.b)};
    }
    static ON_DEVICE U mark_halves(U marked, U x, U y, u32 bit) {
        return {L::mark_halves(marked.a, x.a, y.a, bit), L::mark_halves(marked.b, x.b, y.b, bit)};
    }
    template <int N> static ON_DEVICE U left(U x) {
        return {L::template left<N>(x.a), L::template left<N>(x.b)};
    }
    template <int N> static ON_DEVICE U right(U x) {
        return {L::template right<N>(x.a), L::template right<N>(x.b)};
    }
    static ON_DEVICE u32 nonzero(U x) { return L::nonzero(x.a) | L::nonzero(x.b) << HALF; }
    static ON_DEVICE bool any(U x) { return L::any(L::either(x.a, x.b)); }
    static ON_DEVICE bool every(U x) { return L::every(L::both(x.a, x.b)); }

    static ON_DEVICE void store_by_lane(float* to, const F value[8]) {
        typename L::F first[8], second[8];
        for (int i = 0; i < 8; ++i) {
            first[i] = value[i].a;
            second[i] = value[i].b;
        }
        L::store_by_lane(to, first);
        L::store_by_lane(to + 8 * HALF, second);
    }
};
