// What pulses do to cells. Equations: devices/technology/response.py and kernels/reference.py,
// which computes them in float64 and is the oracle.
#pragma once
#include "random.h"

// Cells of one lane as the present wear has left them.
template <class L>
struct Cells {
    typename L::F step_up, step_down, w_max, w_min;
    // f_up = 1 - slope_up w, f_down = 1 + slope_down w; exponential and power: the exponents.
    typename L::F slope_up, slope_down;
    typename L::F noise;                 // factor on the cycle-to-cycle noise
};

constexpr float SMALLEST_REST = 1e-6f;  // of the way to the bound, after one pulse of a closed form

template <class L>
ON_DEVICE typename L::F clip(typename L::F w, const Cells<L>& cells) {
    return L::min(L::max(w, cells.w_min), cells.w_max);
}

// 2^x for x in [-126, 0], error 2e-7 relative.
template <class L>
ON_DEVICE typename L::F exp2(typename L::F x) {
    typedef typename L::F F;
    x = L::min(L::max(x, L::all(-126.0f)), L::all(127.0f));
    F whole = L::round(x), rest = L::sub(x, whole);
    F p = L::all(0.00015478021f);
    p = L::fma(p, rest, L::all(0.001340043f));
    p = L::fma(p, rest, L::all(0.0096179945f));
    p = L::fma(p, rest, L::all(0.05550327f));
    p = L::fma(p, rest, L::all(0.24022652f));
    p = L::fma(p, rest, L::all(0.6931472f));
    p = L::fma(p, rest, L::all(1.0f));
    typename L::U bits = L::add(L::as_bits(p), L::template left<23>(L::to_whole(whole)));
    return L::as_float(bits);
}

template <class L>
ON_DEVICE typename L::F exp(typename L::F x) {
    return exp2<L>(L::mul(x, L::all(1.44269504f)));
}

// log2 of x > 0, normal numbers.
template <class L>
ON_DEVICE typename L::F log2(typename L::F x) {
    typename L::U bits = L::as_bits(x);
    typename L::F exponent =
        L::sub(L::to_float(L::template right<23>(bits)), L::all(127.0f));
    typename L::F mantissa = L::as_float(
        L::either(L::both(bits, L::all(0x007fffffu)), L::all(0x3f800000u)));
    return L::add(exponent, log2_of_mantissa<L>(mantissa));
}

// Where a step is at most this part of the way to its bound, short series are exact.
constexpr float SMALL_STEP = 1.0f / 64;

// -ln(1 - a) / a for a >= 0: the rate of k pulses is k a stretch(a). `is_small`: no a of this lane
// is above SMALL_STEP.
template <class L>
ON_DEVICE typename L::F stretch(typename L::F a, bool is_small) {
    typedef typename L::F F;
    F short_ = L::fma(L::all(1.0f / 4), a, L::all(1.0f / 3));
    short_ = L::fma(L::fma(short_, a, L::all(1.0f / 2)), a, L::all(1.0f));
    if (is_small) return short_;
    F p = L::all(1.0f / 8);
    p = L::fma(p, a, L::all(1.0f / 7));
    p = L::fma(p, a, L::all(1.0f / 6));
    p = L::fma(p, a, L::all(1.0f / 5));
    p = L::fma(p, a, L::all(1.0f / 4));
    p = L::fma(p, a, L::all(1.0f / 3));
    p = L::fma(p, a, L::all(1.0f / 2));
    p = L::fma(p, a, L::all(1.0f));
    p = L::choose(L::less(L::all(SMALL_STEP), a), p, short_);
    typename L::U is_large = L::less(L::all(0.125f), a);
    if (L::any(is_large)) {
        F rest = L::max(L::sub(L::all(1.0f), a), L::all(SMALLEST_REST));
        F large = L::div(L::mul(log2<L>(rest), L::all(-0.69314718f)), L::max(a, L::all(0.125f)));
        p = L::choose(is_large, large, p);
    }
    return p;
}

// (1 - e^-x) / x for 0 <= x, and e^-x.
template <class L>
struct Fading {
    typename L::F mean, left;
};

template <class L>
ON_DEVICE Fading<L> fading(typename L::F x) {
    typedef typename L::F F;
    const F one = L::all(1.0f);
    F p = L::all(1.0f / 120);
    p = L::fma(p, x, L::all(-1.0f / 24));
    p = L::fma(p, x, L::all(1.0f / 6));
    p = L::fma(p, x, L::all(-1.0f / 2));
    p = L::fma(p, x, one);
    typename L::U is_long = L::less(L::all(1.0f / 8), x);
    if (!L::any(is_long)) return {p, L::sub(one, L::mul(x, p))};
    F q = L::all(-1.0f / 40320);
    q = L::fma(q, x, L::all(1.0f / 5040));
    q = L::fma(q, x, L::all(-1.0f / 720));
    q = L::fma(q, x, L::all(1.0f / 120));
    q = L::fma(q, x, L::all(-1.0f / 24));
    q = L::fma(q, x, L::all(1.0f / 6));
    q = L::fma(q, x, L::all(-1.0f / 2));
    q = L::fma(q, x, one);
    p = L::choose(is_long, q, p);
    F left = L::sub(one, L::mul(x, p));
    typename L::U is_large = L::less(L::all(0.5f), x);
    if (L::any(is_large)) {
        F rest = exp<L>(L::sub(L::all(0.0f), x));
        left = L::choose(is_large, rest, left);
        p = L::choose(is_large, L::div(L::sub(one, rest), L::max(x, L::all(0.5f))), p);
    }
    return {p, left};
}

// 1 / x for x > 0, to the last bit or two: three steps of Newton, much faster than a division.
template <class L>
ON_DEVICE typename L::F inverse(typename L::F x) {
    typedef typename L::F F;
    F y = L::as_float(L::sub(L::all(0x7EF311C3u), L::as_bits(x)));
    F minus = L::sub(L::all(0.0f), x);
    for (int step = 0; step < 3; ++step) y = L::fma(y, L::fma(minus, y, L::all(1.0f)), y);
    return y;
}

// 1 / (1 - a) for a >= 0, bounded where a reaches 1; `is_small` as in `stretch`.
template <class L>
ON_DEVICE typename L::F inverse_rest(typename L::F a, bool is_small) {
    typedef typename L::F F;
    const F one = L::all(1.0f), short_ = L::fma(L::fma(L::add(one, a), a, one), a, one);
    if (is_small) return short_;
    F p = L::add(one, a);
    for (int term = 0; term < 6; ++term) p = L::fma(p, a, one);
    p = L::choose(L::less(L::all(SMALL_STEP), a), p, short_);
    typename L::U is_large = L::less(L::all(0.0625f), a);
    if (L::any(is_large)) {
        F rest = L::max(L::sub(one, a), L::all(SMALLEST_REST));
        p = L::choose(is_large, L::div(one, rest), p);
    }
    return p;
}

// ---- affine responses: constant, linear, soft bounds -------------------------------------------

// What a batch needs to know of a cell's pulses, made once for many samples. Of each direction:
template <class L>
struct Way {
    typename L::F step;   // D
    typename L::F slope;  // f = 1 - d slope w
    typename L::F reach;  // D stretch(a): k pulses move w by d k reach f phi(k rate)
    typename L::F rate;   // alpha = -ln(1 - a)
    typename L::F noise;  // of one pulse, divided by sigma
};

template <class L>
ON_DEVICE Way<L> way(typename L::F step, typename L::F slope, bool is_additive, bool is_small) {
    typedef typename L::F F;
    F a = L::mul(step, slope), long_ = stretch<L>(a, is_small), one = L::all(1.0f);
    Way<L> way;
    way.step = step;
    way.slope = slope;
    way.reach = L::mul(step, long_);
    way.rate = L::mul(a, long_);
    if (is_additive) {
        // 2 alpha / (a (2 - a)) makes (1 - e^-2L) / 2L the sum of a geometric series.
        F wide = L::div(L::mul(L::mul(L::all(2.0f), long_), L::max(a, one)),
                        L::sub(L::all(2.0f), L::min(a, one)));
        way.noise = L::mul(step, L::sqrt(wide));
    } else {
        way.noise = L::mul(step, inverse_rest<L>(a, is_small));
    }
    return way;
}

// Whether no step of these cells is above SMALL_STEP.
template <class L>
ON_DEVICE bool are_small(const Cells<L>& cells) {
    typename L::F largest = L::max(L::mul(cells.step_up, cells.slope_up),
                                   L::mul(cells.step_down, cells.slope_down));
    return !L::any(L::less(L::all(SMALL_STEP), largest));
}

// Pulses of both signs in any order: mean and one normal (`averaged`, and a burst).
template <class L>
ON_DEVICE typename L::F averaged_affine(typename L::F w, typename L::F k_up, typename L::F k_down,
                                        const Cells<L>& cells, typename L::F xi,
                                        const Response& response) {
    typedef typename L::F F;
    const F one = L::all(1.0f);
    F shift, variance;
    if (response.kind == CONSTANT) {
        F up = L::mul(k_up, cells.step_up), down = L::mul(k_down, cells.step_down);
        shift = L::sub(up, down);
        variance = L::fma(up, cells.step_up, L::mul(down, cells.step_down));
    } else {
        const bool is_additive = response.is_additive != 0, is_small = are_small<L>(cells);
        Way<L> up = way<L>(cells.step_up, cells.slope_up, is_additive, is_small);
        Way<L> down = way<L>(cells.step_down, cells.slope_down, is_additive, is_small);
        F length = L::fma(k_up, up.rate, L::mul(k_down, down.rate));
        F pull = L::sub(L::mul(k_up, up.reach), L::mul(k_down, down.reach));
        F to_go = L::sub(pull, L::mul(length, w));
        // Half of the way first: e^(-L/2), and phi(L) = phi(L/2) (1 + e^(-L/2)) / 2.
        Fading<L> half = fading<L>(L::mul(length, L::all(0.5f)));
        F half_way = L::mul(L::mul(to_go, half.mean), L::all(0.5f));
        shift = L::mul(half_way, L::add(one, half.left));
        if (is_additive) {
            F left = L::mul(half.left, half.left);
            F phi = L::mul(L::mul(half.mean, L::all(0.5f)), L::add(one, half.left));
            // phi(2 L) = phi(L) (1 + e^-L) / 2
            F phi_2 = L::mul(L::mul(phi, L::all(0.5f)), L::add(one, left));
            variance = L::mul(phi_2, L::fma(k_up, L::mul(up.noise, up.noise),
                                            L::mul(k_down, L::mul(down.noise, down.noise))));
        } else {
            F m = L::add(w, half_way);
            F noise_up = L::mul(L::mul(up.noise, half.left), L::sub(one, L::mul(up.slope, m)));
            F noise_down = L::mul(L::mul(down.noise, half.left), L::fma(down.slope, m, one));
            variance = L::fma(k_up, L::mul(noise_up, noise_up),
                              L::mul(k_down, L::mul(noise_down, noise_down)));
        }
        if (!is_small) {
            // One pulse of the whole way to the bound or more is exact without the series.
            F a_up = L::mul(cells.step_up, cells.slope_up);
            F a_down = L::mul(cells.step_down, cells.slope_down);
            typename L::U is_steep = L::both(L::less_equal(one, L::max(a_up, a_down)),
                                             L::equal(L::add(k_up, k_down), one));
            F step_up = L::mul(cells.step_up, L::sub(one, L::mul(cells.slope_up, w)));
            F step_down = L::mul(cells.step_down, L::fma(cells.slope_down, w, one));
            F single = L::sub(L::mul(k_up, step_up), L::mul(k_down, step_down));
            shift = L::choose(is_steep, single, shift);
        }
    }
    F noise = L::mul(L::all(response.cycle_noise), L::sqrt(L::max(variance, L::all(0.0f))));
    noise = L::mul(noise, cells.noise);
    return clip<L>(L::add(w, L::fma(noise, xi, shift)), cells);
}

// A mask of the lanes whose sign bit is set.
template <class L>
ON_DEVICE typename L::U all_of_sign(typename L::U minus) {
    return L::sub(L::all(0u), L::template right<31>(minus));
}

template <class L>
ON_DEVICE Way<L> one_of(typename L::U is_down, const Way<L>& up, const Way<L>& down) {
    return {L::choose(is_down, down.step, up.step), L::choose(is_down, down.slope, up.slope),
            L::choose(is_down, down.reach, up.reach), L::choose(is_down, down.rate, up.rate),
            L::choose(is_down, down.noise, up.noise)};
}

// k pulses of one sign: the move of the mean, the variance it brings over sigma^2, and the factor
// on what was there before. `minus` is the sign bit of the direction.
template <class L>
struct Moved {
    typename L::F shift, variance, left;
};

template <class L>
ON_DEVICE Moved<L> one_sign_affine(typename L::F w, typename L::F k, typename L::U minus,
                                   const Way<L>& way, bool is_additive) {
    typedef typename L::F F;
    const F one = L::all(1.0f);
    F signed_slope = L::as_float(L::differ(L::as_bits(way.slope), minus));
    F f = L::sub(one, L::mul(signed_slope, w));
    Moved<L> moved;
    F length = L::mul(k, way.rate);
    Fading<L> fade = fading<L>(length);
    F phi = fade.mean;
    moved.left = fade.left;
    F size = L::mul(L::mul(k, way.reach), L::mul(f, phi));
    // One pulse of the whole way to the bound or more is exact without the series.
    typename L::U is_steep =
        L::both(L::less_equal(one, L::mul(way.step, way.slope)), L::equal(k, one));
    size = L::choose(is_steep, L::mul(way.step, f), size);
    moved.shift = L::as_float(L::differ(L::as_bits(size), minus));
    F noise = way.noise;
    if (is_additive) {
        F phi_2 = L::mul(L::mul(phi, L::all(0.5f)), L::add(one, moved.left));
        moved.variance = L::mul(L::mul(k, phi_2), L::mul(noise, noise));
    } else {
        noise = L::mul(L::mul(noise, f), moved.left);
        moved.variance = L::mul(k, L::mul(noise, noise));
    }
    return moved;
}

// ---- responses without a closed form: exponential, power, piecewise ----------------------------

// A table's value at a part of its length, on the straight line between two nodes.
template <class L>
ON_DEVICE typename L::F between(typename L::F part, const float* table, int nodes) {
    typedef typename L::F F;
    F at = L::mul(part, L::all((float)(nodes - 1)));
    F node = L::min(L::floor(at), L::all((float)(nodes - 2)));
    typename L::U left = L::to_whole(node);
    F from = L::gather(table, left), to = L::gather(table, L::add(left, L::all(1u)));
    return L::fma(L::sub(at, node), L::sub(to, from), from);
}

// The noiseless size of one pulse from w, of the direction whose mask is `is_up`.
template <class L>
ON_DEVICE typename L::F step_size(typename L::F w, typename L::U is_up, const Cells<L>& cells,
                                  const Response& response) {
    typedef typename L::F F;
    const F zero = L::all(0.0f), one = L::all(1.0f);
    F full = L::choose(is_up, cells.step_up, cells.step_down);
    F window = L::sub(cells.w_max, cells.w_min);
    if (response.kind == EXPONENTIAL) {
        F z = L::fma(L::div(L::all(2.0f * response.a), window), w, L::all(response.b));
        F gamma = L::choose(is_up, cells.slope_up, L::sub(zero, cells.slope_down));
        F A = L::choose(is_up, L::all(response.A_up), L::all(response.A_down));
        F f = L::sub(one, L::mul(A, exp<L>(L::mul(gamma, z))));
        return L::mul(full, L::max(f, zero));
    }
    F below = L::div(L::sub(w, cells.w_min), window);  // 0 at w_min, 1 at w_max
    below = L::min(L::max(below, zero), one);
    if (response.kind == POWER) {
        F gamma = L::choose(is_up, cells.slope_up, cells.slope_down);
        F omega = L::choose(is_up, L::sub(one, below), below);
        F log_omega = log2<L>(L::max(omega, L::all(1e-30f)));
        F f = exp2<L>(L::mul(gamma, log_omega));
        f = L::choose(L::less_equal(omega, zero), L::choose(L::less(zero, gamma), zero, one), f);
        return L::mul(full, f);
    }
    F up = between<L>(below, response.up, response.nodes_up);
    F down = between<L>(below, response.down, response.nodes_down);
    return L::mul(full, L::choose(is_up, up, down));
}

// One pulse of a burst: returns the weight without noise and adds the variance over sigma^2.
template <class L>
ON_DEVICE typename L::F stepped(typename L::F w, typename L::U is_up, const Cells<L>& cells,
                                const Response& response, typename L::F& variance) {
    typedef typename L::F F;
    F start = clip<L>(w, cells);
    F size = step_size<L>(start, is_up, cells, response);
    F noise = size;
    if (response.is_additive) noise = L::choose(is_up, cells.step_up, cells.step_down);
    if (response.noise_offset != 0 || response.noise_slope != 0) {
        F height = L::max(start, L::sub(L::all(0.0f), start));
        noise = L::add(noise, L::fma(L::all(response.noise_slope), height,
                                     L::all(response.noise_offset)));
    }
    variance = L::fma(noise, noise, variance);
    return L::choose(is_up, L::add(start, size), L::sub(start, size));
}

// ---- the pulses of one sample ------------------------------------------------------------------

// The weight after `total` pulses of the sign bit `minus`, with one normal for all of them.
template <class L>
ON_DEVICE typename L::F sampled(typename L::F w, typename L::U minus, typename L::U total,
                                const Cells<L>& cells, typename L::F xi,
                                const Response& response) {
    typedef typename L::F F;
    F after, variance;
    if (response.kind <= SOFT_BOUNDS) {
        const bool is_additive = response.is_additive != 0;
        typename L::U is_down = all_of_sign<L>(minus);
        Way<L> own = way<L>(L::choose(is_down, cells.step_down, cells.step_up),
                            L::choose(is_down, cells.slope_down, cells.slope_up), is_additive,
                            are_small<L>(cells));
        Moved<L> moved = one_sign_affine<L>(w, L::to_float(total), minus, own, is_additive);
        after = L::add(w, moved.shift);
        variance = moved.variance;
    } else {
        typename L::U is_up = L::equal(minus, L::all(0u));
        after = w;
        variance = L::all(0.0f);
        for (u32 pulse = 0;; ++pulse) {
            typename L::U goes_on = L::less(L::all(pulse), total);
            if (!L::any(goes_on)) break;
            F wider = variance;
            F next = stepped<L>(after, is_up, cells, response, wider);
            after = L::choose(goes_on, next, after);
            variance = L::choose(goes_on, wider, variance);
        }
    }
    F sigma = L::mul(L::mul(L::all(response.cycle_noise), L::sqrt(variance)), cells.noise);
    return clip<L>(L::fma(sigma, xi, after), cells);
}
