// The door from Python: every array is checked, then the widest build the processor has goes to work.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>
#include <string>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "build.h"

namespace py = pybind11;
using namespace pybind11::literals;

namespace {

constexpr i64 EVENTS = 1ll << 32;

const Build* the_build = &plain_build;

std::vector<const Build*> builds() {
    std::vector<const Build*> found = {&plain_build};
#if defined(MORTAL_WIDE)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        found.push_back(&avx2_build);
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
            found.push_back(&avx512_build);
    }
#endif
    return found;
}

[[noreturn]] void refuse(const std::string& name, const std::string& wanted) {
    throw py::value_error(name + " must be " + wanted);
}

// An array of exactly this type, shape and layout, or an error that says which.
template <class T>
T* checked(const py::handle& given, const char* name, std::initializer_list<i64> shape,
           bool is_written = false) {
    if (!py::isinstance<py::array>(given)) refuse(name, "a NumPy array");
    py::array array = py::reinterpret_borrow<py::array>(given);
    if (!py::dtype::of<T>().is(array.dtype()) && !py::dtype::of<T>().equal(array.dtype()))
        refuse(name, "of type " + py::str(py::dtype::of<T>()).cast<std::string>() + ", found " +
                         py::str(array.dtype()).cast<std::string>());
    std::string wanted = "[";
    bool fits = array.ndim() == (py::ssize_t)shape.size();
    int axis = 0;
    for (i64 n : shape) {
        wanted += (axis ? ", " : "") + std::to_string(n);
        fits = fits && array.shape(axis) == n;
        ++axis;
    }
    if (!fits) refuse(name, "of shape " + wanted + "]");
    if (!(array.flags() & py::array::c_style)) refuse(name, "contiguous in C order");
    if (reinterpret_cast<std::uintptr_t>(array.data()) % alignof(T)) refuse(name, "aligned");
    if (is_written && !array.writeable()) refuse(name, "writeable");
    return static_cast<T*>(const_cast<void*>(array.data()));
}

template <class T>
T* optional(const py::handle& given, const char* name, std::initializer_list<i64> shape,
            bool is_written = false) {
    return given.is_none() ? nullptr : checked<T>(given, name, shape, is_written);
}

i64 size_of(const py::handle& given, const char* name, int axis, int axes) {
    if (!py::isinstance<py::array>(given)) refuse(name, "a NumPy array");
    py::array array = py::reinterpret_borrow<py::array>(given);
    if (array.ndim() != axes) refuse(name, "an array of " + std::to_string(axes) + " axes");
    return array.shape(axis);
}

void check_finite(const float* x, i64 count, const char* name) {
    u32 found = 0;  // sign bit: an exponent of all ones, infinity's and NaN's, carried into it
    for (i64 i = 0; i < count; ++i) {
        u32 bits;
        std::memcpy(&bits, x + i, sizeof bits);
        found |= (bits & FIRED) + 0x00800000u;
    }
    if (found & SIGN) refuse(name, "finite");
}

void check_finite(std::initializer_list<float> numbers, const char* name) {
    for (float number : numbers)
        if (!std::isfinite(number)) refuse(name, "finite");
}

// Arrays that are written must not lie in one another or in what is read meanwhile.
struct Memory {
    const char* name;
    const void* first;
    i64 bytes;
    bool is_written;
};

void check_apart(std::initializer_list<Memory> all) {
    for (const Memory& a : all)
        for (const Memory& b : all) {
            if (!a.is_written || &a == &b || !a.first || !b.first) continue;
            std::uintptr_t of_a = (std::uintptr_t)a.first, of_b = (std::uintptr_t)b.first;
            if (of_a < of_b + b.bytes && of_b < of_a + a.bytes)
                refuse(a.name, std::string("in memory of its own, found shared with ") + b.name);
        }
}

struct Key {
    u32 seed, purpose, array;
};

// The first events of a call of `more` events; beyond `most` draws would repeat earlier ones.
const i64* events_of(const py::handle& given, const char* name, i64 devices, i64 more, i64 most) {
    const i64* first = checked<i64>(given, name, {devices});
    for (i64 i = 0; i < devices; ++i)
        if (first[i] < 0 || first[i] > most - more)
            refuse(name, "0 or more and stay within 32 bits: a draw would repeat an earlier one");
    return first;
}

const i64* serials_of(const py::handle& given, i64 devices) {
    const i64* serials = checked<i64>(given, "serials", {devices});
    for (i64 i = 0; i < devices; ++i)
        if (serials[i] < 0 || serials[i] > 0xFFFFFFFFll)
            refuse("serials", "in 0 to 2^32 - 1");
    return serials;
}

py::array_t<u32> fire_trains(py::object values, py::object gains, py::object lengths, Key key,
                      py::object serials, py::object first_samples) {
    i64 devices = size_of(serials, "serials", 0, 1), given = size_of(values, "values", 0, 3);
    i64 samples = size_of(values, "values", 1, 3), lines = size_of(values, "values", 2, 3);
    if (given != 1 && given != devices) refuse("values", "for one or for all devices");
    Signals signals = {devices, samples, lines, given == 1 ? 0 : samples * lines,
                       checked<float>(values, "values", {given, samples, lines}),
                       checked<float>(gains, "gains", {devices, samples}),
                       checked<i64>(lengths, "lengths", {devices, samples})};
    for (i64 i = 0; i < devices * samples; ++i) {
        if (signals.lengths[i] < 0 || signals.lengths[i] > SLOTS)
            refuse("lengths", "in 0 to 31");
        if (!(signals.gains[i] >= 0)) refuse("gains", "0 or more");
    }
    check_finite(signals.gains, devices * samples, "gains");
    check_finite(signals.values, given * samples * lines, "values");
    Noise noise = {key.seed, key.purpose, key.array, serials_of(serials, devices),
                   events_of(first_samples, "first_samples", devices, samples, EVENTS)};
    if (lines > 0x3FFFFFFF) refuse("values", "of fewer lines");
    py::array_t<u32> out({devices, samples, lines});
    u32* to = out.mutable_data();
    {
        py::gil_scoped_release release;
        the_build->fire(signals, noise, to);
    }
    return out;
}

// The cells of a population, and whether a response finds in them what it needs.
Population population_of(const py::handle& weight, const py::handle& step_up,
                         const py::handle& step_down, const py::handle& w_max,
                         const py::handle& w_min, const py::handle& slope_up,
                         const py::handle& slope_down, const py::handle& endurance,
                         const py::handle& pulses, const py::handle& rested,
                         const py::handle& counts, const Wear& wear, const Response& response) {
    i64 D = size_of(weight, "weight", 0, 3), R = size_of(weight, "weight", 1, 3);
    i64 C = size_of(weight, "weight", 2, 3);
    Population p = {D, R, C, checked<float>(weight, "weight", {D, R, C}, true),
                    checked<float>(step_up, "step_up", {D, R, C}),
                    checked<float>(step_down, "step_down", {D, R, C}),
                    checked<float>(w_max, "w_max", {D, R, C}),
                    checked<float>(w_min, "w_min", {D, R, C}),
                    optional<float>(slope_up, "slope_up", {D, R, C}),
                    optional<float>(slope_down, "slope_down", {D, R, C}),
                    optional<float>(endurance, "endurance", {D, R, C}),
                    optional<u32>(pulses, "pulses", {D, R, C}, true),
                    optional<double>(rested, "rested", {D, R, C}, true),
                    optional<u32>(counts, "counts", {D, R, C}, true), wear};
    if (response.kind < CONSTANT || response.kind > PIECEWISE)
        refuse("response.kind", "a known kind of response");
    if (response.kind == LINEAR && !(p.slope_up && p.slope_down))
        refuse("slope_up and slope_down", "given for a linear response");
    if (response.kind == PIECEWISE && (response.nodes_up < 2 || response.nodes_down < 2))
        refuse("response.nodes", "given for a piecewise response");
    if ((p.slope_up == nullptr) != (p.slope_down == nullptr))
        refuse("slope_up and slope_down", "given together");
    if (wear.is_present && !(p.pulses && p.endurance))
        refuse("pulses and endurance", "given where cells wear");
    check_finite({response.cycle_noise, response.a, response.b, response.gamma_up,
                  response.gamma_down, response.A_up, response.A_down, response.noise_offset,
                  response.noise_slope}, "response");
    check_finite({wear.closure, wear.slowing, wear.resting, wear.noise}, "wear");
    if (C > 0x7FFFFFFF) refuse("weight", "of fewer columns");  // lanes gather by signed 32 bits
    if (R > 0 && (C + 7) / 8 > 0xFFFFFFFFll / R) refuse("weight", "of fewer cells");
    return p;
}

py::tuple write_trains(py::object weight, py::object step_up, py::object step_down, py::object w_max,
                py::object w_min, py::object slope_up, py::object slope_down, py::object endurance,
                py::object pulses, py::object rested, py::object counts, Wear wear, const Response& response,
                Choice choice, py::object rows, py::object columns, bool only_up, Key key,
                py::object serials, py::object first_samples, py::object pinned, bool is_trial) {
    i64 B = size_of(rows, "rows", 1, 3);
    Population p = population_of(weight, step_up, step_down, w_max, w_min, slope_up, slope_down,
                                 endurance, pulses, rested, counts, wear, response);
    const i64 D = p.devices, R = p.rows, C = p.columns;
    if (B > 2000) refuse("rows", "of 2000 samples or fewer at a time");
    for (int grain : {choice.in_order, choice.at_bounds})
        if (grain < COMPOSED || grain > PER_PULSE)
            refuse("choice.in_order and choice.at_bounds", "fidelities in order");
    if (choice.bounds < NEVER || choice.bounds > WHERE_PULSED)
        refuse("choice.bounds", "0, 1 or 2");
    if (!(choice.most_pairs >= 0) || !(choice.exceptions >= 0) || !(choice.wander >= 0))
        refuse("choice", "of numbers of 0 or more");
    Trains trains = {B, checked<u32>(rows, "rows", {D, B, R}),
                     checked<u32>(columns, "columns", {D, B, C}), only_up};
    Noise noise = {key.seed, key.purpose, key.array, serials_of(serials, D),
                   events_of(first_samples, "first_samples", D, B, EVENTS / EVENTS_A_SAMPLE)};
    const i64* pins = checked<i64>(pinned, "pinned", {D});
    for (i64 i = 0; i < D; ++i) {
        bool is_affine = response.kind <= SOFT_BOUNDS;
        if (pins[i] < CHOOSE || pins[i] > PER_PULSE) refuse("pinned", "-1 or a fidelity");
        if (!is_affine && (pins[i] == AVERAGED || pins[i] == COMPOSED || pins[i] == CHOOSE))
            refuse("pinned", "per sample or per pulse where a response has no closed form");
    }
    const i64 cells = D * R * C;
    check_apart({{"weight", p.weight, 4 * cells, true}, {"pulses", p.pulses, 4 * cells, true},
                 {"rested", p.rested, 8 * cells, true}, {"counts", p.counts, 4 * cells, true},
                 {"step_up", p.step_up, 4 * cells, false}, {"step_down", p.step_down, 4 * cells, false},
                 {"w_max", p.w_max, 4 * cells, false}, {"w_min", p.w_min, 4 * cells, false},
                 {"slope_up", p.slope_up, 4 * cells, false},
                 {"slope_down", p.slope_down, 4 * cells, false},
                 {"endurance", p.endurance, 4 * cells, false},
                 {"rows", trains.rows, 4 * D * B * R, false},
                 {"columns", trains.columns, 4 * D * B * C, false},
                 {"serials", noise.serials, 8 * D, false},
                 {"first_samples", noise.first_samples, 8 * D, false}, {"pinned", pins, 8 * D, false}});
    py::array_t<i64> fidelity(D);
    py::array_t<double> received(D);
    i64* fidelity_out = fidelity.mutable_data();
    double* received_out = received.mutable_data();
    const bool is_nothing = D == 0 || R == 0 || C == 0 || B == 0;
    for (i64 i = 0; i < D; ++i) {
        fidelity_out[i] = pins[i] == CHOOSE ? (i64)AVERAGED : pins[i];
        received_out[i] = 0;
    }
    bool is_enough = true;
    if (!is_nothing) {
        py::gil_scoped_release release;
        is_enough = the_build->write(p, trains, noise, response, choice, pins, is_trial, fidelity_out,
                                    received_out);
    }
    if (!is_enough) throw std::bad_alloc();
    return py::make_tuple(fidelity, received);
}

// Net pulses; returns of each listed row the most pulses of a cell, and those of all its weights.
py::tuple write_increments(py::object weight, py::object step_up, py::object step_down,
                           py::object w_max, py::object w_min, py::object slope_up,
                           py::object slope_down, py::object endurance, py::object pulses,
                           py::object rested, py::object offset, py::object written, py::object now,
                           py::object counts, Wear wear, const Response& response, py::object rows,
                           py::object delta, double step, bool is_random, int planes, bool only_up,
                           float shown, u32 shown_purpose, Key key, py::object serials,
                           py::object first_samples) {
    Population p = population_of(weight, step_up, step_down, w_max, w_min, slope_up, slope_down,
                                 endurance, pulses, rested, py::none(), wear, response);
    const i64 D = p.devices, R = p.rows, C = p.columns, listed = size_of(rows, "rows", 0, 1);
    if (!(step > 0) || !std::isfinite(step)) refuse("step", "a number above 0");
    if (planes < 1 || planes > 2 || R % planes) refuse("planes", "1, or 2 of half the rows each");
    if (R && (C + 3) / 4 > 0xFFFFFFFFll / R) refuse("weight", "of fewer cells");
    check_finite({shown}, "shown");
    const i64* at = checked<i64>(rows, "rows", {listed});
    std::vector<bool> is_listed(R / planes);
    for (i64 i = 0; i < listed; ++i) {
        if (at[i] < 0 || at[i] >= R / planes || is_listed[at[i]])
            refuse("rows", "numbers of rows, each once");
        is_listed[at[i]] = true;
    }
    Noise noise = {key.seed, key.purpose, key.array, serials_of(serials, D),
                   events_of(first_samples, "first_samples", D, 1, EVENTS / EVENTS_A_SAMPLE)};
    py::array_t<u32> slots({D, listed});
    py::array_t<u64> totals({D, listed});
    Increments net = {listed, at, checked<float>(delta, "delta", {D, listed, C}), step, is_random,
                      planes, only_up, shown_purpose, shown,
                      optional<float>(offset, "offset", {D, R, C}, true),
                      optional<double>(written, "written", {D, R, C}, true),
                      checked<double>(now, "now", {D}), slots.mutable_data(),
                      totals.mutable_data(),
                      optional<float>(counts, "counts", {D, listed, C}, true)};
    const i64 cells = D * R * C;
    check_apart({{"weight", p.weight, 4 * cells, true}, {"pulses", p.pulses, 4 * cells, true},
                 {"rested", p.rested, 8 * cells, true}, {"offset", net.offset, 4 * cells, true},
                 {"written", net.written, 8 * cells, true},
                 {"counts", net.counts, 4 * D * listed * C, true},
                 {"step_up", p.step_up, 4 * cells, false}, {"step_down", p.step_down, 4 * cells, false},
                 {"w_max", p.w_max, 4 * cells, false}, {"w_min", p.w_min, 4 * cells, false},
                 {"slope_up", p.slope_up, 4 * cells, false},
                 {"slope_down", p.slope_down, 4 * cells, false},
                 {"endurance", p.endurance, 4 * cells, false}, {"now", net.now, 8 * D, false},
                 {"rows", at, 8 * listed, false}, {"delta", net.delta, 4 * D * listed * C, false},
                 {"serials", noise.serials, 8 * D, false},
                 {"first_samples", noise.first_samples, 8 * D, false}});
    {
        py::gil_scoped_release release;
        the_build->increment(p, net, noise, response);
    }
    return py::make_tuple(slots, totals);
}

void check_blocks(i64 rows, i64 columns) {
    constexpr i64 MOST = 0xFFFFFFFFll;
    if (rows < 0 || rows > MOST || columns < 0 || columns > 8 * MOST ||
        (rows && (columns + 7) / 8 > MOST / rows))
        refuse("rows and columns", "whole numbers whose blocks fit 32 bits");
}

py::array_t<float> fill_normals(Key key, py::object serials, py::object events, i64 rows, i64 columns) {
    i64 devices = size_of(serials, "serials", 0, 1);
    check_blocks(rows, columns);
    Noise noise = {key.seed, key.purpose, key.array, serials_of(serials, devices),
                   events_of(events, "events", devices, 1, EVENTS)};
    py::array_t<float> out({devices, rows, columns});
    float* to = out.mutable_data();
    if (out.size()) {
        py::gil_scoped_release release;
        the_build->normals(noise, devices, rows, columns, to);
    }
    return out;
}

py::tuple read_lines(py::object x, py::object weight, py::object gain, py::object curvature,
               bool is_reverse, float reference, float mean_curvature, py::object line_gain,
               py::object line_offset, bool is_scaled, float dac_step, float adc_step,
               float adc_bound, float output_noise, Key key, py::object serials,
               py::object first_reads, float widened, u32 first_place) {
    i64 D = size_of(weight, "weight", 0, 3), R = size_of(weight, "weight", 1, 3);
    i64 C = size_of(weight, "weight", 2, 3), given = size_of(x, "x", 0, 3);
    i64 B = size_of(x, "x", 1, 3), inputs = is_reverse ? C : R, outputs = is_reverse ? R : C;
    if (given != 1 && given != D) refuse("x", "for one or for all devices");
    if (!(dac_step >= 0) || !(adc_step >= 0) || !(adc_bound >= 0))
        refuse("dac_step, adc_step and adc_bound", "0 or more");
    check_finite({dac_step, adc_step, adc_bound}, "dac_step, adc_step and adc_bound");
    check_finite({reference, mean_curvature, output_noise, widened},
                 "reference, mean_curvature, output_noise and widened");
    if (!(widened >= 1)) refuse("widened", "1 or more");
    if (outputs > 8 * (0x100000000ll - first_place)) refuse("first_place", "a place of 32 bits");
    const float* signals = checked<float>(x, "x", {given, B, inputs});
    check_finite(signals, given * B * inputs, "x");
    py::array_t<double> heat({D, inputs});
    py::array_t<double> weighted(D);
    py::array_t<u32> clipped({D, B});
    Reading reading = {D, B, inputs, outputs, given == 1 ? 0 : B * inputs,
                       is_reverse ? 1 : C, is_reverse ? C : 1,
                       checked<float>(weight, "weight", {D, R, C}),
                       optional<float>(gain, "gain", {D, R, C}),
                       optional<float>(curvature, "curvature", {D, R, C}),
                       checked<float>(line_gain, "line_gain", {D, outputs}),
                       checked<float>(line_offset, "line_offset", {D, outputs}),
                       reference, mean_curvature, is_scaled, dac_step, adc_step, adc_bound,
                       output_noise, heat.mutable_data(), weighted.mutable_data(),
                       clipped.mutable_data(), widened, first_place};
    Noise noise = {key.seed, key.purpose, key.array, serials_of(serials, D),
                   events_of(first_reads, "first_reads", D, B, EVENTS)};
    py::array_t<float> y({D, B, outputs});
    float* to = y.mutable_data();
    bool is_enough = true;
    if (D > 0) {
        py::gil_scoped_release release;
        is_enough = the_build->read(reading, noise, signals, to);
    }
    if (!is_enough) throw std::bad_alloc();
    return py::make_tuple(y, heat, weighted, clipped);
}

// A large array begins on a huge page, where the system has them: it arrives in a few pages instead
// of thousands, whose faults would cost more time than the cells. The rest of the last one stays
// small pages, so no memory is wasted.
py::array_t<float> fresh_cells(i64 devices, i64 rows, i64 columns) {
#if defined(MADV_HUGEPAGE)
    constexpr std::size_t HUGE_PAGE = 1u << 21;
    const std::size_t bytes = sizeof(float) * devices * rows * columns;
    void* memory = nullptr;
    if (bytes >= HUGE_PAGE && posix_memalign(&memory, HUGE_PAGE, bytes) == 0) {
        madvise(memory, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
        return py::array_t<float>({devices, rows, columns}, static_cast<float*>(memory),
                                  py::capsule(memory, std::free));
    }
#endif
    return py::array_t<float>({devices, rows, columns});
}

py::tuple grow_cells(Key key, py::object serials, i64 rows, i64 columns, float own,
                     const std::vector<float>& numbers, const std::vector<float>& scales,
                     const py::list& row_parts, const py::list& column_parts,
                     bool has_log_normal_steps, bool has_log_normal_bounds, bool has_slopes) {
    i64 devices = size_of(serials, "serials", 0, 1);
    check_blocks(rows, columns);
    check_finite({own}, "own");
    check_finite(numbers.data(), (i64)numbers.size(), "numbers");
    check_finite(scales.data(), (i64)scales.size(), "scales");
    if (numbers.size() != 6) refuse("numbers", "six");
    if (scales.size() != PARAMETERS || row_parts.size() != PARAMETERS ||
        column_parts.size() != PARAMETERS)
        refuse("scales, row_parts and column_parts", "seven each");
    Birth birth = {};
    birth.devices = devices;
    birth.rows = rows;
    birth.columns = columns;
    birth.seed = key.seed;
    birth.purpose = key.purpose;
    birth.array = key.array;
    birth.serials = serials_of(serials, devices);
    birth.own = own;
    float* named[] = {&birth.step,  &birth.asymmetry, &birth.w_max,
                      &birth.w_min, &birth.gamma_up,  &birth.gamma_down};
    for (int i = 0; i < 6; ++i) *named[i] = numbers[i];
    for (int i = 0; i < PARAMETERS; ++i) {
        py::object row = row_parts[i], column = column_parts[i];
        birth.drawn[i] = {scales[i], optional<float>(row, "row_parts", {devices, rows}),
                          optional<float>(column, "column_parts", {devices, columns})};
        if (!birth.drawn[i].row != !birth.drawn[i].column)
            refuse("row_parts and column_parts", "given together");
    }
    birth.has_log_normal_steps = has_log_normal_steps;
    birth.has_log_normal_bounds = has_log_normal_bounds;
    py::list made;
    auto fresh = [&] {
        py::array_t<float> array = fresh_cells(devices, rows, columns);
        made.append(array);
        return array.mutable_data();
    };
    birth.step_up = fresh();
    birth.step_down = fresh();
    birth.w_max_of = fresh();
    birth.w_min_of = fresh();
    birth.weight = fresh();
    if (has_slopes) {
        birth.slope_up = fresh();
        birth.slope_down = fresh();
    }
    {
        py::gil_scoped_release release;
        the_build->grow(birth);
    }
    return py::tuple(made);
}

}  // namespace

PYBIND11_MODULE(_native, m) {
    m.doc() = "The crosspoint kernels, compiled. Use them through devices.kernels.native.";
    the_build = builds().back();
    py::class_<Key>(m, "Key").def(py::init([](u32 seed, u32 purpose, u32 array) {
        return Key{seed, purpose, array};
    }));
    py::class_<Wear>(m, "Wear").def(py::init([](bool is_present, float closure, float slowing,
                                                float resting, float noise) {
        return Wear{is_present, closure, slowing, resting, noise};
    }));
    py::class_<Choice>(m, "Choice")
        .def(py::init([](float most_pairs, double exceptions, float wander, int bounds,
                         int in_order, int at_bounds) {
            return Choice{exceptions, most_pairs, wander, bounds, in_order, at_bounds};
        }));
    py::class_<Response>(m, "Response")
        .def(py::init([](int kind, bool is_additive, float cycle_noise) {
            Response response = {};
            response.kind = kind;
            response.is_additive = is_additive;
            response.cycle_noise = cycle_noise;
            return response;
        }))
        .def_readwrite("a", &Response::a)
        .def_readwrite("b", &Response::b)
        .def_readwrite("gamma_up", &Response::gamma_up)
        .def_readwrite("gamma_down", &Response::gamma_down)
        .def_readwrite("A_up", &Response::A_up)
        .def_readwrite("A_down", &Response::A_down)
        .def_readwrite("noise_offset", &Response::noise_offset)
        .def_readwrite("noise_slope", &Response::noise_slope)
        .def("nodes", [](Response& response, const std::vector<float>& up,
                         const std::vector<float>& down) {
            if (up.size() < 2 || up.size() > MOST_NODES || down.size() < 2 ||
                down.size() > MOST_NODES)
                refuse("up and down", "tables of 2 to 256 numbers each");
            check_finite(up.data(), (i64)up.size(), "up");
            check_finite(down.data(), (i64)down.size(), "down");
            response.nodes_up = (int)up.size();
            response.nodes_down = (int)down.size();
            for (std::size_t i = 0; i < up.size(); ++i) response.up[i] = up[i];
            for (std::size_t i = 0; i < down.size(); ++i) response.down[i] = down[i];
        });
    m.def("fire", &fire_trains, "values"_a, "gains"_a, "lengths"_a, "key"_a, "serials"_a,
          "first_samples"_a);
    m.def("write", &write_trains, "weight"_a, "step_up"_a, "step_down"_a, "w_max"_a, "w_min"_a,
          "slope_up"_a, "slope_down"_a, "endurance"_a, "pulses"_a, "rested"_a, "counts"_a, "wear"_a,
          "response"_a, "choice"_a, "rows"_a, "columns"_a, "only_up"_a, "key"_a, "serials"_a,
          "first_samples"_a, "pinned"_a, "is_trial"_a = false);
    m.def("increment", &write_increments, "weight"_a, "step_up"_a, "step_down"_a, "w_max"_a,
          "w_min"_a, "slope_up"_a, "slope_down"_a, "endurance"_a, "pulses"_a, "rested"_a, "offset"_a,
          "written"_a, "now"_a, "counts"_a, "wear"_a, "response"_a, "rows"_a, "delta"_a, "step"_a,
          "is_random"_a, "planes"_a, "only_up"_a, "shown"_a, "shown_purpose"_a, "key"_a,
          "serials"_a, "first_samples"_a);
    m.def("normals", &fill_normals, "key"_a, "serials"_a, "events"_a, "rows"_a, "columns"_a);
    m.def("read", &read_lines, "x"_a, "weight"_a, "gain"_a, "curvature"_a, "is_reverse"_a,
          "reference"_a, "mean_curvature"_a, "line_gain"_a, "line_offset"_a, "is_scaled"_a,
          "dac_step"_a, "adc_step"_a, "adc_bound"_a, "output_noise"_a, "key"_a, "serials"_a,
          "first_reads"_a, "widened"_a = 1.0f, "first_place"_a = 0u);
    m.def("grow", &grow_cells, "key"_a, "serials"_a, "rows"_a, "columns"_a, "own"_a, "numbers"_a,
          "scales"_a, "row_parts"_a, "column_parts"_a, "has_log_normal_steps"_a,
          "has_log_normal_bounds"_a, "has_slopes"_a);
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const Build* build : builds()) names.push_back(build->name);
        return names;
    });
    m.def("instruction_set", [] { return std::string(the_build->name); });
    m.def("use", [](const std::string& name) {
        for (const Build* build : builds())
            if (name == build->name) {
                the_build = build;
                return;
            }
        refuse("the instruction set", "one this processor has, found " + name);
    });
}
