// Cells are born: steps, bounds and weights as grown, of all cells of an array in one pass over
// memory (devices/manufacture.py says what each number means).
#pragma once
#include "buffer.h"
#include "population.h"

// A block of eight cells is one call of the generator for each parameter that is drawn.
template <class L>
class Nursery {
  public:
    explicit Nursery(const Birth& birth) : birth(birth) {
        blocks = (birth.columns + NORMALS_A_BLOCK - 1) / NORMALS_A_BLOCK;
    }

    void grow(i64 device, i64 row) const {
        const i64 group = NORMALS_A_BLOCK * L::WIDTH;
        const i64 at = (device * birth.rows + row) * birth.columns;
        float z[PARAMETERS][NORMALS_A_BLOCK * L::WIDTH];
        for (i64 first = 0; first < birth.columns; first += group) {
            for (int parameter = 0; parameter < PARAMETERS; ++parameter)
                if (birth.drawn[parameter].scale != 0) draw(device, row, first, parameter, z[parameter]);
            const i64 end = smaller(first + group, birth.columns);
            i64 column = first;
            for (; column + L::WIDTH <= end; column += L::WIDTH)
                grow_lane<L>(device, row, column, at + column, z, column - first);
            for (; column < end; ++column)
                grow_lane<OneCell>(device, row, column, at + column, z, column - first);
        }
    }

  private:
    const Birth& birth;
    i64 blocks;

    void draw(i64 device, i64 row, i64 first, int parameter, float* into) const {
        Draws draws = {birth.seed, birth.purpose, birth.array, (u32)birth.serials[device]};
        typename L::F z[8];
        normals<L>(draws, L::counting((u32)(row * blocks + first / NORMALS_A_BLOCK)),
                   L::all((u32)parameter), z);
        L::store_by_lane(into, z);
    }

    // scale z, with what the cells of a row, a column and a wafer share.
    template <class Lane>
    typename Lane::F spread(i64 device, i64 row, i64 column, int parameter, const float* z) const {
        const Drawn& drawn = birth.drawn[parameter];
        if (drawn.scale == 0) return Lane::all(0.0f);
        typename Lane::F own = Lane::mul(Lane::all(birth.own), Lane::load(z));
        if (drawn.row) {
            own = Lane::add(own, Lane::all(drawn.row[device * birth.rows + row]));
            own = Lane::add(own, Lane::load(drawn.column + device * birth.columns + column));
        }
        return Lane::mul(Lane::all(drawn.scale), own);
    }

    template <class Lane>
    static typename Lane::F size(typename Lane::F a) {
        return Lane::max(a, Lane::sub(Lane::all(0.0f), a));
    }

    template <class Lane>
    typename Lane::F bound(typename Lane::F z, float mean) const {
        typename Lane::F one = Lane::all(1.0f);
        typename Lane::F factor = birth.has_log_normal_bounds ? exp<Lane>(z) : Lane::add(one, z);
        return Lane::max(size<Lane>(Lane::mul(Lane::all(mean), factor)),
                         Lane::all(SMALLEST_BOUND));
    }

    template <class Lane>
    void grow_lane(i64 device, i64 row, i64 column, i64 at, float (*z)[NORMALS_A_BLOCK * L::WIDTH],
                   i64 place) const {
        typedef typename Lane::F F;
        F of[PARAMETERS];
        for (int n = 0; n < PARAMETERS; ++n)
            of[n] = spread<Lane>(device, row, column, n, z[n] + place);
        F gain = birth.has_log_normal_steps ? exp<Lane>(of[STEP_SIZE])
                                            : Lane::add(Lane::all(1.0f), of[STEP_SIZE]);
        F asymmetry = Lane::add(Lane::all(birth.asymmetry), of[ASYMMETRY]);
        F step = Lane::all(birth.step);
        Lane::store(birth.step_up + at, Lane::mul(step, size<Lane>(Lane::add(gain, asymmetry))));
        Lane::store(birth.step_down + at, Lane::mul(step, size<Lane>(Lane::sub(gain, asymmetry))));
        F w_max = bound<Lane>(of[UPPER_BOUND], birth.w_max);
        F w_min = Lane::sub(Lane::all(0.0f), bound<Lane>(of[LOWER_BOUND], birth.w_min));
        Lane::store(birth.w_max_of + at, w_max);
        Lane::store(birth.w_min_of + at, w_min);
        if (birth.slope_up) {
            F up = size<Lane>(Lane::add(Lane::all(birth.gamma_up), of[GAMMA_UP]));
            F down = size<Lane>(Lane::add(Lane::all(birth.gamma_down), of[GAMMA_DOWN]));
            Lane::store(birth.slope_up + at, Lane::div(up, Lane::all(birth.w_max)));
            // At 0 cells are one-sided and never pulsed down.
            F lowest = Lane::max(Lane::all(birth.w_min), Lane::all(SMALLEST_BOUND));
            Lane::store(birth.slope_down + at, Lane::div(down, lowest));
        }
        Lane::store(birth.weight + at, Lane::min(Lane::max(of[INITIAL], w_min), w_max));
    }
};
