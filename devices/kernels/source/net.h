// Net pulses: differences of weight become pulses, each cell in one direction, a row at a time.
// Equations: devices/increment.py. One text for the lanes of the CPU and for a thread of the GPU,
// whose group is a block of eight cells.
#pragma once
#include "population.h"

enum { ROUNDING = 30, WORDS_A_BLOCK = 4, WAYS_TO_PULSE = 4, BY_UPDATE = 0 };

constexpr double MOST_NET = 16777215.0;  // pulses at once that float32 counts exactly

// floor(|delta| / step + part) in float64, as NumPy computes it. Whole below 2^31, so cut is floored.
ON_DEVICE u32 whole_pulses(float delta, double step, double part) {
    const double wide = (double)delta, wanted = (wide < 0 ? -wide : wide) / step + part;
    return (u32)(int)(wanted < MOST_NET ? wanted : MOST_NET);
}

// (word + 1/2) / 2^32; the sum is exact, and made of a signed number, which is quicker.
ON_DEVICE double uniform(u32 word) {
    return ((double)(int)(word ^ SIGN) + 2147483648.5) * (1.0 / 4294967296.0);
}

template <class L>
class Net {
  public:
    enum { GROUP = NORMALS_A_BLOCK * L::WIDTH };

    ON_DEVICE Net(const Population& p, const Increments& net, const Noise& noise,
                  const Response& response)
        : p(p), net(net), noise(noise), response(response) {
        normal_blocks = (p.columns + NORMALS_A_BLOCK - 1) / NORMALS_A_BLOCK;
        word_blocks = (p.columns + WORDS_A_BLOCK - 1) / WORDS_A_BLOCK;
        is_usual = response.kind == SOFT_BOUNDS && !response.is_additive && !p.wear.is_present;
    }

    // The cells of a listed row from column `first` on, as many as a group has; adds their pulses,
    // and raises `most` to the most of one cell.
    ON_DEVICE void group(i64 device, i64 listed, i64 first, u32& most, u64& all) const {
        const i64 given = (device * net.listed + listed) * p.columns + first;
        const int count = p.columns - first < GROUP ? (int)(p.columns - first) : (int)GROUP;
        const i64 row = net.rows[listed], planes = net.planes;
        if (L::WIDTH > 1)
            for (i64 plane = 0; plane < planes; ++plane)
                fetch(cell(device, row + plane * (p.rows / planes)) + first, count);
        u32 k[GROUP], sum = 0, highest = 0;
        count_out(device, row, first, net.delta + given, count, k);
        for (int i = 0; i < count; ++i) {
            sum += k[i];
            highest = k[i] > highest ? k[i] : highest;
        }
        if (net.counts)
            for (int i = 0; i < count; ++i) net.counts[given + i] = (float)k[i];
        if (!sum) return;
        all += sum;
        most = highest > most ? highest : most;
        for (i64 plane = 0; plane < planes; ++plane)
            send(device, row + plane * (p.rows / planes), first, net.delta + given, k, count,
                 plane ? SIGN : 0u);
    }

  private:
    const Population& p;
    const Increments& net;
    const Noise& noise;
    const Response& response;
    i64 normal_blocks, word_blocks;
    bool is_usual;

    ON_DEVICE i64 cell(i64 device, i64 row) const { return (device * p.rows + row) * p.columns; }

    // Cells come from memory while their pulses are counted out.
    ON_DEVICE void fetch(i64 at, int count) const {
#if !defined(__CUDA_ARCH__)
        for (int i = 0; i < count; i += 16) {
            __builtin_prefetch(p.weight + at + i, 1);
            __builtin_prefetch(p.step_up + at + i);
            __builtin_prefetch(p.step_down + at + i);
            __builtin_prefetch(p.w_max + at + i);
            __builtin_prefetch(p.w_min + at + i);
        }
#endif
    }

    ON_DEVICE Draws draws_of(i64 device, u32 purpose) const {
        return {noise.seed, purpose, noise.array, (u32)noise.serials[device]};
    }

    // Words are drawn two blocks a lane, so that a lane of them has its eight cells.
    ON_DEVICE void count_out(i64 device, i64 row, i64 first, const float* delta, int count,
                             u32* k) const {
        if (!net.is_random) {
            for (int i = 0; i < count; ++i) k[i] = whole_pulses(delta[i], net.step, 0.5);
            return;
        }
        const Draws draws = draws_of(device, noise.purpose);
        const u32 event = (u32)(noise.first_samples[device] * EVENTS_A_SAMPLE + ROUNDING);
        const u32 block = (u32)(row * word_blocks + first / WORDS_A_BLOCK);
        typename L::F of_lane[8];
        for (u32 half = 0; half < 2; ++half) {
            typename L::U even = L::template left<1>(L::counting(0));
            typename L::U c[4] = {L::add(even, L::all(block + half)), L::all(event),
                                  L::all(draws.array), L::all(draws.serial)};
            philox<L>(c, draws.seed, draws.purpose);
            for (int word = 0; word < 4; ++word) of_lane[4 * half + word] = L::as_float(c[word]);
        }
        float bits[GROUP];
        L::store_by_lane(bits, of_lane);
        for (int i = 0; i < count; ++i)
            k[i] = whole_pulses(delta[i], net.step, uniform(OneCell::as_bits(bits[i])));
    }

    // Pulses reach the cells of one physical row; `flip` is the sign bit of its plane.
    ON_DEVICE void send(i64 device, i64 row, i64 first, const float* delta, const u32* k, int count,
                        u32 flip) const {
        const i64 at = cell(device, row) + first;
        const u32 block = (u32)(row * normal_blocks + first / NORMALS_A_BLOCK);
        const i64 sample = noise.first_samples[device];
        float xi[GROUP], shown[GROUP];
        bool is_drawn = false;
        for (int c = 0; c < count;) {
            const bool is_whole = c + L::WIDTH <= count;
            const int width = is_whole ? (int)L::WIDTH : 1;
            const bool reaches = is_whole ? reaches_any<L>(delta + c, k + c, flip)
                                          : reaches_any<OneCell>(delta + c, k + c, flip);
            if (reaches && !is_drawn) {
                draw(draws_of(device, noise.purpose), block,
                     (u32)(sample * EVENTS_A_SAMPLE + BURST), xi);
                if (net.offset)
                    draw(draws_of(device, net.shown_purpose), block,
                         (u32)(sample * WAYS_TO_PULSE + BY_UPDATE), shown);
                is_drawn = true;
            }
            if (reaches && is_whole)
                move<L>(device, at + c, delta + c, k + c, flip, xi + c, shown + c);
            else if (reaches)
                move<OneCell>(device, at + c, delta + c, k + c, flip, xi + c, shown + c);
            c += width;
        }
    }

    ON_DEVICE void draw(const Draws& draws, u32 block, u32 event, float* to) const {
        typename L::F z[8];
        normals<L>(draws, L::counting(block), L::all(event), z);
        L::store_by_lane(to, z);
    }

    template <class Lane>
    ON_DEVICE typename Lane::U sign_of(const float* delta, u32 flip) const {
        typename Lane::U bits = Lane::as_bits(Lane::load(delta));
        return Lane::both(Lane::differ(bits, Lane::all(flip)), Lane::all(SIGN));
    }

    // The pulses that a lane of cells takes; one-sided cells take none down.
    template <class Lane>
    ON_DEVICE typename Lane::U taken(const u32* k, typename Lane::U minus) const {
        typename Lane::U total = Lane::load(k);
        return net.only_up ? Lane::without(total, all_of_sign<Lane>(minus)) : total;
    }

    template <class Lane>
    ON_DEVICE bool reaches_any(const float* delta, const u32* k, u32 flip) const {
        return Lane::any(taken<Lane>(k, sign_of<Lane>(delta, flip)));
    }

    template <class Lane>
    ON_DEVICE void move(i64 device, i64 at, const float* delta, const u32* k, u32 flip,
                        const float* xi, const float* shown) const {
        typename Lane::U minus = sign_of<Lane>(delta, flip), total = taken<Lane>(k, minus), moves;
        typename Lane::F w = Lane::load(p.weight + at), after;
        if (Lane::WIDTH > 1 && is_usual) {
            // The usual cells, whose branches the compiler can leave out when it knows them.
            Population usual = p;
            usual.wear.is_present = 0;
            Response soft;
            soft.kind = SOFT_BOUNDS;
            soft.is_additive = 0;
            soft.cycle_noise = response.cycle_noise;
            Cells<Lane> cells = pick<Lane>(usual, soft, Consecutive{at}, moves);
            after = sampled<Lane>(w, minus, total, cells, Lane::load(xi), soft);
        } else {
            Cells<Lane> cells = pick<Lane>(p, response, Consecutive{at}, moves);
            after = sampled<Lane>(w, minus, total, cells, Lane::load(xi), response);
        }
        moves = Lane::both(moves, Lane::less(Lane::all(0u), total));
        Lane::store(p.weight + at, Lane::choose(moves, after, w));
        mark<Lane>(p, at, total);
        if (!net.offset && !net.written) return;
        u32 pulses[Lane::WIDTH];
        Lane::store(pulses, total);
        for (int i = 0; i < Lane::WIDTH; ++i) {
            if (!pulses[i]) continue;
            if (net.written) net.written[at + i] = net.now[device];
            if (net.offset && !is_stuck(at + i)) net.offset[at + i] = net.shown * shown[i];
        }
    }

    // Whether no pulse moves a cell any more (devices/aging.py); this one's pulses are counted.
    ON_DEVICE bool is_stuck(i64 at) const {
        if (!(OneCell::add(p.step_up[at], p.step_down[at]) != 0)) return true;
        return p.pulses && p.endurance && (double)p.pulses[at] >= (double)p.endurance[at];
    }
};
