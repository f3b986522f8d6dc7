// A batch of pulse trains reaches the cells of a population: counts, fidelity, moves.
//
// A train is a word: slots in bits 0 to 30, the sign of the signal in bit 31; a coincidence is a
// slot in which row and column fire. Counting is bit-sliced: of each sample and slot a mask over
// columns, summed for each row by carry-save adders on whole registers, then turned by a
// transposition of 32 x 32 bits into one word a cell: pulses up, and pulses down times 2^16.
#pragma once
#include "buffer.h"
#include "population.h"
#include "read.h"


template <class L, int N>
inline void swap_bits(typename L::U x[32], u32 mask) {
    for (int first = 0; first < 32; first += 2 * N)
        for (int i = first; i < first + N; ++i) {
            typename L::U moved =
                L::both(L::differ(L::template right<N>(x[i]), x[i + N]), L::all(mask));
            x[i + N] = L::differ(x[i + N], moved);
            x[i] = L::differ(x[i], L::template left<N>(moved));
        }
}

// The 32 x 32 bits of each lane, transposed: bit j of word i becomes bit i of word j.
template <class L>
inline void transpose_bits(typename L::U x[32]) {
    swap_bits<L, 16>(x, 0x0000FFFFu);
    swap_bits<L, 8>(x, 0x00FF00FFu);
    swap_bits<L, 4>(x, 0x0F0F0F0Fu);
    swap_bits<L, 2>(x, 0x33333333u);
    swap_bits<L, 1>(x, 0x55555555u);
}

// Column masks of one device's batch: bit i of lane j stands for column WIDTH i + j of a panel. Of
// each panel, sample and slot the mask of columns with a positive signal, then that of the others.
template <class L>
struct Masks {
    enum { PANEL = 32 * L::WIDTH, PAIR = 2 * L::WIDTH };
    i64 samples, panels;
    Buffer<u32> words;                       // [panel, sample, 32 slots, sign, lane]
    // [sample, sign of the row]: UP if there are columns that a row of this sign pulses up, and DOWN.
    Buffer<unsigned char> ways;
    enum { UP = 1, DOWN = 2 };

    void build(const u32* columns, i64 samples_, i64 count) {
        samples = samples_;
        panels = (count + PANEL - 1) / PANEL;
        words.resize(panels * samples * 32 * PAIR);
        ways.zero(2 * samples);
        u32 padded[PANEL];
        for (i64 panel = 0; panel < panels; ++panel) {
            i64 first = panel * PANEL, here = smaller(count - first, PANEL);
            for (i64 b = 0; b < samples; ++b) {
                const u32* from = columns + b * count + first;
                if (here < PANEL) {
                    std::memset(padded, 0, sizeof padded);
                    std::memcpy(padded, from, here * sizeof(u32));
                    from = padded;
                }
                typename L::U x[32], any_up = L::all(0u), any_down = L::all(0u);
                for (int i = 0; i < 32; ++i) x[i] = L::load(from + i * L::WIDTH);
                transpose_bits<L>(x);
                u32* to = words.data() + (panel * samples + b) * 32 * PAIR;
                for (int slot = 0; slot < SLOTS; ++slot, to += PAIR) {
                    typename L::U with_up = L::without(x[slot], x[31]);
                    typename L::U with_down = L::both(x[slot], x[31]);
                    any_up = L::either(any_up, with_up);
                    any_down = L::either(any_down, with_down);
                    L::store(to, with_up);
                    L::store(to + L::WIDTH, with_down);
                }
                L::store(to, L::all(0u));
                L::store(to + L::WIDTH, L::all(0u));
                const bool has_up = L::any(any_up), has_down = L::any(any_down);
                ways[2 * b] |= has_up * UP | has_down * DOWN;
                ways[2 * b + 1] |= has_up * DOWN | has_down * UP;
            }
        }
    }
};

template <class L>
inline void add3(typename L::U& high, typename L::U& low, typename L::U a, typename L::U b,
                 typename L::U c) {
    high = L::majority(a, b, c);
    low = L::differ(a, b, c);
}

// Bit planes of the sums of masks (Harley and Seal), sixteen planes: counts below 65536. `mask`
// loads the one of a place; beyond `count` there are seven places of an empty mask.
template <class L, class Mask>
inline void sum_masks(const Mask& mask, const u32* places, i64 count, typename L::U planes[16]) {
    typedef typename L::U U;
    for (int i = 0; i < 16; ++i) planes[i] = L::all(0u);
    U ones = L::all(0u), twos = L::all(0u), fours = L::all(0u);
    int highest = 3;
    for (i64 first = 0; first < count; first += 8) {
        U x[8];
        for (int i = 0; i < 8; ++i) x[i] = mask(places[first + i]);
        U twos_a, twos_b, twos_c, twos_d, fours_a, fours_b, carry;
        add3<L>(twos_a, ones, ones, x[0], x[1]);
        add3<L>(twos_b, ones, ones, x[2], x[3]);
        add3<L>(fours_a, twos, twos, twos_a, twos_b);
        add3<L>(twos_c, ones, ones, x[4], x[5]);
        add3<L>(twos_d, ones, ones, x[6], x[7]);
        add3<L>(fours_b, twos, twos, twos_c, twos_d);
        add3<L>(carry, fours, fours, fours_a, fours_b);
        while (first + 8 >= (i64)1 << highest) ++highest;  // no sum so far has more planes
        for (int i = 3; i < highest && i < 16; ++i) {
            U next = L::both(planes[i], carry);
            planes[i] = L::differ(planes[i], carry);
            carry = next;
        }
    }
    planes[0] = ones;
    planes[1] = twos;
    planes[2] = fours;
}

// The planes of the pulses up, and from 16 on those of the pulses down, whose masks stand beside
// them, turned by a lane's width. Registers twice as wide sum both at once.
template <class Sums, class Narrow>
inline void sum_both(const u32* base, const u32* places, i64 up, i64 down,
                     typename Narrow::U planes[32]) {
    const u32 turn = Narrow::WIDTH;
    if constexpr ((int)Sums::WIDTH == 2 * (int)Narrow::WIDTH) {
        typename Sums::U of_both[16];
        sum_masks<Sums>([=](u32 at) { return Sums::beside(base + at, base + (at ^ turn)); },
                        places, up > down ? up : down, of_both);
        for (int i = 0; i < 16; ++i) {
            planes[i] = Sums::low_half(of_both[i]);
            planes[16 + i] = down ? Sums::high_half(of_both[i]) : Narrow::all(0u);
        }
    } else {
        sum_masks<Narrow>([=](u32 at) { return Narrow::load(base + at); }, places, up, planes);
        sum_masks<Narrow>([=](u32 at) { return Narrow::load(base + (at ^ turn)); }, places, down,
                          planes + 16);
    }
}

// One device at work; `Wide` is the lane of the physics, `Narrow` that of the counting, whose sums
// may be made in registers twice as wide.
template <class Wide, class Narrow, class Sums>
class Writer {
  public:
    Writer(const Population& population, const Trains& trains, const Noise& noise,
           const Response& response, const Choice& choice)
        : p(population), trains(trains), noise(noise), response(response), choice(choice) {
        padded = Masks<Narrow>::PANEL;
        padded = (p.columns + padded - 1) / padded * padded;
        blocks = (p.columns + NORMALS_A_BLOCK - 1) / NORMALS_A_BLOCK;
        is_usual = response.kind == SOFT_BOUNDS && !response.is_additive && !p.wear.is_present;
        has_few_cells = p.rows * p.columns < 0x7fffffffll;
    }

    // Returns the fidelity taken; `received` is the number of pulses of all cells. A trial ends
    // with the choice.
    int write(i64 device_, int pinned, bool is_trial, double& received) {
        counts.resize(p.rows * padded);
        device = device_;
        columns = trains.columns + device * trains.samples * p.columns;
        rows = trains.rows + device * trains.samples * p.rows;
        draws = {noise.seed, noise.purpose, noise.array, (u32)noise.serials[device]};
        base = noise.first_samples[device];
        pulses = 0;
        int fidelity = pinned;
        is_counted = false;
        bool is_sure = pinned == AVERAGED || (pinned == CHOOSE && is_surely_averaged());
        if ((is_sure && trains.samples > 1) || (pinned == CHOOSE && !is_sure))
            masks.build(columns, trains.samples, p.columns);
        if (pinned == CHOOSE) fidelity = is_sure ? (int)AVERAGED : chosen();
        received = 0;
        if (is_trial) return fidelity;
        if (fidelity == AVERAGED) {
            next_listed = 0;
            for (i64 row = 0; row < p.rows; ++row) average(row);
            follow_touched();
        } else {
            pulses = 0;
            for (i64 row = 0; row < p.rows; ++row) follow(row, fidelity);
        }
        received = pulses;
        return fidelity;
    }

  private:
    const Population& p;
    const Trains& trains;
    const Noise& noise;
    const Response& response;
    const Choice& choice;
    i64 padded, blocks, device = 0, base = 0;
    const u32 *rows = nullptr, *columns = nullptr;
    Draws draws = {};
    double pulses = 0;
    bool is_counted = false, is_usual, has_few_cells;  // whose number fits 31 bits
    Masks<Narrow> masks;
    Buffer<u32> counts;  // [row, padded column]: up + 65536 down
    Buffer<u32> places;  // of the masks that a row adds up
    i64 listed = 0, next_listed = 0;

    i64 cell(i64 row) const { return (device * p.rows + row) * p.columns; }
    u32 word(i64 b, i64 row) const { return rows[b * p.rows + row]; }

    // ---- counting ----

    // Lists the masks that a row adds up to its pulses up; those of the pulses down stand beside
    // them, turned by a lane's width. Returns whether there are any of either.
    void list(i64 row, bool& has_up, bool& has_down) {
        places.resize(trains.samples * SLOTS + 32);
        u32 *to = places.data(), ways = 0;
        const u32 *x = rows + row, *end = x + trains.samples * p.rows;
        const unsigned char* ways_of = masks.ways.data();
        // Without a branch: signs and trains are random, and would be mispredicted.
        for (u32 at = 0; x != end; x += p.rows, at += 32 * Masks<Narrow>::PAIR, ways_of += 2) {
            const u32 fired_ = *x & FIRED, sign = *x >> 31;
            ways |= ways_of[sign] & (0u - (fired_ != 0));
            to = Sums::list_bits(fired_, at + sign * Narrow::WIDTH, Masks<Narrow>::PAIR, to);
        }
        listed = to - places.data();
        has_up = (ways & Masks<Narrow>::UP) != 0;
        has_down = (ways & Masks<Narrow>::DOWN) != 0 && !trains.only_up;
    }

    // Counts of one row into `to` [padded column]; false where there are none.
    bool count(i64 row, u32* to) {
        typedef typename Narrow::U U;
        bool has_up, has_down;
        list(row, has_up, has_down);
        if (!has_up && !has_down) {
            std::memset(to, 0, padded * sizeof(u32));
            return false;
        }
        // Slot 31 of a sample is no slot: its masks are empty.
        for (int i = 0; i < 8; ++i) places[listed + i] = SLOTS * Masks<Narrow>::PAIR;
        for (i64 panel = 0; panel < masks.panels; ++panel) {
            const u32* base = masks.words.data() + panel * trains.samples * 32 * Masks<Narrow>::PAIR;
            U planes[32];
            sum_both<Sums, Narrow>(base, places.data(), has_up ? listed : 0,
                                   has_down ? listed : 0, planes);
            transpose_bits<Narrow>(planes);
            for (int i = 0; i < 32; ++i)
                Narrow::store(to + panel * Masks<Narrow>::PANEL + i * Narrow::WIDTH, planes[i]);
        }
        return true;
    }

    // ---- choosing ----

    // No cell can have more pulses than its row has fired; those of one sample have one sign.
    bool is_surely_averaged() {
        const bool is_mixed = trains.samples > 1;
        i64 most = 0;
        for (i64 row = 0; row < p.rows; ++row) {
            i64 fired = 0;
            for (i64 b = 0; b < trains.samples; ++b)
                fired += __builtin_popcount(word(b, row) & FIRED);
            most = fired > most ? fired : most;
        }
        if (most <= 1) return true;
        if (choice.bounds == WHERE_PULSED || (choice.bounds == WHERE_MIXED && is_mixed))
            return false;
        return !is_mixed || (float)most * (float)most * 0.25f <= choice.most_pairs;
    }

    int chosen() {
        is_counted = true;
        i64 beyond = 0, exposed = 0;
        for (i64 row = 0; row < p.rows; ++row) {
            u32* here = &counts[row * padded];
            if (count(row, here)) tally_row(row, here, beyond, exposed);
        }
        const double most = choice.exceptions * (double)p.rows * p.columns;
        if ((double)beyond <= most) return AVERAGED;
        return (double)exposed <= most ? choice.in_order : choice.at_bounds;
    }

    template <class L>
    typename L::U is_exposed(i64 at, typename L::F up, typename L::F down) const {
        typedef typename L::F F;
        const F zero = L::all(0.0f), total = L::add(up, down);
        typename L::U is_asked = choice.bounds == WHERE_MIXED
                                     ? L::both(L::less(zero, up), L::less(zero, down))
                                     : L::less(L::all(1.0f), total);
        if (choice.bounds == NEVER || !L::any(is_asked)) return L::all(0u);
        typename L::U moves;
        Response constant = response;
        constant.kind = CONSTANT;
        Cells<L> worn = pick<L>(p, constant, Consecutive{at}, moves);
        F step_up = L::load(p.step_up + at), step_down = L::load(p.step_down + at);
        F w = L::load(p.weight + at), step = L::max(step_up, step_down);
        F wander = L::mul(L::mul(L::all(choice.wander), L::sqrt(total)), step);
        typename L::U is_near = L::either(
            L::less(worn.w_max, L::add(L::add(w, L::mul(up, step_up)), wander)),
            L::less(L::sub(L::sub(w, L::mul(down, step_down)), wander), worn.w_min));
        return L::both(is_asked, L::both(is_near, L::less(zero, step)));
    }

    // Cells at which order matters or which a bound may clip, and the latter alone.
    template <class L>
    void tally(i64 at, typename L::U k, i64& beyond, i64& exposed) const {
        typedef typename L::F F;
        F up = L::to_float(L::both(k, L::all(0xFFFFu)));
        F down = L::to_float(L::template right<16>(k));
        typename L::U at_bounds = is_exposed<L>(at, up, down);
        typename L::U both =
            L::either(at_bounds, L::less(L::all(choice.most_pairs), L::mul(up, down)));
        if (!L::any(both)) return;
        u32 mask[L::WIDTH];
        L::store(mask, both);
        for (int i = 0; i < L::WIDTH; ++i) beyond += mask[i] & 1u;
        L::store(mask, at_bounds);
        for (int i = 0; i < L::WIDTH; ++i) exposed += mask[i] & 1u;
    }

    void tally_row(i64 row, const u32* k, i64& beyond, i64& exposed) const {
        i64 at = cell(row), column = 0;
        for (; column + Wide::WIDTH <= p.columns; column += Wide::WIDTH)
            tally<Wide>(at + column, Wide::load(k + column), beyond, exposed);
        for (; column < p.columns; ++column)
            tally<OneCell>(at + column, k[column], beyond, exposed);
    }

    // ---- averaged ----

    void average(i64 row) {
        if (trains.samples == 1) {  // nothing to average over: the same, with less to do
            // Where a row had too many cells to list, the next ones will: they are not tried.
            if (has_few_cells && row >= next_listed) {
                if (list_touched(row)) return;
                next_listed = row + 16;
            }
            return follow(row, PER_SAMPLE);
        }
        u32* k = is_counted ? &counts[row * padded] : counts.data();
        fetch(row);
        if (!is_counted && !count(row, k)) return;
        i64 at = cell(row);
        const int group = NORMALS_A_BLOCK * Wide::WIDTH;
        float xi[NORMALS_A_BLOCK * Wide::WIDTH];
        for (i64 first = 0; first < p.columns; first += group) {
            i64 end = smaller(first + group, p.columns);
            typename Wide::U sum = Wide::all(0u);
            bool has_any = false;
            for (i64 c = first; c < end && !has_any; c += Narrow::WIDTH)
                has_any = Narrow::any(Narrow::load(k + c));
            if (!has_any) continue;
            draw(row, first, base * EVENTS_A_SAMPLE + BURST, xi);
            i64 column = first;
            for (; column + Wide::WIDTH <= end; column += Wide::WIDTH) {
                typename Wide::U here = Wide::load(k + column);
                if (Wide::any(here))
                    sum = Wide::add(sum, average_lane<Wide>(Consecutive{at + column}, here,
                                                            Wide::load(xi + (column - first)),
                                                            at + column));
            }
            for (; column < end; ++column)
                if (k[column])
                    pulses += average_lane<OneCell>(Consecutive{at + column}, k[column],
                                                    xi[column - first], at + column);
            pulses += total_of<Wide>(sum);
        }
    }

    // Cells come from memory while their pulses are counted.
    ON_DEVICE void fetch(i64 row) const {
        const i64 at = cell(row);
        for (i64 column = 0; column < p.columns; column += 16) {
            __builtin_prefetch(p.weight + at + column, 1);
            __builtin_prefetch(p.step_up + at + column);
            __builtin_prefetch(p.step_down + at + column);
            __builtin_prefetch(p.w_max + at + column);
            __builtin_prefetch(p.w_min + at + column);
        }
    }

    template <class L>
    static u32 total_of(typename L::U k) {
        u32 of[L::WIDTH], sum = 0;
        L::store(of, k);
        for (int i = 0; i < L::WIDTH; ++i) sum += of[i];
        return sum;
    }

    template <class L>
    typename L::U average_lane(const Consecutive& place, typename L::U k, typename L::F xi, i64 at) {
        typename L::U moves;
        typename L::F w = L::load(p.weight + at), after;
        if (is_usual) {
            // The usual cells, whose branches the compiler can leave out when it knows them.
            Population usual = p;
            usual.wear.is_present = 0;
            Response soft;
            soft.kind = SOFT_BOUNDS;
            soft.is_additive = 0;
            soft.cycle_noise = response.cycle_noise;
            after = averaged(w, k, pick<L>(usual, soft, place, moves), xi, soft);
        } else {
            after = averaged(w, k, pick<L>(p, response, place, moves), xi, response);
        }
        typename L::U total = L::add(L::both(k, L::all(0xFFFFu)), L::template right<16>(k));
        moves = L::both(moves, L::less(L::all(0u), total));
        L::store(p.weight + at, L::choose(moves, after, w));
        mark<L>(p, at, total);
        return total;
    }

    template <class L>
    static ON_DEVICE typename L::F averaged(typename L::F w, typename L::U k, const Cells<L>& cells,
                                            typename L::F xi, const Response& response) {
        return averaged_affine<L>(w, L::to_float(L::both(k, L::all(0xFFFFu))),
                                  L::to_float(L::template right<16>(k)), cells, xi, response);
    }

    template <class L>
    void note(i64 at, typename L::U total) {
        pulses += total_of<L>(total);
        mark<L>(p, at, total);
    }

    // Normals of the cells from `first` of a row on, one block of eight to a lane.
    void draw(i64 row, i64 first, i64 event, float* xi) const {
        u32 block = (u32)(row * blocks + first / NORMALS_A_BLOCK);
        typename Wide::F z[8];
        normals<Wide>(draws, Wide::counting(block), Wide::all((u32)event), z);
        Wide::store_by_lane(xi, z);
    }

    // ---- one sample with few pulses: only the cells that are touched ----

    enum { SPARSE = 8 };
    Buffer<u32> touched, touching;  // cell of the device, and the row's word

    // Lists the cells of a row that are pulsed in the one sample, and fetches them; false where
    // they are so many that whole lanes are faster.
    bool list_touched(i64 row) {
        const u32 x = word(0, row), fired_ = x & FIRED;
        if (!fired_) return true;
        const i64 before = touched.size(), most = before + p.columns / SPARSE;
        i64 column = 0;
        for (; column + Wide::WIDTH <= p.columns; column += Wide::WIDTH) {
            u32 hits = Wide::nonzero(
                coincidences<Wide>(x, fired_, Wide::load(columns + column)));
            for (; hits; hits &= hits - 1) touch(row, column + __builtin_ctz(hits), x);
            if (touched.size() > most) break;
        }
        for (; column < p.columns && touched.size() <= most; ++column)
            if (coincidences<OneCell>(x, fired_, columns[column])) touch(row, column, x);
        if (touched.size() <= most) return true;
        touched.resize(before);
        touching.resize(before);
        return false;
    }

    void touch(i64 row, i64 column, u32 x) {
        const i64 at = row * p.columns + column, here = cell(0) + at;
        touched.push((u32)at);
        touching.push(x);
        __builtin_prefetch(p.weight + here, 1);
        __builtin_prefetch(p.step_up + here);
        __builtin_prefetch(p.step_down + here);
        __builtin_prefetch(p.w_max + here);
        __builtin_prefetch(p.w_min + here);
    }

    void follow_touched() {
        typedef typename Wide::U U;
        const i64 at = cell(0), many = touched.size();
        // Places beyond the list repeat its last cell and are not written.
        for (int i = 0; i < Wide::WIDTH && many; ++i) {
            touched.push(touched[many - 1]);
            touching.push(touching[many - 1]);
        }
        for (i64 first = 0; first < many; first += Wide::WIDTH) {
            u32 column[Wide::WIDTH], block[Wide::WIDTH];
            for (int i = 0; i < Wide::WIDTH; ++i) {
                const u32 row = touched[first + i] / (u32)p.columns;
                column[i] = touched[first + i] - row * (u32)p.columns;
                block[i] = (u32)(row * blocks) + column[i] / NORMALS_A_BLOCK;
            }
            U place = Wide::load(&touched[first]), x = Wide::load(&touching[first]);
            U d = Wide::gather(columns, Wide::load(column));
            U total = Wide::popcount(Wide::both(Wide::both(x, d), Wide::all(FIRED)));
            typename Wide::F z[8], xi = Wide::all(0.0f);
            normals<Wide>(draws, Wide::load(block), Wide::all((u32)(base * EVENTS_A_SAMPLE + BURST)),
                          z);
            U in_block = Wide::both(Wide::load(column), Wide::all(7u));
            for (u32 i = 0; i < 8; ++i)
                xi = Wide::choose(Wide::equal(in_block, Wide::all(i)), z[i], xi);
            U moves;
            Cells<Wide> cells = pick<Wide>(p, response, Scattered<Wide>{at, place}, moves);
            typename Wide::F w = Wide::gather(p.weight + at, place);
            U minus = Wide::both(Wide::differ(d, x), Wide::all(SIGN));
            typename Wide::F after = sampled<Wide>(w, minus, total, cells, xi, response);
            float results[Wide::WIDTH];
            u32 k[Wide::WIDTH];
            Wide::store(results, Wide::choose(moves, after, w));
            Wide::store(k, total);
            const i64 here = smaller(many - first, Wide::WIDTH);
            for (i64 i = 0; i < here; ++i) {
                const i64 c = at + touched[first + i];
                p.weight[c] = results[i];
                note<OneCell>(c, k[i]);
            }
        }
        touched.clear();
        touching.clear();
    }

    // ---- in order: composed, per sample, per pulse ----

    void follow(i64 row, int fidelity) {
        fired.clear();
        for (i64 b = 0; b < trains.samples; ++b)
            if (word(b, row) & FIRED) fired.push(b);
        if (fired.size() == 0) return;
        const int group = NORMALS_A_BLOCK * Wide::WIDTH;
        for (i64 first = 0; first < p.columns; first += group) {
            i64 end = smaller(first + group, p.columns);
            if (fidelity == COMPOSED)
                compose(row, first, end);
            else
                for (i64 n = 0; n < fired.size(); ++n) {
            i64 b = fired[n];
                    if (fidelity == PER_SAMPLE) {
                        sample(row, first, end, b, word(b, row) & FIRED, BURST);
                        continue;
                    }
                    for (u32 slots = word(b, row) & FIRED; slots; slots &= slots - 1)
                        sample(row, first, end, b, slots & -slots, __builtin_ctz(slots));
                }
        }
    }

    Buffer<i64> fired;

    // Mean and variance are carried through the samples; one normal a cell at the end.
    void compose(i64 row, i64 first, i64 end) {
        const int group = NORMALS_A_BLOCK * Wide::WIDTH;
        float mean[group], variance[group], xi[group];
        u32 total[group];
        i64 at = cell(row), column = first;
        bool has_any = false;
        for (; column + Wide::WIDTH <= end; column += Wide::WIDTH)
            has_any |= compose_lane<Wide>(row, column, at + column, mean + (column - first),
                                          variance + (column - first), total + (column - first));
        for (; column < end; ++column)
            has_any |= compose_lane<OneCell>(row, column, at + column, mean + (column - first),
                                             variance + (column - first), total + (column - first));
        if (!has_any) return;
        draw(row, first, base * EVENTS_A_SAMPLE + BURST, xi);
        column = first;
        for (; column + Wide::WIDTH <= end; column += Wide::WIDTH)
            finish_lane<Wide>(at + column, mean + (column - first), variance + (column - first),
                              total + (column - first), xi + (column - first));
        for (; column < end; ++column)
            finish_lane<OneCell>(at + column, mean + (column - first), variance + (column - first),
                                 total + (column - first), xi + (column - first));
    }

    template <class L>
    bool compose_lane(i64 row, i64 column, i64 at, float* mean, float* variance, u32* total) const {
        typedef typename L::F F;
        typename L::U moves, sum = L::all(0u);
        Cells<L> cells = pick<L>(p, response, Consecutive{at}, moves);
        const bool is_additive = response.is_additive != 0, is_small = are_small<L>(cells);
        Way<L> up = way<L>(cells.step_up, cells.slope_up, is_additive, is_small);
        Way<L> down = way<L>(cells.step_down, cells.slope_down, is_additive, is_small);
        F m = L::load(p.weight + at), v = L::all(0.0f);
        for (i64 n = 0; n < fired.size(); ++n) {
            i64 b = fired[n];
            u32 x = word(b, row);
            typename L::U d = L::load(columns + b * p.columns + column);
            typename L::U hits = coincidences<L>(x, x & FIRED, d);
            if (!L::any(hits)) continue;
            typename L::U k = L::popcount(hits);
            sum = L::add(sum, k);
            typename L::U minus = L::both(L::differ(d, L::all(x)), L::all(SIGN));
            Moved<L> moved = one_sign_affine<L>(
                m, L::to_float(k), minus, one_of<L>(all_of_sign<L>(minus), up, down), is_additive);
            // Wear may have left a cell outside its bounds until its next pulse.
            F next = clip<L>(L::add(m, moved.shift), cells);
            m = L::choose(L::less(L::all(0u), k), next, m);
            v = L::fma(v, L::mul(moved.left, moved.left), moved.variance);
        }
        L::store(mean, m);
        L::store(variance, v);
        L::store(total, sum);
        return L::any(sum);
    }

    template <class L>
    void finish_lane(i64 at, const float* mean, const float* variance, const u32* total,
                     const float* xi) {
        typename L::U moves, k = L::load(total);
        if (!L::any(k)) return;
        Cells<L> cells = pick<L>(p, response, Consecutive{at}, moves);
        typename L::F noise = L::mul(L::all(response.cycle_noise), L::sqrt(L::load(variance)));
        noise = L::mul(noise, cells.noise);
        typename L::F after = clip<L>(L::fma(noise, L::load(xi), L::load(mean)), cells);
        moves = L::both(moves, L::less(L::all(0u), k));
        L::store(p.weight + at, L::choose(moves, after, L::load(p.weight + at)));
        note<L>(at, k);
    }

    template <class L>
    typename L::U coincidences(u32 x, u32 slots, typename L::U d) const {
        typename L::U hits = L::both(d, L::all(slots));
        if (!trains.only_up) return hits;
        return L::without(hits, L::less(L::differ(d, L::all(x)), L::all(0u)));
    }

    // The pulses of some slots of one sample, with a draw of their own.
    void sample(i64 row, i64 first, i64 end, i64 b, u32 slots, int number) {
        float xi[NORMALS_A_BLOCK * Wide::WIDTH];
        const u32 x = word(b, row);
        const u32* d = columns + b * p.columns;
        i64 column = first;
        bool is_drawn = false;
        const i64 event = (base + b) * EVENTS_A_SAMPLE + number;
        for (; column + Wide::WIDTH <= end; column += Wide::WIDTH) {
            typename Wide::U here = Wide::load(d + column);
            typename Wide::U hits = coincidences<Wide>(x, slots, here);
            if (!Wide::any(hits)) continue;
            if (!is_drawn) draw(row, first, event, xi);
            is_drawn = true;
            sample_lane<Wide>(cell(row) + column, x, here, hits, xi + (column - first));
        }
        for (; column < end; ++column) {
            u32 hits = coincidences<OneCell>(x, slots, d[column]);
            if (!hits) continue;
            if (!is_drawn) draw(row, first, event, xi);
            is_drawn = true;
            sample_lane<OneCell>(cell(row) + column, x, d[column], hits, xi + (column - first));
        }
    }

    template <class L>
    void sample_lane(i64 at, u32 x, typename L::U d, typename L::U hits, const float* xi) {
        typename L::U moves, total = L::popcount(hits);
        typename L::F w = L::load(p.weight + at);
        typename L::F after = sampled_at<L>(w, Consecutive{at}, x, d, total, L::load(xi), moves);
        L::store(p.weight + at, L::choose(moves, after, w));
        note<L>(at, total);
    }

    // The weight after `total` pulses, all of the sign of row word x and column words d.
    template <class L, class Place>
    typename L::F sampled_at(typename L::F w, const Place& place, u32 x, typename L::U d,
                             typename L::U total, typename L::F xi, typename L::U& moves) const {
        Cells<L> cells = pick<L>(p, response, place, moves);
        moves = L::both(moves, L::less(L::all(0u), total));
        typename L::U minus = L::both(L::differ(d, L::all(x)), L::all(SIGN));
        return sampled<L>(w, minus, total, cells, xi, response);
    }
};
