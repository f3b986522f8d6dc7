// What the kernels are given: plain numbers and pointers, the same for every build and backend.
#pragma once

typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

enum Kind { CONSTANT = 0, LINEAR = 1, SOFT_BOUNDS = 2, EXPONENTIAL = 3, POWER = 4, PIECEWISE = 5 };

enum { MOST_NODES = 256 };

// The numbers that all cells of a technology share.
struct Response {
    int kind;
    int is_additive;    // the noise is that of a step at w = 0
    float cycle_noise;  // sigma
    float a, b, gamma_up, gamma_down, A_up, A_down;  // exponential; the gammas power too
    float noise_offset, noise_slope;  // stepwise: sigma (|dw| + offset + slope |w|)
    int nodes_up, nodes_down;         // piecewise: tables over the window
    float up[MOST_NODES], down[MOST_NODES];
};

struct Wear {
    int is_present;
    float closure, slowing, resting, noise;
};

// Every array is [device, row, column], C order; null where a technology has no use of it.
struct Population {
    i64 devices, rows, columns;
    float* weight;
    const float *step_up, *step_down, *w_max, *w_min, *slope_up, *slope_down;
    const float* endurance;
    u32* pulses;     // received
    double* rested;  // s since the last write
    u32* counts;     // pulses of this batch
    Wear wear;
};

// Whose draws: serials and first events are [device].
struct Noise {
    u32 seed, purpose, array;
    const i64* serials;
    const i64* first_samples;
};

enum { SLOTS = 31, EVENTS_A_SAMPLE = 32, BURST = 31, NORMALS_A_BLOCK = 8 };

enum Fidelity { AVERAGED = 0, COMPOSED = 1, PER_SAMPLE = 2, PER_PULSE = 3, CHOOSE = -1 };

constexpr u32 SIGN = 0x80000000u, FIRED = 0x7fffffffu;

struct Trains {
    i64 samples;
    const u32* rows;     // [device, sample, row]
    const u32* columns;  // [device, sample, column]
    int only_up;         // pulses down do not arrive (one-sided cells)
};

// Differences of weight that are written by net pulses (net.h).
struct Increments {
    i64 listed;          // how many rows of weights are written
    const i64* rows;     // [listed]
    const float* delta;  // [device, listed, column]
    double step;         // what one pulse moves a weight by
    int is_random;       // rounded up at random; else to the nearest
    int planes;          // cells of a weight; those of the second plane go the other way
    int only_up;         // pulses down do not arrive (one-sided cells)
    u32 shown_purpose;   // of the draws of the write noise
    float shown;         // its standard deviation
    float* offset;       // [device, row, column], visible minus hidden weight; or null
    double* written;     // [device, row, column], s, when a cell was last written; or null
    const double* now;   // [device], s
    u32* slots;          // [device, listed]: the most pulses of a cell of the row
    u64* totals;         // [device, listed]: pulses of the row's weights
    float* counts;       // [device, listed, column]: pulses of each weight; or null
};

enum Bounds { NEVER = 0, WHERE_MIXED = 1, WHERE_PULSED = 2 };

// Devices in which `averaged` is wrong, and what they take (devices/fidelity.py).
struct Choice {
    double exceptions;  // fraction of a device's cells that may be beyond
    float most_pairs;   // of pulses up and down of a cell and batch, for `averaged`
    float wander;       // of the noise, in D sqrt(K)
    int bounds;         // which cells a bound may clip: see below
    int in_order;       // the fidelity of devices whose order matters
    int at_bounds;      // the fidelity of devices whose bounds do
};

struct Signals {
    i64 devices, samples, lines;
    i64 device_stride;    // floats between devices; 0: one signal for all
    const float* values;  // [device or 1, sample, line]
    const float* gains;   // [device, sample]: chance to fire in 65536 parts, per unit of signal
    const i64* lengths;   // [device, sample]: slots in use
};

struct Reading {
    i64 devices, samples, inputs, outputs;
    i64 device_stride;     // floats between devices in x; 0: one signal for all
    i64 input_stride, output_stride;  // floats between neighbours in weight: reverse reads too
    const float* weight;   // [device, input, output] or its transpose
    const float* gain;     // of a cell, or null
    const float* curvature;  // or null
    const float* line_gain;    // [device, output]
    const float* line_offset;  // [device, output]
    float reference, mean_curvature;
    int is_scaled;         // noise management "abs-max"
    float dac_step;        // 0: exact
    float adc_step, adc_bound;  // 0: exact
    float output_noise;
    double* heat;      // [device, input]: sum of v^2
    double* weighted;  // [device]: sum of v^2 w over all cells
    u32* clipped;      // [device, sample]: outputs beyond the bound of their converter
    float widened;     // 2^n of the n-th time that bound management reads a vector again
    u32 first_place;   // of the draws of the lines (devices.tiling.place)
};

// The numbers of devices.identity.Parameter.
enum { STEP_SIZE, ASYMMETRY, UPPER_BOUND, LOWER_BOUND, GAMMA_UP, GAMMA_DOWN, INITIAL, PARAMETERS };

struct Drawn {
    float scale;          // standard deviation; 0: not drawn
    const float* row;     // [device, row], the wafer's part included; null: nothing is shared
    const float* column;  // [device, column]
};

struct Birth {
    i64 devices, rows, columns;
    u32 seed, purpose, array;
    const i64* serials;
    Drawn drawn[PARAMETERS];
    float own;  // part of a deviation that is the cell's own
    float step, asymmetry, w_max, w_min, gamma_up, gamma_down;  // w_min: its distance from 0
    int has_log_normal_steps, has_log_normal_bounds;
    float *step_up, *step_down, *w_max_of, *w_min_of, *slope_up, *slope_down, *weight;
};
