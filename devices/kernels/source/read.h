// An array is read: drive, product, sense (devices/reading.py says what each number means).
#pragma once
#include "buffer.h"
#include "random.h"

// One device at work. Products are summed input by input, with one rounding each, so that results
// depend neither on the batch nor on the width of the lane.
template <class L>
class Reader {
  public:
    Reader(const Reading& reading, const Noise& noise) : r(reading), noise(noise) {
        is_curved = r.curvature != nullptr;
    }

    void read(i64 device_, const float* x, float* y) {
        voltage.resize(r.samples * r.inputs * (is_curved ? 2 : 1));
        scale.resize(r.samples);
        panel.resize(r.inputs * PANEL * (is_curved ? 2 : 1));
        current.resize(r.samples * padded());
        squares.resize(r.inputs);
        warmth.resize(padded());
        device = device_;
        drive(x + device * r.device_stride);
        for (i64 first = 0; first < r.outputs; first += PANEL) product(first);
        double sum = 0;
        for (i64 i = 0; i < r.outputs; ++i) sum += warmth[i];
        r.weighted[device] = sum;
        sense(y + device * r.samples * r.outputs);
    }

  private:
    enum { VECTORS = 4, PANEL = VECTORS * L::WIDTH, TOGETHER = 4, FEW = 3 };
    typedef typename L::F F;
    const Reading& r;
    const Noise& noise;
    bool is_curved;
    i64 device = 0;
    u32 clipped = 0;
    Buffer<float> voltage;  // [sample, input], and cubed behind it
    Buffer<float> scale;    // [sample]
    Buffer<float> panel;    // [input, PANEL] as the cells conduct, and curved behind it
    Buffer<float> current;  // [sample, padded output]
    Buffer<float> squares;  // [input], sum of v^2 over samples
    Buffer<float> warmth;   // [padded output], sum of v^2 w over inputs

    i64 padded() const { return (r.outputs + PANEL - 1) / PANEL * PANEL; }

    template <class Lane>
    static typename Lane::F quantise(typename Lane::F v, float step, float bound) {
        v = Lane::min(Lane::max(v, Lane::all(-bound)), Lane::all(bound));
        return Lane::mul(Lane::round(Lane::div(v, Lane::all(step))), Lane::all(step));
    }

    void drive(const float* x) {
        double* heat = r.heat + device * r.inputs;
        std::memset(heat, 0, r.inputs * sizeof(double));
        for (i64 b = 0; b < r.samples; ++b) {
            const float* from = x + b * r.inputs;
            float* to = &voltage[b * r.inputs];
            float largest = r.is_scaled ? largest_of(from) : 1.0f;
            if (largest == 0.0f) largest = 1.0f;
            largest *= r.widened;
            scale[b] = largest;
            i64 j = 0;
            for (; j + L::WIDTH <= r.inputs; j += L::WIDTH) drive_lane<L>(from + j, to + j, largest);
            for (; j < r.inputs; ++j) drive_lane<OneCell>(from + j, to + j, largest);
            for (j = 0; j < r.inputs; ++j) heat[j] += (double)to[j] * to[j];
            if (!is_curved) continue;
            float* cubed = &voltage[(r.samples + b) * r.inputs];
            for (j = 0; j < r.inputs; ++j) cubed[j] = to[j] * to[j] * to[j];
        }
        for (i64 j = 0; j < r.inputs; ++j) squares[j] = (float)heat[j];
    }

    template <class Lane>
    void drive_lane(const float* from, float* to, float largest) const {
        typename Lane::F v = Lane::div(Lane::load(from), Lane::all(largest));
        if (r.dac_step != 0) v = quantise<Lane>(v, r.dac_step, 1.0f);
        Lane::store(to, v);
    }

    float largest_of(const float* x) const {
        float found = 0;
        i64 j = 0;
        if (r.inputs >= L::WIDTH) {
            F most = L::all(0.0f);
            for (; j + L::WIDTH <= r.inputs; j += L::WIDTH) {
                F v = L::load(x + j);
                most = L::max(most, L::max(v, L::sub(L::all(0.0f), v)));
            }
            float each[L::WIDTH];
            L::store(each, most);
            for (int i = 0; i < L::WIDTH; ++i) found = found < each[i] ? each[i] : found;
        }
        for (; j < r.inputs; ++j) {
            float v = x[j] < 0 ? -x[j] : x[j];
            found = found < v ? v : found;
        }
        return found;
    }

    void product(i64 first) {
        const bool is_whole = r.outputs - first >= PANEL && r.output_stride == 1;
        if (is_whole && r.samples < FEW && !is_curved) {
            for (i64 b = 0; b < r.samples; ++b) stream(first, b);
            return;
        }
        pack(first);
        i64 b = 0;
        for (; b + TOGETHER <= r.samples; b += TOGETHER) multiply<TOGETHER>(first, b);
        for (; b < r.samples; ++b) multiply<1>(first, b);
    }

    // The weights of a panel of outputs as the read path sees them (devices/reading.py).
    void pack(i64 first) {
        const i64 here = smaller(r.outputs - first, PANEL);
        const i64 cells = device * r.inputs * r.outputs;
        float* warm = &warmth[first];
        std::memset(warm, 0, PANEL * sizeof(float));
        for (i64 j = 0; j < r.inputs; ++j) {
            float* to = &panel[j * PANEL];
            float* curved = is_curved ? &panel[(r.inputs + j) * PANEL] : nullptr;
            const i64 row = cells + j * r.input_stride + first * r.output_stride;
            if (here == PANEL && r.output_stride == 1) {
                for (int i = 0; i < PANEL; i += L::WIDTH) {
                    F w = L::load(r.weight + row + i);
                    L::store(warm + i, L::fma(L::all(squares[j]), w, L::load(warm + i)));
                    conduct<L>(row + i, to + i, curved ? curved + i : nullptr);
                }
                continue;
            }
            for (i64 i = 0; i < PANEL; ++i) {
                if (i < here) {
                    i64 at = row + i * r.output_stride;
                    warm[i] = OneCell::fma(squares[j], r.weight[at], warm[i]);
                    conduct<OneCell>(at, to + i, curved ? curved + i : nullptr);
                } else {
                    to[i] = 0;
                    if (curved) curved[i] = 0;
                }
            }
        }
    }

    template <class Lane>
    void conduct(i64 at, float* to, float* curved) const {
        typename Lane::F own = seen<Lane>(at, Lane::load(r.weight + at));
        typename Lane::F reference = Lane::all(r.reference);
        Lane::store(to, own);
        if (curved)
            Lane::store(curved, Lane::sub(Lane::mul(Lane::add(own, reference),
                                                    Lane::load(r.curvature + at)),
                                          Lane::all(r.mean_curvature * r.reference)));
    }

    // One vector through a whole panel, the weights read where they lie.
    void stream(i64 first, i64 b) {
        const float* v = &voltage[b * r.inputs];
        const i64 cells = device * r.inputs * r.outputs + first;
        F sum[VECTORS], warm[VECTORS];
        for (int i = 0; i < VECTORS; ++i) sum[i] = warm[i] = L::all(0.0f);
        for (i64 j = 0; j < r.inputs; ++j) {
            const F drive = L::all(v[j]), square = L::all(squares[j]);
            const i64 row = cells + j * r.input_stride;
            for (int i = 0; i < VECTORS; ++i) {
                F w = L::load(r.weight + row + i * L::WIDTH);
                warm[i] = L::fma(square, w, warm[i]);
                sum[i] = L::fma(drive, seen<L>(row + i * L::WIDTH, w), sum[i]);
            }
        }
        for (int i = 0; i < VECTORS; ++i) {
            L::store(&current[b * padded() + first + i * L::WIDTH], sum[i]);
            L::store(&warmth[first + i * L::WIDTH], warm[i]);
        }
    }

    template <class Lane>
    typename Lane::F seen(i64 at, typename Lane::F w) const {
        if (!r.gain) return w;
        typename Lane::F reference = Lane::all(r.reference);
        return Lane::sub(Lane::mul(Lane::add(w, reference), Lane::load(r.gain + at)), reference);
    }

    template <int MANY>
    void multiply(i64 first, i64 b) {
        F sum[MANY][VECTORS];
        for (int s = 0; s < MANY; ++s)
            for (int i = 0; i < VECTORS; ++i) sum[s][i] = L::all(0.0f);
        accumulate<MANY>(sum, &panel[0], &voltage[b * r.inputs]);
        if (is_curved)
            accumulate<MANY>(sum, &panel[r.inputs * PANEL], &voltage[(r.samples + b) * r.inputs]);
        for (int s = 0; s < MANY; ++s)
            for (int i = 0; i < VECTORS; ++i)
                L::store(&current[(b + s) * padded() + first + i * L::WIDTH], sum[s][i]);
    }

    template <int MANY>
    void accumulate(F (&sum)[MANY][VECTORS], const float* weight, const float* v) const {
        for (i64 j = 0; j < r.inputs; ++j) {
            F w[VECTORS];
            for (int i = 0; i < VECTORS; ++i) w[i] = L::load(weight + j * PANEL + i * L::WIDTH);
            for (int s = 0; s < MANY; ++s) {
                F drive = L::all(v[s * r.inputs + j]);
                for (int i = 0; i < VECTORS; ++i) sum[s][i] = L::fma(drive, w[i], sum[s][i]);
            }
        }
    }

    void sense(float* y) {
        const int group = 8 * L::WIDTH;
        Draws draws = {noise.seed, noise.purpose, noise.array, (u32)noise.serials[device]};
        float xi[8 * L::WIDTH];
        for (i64 b = 0; b < r.samples; ++b) {
            const float* from = &current[b * padded()];
            float* to = y + b * r.outputs;
            u32 event = (u32)(noise.first_samples[device] + b);
            clipped = 0;
            for (i64 first = 0; first < r.outputs; first += group) {
                i64 end = smaller(first + group, r.outputs);
                if (r.output_noise != 0) {
                    F z[8];
                    normals<L>(draws, L::counting(r.first_place + (u32)(first / 8)), L::all(event), z);
                    L::store_by_lane(xi, z);
                }
                i64 i = first;
                for (; i + L::WIDTH <= end; i += L::WIDTH)
                    sense_lane<L>(i, from + i, xi + (i - first), scale[b], to + i);
                for (; i < end; ++i)
                    sense_lane<OneCell>(i, from + i, xi + (i - first), scale[b], to + i);
            }
            r.clipped[device * r.samples + b] = clipped;
        }
    }

    template <class Lane>
    void sense_lane(i64 i, const float* from, const float* xi, float scale, float* to) {
        const float* gain = r.line_gain + device * r.outputs + i;
        const float* offset = r.line_offset + device * r.outputs + i;
        typename Lane::F y = Lane::mul(Lane::load(from), Lane::add(Lane::all(1.0f), Lane::load(gain)));
        y = Lane::add(y, Lane::load(offset));
        if (r.output_noise != 0)
            y = Lane::add(y, Lane::mul(Lane::all(r.output_noise), Lane::load(xi)));
        if (r.adc_step != 0) {
            typename Lane::F size = Lane::max(y, Lane::sub(Lane::all(0.0f), y));
            clipped += (u32)__builtin_popcount(
                Lane::nonzero(Lane::less(Lane::all(r.adc_bound), size)));
            y = quantise<Lane>(y, r.adc_step, r.adc_bound);
        }
        Lane::store(to, Lane::mul(Lane::all(scale), y));
    }
};
